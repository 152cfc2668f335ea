"""Show that an altered evidence pack does not pass: a byte flipped in a copy."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from peritus.delivery.verification import VerificationReport, verify_pack
from peritus.delivery.verification.container import (
    SIGNATURE,
    bagged,
    members_of,
    opened,
    zipped,
)

FLIPPABLE = {
    "judgments.jsonl": "a judgment",
    "freeze.json": "a frozen decision",
    "audits.jsonl": "an audit",
    "draw.json": "the draw",
    "events.jsonl": "an event of the journal",
}
WHOLE = "file"
VALUE = b'":"'  # what stands before a text in JSON


@dataclass(frozen=True)
class Flip:
    """One byte of a copy, before and after; a forger mended the zip, or did not."""

    part: str
    offset: int
    before: str
    after: str
    mended: bool


@dataclass(frozen=True)
class Demonstration:
    """What verification says of a copy, and which byte was flipped in it."""

    report: VerificationReport
    flip: Flip | None


def demonstrate(pack: bytes, part: str) -> Demonstration:
    """Verify a temporary copy of a pack, altered in the part that is named, if any."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "pack.zip"
        copy.write_bytes(pack)
        flip = None
        if part == WHOLE:
            flip = _damaged(copy)
        elif part in FLIPPABLE:
            flip = _forged(copy, part)
        return Demonstration(verify_pack(copy), flip)


def _damaged(copy: Path) -> Flip:
    """Flip the lowest bit in the middle of the file, as a bad disk would."""
    raw, flip = _flipped(copy.read_bytes(), copy.name, mended=False)
    copy.write_bytes(raw)
    return flip


def _forged(copy: Path, member: str) -> Flip | None:
    """Flip a bit in a member, and mend zip and manifests, as a forger without the key would."""
    base, files = opened(copy)
    members = members_of(files)
    if not members.get(member):
        return None
    members[member], flip = _flipped(members[member], member, mended=True)
    copy.write_bytes(zipped(base, bagged(members, files[SIGNATURE])))
    return flip


def _flipped(content: bytes, part: str, *, mended: bool) -> tuple[bytes, Flip]:
    """Flip a bit of the first text that stands as a value in the second half."""
    raw, at = bytearray(content), content.find(VALUE, len(content) // 2) + len(VALUE)
    before = raw[at]
    raw[at] ^= 1
    return bytes(raw), Flip(part, at, f"{before:#04x}", f"{raw[at]:#04x}", mended)
