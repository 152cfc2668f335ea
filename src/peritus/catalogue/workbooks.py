"""Write workbooks (XLSX) of which no cell is a formula: the one place that opens any.

A cell says itself that it is text, so nothing is put before it.
"""

from __future__ import annotations

import re
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

LONGEST_SHOWN = 2_000
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def new_workbook(path: Path, **options: bool) -> xlsxwriter.Workbook:
    """Return a workbook in which no text becomes a formula or a link."""
    return xlsxwriter.Workbook(
        path, {**options, "strings_to_formulas": False, "strings_to_urls": False}
    )


def text_look(book: xlsxwriter.Workbook) -> Format:
    """Return the format of text: one that is edited in its cell stays text."""
    return book.add_format({"num_format": "@"})


def write_text(sheet: Worksheet, row: int, column: int, text: str, look: Format) -> None:
    """Write a text into a cell, as text whatever it begins with."""
    sheet.write_string(row, column, storable(text), look)


def storable(text: str) -> str:
    """Return a text without what XML cannot hold, and no longer than can be read in a cell."""
    return _NOT_IN_XML.sub("\ufffd", text)[:LONGEST_SHOWN]
