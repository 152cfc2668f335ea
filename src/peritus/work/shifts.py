"""When what waits will be done by whose hours, and what would save a lot that will be late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from peritus.algorithms.shifts import finish_days, room_left
from peritus.bench.calendars import WorkDay, working_days
from peritus.bench.models import Expert
from peritus.engagements.models import Engagement, Lot
from peritus.work.leasing import CREDENTIAL, STANDING, barred_pairs
from peritus.work.models import Judgment
from peritus.work.queries import unbegun_slots

HORIZON_DAYS = 90
ASSUMED_SECONDS = 300
LEAST_TIMED, MOST_TIMED = 20, 2_000
WORKING_WEEK = 5
HOUR = 3_600
ROUNDING = 1e-9


class Pace(NamedTuple):
    """How long a judgment takes: the median of those timed; assumed where too few were."""

    seconds: float
    timed: int

    @property
    def hours(self) -> float:
        """Hours of one judgment."""
        return self.seconds / HOUR


def pace_of(engagement: Engagement) -> Pace:
    """Return how long a judgment of an engagement takes, by its latest."""
    timed = Judgment.objects.filter(engagement=engagement, seconds__gt=0).order_by("-id")
    seconds = [each.seconds or 0 for each in timed.only("seconds")[:MOST_TIMED]]
    if len(seconds) < LEAST_TIMED:
        return Pace(ASSUMED_SECONDS, 0)
    return Pace(float(median(seconds)), len(seconds))


def days_ahead(expert: Expert, at: datetime) -> list[WorkDay]:
    """Return an expert's days up to the horizon: by their calendar, else by their weekly hours.

    None are known of whoever has neither. Today counts whole.
    """
    if days := working_days(expert, at, HORIZON_DAYS):
        return days
    if expert.weekly_hours is None:
        return []
    each, none = expert.weekly_hours / WORKING_WEEK, expert.weekly_hours * 0
    span = [at.date() + timedelta(n) for n in range(HORIZON_DAYS)]
    return [WorkDay(day, each if day.weekday() < WORKING_WEEK else none) for day in span]


@dataclass(frozen=True, eq=False)
class ShiftPlan:
    """What waits for whom, in hours, and who works how long, from today on.

    ``lots`` stand in the order in which they are done, earliest due first; ``work`` is
    (experts, lots), ``days`` has for each expert the days up to the horizon. Of
    ``unknown`` experts no hours are known: nothing can be forecast of what waits for them.
    """

    today: date
    lots: list[Lot]
    experts: list[Expert]
    days: list[list[WorkDay]]
    work: NDArray[np.float64]
    paces: dict[int, Pace]
    unknown: dict[tuple[str, int], int]

    @property
    def hours(self) -> NDArray[np.float64]:
        """Return the hours of each expert on each day, (experts, days)."""
        found = [[float(day.hours) for day in days] for days in self.days]
        return np.array(found, dtype=float).reshape(len(self.experts), HORIZON_DAYS)

    @property
    def due(self) -> NDArray[np.int64]:
        """Return each lot's last day, counted from today; the horizon where none is agreed."""
        left = [(lot.due_on - self.today).days if lot.due_on else HORIZON_DAYS for lot in self.lots]
        return np.clip(left, 0, HORIZON_DAYS)


def shift_plan(experts: Sequence[Expert], at: datetime) -> ShiftPlan:
    """Return what waits for these experts, and when they work."""
    counts = _waiting({expert.pk for expert in experts}, at)
    found = Lot.objects.filter(pk__in={lot for _, lot in counts}).select_related("engagement")
    lots = sorted(found, key=lambda lot: (lot.due_on or date.max, lot.pk))
    engagements = {lot.engagement_id: lot.engagement for lot in lots}
    paces = {pk: pace_of(engagement) for pk, engagement in engagements.items()}
    days = {expert.pk: days_ahead(expert, at) for expert in experts}
    known = [expert for expert in experts if days[expert.pk]]
    judgments = [[counts.get((e.pk, lot.pk), 0) for lot in lots] for e in known]
    hours = np.array([paces[lot.engagement_id].hours for lot in lots])
    return ShiftPlan(
        at.date(),
        lots,
        known,
        [days[expert.pk] for expert in known],
        np.array(judgments, dtype=float).reshape(len(known), len(lots)) * hours,
        paces,
        {
            (expert.name, lot.pk): counts[expert.pk, lot.pk]
            for expert in experts
            for lot in lots
            if not days[expert.pk] and (expert.pk, lot.pk) in counts
        },
    )


def _waiting(experts: Collection[int], at: datetime) -> Counter[tuple[int, int]]:
    """Count what waits, by ids of whom it is reserved for and of the lot."""
    waiting = unbegun_slots(at).filter(reserved_for__in=experts)
    return Counter(waiting.values_list("reserved_for_id", "lot_id"))


class Share(NamedTuple):
    """Some judgments of somebody."""

    name: str
    judgments: int


@dataclass(frozen=True)
class Forecast:
    """When a lot will be done, and the smallest change that keeps its day.

    ``done_on`` is None where that is beyond the horizon or not known; ``too_much`` says
    who has more than their hours allow, ``room`` who could take how much, ``possible_on``
    the day that everybody together can keep.
    """

    lot: Lot
    waiting: int
    done_on: date | None
    too_much: list[Share]
    room: list[Share]
    missing_hours: float
    possible_on: date | None
    unknown: list[Share]

    @property
    def late(self) -> bool:
        """Say whether the lot misses its day, as far as hours are known."""
        return bool(self.too_much)

    @property
    def judgments_too_many(self) -> int:
        """Return how many judgments must go to somebody else for the day to be kept."""
        return sum(each.judgments for each in self.too_much)

    @property
    def savable(self) -> bool:
        """Say whether others have room for what is too much."""
        return self.late and sum(each.judgments for each in self.room) >= self.judgments_too_many


def forecast(plan: ShiftPlan, lot: Lot, at: datetime) -> Forecast:
    """Return when a lot of a plan will be done, and what would keep its day.

    What waits for somebody who is kept from it is too much, all of it.
    """
    place = next(n for n, each in enumerate(plan.lots) if each.pk == lot.pk)
    pace, mine = plan.paces[lot.engagement_id].hours, plan.work[:, place]
    kept = _kept(plan, lot, at)
    left = np.where(kept, -np.inf, room_left(plan.work, plan.hours, plan.due, place))
    too_much = np.minimum(np.ceil(-left / pace - ROUNDING), np.round(mine / pace))
    room = np.floor(np.minimum(left, mine.sum()) / pace + ROUNDING)
    unknown = [Share(name, n) for (name, pk), n in plan.unknown.items() if pk == lot.pk]
    lacking = too_much[too_much > 0].sum() - room[room > 0].sum()
    return Forecast(
        lot=lot,
        waiting=round(mine.sum() / pace) + sum(share.judgments for share in unknown),
        done_on=None if unknown or kept[mine > 0].any() else _done_on(plan, place),
        too_much=_shares(plan, too_much),
        room=_shares(plan, room),
        missing_hours=float(max(lacking, 0) * pace),
        possible_on=_possible_on(plan, place, kept),
        unknown=unknown,
    )


def _kept(plan: ShiftPlan, lot: Lot, at: datetime) -> NDArray[np.bool_]:
    """Return who is kept from all of an engagement, (experts,); people need no admission."""
    bars = barred_pairs(lot.engagement, plan.experts, [0], at, (*STANDING, CREDENTIAL))
    out = {expert for _, expert in bars}
    return np.array([expert.pk in out for expert in plan.experts], dtype=bool)


def _shares(plan: ShiftPlan, judgments: NDArray[np.float64]) -> list[Share]:
    counted = zip(plan.experts, judgments.tolist(), strict=True)
    return [Share(expert.name, int(n)) for expert, n in counted if n > 0]


def _done_on(plan: ShiftPlan, place: int) -> date | None:
    last = int(finish_days(plan.work, plan.hours)[:, place].max(initial=-1))
    return None if last == HORIZON_DAYS else plan.today + timedelta(max(last, 0))


def _possible_on(plan: ShiftPlan, place: int, kept: NDArray[np.bool_]) -> date | None:
    """Return the first day by which all who may could do a lot together, earlier work first."""
    mine = plan.work[:, place]
    before = np.cumsum(plan.work, axis=1)[:, place] - mine
    spare = np.maximum(np.cumsum(plan.hours, axis=1) - before[:, None], 0)[~kept].sum(axis=0)
    enough = np.flatnonzero(spare >= mine.sum() - ROUNDING)
    return plan.today + timedelta(int(enough[0])) if len(enough) else None


def room_for(lot: Lot, experts: Sequence[Expert], until: date, at: datetime) -> NDArray[np.int64]:
    """Return how many judgments of a lot each expert can do by a day, (experts,).

    What waits of other lots that are due by then is done before; whoever's hours are
    not known has room for all.
    """
    plan, pace = shift_plan(experts, at), pace_of(lot.engagement).hours
    days = min(max((until - plan.today).days + 1, 0), HORIZON_DAYS)
    others = [
        each.pk != lot.pk and each.due_on is not None and each.due_on <= until for each in plan.lots
    ]
    free = plan.hours[:, :days].sum(axis=1) - plan.work[:, others].sum(axis=1)
    known = dict(zip((e.pk for e in plan.experts), np.floor(free / pace + ROUNDING), strict=True))
    every = lot.items.count()
    return np.array([max(int(known.get(e.pk, every)), 0) for e in experts], dtype=np.int64)
