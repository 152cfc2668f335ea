"""Guideline version 2, "use inside": what it touches, and what might follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from peritus.algorithms.certification import AuditPlan
from peritus.catalogue.packs import ProposalSpec
from peritus.packs.licence_compliance.items import pair_of, row_of
from peritus.packs.licence_compliance.lock import FOLDER
from peritus.packs.licence_compliance.plan import PLAN
from peritus.packs.licence_compliance.scope import (
    WEAK,
    judgments_in,
    pairs_in,
    table_decision,
    weak_lot,
)
from peritus.packs.licence_compliance.sources import AUDITOR, answer_of, first_answers

DecidedRow = tuple[Mapping[str, str], str | None, str | None]  # row, decided, auditor's


@dataclass(frozen=True)
class WhatIf:
    """What would follow if contested pairs became yes; supposed, not measured.

    ``opened`` touched pairs become yes, since a first judge says so already;
    ``kept`` stay no, since all first judges say no. ``certified_share`` is the
    chance that the plan's draw certifies a lot with so many differences.
    """

    population: int
    opened: int
    kept: int
    differing: int
    differing_if_all: int
    certified_share: float

    def __str__(self) -> str:
        likely = "probably still not certify" if self.certified_share < 0.5 else "probably certify"
        return (
            f"WHAT-IF, since no table answers under version 2: suppose that the {self.opened} "
            f"touched pairs on which a first judge says yes become yes, and that the {self.kept} "
            f"on which all say no stay. Then {self.differing} of {self.population} would differ "
            f"from the auditor, and a sample would {likely} the lot (it would in "
            f"{self.certified_share:.0%} of draws). If all became yes, "
            f"{self.differing_if_all} would differ."
        )


@dataclass(frozen=True)
class Impact:
    """What the proposal asks for again: pairs of a lot and their judgments."""

    pairs: int
    population: int
    judgments: int

    def cost(self, per_judgment: Decimal) -> Decimal:
        """Return what judging them again costs, before any adjudication."""
        return self.judgments * per_judgment


def touches(row: Mapping[str, str], answer: str | None) -> bool:
    """Say whether version 2 touches a pair of the weak lot: decided no, or open."""
    return answer != "yes" and pair_of(row) in weak_lot()


def impact(decided: Sequence[DecidedRow]) -> Impact:
    """Count the touched pairs of the weak-copyleft lot and their judgments."""
    weak = _of_the_weak_lot(decided)
    again = [pair_of(row) for row, answer, _ in weak if touches(row, answer)]
    return Impact(pairs=len(again), population=len(weak), judgments=judgments_in(again))


def what_if(decided: Sequence[DecidedRow]) -> WhatIf | None:
    """Suppose that version 2 decides contested pairs yes, and count.

    Pairs of other lots, and practice, are left out; None when nothing is left.
    """
    weak = _of_the_weak_lot(decided)
    if not weak:
        return None
    touched = [row for row in weak if touches(row[0], row[1])]
    opened = [row for row in touched if _is_supported(row[0])]
    before = sum(answer == "yes" and answer != auditor for _, answer, auditor in weak)
    kept = [row for row in touched if not _is_supported(row[0])]
    differing = before + _differ(opened, "yes") + _differ(kept, "no")
    return WhatIf(
        population=len(weak),
        opened=len(opened),
        kept=len(kept),
        differing=differing,
        differing_if_all=before + _differ(touched, "yes"),
        certified_share=_certified_share(len(weak), differing),
    )


def _of_the_weak_lot(decided: Sequence[DecidedRow]) -> list[DecidedRow]:
    return [row for row in decided if pair_of(row[0]) in weak_lot()]


def _is_supported(row: Mapping[str, str]) -> bool:
    """Say whether a first judge answers yes already under version 1."""
    return "yes" in first_answers(pair_of(row)).values()


def _differ(rows: Sequence[DecidedRow], answer: str) -> int:
    return sum(auditor is not None and auditor != answer for _, _, auditor in rows)


def _certified_share(population: int, errors: int) -> float:
    """Return the chance that the pack's plan certifies a lot with so many errors."""
    looks = [look for look in PLAN.looks if look < population] or [population]
    plan = AuditPlan(population, PLAN.promise, confidence=PLAN.confidence, looks=looks)
    return plan.certify_probability(errors)


def what_if_sentence(decided: Sequence[DecidedRow]) -> str:
    """Return the what-if as one marked paragraph, empty when it has no pairs."""
    supposed = what_if(decided)
    return str(supposed) if supposed else ""


def table_rows() -> list[DecidedRow]:
    """Return the weak-copyleft pairs as the tables alone decide them."""
    return [
        (row_of(pair, lot=WEAK), table_decision(pair).answer, answer_of(AUDITOR, pair))
        for pair in pairs_in(WEAK)
    ]


PROPOSAL = ProposalSpec(
    title='Version 2: "use inside" is meant, not relicensing',
    text=(FOLDER / "guideline_v2.md").read_text(encoding="utf-8"),
    cause=(
        "The weak-copyleft lot was not certified. Most of its differences are pairs that the "
        "adjudicator reads as passing the component on under another licence, and the auditor "
        "as using it inside a product; version 1 does not say which is meant."
    ),
    touches=touches,
    what_if=what_if_sentence,
)
