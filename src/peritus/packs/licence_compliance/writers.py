"""Files of a frozen lot: the matrix with every source's answer, and a grid."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from peritus.catalogue.cells import csv_text
from peritus.catalogue.packs import FreezeView, FrozenAnswer, Writer

CSV_TYPE = "text/csv; charset=utf-8"
COLUMNS = ("key", "inbound", "outbound", "answer", "rule", "audit")


def matrix(freeze: FreezeView) -> bytes:
    """Write one row per pair: answer, rule, audit, and what each source said."""
    experts = _experts(freeze)
    rows = [[*COLUMNS, *experts], *(_pair_row(answer, experts) for answer in freeze.answers)]
    return _csv([*rows, *_notes(freeze)])


def grid(freeze: FreezeView) -> bytes:
    """Write outbound licences down, inbound ones across; empty is not in the lot."""
    answers = {
        (answer.fields["outbound"], answer.fields["inbound"]): answer.answer
        for answer in freeze.answers
    }
    inbound = sorted({pair[1] for pair in answers})
    rows = [
        [outbound, *(answers.get((outbound, name), "") for name in inbound)]
        for outbound in sorted({pair[0] for pair in answers})
    ]
    return _csv([["outbound \\ inbound", *inbound], *rows, *_notes(freeze)])


def _experts(freeze: FreezeView) -> list[str]:
    return sorted({name for answer in freeze.answers for name, _, _ in answer.judgments})


def _pair_row(answer: FrozenAnswer, experts: Sequence[str]) -> list[str]:
    said = {name: given for name, given, _ in answer.judgments}
    pair = [answer.fields[column] for column in ("inbound", "outbound")]
    own = [answer.item_key, *pair, answer.answer, answer.rule, answer.audited]
    return [*own, *(said.get(name, "") for name in experts)]


def _notes(freeze: FreezeView) -> list[list[str]]:
    """Return what must not be read apart from the table, after an empty row."""
    lot = f"{freeze.engagement}, {freeze.lot_title}, freeze {freeze.number}, {freeze.digest}"
    return [[], *(["Note", line] for line in (lot, freeze.claim, *freeze.honesty))]


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    return csv_text(rows).encode()


WRITERS = (
    Writer("licence-matrix.csv", CSV_TYPE, matrix),
    Writer("licence-grid.csv", CSV_TYPE, grid),
)
