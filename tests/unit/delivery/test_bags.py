"""A pack is a bag for others too, and no bag that is broken passes for a pack."""

from __future__ import annotations

import zipfile
from pathlib import Path

import bagit
import pytest

from peritus.delivery.evidence.texts import readme
from peritus.delivery.verification.container import EITHER, OPTIONAL, REQUIRED
from tests.factories.packs import Verdicts, verdicts

pytestmark = [pytest.mark.slow]


@pytest.fixture
def bag(packs, tmp_path: Path) -> Path:
    """The pack that was certified, unpacked."""
    (tmp_path / "pack.zip").write_bytes(packs.certified)
    with zipfile.ZipFile(tmp_path / "pack.zip") as archive:
        archive.extractall(tmp_path)
    return tmp_path / "evidence-first-1"


@pytest.mark.django_db
def test_bagit_python_finds_a_pack_valid(bag):
    found = bagit.Bag(str(bag))

    assert found.validate()
    assert (found.version_info, found.algorithms) == ((1, 0), ["sha256"])
    assert found.info["External-Description"] == "peritus evidence pack 4"


@pytest.mark.django_db
def test_bagit_python_refuses_what_both_verifiers_refuse(bag):
    (bag / "data" / "plan.json").write_bytes(b"{}")

    assert not bagit.Bag(str(bag)).is_valid()
    assert verdicts(bag) == Verdicts(("manifest", "contents"), ("bag",))


def test_the_readme_lists_every_file_that_a_pack_may_have():
    listed = readme().decode().partition("The files in data/")[2].partition("What neither")[0]

    named = {name for name in (*REQUIRED, *EITHER, *OPTIONAL) if name in listed}
    assert named == {*REQUIRED, *EITHER, *OPTIONAL}


def broken_bags(shared_data: Path, folder: Path) -> list[Path]:
    with zipfile.ZipFile(shared_data / "oracles" / "bagit-conformance-suite.zip") as archive:
        archive.extractall(folder)
    return sorted(path for path in folder.glob("*/invalid/*") if path.is_dir())


def test_no_broken_bag_of_the_conformance_suite_passes_for_a_pack(shared_data, tmp_path):
    broken = broken_bags(shared_data, tmp_path)

    found = [verdicts(path) for path in broken]

    assert len(broken) >= 10
    assert [path.name for path, each in zip(broken, found, strict=True) if not each.ours] == []
    assert [path.name for path, each in zip(broken, found, strict=True) if not each.foreign] == []


def test_some_bag_that_bagit_python_lets_pass_is_refused_by_both(shared_data, tmp_path):
    passed = []
    for path in broken_bags(shared_data, tmp_path):
        try:
            bagit.Bag(str(path)).validate()
        except (bagit.BagError, OSError, UnicodeError):
            continue
        passed.append(path)

    assert passed
    assert all(verdicts(path).ours and verdicts(path).foreign for path in passed)
