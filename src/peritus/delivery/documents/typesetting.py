"""Turn a template and data into PDF/A, the same bytes for the same data."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import typst

TEMPLATES = Path(__file__).parent
STANDARDS: list[typst.PDFStandard] = ["a-2a", "ua-1"]
# What the fonts that come with Typst can show (found by setting each of them).
_BLOCKS = (
    (0x0020, 0x007E), (0x00A0, 0x024F), (0x0300, 0x036F), (0x0370, 0x03FF), (0x0400, 0x04FF),
    (0x1E00, 0x1EFF), (0x2000, 0x206F), (0x20A0, 0x20BF), (0x2100, 0x214F), (0x2190, 0x22FF),
)  # fmt: skip
_MISSING = frozenset("\u2041\u2043\u2053\u211f\u2121\u2123\u2125")
_SPACES = frozenset("\t\n\r")


def typeset(template: str, data: Mapping[str, object], *, at: datetime) -> bytes:
    """Set ``template`` with ``data`` as PDF/A-2a and PDF/UA-1, dated ``at`` to the second.

    The data travel as JSON and are shown as text only, never read as markup.
    A character that no embedded font has, or that does not print or turns the
    direction of writing, is shown by its code (⟨U+4E2D⟩), so that nothing
    disappears.
    """
    compiler = typst.Compiler(TEMPLATES / template, root=TEMPLATES, ignore_system_fonts=True)
    shown = json.dumps(_printable(data), ensure_ascii=True)
    pdf = compiler.compile(
        format="pdf",
        sys_inputs={"data": shown},
        pdf_standards=STANDARDS,
        timestamp=at.replace(microsecond=0),
    )
    if not isinstance(pdf, bytes):
        raise TypeError(f"{template} gave {type(pdf).__name__}, one PDF was wanted.")
    return pdf


def _printable(value: object) -> object:
    if isinstance(value, str):
        return "".join(_shown(character) for character in value)
    if isinstance(value, Mapping):
        return {name: _printable(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(each) for each in value]
    return value


def _shown(character: str) -> str:
    if character in _SPACES:
        return " "
    code = ord(character)
    in_block = any(low <= code <= high for low, high in _BLOCKS)
    prints = unicodedata.category(character)[0] != "C"
    if in_block and prints and character not in _MISSING:
        return character
    return f"⟨U+{code:04X}⟩"
