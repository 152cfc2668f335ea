"""Read the rows of a spreadsheet (XLSX), whose parser runs in a cage."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from peritus.intake.cage import caged
from peritus.intake.errors import SAVE_AS_CSV, FileRefused
from peritus.intake.signatures import refuse_other_kind
from peritus.intake.text import refuse_too_large


class Sheet(NamedTuple):
    """A sheet's rows as text with the number that the spreadsheet shows, and a note."""

    rows: Iterator[tuple[int, list[str]]]
    note: str


def sheet_of(content: bytes, name: str = "") -> Sheet:
    """Return the sheet of that name, or else the first visible one that holds something.

    Raises FileRefused for what is no spreadsheet, one with a password or
    without such a sheet, and one that its parser cannot take within the limits.
    """
    refuse_too_large(content)
    refuse_other_kind(content, "xlsx")
    found = caged("peritus.intake.spreadsheet:sheet_lines", content, name, advice=SAVE_AS_CSV)
    notes = [next(found.values)]
    if found.unheld:
        notes.append(f"Its reader could not be held in: {', '.join(found.unheld)}.")
    return Sheet(map(_row, found.values), " ".join(filter(None, notes)))


def _row(value: object) -> tuple[int, list[str]]:
    match value:
        case [int() as number, list() as cells] if all(isinstance(cell, str) for cell in cells):
            return number, cells
    raise FileRefused([f"The spreadsheet's reader wrote no row. {SAVE_AS_CSV}"])
