"""What a quality plan may say beyond its promise: how judgments are bought and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from decimal import Decimal

UNANIMOUS, ADAPTIVE = "unanimous_else_adjudicate", "adaptive"
RULES = (UNANIMOUS, ADAPTIVE)
PAIRWISE, ALPHA = "pairwise", "alpha"
ROUND_MEASURES = (PAIRWISE, ALPHA)


@dataclass(frozen=True, kw_only=True)
class PlanTerms:
    """How judgments are bought, checked by gold, and the riskiest looked at.

    The first group speaks under the adaptive rule only. Shares lie in [0, 1].

    Attributes
    ----------
    error
        What a judgment must save in expected error to be worth its price; an
        item whose expected error is below it is sure.
    minimum
        Judgments by people that every item gets.
    calibration_share, calibration_judgments
        Share of items, drawn at random, that get so many judgments.
    adjudicate_above
        Expected error above which an item that more judgments cannot settle
        goes to the adjudicator; below it the likeliest answer stands.
    budget_per_item
        Most money a lot may spend on judgments, an item on average; None: no limit.
    deadline
        When the last judgment should be in; nothing is bought after it.
    gold_share
        Share of an expert's forms that are items with a known answer.
    pause_floor, pause_least
        An expert whose accuracy on gold is shown to be below the floor, after
        at least so many gold answers, is put before the manager. 0: nobody is.
    pause_at_once
        No new slots until the manager has looked; else the work goes on.
    largest_census
        Largest share of a lot, below 1, that may be checked entirely before it is
        frozen: the riskiest, as far as that saves audits. 0: none. Only the
        adaptive rule foretells which decisions are risky.
    round_share
        Share of a lot's items, at least 20 and at most 50 of them, that all its
        experts and the client's lead judge before anything else; 0: no round.
    round_measure, round_threshold
        What must be reached on every question before production opens:
        "pairwise", the share of equal answers among all pairs of answers to an
        item, or "alpha", Krippendorff's, which counts out chance.
    """

    error: float = 0.001
    minimum: int = 3
    calibration_share: float = 0.10
    calibration_judgments: int = 20
    adjudicate_above: float = 0.05
    budget_per_item: Decimal | None = None
    deadline: datetime | None = None
    gold_share: float = 0.0
    pause_floor: float = 0.0
    pause_least: int = 10
    pause_at_once: bool = False
    largest_census: float = 0.0
    round_share: float = 0.0
    round_measure: str = PAIRWISE
    round_threshold: float = 0.8


def stated(terms: PlanTerms) -> dict[str, object]:
    """Return the terms as JSON holds them."""
    said = asdict(terms)
    said["budget_per_item"] = None if terms.budget_per_item is None else str(terms.budget_per_item)
    said["deadline"] = None if terms.deadline is None else terms.deadline.isoformat()
    return said


def terms_from(said: Mapping[str, object]) -> PlanTerms:
    """Return the terms that ``stated`` wrote; what is not said is the default."""
    known = {field.name for field in fields(PlanTerms)}
    given = {name: value for name, value in said.items() if name in known and value is not None}
    if "budget_per_item" in given:
        given["budget_per_item"] = Decimal(str(given["budget_per_item"]))
    if "deadline" in given:
        given["deadline"] = datetime.fromisoformat(str(given["deadline"]))
    return PlanTerms(**given)  # type: ignore[arg-type]


def terms_blockers(rule: str, terms: PlanTerms) -> list[str]:
    """Say why a plan cannot stand as given, one sentence a reason."""
    reasons = []
    if rule not in RULES:
        reasons.append(f"A redundancy rule is one of {', '.join(RULES)}; {rule[:40]!r} came.")
    if terms.round_measure not in ROUND_MEASURES:
        known = ", ".join(ROUND_MEASURES)
        reasons.append(f"A round measures one of {known}; {terms.round_measure[:40]!r} came.")
    if not 0 < terms.error < 1:
        reasons.append(f"The worth of a judgment is a share between 0 and 1; {terms.error} came.")
    for name, least in (("minimum", 0), ("calibration_judgments", 0), ("pause_least", 1)):
        if getattr(terms, name) < least:
            words = name.replace("_", " ")
            reasons.append(f"The {words} is at least {least}; {getattr(terms, name)} came.")
    if terms.budget_per_item is not None and terms.budget_per_item <= 0:
        reasons.append(f"A budget is above 0, or left out; {terms.budget_per_item} came.")
    return reasons + _share_reasons(terms) + _census_reasons(rule, terms)


def _share_reasons(terms: PlanTerms) -> list[str]:
    shares = (
        "calibration_share", "adjudicate_above", "gold_share", "pause_floor",
        "round_share", "round_threshold",
    )  # fmt: skip
    return [
        f"The {name.replace('_', ' ')} is a share from 0 to 1; {getattr(terms, name)} came."
        for name in shares
        if not 0 <= getattr(terms, name) <= 1
    ]


def _census_reasons(rule: str, terms: PlanTerms) -> list[str]:
    reasons = []
    if not 0 <= terms.largest_census < 1:
        came = terms.largest_census
        reasons.append(f"The largest census is a share from 0 to below 1; {came} came.")
    if terms.largest_census and rule != ADAPTIVE:
        reasons.append("A census needs the adaptive rule: no other foretells what is risky.")
    return reasons
