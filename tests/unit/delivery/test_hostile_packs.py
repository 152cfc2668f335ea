"""Archives that a hostile sender might call a pack: both verifiers refuse them, soon and unread."""

import io
import os
import struct
import zipfile

import pytest

from peritus.delivery.verification.container import MOST_FILES, opened
from peritus.delivery.verification.report import PackFault
from tests.factories.packs import foreign_verifier

BASE = "pack/"
verifier = foreign_verifier()


def link_to(target):
    entry = zipfile.ZipInfo(f"{BASE}data/items.jsonl")
    entry.create_system, entry.external_attr = 3, 0o120777 << 16
    return entry, target


MANY = [(f"{BASE}data/{n}", "") for n in range(MOST_FILES + 1)]
HOSTILE = {
    "too many files": MANY,
    "a name twice": [(f"{BASE}bagit.txt", "a"), (f"{BASE}bagit.txt", "b")],
    "a path upwards": [(f"{BASE}../../a.txt", "x")],
    "a path from the root": [("/etc/cron.d/a", "x")],
    "a drive": [("C:\\a.txt", "x")],
    "a link": [link_to("/etc/passwd")],
    "a folder": [(BASE, "")],
    "two folders": [("pack/a", ""), ("other/a", "")],
}


def archive(entries, method=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as new:
        for name, content in entries:
            new.writestr(name, content)
    return out.getvalue()


def both_refuse(path):
    with pytest.raises(PackFault) as ours:
        opened(path)
    with pytest.raises((verifier.Refused, UnicodeError, struct.error)):
        verifier.opened(path)
    return str(ours.value)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("kind", HOSTILE)
def test_an_archive_that_no_pack_is_is_refused(tmp_path, kind):
    path = tmp_path / "pack.zip"
    path.write_bytes(archive(HOSTILE[kind]))

    both_refuse(path)

    assert [each.name for each in tmp_path.iterdir()] == ["pack.zip"]


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = tmp_path / "pack.zip"
    path.write_bytes(archive([(f"{BASE}data/items.jsonl", bytes(300_000_000))], method=8))

    assert both_refuse(path) == ("pack/data/items.jsonl: a pack stores its files uncompressed.")


def test_an_archive_in_an_archive_stays_closed(tmp_path):
    path = tmp_path / "pack.zip"
    inner = archive([("a", bytes(1_000_000))], method=8)
    path.write_bytes(archive([(f"{BASE}data/inner.zip", inner)]))

    both_refuse(path)


def test_an_entry_that_says_that_it_is_larger_than_the_file_is_refused(tmp_path):
    content = bytearray(archive([(f"{BASE}a", "x")]))
    at = content.rfind(b"PK\x01\x02")
    content[at + 20 : at + 28] = b"\xf0\xff\xff\x7f" * 2
    path = tmp_path / "pack.zip"
    path.write_bytes(content)

    assert both_refuse(path) == "pack/a: a pack stores its files uncompressed."


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_a_folder_with_what_is_no_file_is_refused(tmp_path, kind):
    folder = tmp_path / "pack"
    folder.mkdir()
    strange = folder / "strange"
    if kind == "link":
        strange.symlink_to("/etc/passwd")
    elif kind == "pipe":
        os.mkfifo(strange)
    else:
        strange.mkdir()

    assert both_refuse(folder).startswith("strange: ")


def test_a_pipe_is_no_pack(tmp_path):
    os.mkfifo(tmp_path / "pack.zip")

    assert both_refuse(tmp_path / "pack.zip").endswith("is no file.")
