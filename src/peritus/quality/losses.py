"""What waits for the adjudicator, by what a wrong answer there would be expected to cost."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isnan, nan

from peritus.algorithms.aggregation import posterior_under_skill
from peritus.bench.models import Expert, Skill
from peritus.engagements.models import Question
from peritus.engagements.queries import current_guideline
from peritus.quality.deciding import BY_ADJUDICATION
from peritus.quality.models import Decision
from peritus.work.models import Skip, Slot
from peritus.work.queries import DECIDING, active_assignments, slots_open_to, standing_judgments

ADJUDICATION = Slot.Purpose.ADJUDICATION
Votes = Sequence[tuple[int, str]]  # expert and answer


@dataclass(frozen=True)
class WaitingAdjudication:
    """A slot of adjudication, and the wrong answers to expect if nobody took it.

    Each answer costs the same. The figure is for the order only: it follows from
    who gave the first answers, which an adjudicator must not learn.
    """

    slot: Slot
    loss: float


def adjudications_waiting(expert: Expert, at: datetime) -> list[WaitingAdjudication]:
    """Return what the expert may adjudicate now, the greatest expected loss first.

    Ties come oldest first, and what they put off comes last. In a fixed number
    of queries for each engagement.
    """
    open_now = slots_open_to(expert, at).filter(purpose=ADJUDICATION)
    slots = list(open_now.select_related("item", "lot__engagement"))
    losses = _losses(slots)
    put_off = set(
        Skip.objects.filter(assignment__expert=expert).values_list("assignment__slot_id", flat=True)
    )
    waiting = [WaitingAdjudication(slot, losses.get(slot.item_id, 0.0)) for slot in slots]
    return sorted(
        waiting,
        key=lambda each: (
            each.slot.pk in put_off, -each.loss, each.slot.opened_at, each.slot.pk
        ),
    )  # fmt: skip


def adjudication_to_lease(
    expert: Expert, at: datetime, *, lot_id: int | None = None
) -> Slot | None:
    """Return the adjudication to take next, of one lot where it is named.

    None where other work comes first, or something is held.
    """
    held, waiting = active_assignments(expert, at), slots_open_to(expert, at)
    if lot_id is not None:
        held, waiting = held.filter(slot__lot=lot_id), waiting.filter(lot=lot_id)
    first = waiting.first()
    if held.exists() or first is None or first.purpose != ADJUDICATION:
        return None
    costliest = (each.slot for each in adjudications_waiting(expert, at))
    return next(slot for slot in costliest if lot_id in {None, slot.lot_id})


def _losses(slots: Sequence[Slot]) -> dict[int, float]:
    """Return the wrong answers to expect on each item, by its id."""
    by_engagement: dict[int, list[Slot]] = defaultdict(list)
    for slot in slots:
        by_engagement[slot.engagement_id].append(slot)
    losses: dict[int, float] = {}
    for group in by_engagement.values():
        engagement = group[0].lot.engagement
        items = [slot.item_id for slot in group]
        questions = {
            each.code: each
            for each in Question.objects.filter(guideline_version=current_guideline(engagement))
        }
        votes = _votes(items)
        skills = {
            (each.expert_id, each.question): each.share
            for each in Skill.objects.filter(pack=engagement.pack)
        }
        for each in Decision.objects.filter(item__in=items, question__in=questions):
            given = votes[each.item_id, each.question]
            known = {expert: skills.get((expert, each.question), nan) for expert, _ in given}
            options = [code for code, _ in questions[each.question].options]
            losses[each.item_id] = losses.get(each.item_id, 0.0) + chance_wrong(
                each, given, known, options
            )
    return losses


def _votes(items: Sequence[int]) -> dict[tuple[int, str], list[tuple[int, str]]]:
    """Return who said what, by item and question."""
    votes: dict[tuple[int, str], list[tuple[int, str]]] = defaultdict(list)
    given = standing_judgments().filter(item__in=items, slot__purpose__in=DECIDING)
    for item, expert, answers in given.order_by("id").values_list(
        "item_id", "expert_id", "answers"
    ):
        for question, answer in answers.items():
            votes[item, question].append((expert, answer))
    return votes


def chance_wrong(
    decision: Decision, votes: Votes, skills: Mapping[int, float], options: Sequence[str]
) -> float:
    """Return the chance that the answer which stands, or is likeliest, is wrong.

    What was foretold where judgments were aggregated; else what follows from the
    experts' measured skills (NaN: not measured), or, where none is measured, the
    share of those who say otherwise.
    """
    if decision.error is not None:
        overruled = decision.rule in BY_ADJUDICATION
        foretold = 1 - float(decision.posterior.get(decision.answer, 0.0))
        return foretold if overruled else float(decision.error)
    if not votes:
        return 0.0
    chances = _chances(votes, skills, options)
    return 1 - (chances.get(decision.answer, 0.0) if decision.answer else max(chances.values()))


def _chances(votes: Votes, skills: Mapping[int, float], options: Sequence[str]) -> dict[str, float]:
    able = [skills[expert] for expert, _ in votes]
    asked_now = {answer for _, answer in votes} <= set(options)
    if all(map(isnan, able)) or len(options) < 2 or not asked_now:
        counts = Counter(answer for _, answer in votes)
        return {answer: n / len(votes) for answer, n in counts.items()}
    label = [options.index(answer) for _, answer in votes]
    found = posterior_under_skill(label, able, len(options))
    return dict(zip(options, found.tolist(), strict=True))
