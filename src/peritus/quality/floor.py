"""Find experts whose accuracy on gold is surely below the plan's floor: never a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from peritus.algorithms.shares import exact_interval
from peritus.catalogue.plans import PlanTerms
from peritus.quality.drift import Pair, last_answered, open_alarms
from peritus.quality.models import DriftAlarm, QualityPlan
from peritus.quality.outcomes import (
    Cause,
    Outcome,
    by_expert_and_question,
    counted_judgments,
    outcomes_of,
)

SURE = 0.95  # of one look; who is looked at often falls below by chance more often


@dataclass(frozen=True)
class Shortfall:
    """Right answers among gold ones, the most that they allow, and the floor it is below.

    ``upper`` is the exact upper limit of the accuracy (95 %, one side).
    """

    right: int
    n: int
    upper: float
    floor: float
    since: datetime


def shortfall_of(
    outcomes: Sequence[Outcome], terms: PlanTerms, *, after: datetime | None
) -> Shortfall | None:
    """Return how far answers to gold stay below the floor; None where they do not, surely.

    Only what became known ``after`` the last answer to such an alarm counts: the
    manager has judged what was before.
    """
    gold = [each for each in outcomes if each.known.cause is Cause.GOLD]
    fresh = [each for each in gold if after is None or each.known_at > after]
    if len(fresh) < max(terms.pause_least, 1):
        return None
    right = sum(each.right for each in fresh)
    _, upper = exact_interval(right, len(fresh), confidence=2 * SURE - 1)
    if not float(upper) < terms.pause_floor:
        return None
    since = min(each.known_at for each in fresh)
    return Shortfall(right, len(fresh), float(upper), terms.pause_floor, since)


def shortfalls_in(engagement_id: int, *, expert_id: int | None = None) -> dict[Pair, Shortfall]:
    """Return who is below the floor of an engagement's plan, by expert and question.

    In nine queries, whatever the number of experts; none where no floor is set.
    """
    plan = QualityPlan.objects.filter(engagement=engagement_id).first()
    if plan is None or not plan.terms.pause_floor:
        return {}
    given = counted_judgments().filter(engagement=engagement_id)
    if expert_id is not None:
        given = given.filter(expert=expert_id)
    after = last_answered(engagement_id, DriftAlarm.Cause.FLOOR)
    groups = by_expert_and_question(outcomes_of(given))
    found = {
        pair: shortfall_of(group, plan.terms, after=after.get(pair))
        for pair, group in sorted(groups.items())
    }
    return {pair: each for pair, each in found.items() if each is not None}


def experts_below_floor(engagement_id: int) -> list[Pair]:
    """Return the experts and questions for which such an alarm is due and none is open."""
    standing = open_alarms().filter(engagement=engagement_id, cause=DriftAlarm.Cause.FLOOR)
    alarmed = set(standing.values_list("expert_id", "question"))
    return [pair for pair in shortfalls_in(engagement_id) if pair not in alarmed]
