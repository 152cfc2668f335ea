"""Write CSV of which no cell is taken for a formula: the one place that writes any.

A text that would be run gets an apostrophe before it; numbers stay numbers.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

Cell = str | int | float
# A program that parts cells at semicolons or tabs, as many countries' do, finds cells inside ours:
# what stands behind these, or behind a line's end, is looked at like a cell's begin. Programs pass
# over blanks, controls, quotes and a mark of the byte order. An apostrophe that stood there gets
# one more, or taking ours away would take theirs.
_BEGIN = "(?:\\A|(?<=[;\t\r\n]))"
_PASSED = '(?:[^\\S\t\r\n]|[\x00-\x08\x0e-\x1f\x7f\ufeff\u200b"])*'
_RUNS = f"(?='*{_PASSED}[=+\\-@＝＋－＠])"
_INDENTED = "(?='*[\t\r\n])"
_WOULD_RUN = re.compile(f"{_BEGIN}{_RUNS}|\\A{_INDENTED}")
_MADE_HARMLESS = re.compile(f"{_BEGIN}'{_RUNS}|\\A'{_INDENTED}")


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula; ``as_it_was`` undoes it."""
    return _WOULD_RUN.sub("'", text)


def as_it_was(text: str) -> str:
    """Return the text that ``harmless`` made this of."""
    return _MADE_HARMLESS.sub("", text)


def csv_text(rows: Iterable[Sequence[Cell]]) -> str:
    """Write rows as RFC 4180 has them: texts in quotes and harmless, numbers bare."""
    sheet = io.StringIO(newline="")
    csv.writer(sheet, quoting=csv.QUOTE_NONNUMERIC).writerows(
        [harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in rows
    )
    return sheet.getvalue()
