"""How the experts of an engagement stand: overturns by question and cause, live, with n."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from peritus.algorithms.aggregation import item_difficulty
from peritus.bench.models import Expert
from peritus.engagements.models import Engagement
from peritus.quality.drift import Pair, Watch, open_alarms, watches_over
from peritus.quality.models import DriftAlarm
from peritus.quality.outcomes import (
    Outcome,
    Tally,
    by_expert_and_question,
    counted_judgments,
    outcomes_of,
    tally,
)
from peritus.quality.records import Accuracy, accuracy_of
from peritus.work.queries import standing_pauses


@dataclass(frozen=True)
class ExpertStanding:
    """One expert on one question: what is known of their answers so far.

    ``answered`` counts answers, known or not. ``fair`` is the share they would
    have right had all been given the same items; None where nobody else's
    answer to one of their items is known. ``watch`` is None while too few are
    known to watch for a fall.
    """

    expert: Expert
    question: str
    answered: int
    accuracy: Accuracy
    fair: float | None
    tally: Tally
    watch: Watch | None
    alarm: DriftAlarm | None
    paused: bool

    @property
    def wrong(self) -> int:
        """Answers that were overturned."""
        return self.tally.known - self.tally.right


def expert_standings(engagement: Engagement) -> list[ExpertStanding]:
    """Return every expert who answered, by question; those in alarm first, then by overturns.

    In a fixed number of queries, whatever the number of experts.
    """
    given = counted_judgments().filter(engagement=engagement)
    answered: dict[tuple[int, str], int] = {}
    for expert, answers in given.values_list("expert_id", "answers"):
        for question in answers:
            answered[expert, question] = answered.get((expert, question), 0) + 1
    known = by_expert_and_question(outcomes_of(given))
    fair = fair_shares(known)
    watches = watches_over(engagement.pk, known)
    alarms = {(a.expert_id, a.question): a for a in open_alarms().filter(engagement=engagement)}
    paused = set(
        standing_pauses().filter(engagement=engagement).values_list("expert_id", flat=True)
    )
    experts = Expert.objects.in_bulk({expert for expert, _ in answered})
    found = [
        ExpertStanding(
            experts[expert],
            question,
            count,
            accuracy_of(known.get((expert, question), [])),
            fair.get((expert, question)),
            tally(known.get((expert, question), [])),
            watches.get((expert, question)),
            alarms.get((expert, question)),
            expert in paused,
        )
        for (expert, question), count in answered.items()
    ]
    return sorted(found, key=_first_to_look_at)


def fair_shares(known: Mapping[Pair, Sequence[Outcome]]) -> dict[Pair, float]:
    """Return who would have how much right on all items of a question, by expert and question.

    Hard items are told apart from weak experts by what others knew of the same
    items; who shares no item with anybody is left out.
    """
    right: dict[str, dict[tuple[int, int], bool]] = defaultdict(dict)
    for (expert, question), outcomes in known.items():
        right[question] |= {(each.item, expert): each.right for each in outcomes}
    found: dict[Pair, float] = {}
    for question, answers in right.items():
        items, experts = (np.array(each) for each in zip(*answers, strict=True))
        known_experts, expert_code = np.unique(experts, return_inverse=True)
        item_code = np.unique(items, return_inverse=True)[1]
        difficulty = item_difficulty(item_code, expert_code, list(answers.values()))
        judged = Counter(item for item, _ in answers)
        compared = {expert for item, expert in answers if judged[item] > 1}
        shares = zip(known_experts.tolist(), difficulty.fair_share.tolist(), strict=True)
        found |= {(expert, question): share for expert, share in shares if expert in compared}
    return found


def _first_to_look_at(row: ExpertStanding) -> tuple[bool, float, str, str]:
    """Put alarms first, then whoever is surely least often right."""
    return row.alarm is None, row.accuracy.high, row.expert.name, row.question


def outcomes_of_expert(engagement: Engagement, expert: Expert, question: str) -> list[Outcome]:
    """Return how an expert's answers to a question turned out, newest first."""
    given = counted_judgments().filter(engagement=engagement, expert=expert)
    found = [each for each in outcomes_of(given) if each.question == question]
    return sorted(found, key=lambda each: (each.known_at, each.judgment), reverse=True)


def alarms_about(
    engagement: Engagement, expert: Expert, question: str
) -> tuple[DriftAlarm | None, Sequence[DriftAlarm]]:
    """Return the alarm that waits for the manager, and those that were answered, newest first."""
    found = engagement.drift_alarms.filter(expert=expert, question=question)
    rows = list(found.select_related("acted_by").order_by("-raised_at", "-id"))
    waiting = next((each for each in rows if not each.act), None)
    return waiting, [each for each in rows if each.act]
