"""Turn a file into judgments as codes, with every row accounted for."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from peritus.file_audits.columns import (
    MOST_LABELS,
    Columns,
    Wanted,
    columns_of,
    known_answer_columns,
)
from peritus.file_audits.errors import AuditRefused
from peritus.file_audits.label_studio import EXPERT, ITEM, rows_of_tasks, tasks_in
from peritus.intake.reading import Reading, Row, ending_of, read_file
from peritus.intake.signatures import refuse_other_kind
from peritus.intake.text import text_of

MOST_ROWS = 1_000_000
LONGEST_NAME = 500
MOST_NAMED = 10
_WHOLE = re.compile(r"([+-]?\d+)\.0+")
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
Codes = NDArray[np.int64]


class Judged(NamedTuple):
    """One judgment as text, and the row that it stands in."""

    row: int
    item: str
    expert: str
    answer: str


class Rejected(NamedTuple):
    """A row, or a cell of one, that could not be used, and why."""

    row: int
    reason: str
    content: str


@dataclass(frozen=True)
class Counts:
    """Where the rows went: ``entries`` = used + replaced + empty + rejected.

    An entry is a row, or in a wide file a cell in an expert's column; an
    unreadable row is one entry.
    """

    rows: int
    entries: int
    used: int
    replaced: int
    empty: int
    rejected: int


@dataclass(frozen=True, eq=False)
class Judgments:
    """Judgments as parallel codes (n,), what the codes stand for, and what was left out.

    ``shown`` is, for an item's name, what the auditor may see of it.
    """

    items: tuple[str, ...]
    experts: tuple[str, ...]
    labels: tuple[str, ...]
    item: Codes
    expert: Codes
    label: Codes
    gold: Mapping[int, int]
    columns: Columns
    counts: Counts
    rejected: tuple[Rejected, ...]
    shown: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class ReadingRules:
    """How a file is to be read where it leaves a choice."""

    wanted: Wanted = field(default_factory=Wanted)
    sheet: str = ""
    take_last: bool = False
    ignore_case: bool = False


@dataclass
class _Taken:
    """What was taken from the rows so far."""

    judged: list[Judged] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    gold: dict[str, str] = field(default_factory=dict)
    shown: dict[str, tuple[str, ...]] = field(default_factory=dict)
    rows: int = 0
    empty: int = 0


def judgments_of(content: bytes, file_name: str, rules: ReadingRules) -> Judgments:
    """Read a file of judgments; nothing of it is dropped unsaid.

    Raises FileRefused or AuditRefused when the file as a whole cannot be used:
    unreadable, columns unknown, no judgment, an expert with two answers on one
    item, or too many different answers to be classes.
    """
    rows, note, wanted = _rows(content, file_name, rules)
    readable = [row.values for row in rows if not row.reason]
    if not readable:
        first = f" Row {rows[0].number}: {rows[0].reason}" if rows else ""
        raise AuditRefused(f"No row of {len(rows):,} holds a judgment.{first}")
    columns = columns_of(readable, wanted)
    taken = _Taken(rows=len(rows))
    for row in rows:
        _take(row, columns, taken)
    standing, replaced = _standing(taken.judged, take_last=rules.take_last)
    judged, notes = _one_spelling(standing, taken, ignore_case=rules.ignore_case)
    _refuse_unusable(judged, taken)
    used, rejected = len(judged), len(taken.rejected)
    counts = Counts(
        taken.rows, used + replaced + taken.empty + rejected, used, replaced, taken.empty, rejected
    )
    return _coded(judged, taken, columns, counts, tuple(filter(None, (note, *notes))))


def known_answers(content: bytes, file_name: str) -> dict[str, str]:
    """Read a file of known answers: a column of items, one of answers."""
    rows = list(read_file(content, file_name, most_rows=MOST_ROWS).rows)
    if bad := next((row for row in rows if row.reason), None):
        raise AuditRefused(f"Row {bad.number} of the known answers: {bad.reason}")
    item_column, answer_column = known_answer_columns([row.values for row in rows])
    found: dict[str, str] = {}
    for row in rows:
        item = plain_text(row.values.get(item_column, ""))
        answer = plain_label(row.values.get(answer_column, ""))
        if item and answer and found.setdefault(item, answer) != answer:
            raise AuditRefused(f"Item {item!r} has two known answers; keep one.")
    return found


def plain_text(text: str) -> str:
    """Return text with its blanks single and its accents composed."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def plain_label(text: str) -> str:
    """Return an answer in its one spelling: 1.0 and 1 are the same number."""
    plain = plain_text(text)
    whole = _WHOLE.fullmatch(plain)
    return whole.group(1) if whole else plain


# Rows


def _rows(content: bytes, file_name: str, rules: ReadingRules) -> tuple[Sequence[Row], str, Wanted]:
    if ending_of(file_name) in ("json", "jsonl", "ndjson"):
        refuse_other_kind(content, ending_of(file_name))
        text, note = text_of(content)
        if tasks := tasks_in(text):
            wanted = rules.wanted
            as_export = Wanted(
                wanted.item or ITEM, wanted.experts or (EXPERT,), wanted.answer, wanted.shown
            )
            return list(rows_of_tasks(tasks)), note, as_export
    found: Reading = read_file(content, file_name, sheet=rules.sheet, most_rows=MOST_ROWS)
    return list(found.rows), found.note, rules.wanted


def _take(row: Row, columns: Columns, taken: _Taken) -> None:
    """Take a row's judgments, or say why there are none."""
    item = plain_text(row.values.get(columns.item, ""))
    if reason := row.reason or _name_fault("item", item):
        taken.rejected.append(Rejected(row.number, reason, _content(row)))
        return
    _take_about_item(row, item, columns, taken)
    for column in columns.experts:
        expert = column if columns.wide else plain_label(row.values.get(column, ""))
        answer = plain_label(row.values.get(columns.answer or column, ""))
        if columns.wide and not answer:
            taken.empty += 1
        elif reason := _name_fault("expert", expert) or _name_fault("answer", answer):
            taken.rejected.append(Rejected(row.number, reason, _content(row)))
        else:
            taken.judged.append(Judged(row.number, item, expert, answer))


def _take_about_item(row: Row, item: str, columns: Columns, taken: _Taken) -> None:
    taken.shown.setdefault(item, tuple(row.values.get(name, "") for name in columns.shown))
    gold = plain_label(row.values.get(columns.gold, "")) if columns.gold else ""
    if gold and taken.gold.setdefault(item, gold) != gold:
        raise AuditRefused(
            f"Row {row.number}: item {item!r} has the known answer {gold!r}, in an earlier "
            f"row it has {taken.gold[item]!r}; keep one."
        )


def _name_fault(what: str, name: str) -> str:
    if not name:
        return f"It has no {what}."
    if len(name) > LONGEST_NAME:
        return f"Its {what} has {len(name):,} characters; up to {LONGEST_NAME} are read."
    if _NOT_IN_XML.search(name):
        return f"Its {what} holds a character that no spreadsheet can hold."
    return ""


def _content(row: Row) -> str:
    return row.raw or " | ".join(f"{name}: {value}" for name, value in row.values.items())


# What stands


def _standing(judged: Sequence[Judged], *, take_last: bool) -> tuple[list[Judged], int]:
    """Return one judgment for each expert on an item, and how many were replaced."""
    last: dict[tuple[str, str], Judged] = {}
    twice: list[str] = []
    for each in judged:
        earlier = last.get((each.item, each.expert))
        if earlier is not None and len(twice) <= MOST_NAMED:
            twice.append(
                f"rows {earlier.row} and {each.row} (item {each.item!r}, expert {each.expert!r})"
            )
        last[each.item, each.expert] = each
    replaced = len(judged) - len(last)
    if replaced and not take_last:
        named = "; ".join(twice[:MOST_NAMED])
        raise AuditRefused(
            f"{replaced:,} judgments are by an expert who judged the item before: {named}"
            f"{'; …' if len(twice) > MOST_NAMED else ''}. Remove them, or take the last of "
            "each with --take-last."
        )
    return list(last.values()), replaced


def _one_spelling(
    judged: list[Judged], taken: _Taken, *, ignore_case: bool
) -> tuple[list[Judged], list[str]]:
    """Settle answers that differ in capitals only, and say what was done."""
    seen = Counter(each.answer for each in judged) + Counter(taken.gold.values())
    alike: dict[str, list[str]] = {}
    for label, _ in seen.most_common():
        alike.setdefault(label.casefold(), []).append(label)
    doubled = "; ".join(
        " and ".join(map(repr, labels)) for labels in alike.values() if len(labels) > 1
    )
    if not doubled:
        return judged, []
    said = f"Answers differ in capitals only: {doubled}"
    if not ignore_case:
        return judged, [f"{said}. If they mean the same, begin anew with --ignore-case."]
    spelling = {label: labels[0] for labels in alike.values() for label in labels}
    taken.gold = {item: spelling[label] for item, label in taken.gold.items()}
    judged = [each._replace(answer=spelling[each.answer]) for each in judged]
    return judged, [f"{said}; they were taken as one."]


def _refuse_unusable(judged: Sequence[Judged], taken: _Taken) -> None:
    if not judged:
        first = (f" Row {each.row}: {each.reason}" for each in taken.rejected)
        raise AuditRefused(f"No row of {taken.rows:,} holds a judgment.{next(first, '')}")
    labels = {each.answer for each in judged}
    if len(labels) > MOST_LABELS:
        some = ", ".join(repr(label[:30]) for label in sorted(labels)[:3])
        refusal = (
            f"There are {len(labels):,} different answers in {len(judged):,} judgments ({some}, "
            f"…); up to {MOST_LABELS} are audited. Name another column: --answer COLUMN."
        )
        raise AuditRefused(refusal)


def _coded(
    judged: Sequence[Judged],
    taken: _Taken,
    columns: Columns,
    counts: Counts,
    notes: tuple[str, ...],
) -> Judgments:
    items, item = _codes([each.item for each in judged])
    experts, expert = _codes([each.expert for each in judged])
    known = {name: label for name, label in taken.gold.items() if name in items}
    labels, _ = _codes([*(each.answer for each in judged), *known.values()])
    names = tuple(sorted(labels, key=_natural))
    place = {label: code for code, label in enumerate(names)}
    return Judgments(
        items=tuple(items),
        experts=tuple(experts),
        labels=names,
        item=item,
        expert=expert,
        label=np.array([place[each.answer] for each in judged], dtype=np.int64),
        gold={items[name]: place[label] for name, label in known.items()},
        columns=columns,
        counts=counts,
        rejected=tuple(taken.rejected),
        shown=taken.shown,
        notes=notes,
    )


def _codes(names: Iterable[str]) -> tuple[dict[str, int], Codes]:
    """Return names with codes in the order of their first coming, and the codes (n,)."""
    code: dict[str, int] = {}
    codes = [code.setdefault(name, len(code)) for name in names]
    return code, np.array(codes, dtype=np.int64)


def _natural(label: str) -> tuple[bool, float, str]:
    """Sort numbers by size and before words."""
    try:
        return False, float(label), label
    except ValueError:
        return True, 0.0, label
