"""The zip around a pack: one way to write it, and a reader that trusts nothing."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from peritus.delivery.verification.report import demand

MOST_BYTES = 500_000_000
FIXED_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can say
FILE_MODE = 0o644 << 16
REQUIRED = (
    "README.txt",
    "SCOPE.md",
    "audits.jsonl",
    "draw.json",
    "engagement.json",
    "events.jsonl",
    "freeze.json",
    "guideline.md",
    "head.json",
    "heads.jsonl",
    "items.jsonl",
    "judgments.jsonl",
    "keys.jsonl",
    "ledger.json",
    "manifest.json",
    "plan.json",
)
EITHER = ("certificate.json", "verdict.json")
OPTIONAL = ("guidelines.jsonl", "invoice.json")


def zipped(members: Mapping[str, bytes]) -> bytes:
    """Return the members as a zip, always the same bytes for the same members.

    Stored, not compressed: compressors differ between machines, and a stored
    file can hide no bomb.
    """
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name, FIXED_TIME)
            entry.create_system = 3  # Unix, on every machine
            entry.external_attr = FILE_MODE
            archive.writestr(entry, members[name])
    return target.getvalue()


def opened(path: Path) -> dict[str, bytes]:
    """Return the members of a pack by name.

    Raises PackFault unless the file is, byte for byte, the zip that its
    members make: so nothing stands between, before or after them.
    """
    demand(path.is_file(), f"{path} is no file.")
    size = path.stat().st_size
    demand(size <= MOST_BYTES, f"The file has {size} bytes; at most {MOST_BYTES} are read.")
    raw = path.read_bytes()
    members = _members(raw)
    demand(
        zipped(members) == raw,
        "The zip's own structure (order, times, modes, comments or bytes between files) is not "
        "as a pack is written.",
    )
    return members


def _members(raw: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            entries = archive.infolist()
            _check_entries(entries, len(raw))
            return {entry.filename: archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        demand(False, f"The zip cannot be read: {error}")
    raise AssertionError  # demand has raised


def _check_entries(entries: list[zipfile.ZipInfo], size: int) -> None:
    names = [entry.filename for entry in entries]
    known = {*REQUIRED, *EITHER, *OPTIONAL}
    strange = sorted(name for name in names if name not in known)
    demand(not strange, f"The pack has files that belong to none: {strange[:5]}.")
    demand(len(set(names)) == len(names), "A file name stands twice in the zip.")
    for entry in entries:
        plain = entry.compress_type == zipfile.ZIP_STORED and entry.file_size <= size
        demand(plain, f"{entry.filename}: a pack stores its files uncompressed.")


def check_names(members: Mapping[str, bytes]) -> str:
    """Check that every file a pack must have is there."""
    missing = [name for name in REQUIRED if name not in members]
    demand(not missing, f"Missing: {', '.join(missing)}.")
    verdicts = [name for name in EITHER if name in members]
    demand(len(verdicts) == 1, f"Exactly one of {' and '.join(EITHER)} is wanted.")
    return f"{len(members)} files."
