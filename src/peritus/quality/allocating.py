"""Derive a lot's decisions by aggregation, and say what to ask next: pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, inf
from typing import Any
from uuid import UUID

import numpy as np

from peritus.algorithms.aggregation import Consensus, aggregate
from peritus.algorithms.allocation import AdaptivePolicy, Purchase, State, Stop
from peritus.algorithms.allocation.policy import seeded
from peritus.catalogue.plans import PlanTerms
from peritus.quality.deciding import (
    ADJUDICATED,
    AGGREGATED,
    APPEALED,
    CENSUS,
    SILENT,
    Derived,
)
from peritus.quality.facts import LotFacts, Pair
from peritus.quality.models import Decision

HELD_AT_ONCE = 4
"""At most a quarter as many judgments are asked at a time as the lot has items."""
ROUND_SECONDS = 24 * 3600
"""People answer what they are asked within a day: so many rounds fit before a deadline."""
NOT_SETTLED = (Stop.OPEN, Stop.WAITING)


@dataclass(frozen=True)
class Asked:
    """One question of a lot: what was found, and what more is wanted for it."""

    consensus: Consensus
    purchase: Purchase
    calibration: frozenset[int]


@dataclass(frozen=True)
class Allocation:
    """What follows for a lot: its decisions, and the pairs to ask now, best first.

    ``derived`` is by (item's id, question), ``wanted`` by (item's id, expert's id).
    """

    derived: Mapping[tuple[int, str], Derived]
    wanted: tuple[tuple[int, int], ...]
    asked: Mapping[str, Asked]


def policy_of(terms: PlanTerms, lot_uid: UUID) -> AdaptivePolicy:
    """Return the plan's policy; all that is random in it follows from the lot's uid."""
    policy = AdaptivePolicy(
        error=terms.error,
        minimum=terms.minimum,
        calibration_share=terms.calibration_share,
        calibration_judgments=terms.calibration_judgments,
    )
    return seeded(policy, generator_of(lot_uid))


def generator_of(lot_uid: UUID) -> np.random.Generator:
    """Return the generator of a lot's policy: SHA-256("allocation" ‖ uid)."""
    found = hashlib.sha256(b"allocation" + lot_uid.bytes).digest()
    return np.random.default_rng(int.from_bytes(found[:8], "big"))


def allocate(
    facts: LotFacts, terms: PlanTerms, options: Mapping[str, Sequence[str]], lot_uid: UUID
) -> Allocation:
    """Aggregate a lot's judgments on each question, and say what to ask next.

    ``options`` are the answers of each question, in their order. A form asks
    all questions, so what is bought for one counts for the next. The same
    facts give the same result.
    """
    policy, pending = policy_of(terms, lot_uid), list(facts.pending)
    asked: dict[str, Asked] = {}
    for question, answers in options.items():
        found, bought = _ask(facts, terms, policy, (question, answers, pending))
        asked[question] = found
        pending += bought
    derived: dict[tuple[int, str], Derived] = {}
    for question, answers in options.items():
        derived |= _derived(facts, terms, asked[question], (question, answers, pending))
    bought = pending[len(facts.pending) :]
    wanted = tuple((facts.items[item], facts.experts[expert]) for item, expert in bought)
    return Allocation(derived, wanted, asked)


_Asking = tuple[str, Sequence[str], list[Pair]]


def _ask(
    facts: LotFacts, terms: PlanTerms, policy: AdaptivePolicy, asking: _Asking
) -> tuple[Asked, list[Pair]]:
    question, answers, pending = asking
    code = {answer: place for place, answer in enumerate(answers)}
    item = np.array([each.item for each in facts.judged], dtype=np.int64)
    worker = np.array([each.expert for each in facts.judged], dtype=np.int64)
    label = np.array([code[each.answers[question]] for each in facts.judged], dtype=np.int64)
    known = {place: code[a] for place, a in facts.gold.get(question, {}).items() if a in code}
    gold = (np.array(list(known), np.int64), np.array(list(known.values()), np.int64))
    sizes: dict[str, Any] = {
        "n_items": len(facts.items),
        "n_workers": len(facts.experts),
        "n_labels": len(answers),
    }
    held = np.bincount([expert for _, expert in pending], minlength=len(facts.experts))
    state = State(
        item, worker, label,
        available=_codes(facts.available),
        pending=_codes(pending),
        gold=gold,
        cost=np.array(facts.cost) if facts.cost else 1.0,
        capacity=_capacity(facts, held),
        levels=np.array(facts.level, dtype=np.int64),
        rounds_left=_rounds_left(facts, terms),
        batch=max(0, max(1, len(facts.items) // HELD_AT_ONCE) - len(pending)),
        **sizes,
    )  # fmt: skip
    purchase = policy.next(state, _money_left(facts, terms, pending))
    consensus = aggregate(item, worker, label, method="auto", gold=gold, **sizes)
    drawn = frozenset(np.flatnonzero(policy.calibration(len(facts.items))).tolist())
    bought = list(zip(purchase.item.tolist(), purchase.worker.tolist(), strict=True))
    return Asked(consensus, purchase, drawn), bought


def _codes(pairs: Sequence[Pair]) -> tuple[np.ndarray, np.ndarray]:
    codes = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return codes[:, 0], codes[:, 1]


def _capacity(facts: LotFacts, held: np.ndarray) -> np.ndarray:
    most = np.array([len(facts.items) if n is None else n for n in facts.at_once], dtype=np.int64)
    left: np.ndarray = np.maximum(most - held[: len(most)], 0)
    return left


def _rounds_left(facts: LotFacts, terms: PlanTerms) -> int | None:
    if terms.deadline is None or facts.latest is None:
        return None
    return max(1, ceil((terms.deadline - facts.latest).total_seconds() / ROUND_SECONDS))


def _money_left(facts: LotFacts, terms: PlanTerms, pending: list[Pair]) -> float:
    if terms.deadline is not None and facts.latest is not None and facts.latest >= terms.deadline:
        return 0.0
    if terms.budget_per_item is None:
        return inf
    more = sum(facts.cost[expert] for _, expert in pending[len(facts.pending) :])
    return max(0.0, float(terms.budget_per_item) * len(facts.items) - facts.spent - more)


def _derived(
    facts: LotFacts, terms: PlanTerms, asked: Asked, asking: _Asking
) -> dict[tuple[int, str], Derived]:
    question, answers, pending = asking
    given: list[list[tuple[str, str]]] = [[] for _ in facts.items]
    for each in facts.judged:
        given[each.item].append((each.uid, each.answers[question]))
    waits = {item for item, _ in pending}
    found = {}
    for place, pk in enumerate(facts.items):
        drafted = _aggregated(asked, answers, place, given[place])
        settled = bool(given[place]) and (
            place in facts.adjudicated
            or place in facts.checked
            or asked.purchase.stop[place] == Stop.SURE
            or (place not in waits and asked.purchase.stop[place] not in NOT_SETTLED)
        )
        found[pk, question] = (
            _settled(facts, terms, question, (place, drafted)) if settled
            else replace(drafted, state=Decision.State.PENDING, answer="", rule="")
        )  # fmt: skip
    return found


def _aggregated(
    asked: Asked, answers: Sequence[str], place: int, given: list[tuple[str, str]]
) -> Derived:
    """Return what the method that stands says of an item, and how sure the policy is of it."""
    sources = tuple(uid for uid, _ in given)
    if not given:
        return Derived(Decision.State.PENDING)
    consensus, purchase = asked.consensus, asked.purchase
    label, error = int(consensus.labels[place]), float(purchase.error[place])
    if label != purchase.labels[place]:
        error = 1 - error  # the policy believes another answer: so much, at least, speaks against
    shares = {
        answer: round(float(chance), 4)
        for answer, chance in zip(answers, consensus.posterior[place], strict=True)
        if chance >= 0.00005
    }
    return Derived(
        state=Decision.State.DECIDED,
        answer=answers[label],
        rule=AGGREGATED,
        contested=len({answer for _, answer in given}) > 1,
        judgments=sources,
        method=consensus.method,
        posterior=shares,
        error=round(error, 6),
    )


def _settled(
    facts: LotFacts, terms: PlanTerms, question: str, drafted: tuple[int, Derived]
) -> Derived:
    """Decide an item for which no more judgments are wanted, or put it to the adjudicator.

    What a census checked is the auditor's answer, whoever decided before: the
    certificate is about differing from the auditor.
    """
    place, found = drafted
    if place in facts.checked:
        uid, answers = facts.checked[place]
        sources = (*found.judgments, uid)
        return replace(found, answer=answers[question], rule=CENSUS, judgments=sources)
    if place in facts.adjudicated:
        uid, answers = facts.adjudicated[place]
        return replace(
            found,
            answer=answers[question],
            rule=APPEALED if place in facts.appealed else ADJUDICATED,
            judgments=(*found.judgments, uid),
        )
    if (found.error or 0.0) <= max(terms.adjudicate_above, terms.error):
        return found
    if place in facts.silent:
        return replace(found, state=Decision.State.OPEN, answer="", rule=SILENT)
    return replace(found, state=Decision.State.CONTESTED, answer="", rule="")
