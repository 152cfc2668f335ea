"""Set long plain texts for reading, and name the sections of guidelines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from django.utils.text import slugify

WRAPPED_WIDTH = 45  # lines that are longer on average were broken by a program, not by sense


@dataclass(frozen=True)
class Paragraph:
    """A block of a plain text; ``kept`` means that its line breaks carry sense."""

    text: str
    kept: bool


@lru_cache(maxsize=64)
def paragraphs_of(text: str) -> tuple[Paragraph, ...]:
    """Return a plain text's blocks; lines broken at a width flow again."""
    blocks = re.split(r"\n\s*\n", text.replace("\r\n", "\n"))
    return tuple(_paragraph(block) for block in blocks if block.strip())


def _paragraph(block: str) -> Paragraph:
    lines = [line.strip() for line in block.strip().splitlines()]
    broken = lines[:-1]
    if broken and sum(map(len, broken)) / len(broken) < WRAPPED_WIDTH:
        return Paragraph("\n".join(lines), kept=True)
    return Paragraph(" ".join(lines), kept=False)


def anchor_of(heading: str) -> str:
    """Return the anchor under which a section of that heading stands."""
    return f"g-{slugify(heading)}"
