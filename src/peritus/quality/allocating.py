"""Derive a lot's decisions by aggregation, and say what to ask next: pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, inf
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np

from peritus.algorithms._codes import Codes
from peritus.algorithms.aggregation import Consensus, aggregate, aggregate_groups
from peritus.algorithms.allocation import AdaptivePolicy, Purchase, State, Stop, pseudo_experts
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
MODELS, ALONE = 0, -1
"""All models of a lot are one group: they err on the same items. A person errs alone."""


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


def policy_of(terms: PlanTerms, lot_uid: UUID, *, beside_models: bool = False) -> AdaptivePolicy:
    """Return the plan's policy; all that is random in it follows from the lot's uid.

    Beside models, which are known against people only, beliefs are taken at their word.
    """
    policy = AdaptivePolicy(
        error=terms.error,
        minimum=terms.minimum,
        calibration_share=terms.calibration_share,
        calibration_judgments=terms.calibration_judgments,
    )
    policy = replace(policy, caution=1.0) if beside_models else policy
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
    all questions, so what is bought for one counts for the next. Models are
    asked about everything, and people about an item once its models have
    spoken. The same facts give the same result.
    """
    policy = policy_of(terms, lot_uid, beside_models=any(facts.is_model))
    pending = [*facts.pending, *_models_first(facts, terms)]
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


class _Said(NamedTuple):
    """Who said what about one question, as codes, and what is known: ``gold`` (items, answers)."""

    item: Codes
    worker: Codes
    label: Codes
    gold: tuple[Codes, Codes]
    n_labels: int


def _ask(
    facts: LotFacts, terms: PlanTerms, policy: AdaptivePolicy, asking: _Asking
) -> tuple[Asked, list[Pair]]:
    said, pending = _said(facts, asking), asking[2]
    state = _state(facts, terms, said, pending)
    purchase = policy.next(state, _money_left(facts, terms, pending))
    drawn = frozenset(np.flatnonzero(policy.calibration(len(facts.items))).tolist())
    bought = list(zip(purchase.item.tolist(), purchase.worker.tolist(), strict=True))
    return Asked(_consensus(facts, said), purchase, drawn), bought


def _said(facts: LotFacts, asking: _Asking) -> _Said:
    question, answers, _ = asking
    code = {answer: place for place, answer in enumerate(answers)}
    known = {place: code[a] for place, a in facts.gold.get(question, {}).items() if a in code}
    return _Said(
        np.array([each.item for each in facts.judged], dtype=np.int64),
        np.array([each.expert for each in facts.judged], dtype=np.int64),
        np.array([code[each.answers[question]] for each in facts.judged], dtype=np.int64),
        (np.array(list(known), np.int64), np.array(list(known.values()), np.int64)),
        len(answers),
    )


def _consensus(facts: LotFacts, said: _Said) -> Consensus:
    sizes: dict[str, Any] = {
        "n_items": len(facts.items),
        "n_workers": len(facts.experts),
        "n_labels": said.n_labels,
    }
    if any(facts.is_model):
        group = np.where(facts.is_model, MODELS, ALONE)
        return aggregate_groups(*said[:3], group=group, **sizes)
    return aggregate(*said[:3], method="auto", gold=said.gold, **sizes)


def _state(facts: LotFacts, terms: PlanTerms, said: _Said, pending: Sequence[Pair]) -> State:
    """Let models speak as one voice a level of agreement, and ask people where they have spoken.

    Voices stand behind the experts, in their order.
    """
    spoken = np.array(facts.is_model, dtype=bool)[said.worker]
    voices = pseudo_experts(
        *(codes[spoken] for codes in said[:3]), n_items=len(facts.items), n_labels=said.n_labels
    )
    experts, levels = len(facts.experts), len(voices.agreed)
    unheard = {item for item, expert in pending if facts.is_model[expert]}
    people = [pair for pair in pending if not facts.is_model[pair[1]]]
    available = [
        (item, expert) for item, expert in facts.available
        if not facts.is_model[expert] and item not in unheard
    ]  # fmt: skip
    return State(
        item=np.append(said.item[~spoken], voices.item),
        worker=np.append(said.worker[~spoken], experts + voices.worker),
        label=np.append(said.label[~spoken], voices.label),
        available=_codes(available),
        pending=_codes(people),
        gold=said.gold,
        cost=np.append(facts.cost, np.ones(levels)),
        capacity=np.append(_capacity(facts, pending), np.zeros(levels, np.int64)),
        levels=np.append(np.array(facts.level, np.int64), np.zeros(levels, np.int64)),
        pseudo=np.arange(experts + levels) >= experts,
        rounds_left=_rounds_left(facts, terms),
        batch=max(0, max(1, len(facts.items) // HELD_AT_ONCE) - len(people)),
        n_items=len(facts.items),
        n_workers=experts + levels,
        n_labels=said.n_labels,
    )


def _models_first(facts: LotFacts, terms: PlanTerms) -> list[Pair]:
    """Return which models are asked about which items now: all that money and seats allow."""
    left, asked = _money_left(facts, terms, facts.pending), list[Pair]()
    room = _capacity(facts, facts.pending)
    for item, model in facts.available:
        if facts.is_model[model] and room[model] and facts.cost[model] <= left:
            asked.append((item, model))
            left -= facts.cost[model]
            room[model] -= 1
    return asked


def _codes(pairs: Sequence[Pair]) -> tuple[np.ndarray, np.ndarray]:
    codes = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return codes[:, 0], codes[:, 1]


def _capacity(facts: LotFacts, pending: Sequence[Pair]) -> Codes:
    """Return how many more each expert may hold at once."""
    held = np.bincount([expert for _, expert in pending], minlength=len(facts.experts))
    most = np.array([len(facts.items) if n is None else n for n in facts.at_once], dtype=np.int64)
    left: Codes = np.maximum(most - held, 0)
    return left


def _rounds_left(facts: LotFacts, terms: PlanTerms) -> int | None:
    if terms.deadline is None or facts.latest is None:
        return None
    return max(1, ceil((terms.deadline - facts.latest).total_seconds() / ROUND_SECONDS))


def _money_left(facts: LotFacts, terms: PlanTerms, pending: Sequence[Pair]) -> float:
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
