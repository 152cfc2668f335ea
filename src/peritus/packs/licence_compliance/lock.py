"""Which published files the pack reads: name, version, digest, member, date."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from peritus.catalogue.published import PublishedFile, member_of

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class LockedSource:
    """One published source; dates are None where the file does not tell them.

    ``member`` of the licence texts has a place for the SPDX id. ``data_date``
    stands in the data, ``packaged`` is when the wheel was built.
    """

    handle: str
    published: PublishedFile
    member: str
    licence: str
    data_date: str | None
    packaged: str

    @property
    def origin(self) -> str:
        """Return package, version and dates, as they are printed."""
        made = f"data of {self.data_date}, " if self.data_date else ""
        name = f"{self.published.package} {self.published.version}"
        return f"{name} ({made}packaged {self.packaged})"


@cache
def locked_sources() -> dict[str, LockedSource]:
    """Return the lock's entries by handle."""
    rows = json.loads((FOLDER / "sources.lock.json").read_text(encoding="utf-8"))
    return {row["handle"]: _locked(row) for row in rows}


def _locked(row: dict[str, str]) -> LockedSource:
    published = PublishedFile(row["package"], row["version"], row["file"], row["sha256"])
    return LockedSource(
        row["handle"],
        published,
        member=row["member"],
        licence=row["licence"],
        data_date=row["data_date"],
        packaged=row["packaged"],
    )


def member_text(handle: str, *, spdx: str = "") -> str:
    """Return the locked member of a source as text, downloading when needed.

    ``spdx`` names the licence where the member has a place for it. Raises
    PublishedDataMissing when the file cannot be had or differs from the lock.
    """
    source = locked_sources()[handle]
    member = source.member.format(spdx=spdx)
    return member_of(source.published, member).decode("utf-8")
