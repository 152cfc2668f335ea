"""The workbook that an auditor fills in: written blind, read back cell by cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from peritus.catalogue.workbooks import new_workbook, storable, write_text
from peritus.file_audits.errors import AuditRefused
from peritus.file_audits.judgments import plain_label, plain_text
from peritus.file_audits.record import AuditRecord
from peritus.intake.sheets import sheet_of

AUDIT, READ_ME, CHOICES = "Audit", "Read me", "Choices"
NONE_OF_THESE = "none of these"
AUDITOR, RECORD = "Auditor (your name)", "Record, SHA-256"
_HEADER_ROW = 1


@dataclass(frozen=True)
class FilledRow:
    """A row of the audit sheet as it came back."""

    number: int
    place: str
    item: str
    answer: str


@dataclass(frozen=True)
class Filled:
    """A workbook as it came back."""

    auditor: str
    record_digest: str
    answer_column: str
    rows: tuple[FilledRow, ...]


def choice_none_of(labels: Sequence[str]) -> str:
    """Return the choice for an item that no label fits."""
    return NONE_OF_THESE if NONE_OF_THESE not in labels else f"{NONE_OF_THESE} answers"


def listed_looks(looks: Sequence[int]) -> str:
    """Write the sizes of looks, many by the first two and the last."""
    shown = [f"{look:,}" for look in looks]
    return ", ".join(shown) if len(shown) < 6 else f"{shown[0]}, {shown[1]}, … {shown[-1]}"


# Writing


def write_workbook(
    path: Path,
    record: AuditRecord,
    shown_columns: Sequence[str],
    shown: Mapping[str, tuple[str, ...]],
    source: str,
) -> None:
    """Write the items in the order of their draw, without any decision or vote."""
    with new_workbook(path) as book:
        book.set_properties({"title": storable(f"Audit of {source}"), "created": _created(record)})
        styles = _styles(book)
        audit = book.add_worksheet(AUDIT)
        read_me = book.add_worksheet(READ_ME)
        choices = book.add_worksheet(CHOICES)
        _write_choices(choices, record.labels, styles)
        _write_audit(audit, record, shown_columns, shown, styles)
        _write_read_me(read_me, record, source, styles)
        audit.activate()


def _created(record: AuditRecord) -> datetime:
    return datetime.fromisoformat(record.plan_document["recorded_at"]).replace(tzinfo=None)


def _styles(book: xlsxwriter.Workbook) -> dict[str, Format]:
    text = {"font_name": "Calibri", "font_size": 11, "valign": "top", "num_format": "@"}
    cell = {**text, "indent": 1, "text_wrap": True, "bottom": 1, "bottom_color": "#D0D0D0"}
    head = {"bold": True, "indent": 1, "bg_color": "#1F2A37", "font_color": "#FFFFFF"}
    looks: dict[str, dict[str, object]] = {
        "heading": {**text, **head, "valign": "vcenter"},
        "place": {**cell, "num_format": "0", "align": "right", "font_color": "#6B7280"},
        "text": cell,
        "fill": {**cell, "bg_color": "#FFF8E1", "locked": False},
        "title": {**text, "bold": True, "font_size": 16},
        "subtitle": {**text, "bold": True, "font_size": 12},
        "words": {**text, "text_wrap": True},
        "name": {**text, "font_color": "#6B7280"},
        "mono": {**text, "font_name": "Consolas", "font_size": 9},
    }
    return {name: book.add_format(look) for name, look in looks.items()}


def _write_choices(sheet: Worksheet, labels: Sequence[str], styles: Mapping[str, Format]) -> None:
    """Write what the drop-down offers; a sheet, since a list in the cell ends at 255 letters."""
    for row, label in enumerate([*labels, choice_none_of(labels)]):
        write_text(sheet, row, 0, label, styles["words"])
    sheet.hide()


def _write_audit(
    sheet: Worksheet,
    record: AuditRecord,
    shown_columns: Sequence[str],
    shown: Mapping[str, tuple[str, ...]],
    styles: Mapping[str, Format],
) -> None:
    headings = ["No.", "Item", *shown_columns, "Answer", "Notes"]
    answer = len(headings) - 2
    sheet.set_row(0, 22)
    for column, heading in enumerate(headings):
        write_text(sheet, 0, column, heading, styles["heading"])
    for row, item in enumerate(record.sample, start=_HEADER_ROW):
        sheet.write_number(row, 0, row, styles["place"])
        write_text(sheet, row, 1, item, styles["text"])
        for column, text in enumerate(shown.get(item, ()), start=2):
            write_text(sheet, row, column, text, styles["text"])
        sheet.write_blank(row, answer, None, styles["fill"])
        sheet.write_blank(row, answer + 1, None, styles["fill"])
    _lay_out(sheet, record, headings)
    last = len(record.sample)
    sheet.data_validation(
        _HEADER_ROW,
        answer,
        last,
        answer,
        {
            "validate": "list",
            "source": f"={CHOICES}!$A$1:$A${len(record.labels) + 1}",
            "error_title": "Not one of the answers",
            "error_message": f"If none fits: “{choice_none_of(record.labels)}”.",
        },
    )


def _lay_out(sheet: Worksheet, record: AuditRecord, headings: Sequence[str]) -> None:
    """Set widths, what stays in sight, the protection, and how it prints."""
    longest = max(len(item) for item in record.sample)
    widths = [6, min(max(12, longest + 2), 40)]
    widths += [60 if len(headings) < 7 else 36] * (len(headings) - 4)
    widest = max(map(len, [*record.labels, choice_none_of(record.labels)]))
    widths += [min(max(18, widest + 4), 40), 44]
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(_HEADER_ROW, 2)
    # Without a password: it stops slips, and the recorded draw finds the rest.
    sheet.protect("", {"format_columns": True, "format_rows": True})
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&L&8&F&R&8&P / &N")


def _write_read_me(
    sheet: Worksheet, record: AuditRecord, source: str, styles: Mapping[str, Format]
) -> None:
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 92)
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    write_text(sheet, 0, 0, f"Audit of {source}", styles["title"])
    sheet.set_row(0, 26)
    sheet.write_string(2, 0, AUDITOR, styles["name"])
    sheet.write_blank(2, 1, None, styles["fill"])
    sheet.write_string(4, 0, "What to do", styles["subtitle"])
    row = 5
    for number, sentence in enumerate(_instructions(record), start=1):
        sheet.write_string(row, 0, f"{number}.", styles["name"])
        sheet.write_string(row, 1, sentence, styles["words"])
        sheet.set_row(row, 15 * (1 + len(sentence) // 95) + 3)
        row += 1
    sheet.write_string(row + 1, 0, "What this belongs to", styles["subtitle"])
    facts = (
        (RECORD, record.digest),
        ("Decisions, SHA-256", record.plan_document["decisions_sha256"]),
        ("Plan, SHA-256", record.plan.digest),
        ("Seed of the draw", record.plan_document["seed"]),
    )
    for row_, (name, value) in enumerate(facts, start=row + 2):
        sheet.write_string(row_, 0, name, styles["name"])
        sheet.write_string(row_, 1, value, styles["mono"])
    sheet.protect("", {"format_columns": True, "format_rows": True})


def _instructions(record: AuditRecord) -> list[str]:
    plan = record.plan
    looks = listed_looks(plan.looks)
    return [
        (
            "Answer each item on the sheet “Audit” as you would have it answered, from the top, "
            "leaving no row out. The order was drawn by lot: choosing items yourself "
            "would spoil the result."
        ),
        (
            "Choose from the list in the column Answer. If no answer of the list fits, choose "
            f"“{choice_none_of(record.labels)}”: that counts as a difference."
        ),
        (
            "What the experts decided is not shown, and should not be looked up before you have "
            "answered. Notes are for you; they are not read."
        ),
        (
            f"Save, and run the command again. The result is read after {looks} answers, and only "
            "then. You can stop at the first of them that ends the audit, which the command tells."
        ),
        "An answer that a look has read can no longer be changed.",
    ]


# Reading


def read_workbook(content: bytes) -> Filled:
    """Read a filled workbook.

    Raises FileRefused for what is no workbook, AuditRefused for one whose
    sheets are not those that were written.
    """
    read_me = {
        plain_text(cells[0]): plain_text(cells[1]) for _, cells in _sheet(content, READ_ME, 2)
    }
    rows = list(_sheet(content, AUDIT, 4))
    names = [plain_text(cell) for cell in rows[0][1]] if rows else []
    if names[:2] != ["No.", "Item"] or "Answer" not in names[2:]:
        raise AuditRefused(
            f"Row 1 of sheet {AUDIT!r} must name No., Item and Answer; it has {names}."
        )
    # A shown column may be called Answer too; ours is the one before the notes.
    answer = len(names) - 1 - names[::-1].index("Answer")
    filled = [
        FilledRow(number, cells[0].strip(), plain_text(cells[1]), plain_label(cells[answer]))
        for number, cells in rows[1:]
        if any(cell.strip() for cell in cells)
    ]
    return Filled(
        auditor=read_me.get(AUDITOR, ""),
        record_digest=read_me.get(RECORD, ""),
        answer_column=xl_col_to_name(answer),
        rows=tuple(filled),
    )


def _sheet(content: bytes, name: str, width: int) -> list[tuple[int, list[str]]]:
    found = sheet_of(content, name).rows
    return [(number, cells + [""] * (width - len(cells))) for number, cells in found]
