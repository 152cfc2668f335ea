"""Say when an expert works."""

from __future__ import annotations

from collections.abc import Sequence

from peritus.accounts.models import User
from peritus.bench.calendars import calendar_blockers
from peritus.bench.errors import CalendarNotSet
from peritus.bench.models import Expert
from peritus.bench.queries import experts_seen_by
from peritus.bench.rules import PROFILE
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.personal import personal


@verb
@personal("time_zone", "week_hours", "leave", "holidays")
def set_calendar(
    expert_id: int,
    *,
    time_zone: str = "",
    week_hours: Sequence[str] = (),
    leave: Sequence[Sequence[str]] = (),
    holidays: str = "",
    by: User,
    key: str,
) -> Expert:
    """Say in which zone an expert works, which hours of a week, and when not.

    All at once, in the place of what stood. It tells whoever plans; what is leased is
    held by hours a week and items at once. Raises CalendarNotSet.
    """
    expert = experts_seen_by(by).select_for_update(of=("self",)).get(pk=expert_id)
    PROFILE.require(by, expert)
    if earlier := earlier_result():
        return earlier
    if blockers := calendar_blockers(time_zone, week_hours, leave, holidays):
        raise CalendarNotSet(blockers)
    expert.time_zone, expert.holidays = time_zone, holidays
    expert.week_hours, expert.leave = list(week_hours), sorted(map(list, leave))
    expert.save(update_fields=["time_zone", "holidays", "week_hours", "leave"])
    record("expert.calendar_set", about=expert)
    return expert
