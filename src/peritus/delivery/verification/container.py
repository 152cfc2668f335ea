"""The bag and the zip around a pack: one way to write them, a reader that trusts nothing.

A pack is a bag (BagIt 1.0, RFC 8493): its files lie in ``data/``, and every other
file follows from them, but for the signature over the manifests.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from peritus.delivery.verification.report import PackFault, demand
from peritus.journal.canonical import sha256

FORMAT = "peritus evidence pack 4"
DATA = "data/"
MANIFEST, TAGMANIFEST = "manifest-sha256.txt", "tagmanifest-sha256.txt"
SIGNATURE = "signature.json"
MOST_BYTES = 500_000_000
MOST_FILES = 100
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
    "plan.json",
    "proofs.jsonl",
    "prov.json",
    "report.pdf",
)
EITHER = ("certificate.json", "verdict.json")
ANNEXES = ("agreement.json", "credentials.json", "skills.json")
OPTIONAL = (*ANNEXES, "guidelines.jsonl", "invoice.json")


def tag_files(members: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the bag's own files; all of them follow from the members of its data."""
    size = sum(map(len, members.values()))
    told = {
        "External-Description": FORMAT,
        "External-Identifier": f"sha256:{sha256(members.get('freeze.json', b''))}",
        "Payload-Oxum": f"{size}.{len(members)}",
    }
    tags = {
        "bag-info.txt": "".join(f"{name}: {value}\n" for name, value in told.items()).encode(),
        "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        MANIFEST: _manifest({DATA + name: content for name, content in members.items()}),
    }
    return {**tags, TAGMANIFEST: _manifest(tags)}


def _manifest(files: Mapping[str, bytes]) -> bytes:
    return "".join(f"{sha256(files[name])}  {name}\n" for name in sorted(files)).encode()


def bagged(members: Mapping[str, bytes], signature: bytes) -> dict[str, bytes]:
    """Return all files of the bag by their path in it."""
    data = {DATA + name: content for name, content in members.items()}
    return {**data, **tag_files(members), SIGNATURE: signature}


def members_of(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the members of a bag's data by name."""
    return {
        name.removeprefix(DATA): content for name, content in files.items() if name.startswith(DATA)
    }


def zipped(base: str, files: Mapping[str, bytes]) -> bytes:
    """Return a bag as a zip with one folder; always the same bytes for the same files.

    Stored, not compressed: compressors differ between machines, and a stored
    file can hide no bomb.
    """
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"{base}/{name}", FIXED_TIME)
            entry.create_system = 3  # Unix, on every machine
            entry.external_attr = FILE_MODE
            archive.writestr(entry, files[name])
    return target.getvalue()


def opened(path: Path) -> tuple[str, dict[str, bytes]]:
    """Return the base folder's name and the files of a pack, a zip or its folder.

    Raises PackFault unless a zip is, byte for byte, the one that its files
    make: so nothing stands between, before or after them.
    """
    if path.is_dir():
        return path.resolve().name, _unfolded(path)
    demand(path.is_file(), f"{path} is no file.")
    size = path.stat().st_size
    demand(size <= MOST_BYTES, f"The file has {size} bytes; at most {MOST_BYTES} are read.")
    raw = path.read_bytes()
    base, files = _unzipped(raw)
    demand(
        zipped(base, files) == raw,
        "The zip's own structure (order, times, modes, comments or bytes between files) is not "
        "as a pack is written.",
    )
    return base, files


def _unfolded(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder by path; a link or a further folder is refused."""
    files: dict[str, bytes] = {}
    room = MOST_BYTES
    for count, path in enumerate(sorted(folder.rglob("*"))):
        name = path.relative_to(folder).as_posix()
        demand(count <= MOST_FILES, f"The folder has more than {MOST_FILES} files.")
        demand(not path.is_symlink(), f"{name}: a link, not a file.")
        if path.is_dir():
            demand(f"{name}/" == DATA, f"{name}: a folder that belongs to no pack.")
            continue
        demand(path.is_file(), f"{name}: no file.")  # a pipe would keep its reader waiting
        room -= path.stat().st_size
        demand(room >= 0, f"The files have more than {MOST_BYTES} bytes.")
        files[name] = path.read_bytes()
    return files


def _unzipped(raw: bytes) -> tuple[str, dict[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            entries = archive.infolist()
            base = _check_entries(entries, len(raw))
            return base, {
                entry.filename.removeprefix(f"{base}/"): archive.read(entry) for entry in entries
            }
    except (zipfile.BadZipFile, RuntimeError, EOFError, OSError, ValueError) as error:
        raise PackFault(f"The zip cannot be read: {error}") from None


def _check_entries(entries: list[zipfile.ZipInfo], size: int) -> str:
    """Return the one folder in which all entries lie."""
    demand(0 < len(entries) <= MOST_FILES, f"The zip has {len(entries)} files.")
    names = [entry.filename for entry in entries]
    folders = {name.partition("/")[0] for name in names}
    demand(len(folders) == 1, f"The zip has several folders: {sorted(folders)[:5]}.")
    demand(len(set(names)) == len(names), "A file name stands twice in the zip.")
    for entry in entries:
        plain = entry.compress_type == zipfile.ZIP_STORED and entry.file_size <= size
        demand(plain, f"{entry.filename}: a pack stores its files uncompressed.")
    return folders.pop()


def check_names(members: Mapping[str, bytes]) -> str:
    """Check that every file a pack must have is there, and no other."""
    known = {*REQUIRED, *EITHER, *OPTIONAL}
    strange = sorted(name for name in members if name not in known)
    demand(not strange, f"The pack has files that belong to none: {strange[:5]}.")
    missing = [name for name in REQUIRED if name not in members]
    demand(not missing, f"Missing: {', '.join(missing)}.")
    verdicts = [name for name in EITHER if name in members]
    demand(len(verdicts) == 1, f"Exactly one of {' and '.join(EITHER)} is wanted.")
    return f"{len(members)} files."


def check_manifests(files: Mapping[str, bytes]) -> str:
    """Check that the bag's own files are those that its data make, naming what differs."""
    members = members_of(files)
    stated = _stated(files.get(MANIFEST, b""))
    for name in sorted({*stated, *(DATA + name for name in members)}):
        demand(name in files, f"{name}: in the manifest, but not in the pack.")
        demand(name in stated, f"{name}: in the pack, but not in the manifest.")
        demand(stated[name] == sha256(files[name]), f"{name}: SHA-256 is not as the manifest says.")
    wanted = tag_files(members)
    around = {name for name in files if not name.startswith(DATA)}
    amiss = sorted(around ^ {*wanted, SIGNATURE})
    demand(not amiss, f"Around the data, files are missing or too many: {amiss[:5]}.")
    for name, content in wanted.items():
        demand(files[name] == content, f"{name}: not what the files of the pack make.")
    return f"{len(members)} files, SHA-256 agree."


def _stated(manifest: bytes) -> dict[str, str]:
    lines = (line.partition("  ") for line in manifest.decode(errors="replace").split("\n"))
    return {name: digest for digest, _, name in lines if name}
