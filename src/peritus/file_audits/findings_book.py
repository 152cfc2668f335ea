"""The findings as a workbook: agreement, contested items, experts, rejected rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import xlsxwriter

from peritus.algorithms.agreement import Agreement
from peritus.catalogue.workbooks import new_workbook, text_look, write_text
from peritus.file_audits.findings import Findings
from peritus.file_audits.judgments import Judgments

Cell = str | float | None
EXPERT_HEADINGS = (
    "Expert", "Judgments", "Compared", "Differ", "Share that differs", "Low", "High",
    "Chance if as the rest", "At risk", "Estimated right", "Right, low", "Right, high",
    "Only answer given",
)  # fmt: skip


def write_findings(path: Path, judgments: Judgments, findings: Findings, *, at: datetime) -> None:
    """Write what was found, a sheet for each kind."""
    with new_workbook(path, constant_memory=True) as book:
        book.set_properties({"created": at.replace(tzinfo=None)})
        _sheet(
            book,
            "Summary",
            ("What", "Value", "Low", "High", "Rests on"),
            _summary(judgments, findings),
        )
        _sheet(book, "Disagreements", ("Item", "Decision", "Belief", "Votes"), _contested(findings))
        _sheet(book, "Experts", EXPERT_HEADINGS, _experts(findings))
        _sheet(
            book,
            "Decisions",
            ("Item", "Decision", "Belief", "Judgments"),
            _decisions(judgments, findings),
        )
        _sheet(book, "Rejected", ("Row", "Why", "Content"), judgments.rejected)


def _sheet(
    book: xlsxwriter.Workbook, name: str, headings: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> None:
    sheet = book.add_worksheet(name)
    heading = book.add_format({"bold": True, "bg_color": "#1F2A37", "font_color": "#FFFFFF"})
    look = text_look(book)
    sheet.set_column(0, 0, 36)
    sheet.set_column(1, len(headings) - 1, 24)
    sheet.freeze_panes(1, 0)
    for column, text in enumerate(headings):
        sheet.write_string(0, column, text, heading)
    for row, cells in enumerate(rows, start=1):
        for column, cell in enumerate(cells):
            if isinstance(cell, str):
                write_text(sheet, row, column, cell, look)
            elif cell is not None:
                sheet.write_number(row, column, cell)


def _summary(judgments: Judgments, findings: Findings) -> list[Sequence[Cell]]:
    counts, agreement = judgments.counts, findings.agreement
    return [
        ("Items", len(judgments.items)),
        ("Experts", len(judgments.experts)),
        ("Judgments", counts.used),
        ("Rejected", counts.rejected),
        ("Replaced by a later one", counts.replaced),
        ("Empty", counts.empty),
        ("Items judged once", findings.judged_once),
        ("Items on which experts differ", len(findings.contested)),
        *_coefficient("Krippendorff's alpha (nominal)", agreement.alpha),
        *_coefficient("Gwet's AC1", agreement.ac1),
        ("Reading", agreement.reading),
        ("Decided by", findings.method_sentence),
        *((f"Share of answers: {label}", round(share, 6)) for label, share in findings.shares),
        *(("Note", note) for note in judgments.notes),
    ]


def _coefficient(name: str, found: Agreement | None) -> list[Sequence[Cell]]:
    if found is None or math.isnan(found.value):
        return [(name, "unknown")]
    rests = f"{found.items:,} items, {found.judgments:,} judgments"
    return [(name, round(found.value, 6), _known(found.low), _known(found.high), rests)]


def _known(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else round(value, 6)


def _contested(findings: Findings) -> Iterable[Sequence[Cell]]:
    for each in findings.contested:
        votes = ", ".join(f"{label}: {count}" for label, count in each.votes)
        yield each.item, each.decision, round(each.belief, 6), votes


def _experts(findings: Findings) -> Iterable[Sequence[Cell]]:
    for each in findings.experts:
        share = each.differing / each.compared if each.compared else None
        figures = (share, each.low, each.high, each.chance)
        yield (
            each.expert, each.judgments, each.compared, each.differing, *map(_known, figures),
            "yes" if each.at_risk else "", *map(_known, each.right), each.only,
        )  # fmt: skip


def _decisions(judgments: Judgments, findings: Findings) -> Iterable[Sequence[Cell]]:
    counts = [0] * len(judgments.items)
    for item in judgments.item:
        counts[item] += 1
    for at, item in enumerate(judgments.items):
        code = int(findings.consensus.labels[at])
        belief = round(float(findings.consensus.posterior[at, code]), 6)
        yield item, judgments.labels[code], belief, counts[at]
