"""Which codes name a language: ISO 639 as the registry of language tags has it (RFC 5646)."""

from __future__ import annotations

import re
from typing import Final

import langcodes

from peritus.catalogue.requirements import Leaf, Requirement

_SHAPE: Final = re.compile("[a-z]{2,3}")
# Codes for what is no language, or none in particular; q… may be anything to anybody.
_NO_LANGUAGE: Final = re.compile("mis|mul|und|zxx|q[a-t][a-z]")


def language_fault(code: str) -> str:
    """Say why a code names no language, or how it is written; "" if it is right.

    A language has one code here, the shortest, or what one expert holds and
    another engagement wants would never meet.
    """
    if not _SHAPE.fullmatch(code):
        return f"A language is named by its code, such as de; {code[:40]!r} came."
    if _NO_LANGUAGE.fullmatch(code) or not langcodes.tag_is_valid(code):
        return f"{code!r} is no code of a language (ISO 639), such as de or pt."
    shortest = langcodes.standardize_tag(code)
    return "" if shortest == code else f"Write the language {code} as {shortest}."


def language_faults(part: Requirement) -> list[str]:
    """Say of each language that a requirement names what is wrong with its code."""
    if isinstance(part, Leaf):
        fault = language_fault(part.title.lower()) if part.kind == "language" else ""
        return [fault] if fault else []
    return [fault for each in part.of for fault in language_faults(each)]
