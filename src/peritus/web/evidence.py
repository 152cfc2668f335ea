"""Show that an altered evidence pack does not pass: a byte flipped in a copy."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from peritus.delivery.verification import VerificationReport, verify_pack
from peritus.delivery.verification.container import opened

FLIPPABLE = {
    "judgments.jsonl": "a judgment",
    "freeze.json": "a frozen decision",
    "audits.jsonl": "an audit's outcome",
    "draw.json": "the seed of the draw",
    "events.jsonl": "an event of the journal",
}


@dataclass(frozen=True)
class Flip:
    """One byte of a copy, before and after."""

    member: str
    offset: int
    before: str
    after: str


@dataclass(frozen=True)
class Demonstration:
    """What verification says of a copy, and which byte was flipped in it."""

    report: VerificationReport
    flip: Flip | None


def demonstrate(pack: bytes, member: str) -> Demonstration:
    """Verify a temporary copy of a pack, with one byte flipped in a member if named."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "pack.zip"
        copy.write_bytes(pack)
        flip = _flipped(copy, member) if member in FLIPPABLE else None
        return Demonstration(verify_pack(copy), flip)


def _flipped(copy: Path, member: str) -> Flip | None:
    """Flip the lowest bit of a byte in the middle of a member, and write it back."""
    content = opened(copy).get(member)
    if not content:
        return None
    raw = bytearray(copy.read_bytes())
    middle = len(content) // 2
    at = raw.index(content) + middle
    before = raw[at]
    raw[at] ^= 1
    copy.write_bytes(raw)
    return Flip(member, middle, f"{before:#04x}", f"{raw[at]:#04x}")
