"""What a model's admission is tested on: its suggestions beside the experts' own answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeVar
from uuid import UUID

import numpy as np
from django.db.models import QuerySet

from peritus.algorithms.admission import (
    AnnotatorTest,
    allowance_from_cost,
    alternative_annotator_test,
)
from peritus.bench.models import Expert
from peritus.bench.verbs import AdmissionTested
from peritus.engagements.models import Engagement
from peritus.model_experts.models import ModelSpec
from peritus.model_experts.queries import spending_of
from peritus.model_experts.training import learnt_from
from peritus.work.models import Judgment, Slot
from peritus.work.queries import standing_judgments

BLIND: Final = (
    Slot.Purpose.FIRST, Slot.Purpose.FURTHER, Slot.Purpose.GOLD, Slot.Purpose.CALIBRATION,
)  # fmt: skip
"""Where experts answer alone, knowing nothing of other answers or of any doubt."""
LEAST_JUDGES, LEAST_ITEMS = 3, 30
T = TypeVar("T")


@dataclass(frozen=True)
class Said:
    """One answer to one question: of whom, on which item."""

    item: int
    expert: UUID
    answer: str


@dataclass(frozen=True)
class Evidence:
    """Answers by question: the model's by item, and the experts' on the same items."""

    model: Mapping[str, Mapping[int, str]]
    experts: Mapping[str, tuple[Said, ...]]

    def judges(self, question: str) -> set[UUID]:
        """Return the experts with enough answers on items that another one answered too."""
        said = self.experts[question]
        shared: dict[int, int] = defaultdict(int)
        for each in said:
            shared[each.item] += 1
        counts: dict[UUID, int] = defaultdict(int)
        for each in said:
            counts[each.expert] += shared[each.item] >= 2
        return {expert for expert, count in counts.items() if count >= LEAST_ITEMS}


def evidence_of(expert: Expert, engagements: QuerySet[Engagement]) -> Evidence:
    """Gather what a model and experts said of the same items, none of which it was fitted on."""
    given = standing_judgments().filter(engagement__in=engagements)
    spec = ModelSpec.objects.filter(expert=expert).first()
    own = given.filter(expert=expert).exclude(item__content__in=learnt_from(spec) if spec else ())
    model: dict[str, dict[int, str]] = defaultdict(dict)
    for item, answers in own.order_by("id").values_list("item_id", "answers"):
        for question, answer in answers.items():
            model[question][item] = answer
    people = given.filter(
        expert__kind=Expert.Kind.PERSON, slot__purpose__in=BLIND, item__in=own.values("item")
    )
    return Evidence(model, _said(people))


def _said(people: QuerySet[Judgment]) -> Mapping[str, tuple[Said, ...]]:
    """Return experts' answers by question; of several on an item, each expert's first."""
    found: dict[str, dict[tuple[int, UUID], Said]] = defaultdict(dict)
    rows = people.order_by("id").values_list("item_id", "expert__uid", "answers")
    for item, expert, answers in rows:
        for question, answer in answers.items():
            found[question].setdefault((item, expert), Said(item, expert, answer))
    return {question: tuple(said.values()) for question, said in found.items()}


def evidence_blockers(evidence: Evidence) -> list[str]:
    """Say why a model cannot be tested on this."""
    if not evidence.experts:
        return ["No item was answered by the model and by experts; let it suggest on judged items."]
    return [
        f"{question}: {len(judges)} experts have {LEAST_ITEMS} answers beside the model's and each "
        f"other's; {LEAST_JUDGES} are wanted."
        for question in sorted(evidence.experts)
        if len(judges := evidence.judges(question)) < LEAST_JUDGES
    ]


def cost_of_answer(spec: ModelSpec) -> Decimal | None:
    """Return what one answer of a model has cost so far, with all calls that it took.

    Answers whose tokens were not reported are left out; None where none was, since
    a price that nobody knows earns no allowance.
    """
    spent = spending_of(spec.calls.all())
    told = spent.answered - spent.unreported
    if told:
        return spent.price / told
    return None if spent.answered else Decimal(0)


def tested(evidence: Evidence, model_cost: Decimal | None, expert_cost: Decimal) -> AdmissionTested:
    """Test a model on every question; it is admitted where it passes on each."""
    epsilon = 0.0
    if model_cost is not None:
        epsilon = allowance_from_cost(float(model_cost), float(expert_cost))
    results, passed = [], True
    judges: set[UUID] = set()
    for question in sorted(evidence.experts):
        experts, found = _test(evidence.model[question], evidence.experts[question], epsilon)
        passed = passed and found.passed
        judges.update(experts[code] for code in found.workers)
        results.append(_kept(question, experts, found))
    items = {each.item for said in evidence.experts.values() for each in said}
    return AdmissionTested(passed, len(judges), len(items), epsilon, results)


def _test(
    model: Mapping[int, str], said: tuple[Said, ...], epsilon: float
) -> tuple[list[UUID], AnnotatorTest]:
    experts = sorted({each.expert for each in said})
    items, codes = (
        _codes(each.item for each in said),
        _codes(sorted({*model.values(), *(each.answer for each in said)})),
    )
    places = {expert: code for code, expert in enumerate(experts)}
    found = alternative_annotator_test(
        np.array([items[each.item] for each in said]),
        np.array([places[each.expert] for each in said]),
        np.array([codes[each.answer] for each in said]),
        np.array([codes[model[item]] if item in model else np.nan for item in items]),
        epsilon=epsilon,
        least_items=LEAST_ITEMS,
    )
    return experts, found


def _codes(values: Iterable[T]) -> dict[T, int]:
    return {value: code for code, value in enumerate(dict.fromkeys(values))}


def _kept(question: str, experts: list[UUID], found: AnnotatorTest) -> dict[str, object]:
    """Return a test's result as JSON keeps it."""
    rows = zip(
        found.workers.tolist(), found.items.tolist(), found.advantage.tolist(),
        found.p_values.tolist(), found.won.tolist(), strict=True,
    )  # fmt: skip
    return {
        "question": question,
        "winning_rate": found.winning_rate,
        "advantage": found.advantage_probability,
        "judges": [
            {"expert": str(experts[code]), "items": n, "advantage": share, "p": p, "won": won}
            for code, n, share, p, won in rows
        ],
    }
