"""Which pairs the sample judges, in which lots, and what the tables decide."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from peritus.packs.licence_compliance.sources import (
    ADJUDICATOR,
    AUDITOR,
    JUDGES,
    Pair,
    answer_of,
    first_answers,
    table,
)

PERMISSIVE, WEAK, STRONG = "permissive", "weak_copyleft", "strong_copyleft"
LOTS = (
    (PERMISSIVE, "Permissive inbound licences"),
    (WEAK, "Weak copyleft inbound licences"),
    (STRONG, "Strong copyleft inbound licences"),
)


def _both_forms(*families: str) -> frozenset[str]:
    return frozenset(f"{name}-{form}" for name in families for form in ("only", "or-later"))


STRONG_COPYLEFT = _both_forms("AGPL-3.0", "GPL-2.0", "GPL-3.0")
WEAK_COPYLEFT = _both_forms("LGPL-2.1", "LGPL-3.0") | {"EPL-2.0", "MPL-2.0"}
FEWEST_JUDGES = 2


class TableDecision(NamedTuple):
    """What the decision rule gives on the published tables alone."""

    answer: str | None
    contested: bool


def lot_of(inbound: str) -> str:
    """Return the lot of an inbound licence; what is no copyleft is permissive."""
    if inbound in STRONG_COPYLEFT:
        return STRONG
    return WEAK if inbound in WEAK_COPYLEFT else PERMISSIVE


@cache
def scope() -> tuple[Pair, ...]:
    """Return the pairs of the sample, by lot, then by key.

    Ordered pairs of two licences on which the auditor and at least two of the
    three first judges say yes or no: chosen for coverage, not at random.
    """
    places = {code: place for place, (code, _) in enumerate(LOTS)}
    chosen = [pair for pair in audited_pairs() if len(first_answers(pair)) >= FEWEST_JUDGES]
    return tuple(sorted(chosen, key=lambda pair: (places[lot_of(pair.inbound)], pair.key)))


def audited_pairs() -> list[Pair]:
    """Return the pairs of two licences that the auditor answers, by key."""
    answered = [
        pair
        for pair, reading in table(AUDITOR).items()
        if reading.answer and pair.outbound != pair.inbound
    ]
    return sorted(answered, key=lambda pair: pair.key)


def pairs_in(lot: str) -> list[Pair]:
    """Return the pairs of one lot, by key."""
    return [pair for pair in scope() if lot_of(pair.inbound) == lot]


@cache
def weak_lot() -> frozenset[Pair]:
    """Return the weak-copyleft lot as a set, which leaves practice pairs out."""
    return frozenset(pairs_in(WEAK))


def table_decision(pair: Pair) -> TableDecision:
    """Apply the plan's rule to the tables: unanimous, else the adjudicator.

    For what is said about the tables before, or apart from, the engagement;
    its own decisions come from its judgments.
    """
    given = set(first_answers(pair).values())
    if len(given) == 1:
        return TableDecision(given.pop(), contested=False)
    return TableDecision(answer_of(ADJUDICATOR, pair), contested=True)


def differs_from_auditor(pair: Pair) -> bool:
    """Say whether the tables' decision, where there is one, differs."""
    decided = table_decision(pair).answer
    return decided is not None and decided != answer_of(AUDITOR, pair)


def judgments_in(pairs: list[Pair]) -> int:
    """Count the first judgments that the tables give on these pairs."""
    return sum(len(first_answers(pair)) for pair in pairs)


def all_judges_answer(pair: Pair) -> bool:
    """Say whether each of the first judges answers."""
    return len(first_answers(pair)) == len(JUDGES)
