"""Every published hostile file, string and export, by each way in: read, or refused in words."""

import time
from collections import Counter
from pathlib import Path
from zipfile import ZipFile

import click
import pytest
from click.testing import CliRunner

from peritus.accounts.models import Role
from peritus.cli.importing import import_items_of
from peritus.cli.main import main
from peritus.intake.errors import FileRefused
from peritus.intake.models import ImportRun
from peritus.intake.reading import read_file
from tests.factories import engagements as make
from tests.factories.accounts import member
from tests.unit.file_audits.scene import small_file

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

ARCHIVES = (
    "documents/poi.zip", "documents/pdf-samples.zip", "documents/verapdf.zip",
    "annotation-exports.zip",
)  # fmt: skip
FOLDERS = ("blns", "loadfiles")
ENDINGS = ("csv", "xlsx", "json", "jsonl", "dat")
LONGEST_SECONDS = 20


@pytest.fixture(scope="module")
def files(shared_data):
    """Every file by its own name, and those that begin like a workbook or a table by that."""
    oracles = shared_data / "oracles"
    found = {}
    for name in ARCHIVES:
        with ZipFile(oracles / name) as archive:
            found |= {f"{name}/{each}": archive.read(each) for each in archive.namelist()}
    for name in FOLDERS:
        found |= {f"{name}/{each.name}": each.read_bytes() for each in (oracles / name).iterdir()}
    return {name: content for name, content in found.items() if not name.endswith("/")}


class Tally:
    """How many files were read and refused, and how long the slowest took."""

    def __init__(self):
        self.ended = Counter()
        self.longest = (0.0, "")

    def take(self, name, way):
        """Do one file; whatever is not a refusal in words goes on up, and fails."""
        began = time.monotonic()
        said = way()
        self.longest = max(self.longest, (time.monotonic() - began, name))
        assert said is None or (said.strip() and said.encode()), name
        self.ended["read" if said is None else "refused with a reason"] += 1

    def told(self):
        seconds, name = self.longest
        assert seconds < LONGEST_SECONDS, name
        ends = ", ".join(f"{n} {how}" for how, n in sorted(self.ended.items()))
        return f"{self.ended.total()} tried, {ends}; longest {seconds:.1f} s ({Path(name).name})"


def named(files):
    """Yield each file under its own name and under each ending that is read."""
    for name, content in files.items():
        own = name.rpartition("/")[2]
        yield name, own, content
        for ending in ENDINGS:
            if not own.lower().endswith(f".{ending}"):
                yield f"{name} as {ending}", f"x.{ending}", content


def test_every_file_is_read_or_refused_by_its_reader(files, figure):
    tally = Tally()

    def reading(own, content):
        try:
            for row in read_file(content, own).rows:
                assert row.reason or row.values or not row.raw
        except FileRefused as no:
            return str(no)
        return None

    for name, own, content in named(files):
        tally.take(name, lambda own=own, content=content: reading(own, content))

    assert tally.ended["read"] > 200
    assert tally.ended["refused with a reason"] > 3_000
    figure(f"outside files, reader: {tally.told()}")


def test_every_file_is_imported_or_refused(files, tmp_path, figure, capsys):
    manager = member(Role.MANAGER)
    make.lot(engagement=make.engagement(manager=manager, code="matter"), code="first")
    tally = Tally()

    def importing(own, content):
        path = tmp_path / own
        path.write_bytes(content)
        try:
            import_items_of("matter", path, email=manager.email, lot="first")
        except click.ClickException as no:
            return str(no)
        return None

    for name, own, content in named(files):
        if own.endswith((".csv", ".xlsx", ".json")):
            tally.take(name, lambda own=own, content=content: importing(own, content))

    assert ImportRun.objects.count() > 0
    assert tally.ended["refused with a reason"] > 2_000
    figure(f"outside files, import: {tally.told()}")


def test_every_file_is_audited_or_refused(files, tmp_path, figure):
    tally = Tally()

    def auditing(place, own, content):
        path = tmp_path / str(place) / own
        path.parent.mkdir()
        path.write_bytes(content)
        ended = CliRunner().invoke(main, ["audit", str(path)])
        if ended.exception is not None and not isinstance(ended.exception, SystemExit):
            raise ended.exception
        return ended.output if ended.exit_code else None

    for place, (name, own, content) in enumerate(named(files)):
        if own.endswith((".csv", ".xlsx", ".json")):
            tally.take(name, lambda at=place, own=own, content=content: auditing(at, own, content))

    sound = small_file(tmp_path).read_bytes()
    assert auditing("sound", "answers.csv", sound) is None
    assert tally.ended["refused with a reason"] > 2_000
    figure(f"outside files, audit: {tally.told()}")
