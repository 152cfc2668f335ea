"""Decisions that a whole lot's judgments give together, aggregated again."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from peritus.algorithms.aggregation import Consensus, aggregate, aggregate_groups
from peritus.delivery.verification.chain import Chain
from peritus.delivery.verification.records import PackRecords
from peritus.delivery.verification.records.lots import Decision, Judgment
from peritus.delivery.verification.report import demand, demand_equal

AGGREGATED = "aggregated"
GROUPS = "dawid_skene_groups"
"""What is named where AI models answered: they are one group, and weighed against people."""
SAME_CHANCE = 0.001
"""Chances are written to four digits; the last may differ between machines."""


_People = tuple[Mapping[str, str], set[str]]  # the expert of each judgment; who is a model


def check_aggregated(
    pack: PackRecords, chain: Chain, first: Mapping[str, tuple[Judgment, ...]]
) -> None:
    """Aggregate the lot again by the method that is named, and compare every answer.

    ``first`` are the first and further judgments that stood at the freeze, by item.
    """
    by_question: dict[str, list[Decision]] = {}
    for decision in pack.decisions:
        if decision.method:
            by_question.setdefault(decision.question, []).append(decision)
    if by_question:
        said = _methods(pack, chain)
        experts = _experts(chain)
        models = {each["uid"] for each in pack.engagement.experts if each["kind"] == "model"}
        for question, decisions in by_question.items():
            for each in decisions:
                demand_equal(f"freeze.json: method on {each.key}", each.method, said.get(question))
            _check_question(pack, (question, decisions), first, (experts, models))


def _methods(pack: PackRecords, chain: Chain) -> dict[str, str]:
    """Return the method of each question, as the journal named it last before the freeze."""
    frozen = chain.only("lot.frozen", digest=pack.freeze_digest).order
    lot = pack.engagement.lot["uid"]
    said = [
        event.data["methods"]
        for event in chain.of_kind("decisions.changed")
        if event.subject == lot and event.order < frozen
    ]
    demand(bool(said), "events.jsonl: no event says how decisions were aggregated.")
    methods: dict[str, str] = said[-1]
    return methods


def _experts(chain: Chain) -> dict[str, str]:
    return {event.about: event.data["expert"] for event in chain.of_kind("judgment.submitted")}


def _check_question(
    pack: PackRecords,
    asked: tuple[str, list[Decision]],
    first: Mapping[str, tuple[Judgment, ...]],
    people: _People,
) -> None:
    question, decisions = asked
    stated = next(each for each in pack.engagement.questions if each["code"] == question)
    options = [code for code, _ in stated["options"]]
    ordered = sorted(pack.items, key=lambda item: item.key)
    place = {each.uid: number for number, each in enumerate(ordered)}
    known = pack.freeze.gold.get(question, {})
    consensus = _consensus(question, options, place, (decisions[0].method, first, people, known))
    for each in decisions:
        part = f"freeze.json: decision on {each.key}"
        found = consensus.posterior[place[each.item]]
        told = np.array([each.posterior.get(option, 0.0) for option in options])
        demand(bool(np.abs(found - told).max() <= SAME_CHANCE), f"{part}: other chances follow.")
        if each.rule == AGGREGATED:
            answer = options[int(consensus.labels[place[each.item]])]
            demand_equal(part, each.answer, answer)


def _consensus(
    question: str,
    options: list[str],
    place: Mapping[str, int],
    given: tuple[str, Mapping[str, tuple[Judgment, ...]], _People, Mapping[str, str]],
) -> Consensus:
    method, first, (experts, models), known = given
    gold = {place[uid]: options.index(answer) for uid, answer in known.items()}
    judgments = [each for judged in first.values() for each in judged]
    named = sorted({experts[each.uid] for each in judgments})
    worker = {uid: number for number, uid in enumerate(named)}
    said = (
        [place[each.item] for each in judgments],
        [worker[experts[each.uid]] for each in judgments],
        [options.index(each.answers[question]) for each in judgments],
    )
    sizes = {"n_items": len(place), "n_workers": len(named), "n_labels": len(options)}
    demand_equal(f"freeze.json: method on {question}", method == GROUPS, bool(models & set(named)))
    if method == GROUPS:
        return aggregate_groups(*said, group=[0 if uid in models else -1 for uid in named], **sizes)
    known_codes = (np.array(list(gold), np.int64), np.array(list(gold.values()), np.int64))
    return aggregate(*said, method=method, gold=known_codes, **sizes)  # type: ignore[arg-type]
