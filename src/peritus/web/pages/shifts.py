"""Who works when, and which lot will be late: the shift plan of a manager's lots."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID, uuid4

import numpy as np
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from peritus.bench.calendars import WorkDay
from peritus.bench.models import Expert
from peritus.bench.queries import experts_seen_by
from peritus.engagements.models import Lot
from peritus.engagements.queries import lots_seen_by
from peritus.engagements.verbs import set_due
from peritus.journal.clock import now
from peritus.web.pages.lots import key_in
from peritus.web.people import person
from peritus.web.refusals import in_the_way
from peritus.work.shifts import Forecast, Pace, ShiftPlan, forecast, shift_plan

SHOWN_DAYS, SHOWN_EXPERTS = 14, 100


@dataclass(frozen=True)
class Day:
    """A day of an expert: hours there are, and hours that are taken already."""

    work: WorkDay
    taken: float


@dataclass(frozen=True)
class Shift:
    """The next days of an expert."""

    expert: Expert
    waiting_hours: float
    days: list[Day]


@require_safe
def shifts(request: HttpRequest) -> HttpResponse:
    """Answer “Who works when, and what will be late?”."""
    user, at = person(request), now()
    people = experts_seen_by(user).filter(kind=Expert.Kind.PERSON, user__is_active=True)
    plan = shift_plan(list(people.order_by("name", "handle")), at)
    mine = lots_seen_by(user).filter(pk__in=[lot.pk for lot in plan.lots])
    own = set(mine.filter(engagement__manager=user).values_list("pk", flat=True))
    rows = [
        (forecast(plan, lot, at), plan.paces[lot.engagement_id], uuid4().hex)
        for lot in plan.lots
        if lot.pk in own
    ]
    context: dict[str, object] = {
        "rows": sorted(rows, key=_worst_first),
        "shifts": _shifts(plan),
        "first_days": [plan.today + timedelta(n) for n in range(SHOWN_DAYS)],
        "unasked": _without_slots(request, own),
    }
    return render(request, "running/shifts.html", context)


def _worst_first(row: tuple[Forecast, Pace, str]) -> tuple[bool, date]:
    return (not row[0].late, row[0].lot.due_on or date.max)


def _without_slots(request: HttpRequest, known: set[int]) -> list[Lot]:
    """Return the reader's lots with a day, of which nothing waits for anybody."""
    lots = lots_seen_by(person(request)).filter(engagement__manager=person(request))
    return list(lots.exclude(pk__in=known).exclude(due_on=None).order_by("due_on"))


def _shifts(plan: ShiftPlan) -> list[Shift]:
    """Return the next days of those for whom most waits; the plan fills days from the first on."""
    todo, there = plan.work.sum(axis=1), np.cumsum(plan.hours, axis=1)
    taken = np.diff(np.minimum(there, todo[:, None]), axis=1, prepend=0)
    found = [
        Shift(expert, float(todo[n]), [Day(*pair) for pair in zip(days, hours, strict=False)])
        for n, (expert, days, hours) in enumerate(
            zip(plan.experts, plan.days, taken[:, :SHOWN_DAYS].tolist(), strict=True)
        )
    ]
    found.sort(key=lambda shift: -shift.waiting_hours)
    return found[:SHOWN_EXPERTS]


@require_POST
def due(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Agree on the last day of a lot, or on none."""
    lot = lots_seen_by(person(request)).get(uid=uid)
    said = request.POST.get("due_on", "").strip()
    try:
        day = date.fromisoformat(said) if said else None
    except ValueError:
        return in_the_way(request, [f"A day is such as 2026-12-31; {said[:20]!r} came."])
    set_due(lot.pk, day, by=person(request), key=key_in(request))
    if request.POST.get("back") == "shifts":
        return redirect("shifts")
    return redirect("lot", uid=uid)
