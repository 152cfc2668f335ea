"""A small file of answers, and a workbook that another program has saved again."""

import csv
import datetime as dt
import gzip
import io
from pathlib import Path

import pytest
import xlsxwriter

from peritus.file_audits.audits import Settings, begin_audit
from peritus.intake.sheets import sheet_of

AT = dt.datetime(2026, 1, 5, 9, 30, tzinfo=dt.UTC)
SETS = Path(__file__).parents[4] / "shared" / "data" / "judgments"


def small_file(folder, *, items=60, wrong=(), name="answers.csv"):
    """Write three experts' answers; on ``wrong`` places the decision is no, truth is yes."""
    rows = ["item,expert,answer"]
    for place in range(items):
        answers = (
            ("no", "no", "yes") if place in wrong else ("yes", "yes", "no" if place % 3 else "yes")
        )
        rows += [f"doc {place},{who},{given}" for who, given in zip("abc", answers, strict=True)]
    path = folder / name
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def begun(file, *, promise=0.2, nonce="n", folder=None, **settings):
    """Begin the audit of a file beside it."""
    return begin_audit(
        file,
        folder or file.with_name(f"{file.stem}-audit"),
        Settings(promise=promise, **settings),
        nonce=nonce,
        nonce_given=True,
        at=AT,
    )


def save_again(path, *, answers=None, auditor="", edit=None):
    """Save a workbook as another program would, with answers by item put in.

    ``edit`` changes the rows of the audit sheet, or returns others.
    """
    audit, about = rows_of_sheet(path, "Audit"), rows_of_sheet(path, "Read me")
    for cells in audit[1:]:
        cells[-2] = (answers or {}).get(cells[1], cells[-2])
    about[2][1] = auditor or about[2][1]
    audit = (edit(audit) if edit else None) or audit
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        _write_rows(book.add_worksheet("Audit"), audit)
        _write_rows(book.add_worksheet("Read me"), about)


def _write_rows(sheet, rows):
    for at, cells in enumerate(rows):
        for place, cell in enumerate(cells):
            sheet.write_string(at, place, cell)


def shared_set(name):
    """Return a shared set's judgments as CSV bytes and its gold by item, or skip by name."""
    folder = SETS / name
    if not folder.exists():
        pytest.skip(f"the shared set {name} is not here")
    with gzip.open(folder / "gold.csv.gz", "rt") as lines:
        gold = {row["item"]: row["gold"] for row in csv.DictReader(lines)}
    return gzip.decompress((folder / "judgments.csv.gz").read_bytes()), gold


def rows_of_sheet(path, name):
    """Return a sheet's rows as text."""
    return [cells for _, cells in sheet_of(path.read_bytes(), name).rows]


def as_xlsx(rows):
    """Return rows of cells as an XLSX file."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("Round 1")
        for at, cells in enumerate(rows):
            sheet.write_row(at, 0, cells)
    return content.getvalue()
