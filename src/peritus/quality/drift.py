"""Watch experts for a fall below what they had shown: evidence, never a verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, QuerySet

from peritus.accounts.models import User
from peritus.algorithms.drift import ChangeAlarm, change_alarm, control_limits
from peritus.algorithms.shares import exact_interval
from peritus.engagements.queries import engagements_seen_by
from peritus.quality.models import DriftAlarm
from peritus.quality.outcomes import (
    Outcome,
    by_expert_and_question,
    counted_judgments,
    outcomes_of,
)

REFERENCE_ANSWERS = 30  # known answers that say what somebody had shown
REFERENCE_SURE = 0.9  # how sure it is that they had shown no less
GROUP_ANSWERS = 20  # known answers in one point of the chart
EVERY = 200.0  # known answers between false alarms, on average, or more
LIMITS_SURE = 0.99
Pair = tuple[int, str]  # expert and question


@dataclass(frozen=True)
class Point:
    """One group on the chart: right answers, how many, and the exact limits."""

    right: int
    n: int
    lower: int
    upper: int
    until: datetime

    @property
    def signals(self) -> bool:
        """Say whether fewer were right than the limits allow."""
        return self.right < self.lower


@dataclass(frozen=True)
class Watch:
    """What known answers say of one expert on one question, in the order they became known.

    ``reference`` is the rate that is still good: the lower limit (90 %, one
    side) of the first 30 answers. ``watched`` are the answers after those and
    after the last alarm that was answered.
    """

    outcomes: tuple[Outcome, ...]
    reference_right: int
    reference_n: int
    reference: float
    watched: tuple[Outcome, ...]
    alarm: ChangeAlarm

    def points(self) -> list[Point]:
        """Return the groups after the reference; the last one may be small."""
        later = self.outcomes[self.reference_n :]
        groups = [later[n : n + GROUP_ANSWERS] for n in range(0, len(later), GROUP_ANSWERS)]
        if not groups:
            return []
        lower, upper = control_limits(
            [len(group) for group in groups],
            (self.reference_right, self.reference_n),
            confidence=LIMITS_SURE,
        )
        return [
            Point(sum(each.right for each in group), len(group), int(low), int(high),
                  group[-1].known_at)
            for group, low, high in zip(groups, lower, upper, strict=True)
        ]  # fmt: skip

    @property
    def fell(self) -> tuple[Outcome, ...]:
        """Return the answers from where the fall began to where the alarm was given."""
        if self.alarm.at is None or self.alarm.since is None:
            return ()
        return self.watched[self.alarm.since - 1 : self.alarm.at]


def watch_over(outcomes: Sequence[Outcome], *, after: datetime | None) -> Watch | None:
    """Watch one expert's outcomes on one question; None while too few are known."""
    known = sorted(outcomes, key=lambda each: (each.known_at, each.judgment))
    first = known[:REFERENCE_ANSWERS]
    right = sum(each.right for each in first)
    low, _ = exact_interval(right, len(first), confidence=2 * REFERENCE_SURE - 1)
    if len(first) < REFERENCE_ANSWERS or float(low) <= 0:
        return None
    watched = [each for each in known[REFERENCE_ANSWERS:] if not after or each.known_at > after]
    alarm = change_alarm([each.right for each in watched], reference=float(low), every=EVERY)
    return Watch(tuple(known), right, len(first), float(low), tuple(watched), alarm)


def watches_in(engagement_id: int, *, expert_id: int | None = None) -> dict[Pair, Watch]:
    """Return what is watched in an engagement, by expert and question.

    In eight queries, whatever the number of experts.
    """
    given = counted_judgments().filter(engagement=engagement_id)
    if expert_id is not None:
        given = given.filter(expert=expert_id)
    return watches_over(engagement_id, by_expert_and_question(outcomes_of(given)))


def watches_over(
    engagement_id: int, outcomes: Mapping[Pair, Sequence[Outcome]]
) -> dict[Pair, Watch]:
    """Return what is watched among outcomes of an engagement, in one query."""
    after = last_answered(engagement_id, DriftAlarm.Cause.DRIFT)
    watches = {pair: watch_over(group, after=after.get(pair)) for pair, group in outcomes.items()}
    return {pair: watch for pair, watch in sorted(watches.items()) if watch is not None}


def last_answered(engagement_id: int, cause: DriftAlarm.Cause) -> dict[Pair, datetime]:
    """Return when the manager last answered an alarm of a cause, by expert and question."""
    answered = DriftAlarm.objects.filter(engagement=engagement_id, cause=cause).exclude(act="")
    rows = answered.values_list("expert_id", "question").annotate(last=Max("acted_at"))
    return {(expert, question): last for expert, question, last in rows}


def experts_in_alarm(engagement_id: int) -> list[Pair]:
    """Return the experts and questions for which an alarm is due and none is open."""
    standing = open_alarms().filter(engagement=engagement_id, cause=DriftAlarm.Cause.DRIFT)
    alarmed = set(standing.values_list("expert_id", "question"))
    watches = watches_in(engagement_id)
    return [pair for pair, watch in watches.items() if watch.alarm.at and pair not in alarmed]


def alarms_seen_by(user: User) -> QuerySet[DriftAlarm]:
    """Return the alarms in the engagements that the user sees."""
    return DriftAlarm.objects.filter(engagement__in=engagements_seen_by(user))


def open_alarms() -> QuerySet[DriftAlarm]:
    """Return the alarms that nobody has answered."""
    return DriftAlarm.objects.filter(act="")
