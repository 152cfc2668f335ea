"""When an expert works: weekdays, leave and public holidays, in the expert's own time zone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from peritus.bench.models import Expert

WEEKDAYS: Final = (
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
)  # fmt: skip
DAY_HOURS: Final = 24
MOST_LEAVE: Final = 100
ON_LEAVE: Final = "On leave"
NONE: Final = Decimal(0)
_REGION: Final = re.compile("([A-Z]{2})(?:-([A-Z0-9]{1,3}))?")


@dataclass(frozen=True)
class WorkDay:
    """How many hours an expert works on a day; where there are none, why."""

    day: date
    hours: Decimal
    why: str = ""


def zone_of(expert: Expert) -> ZoneInfo | None:
    """Return an expert's time zone, None where it is not known."""
    return ZoneInfo(expert.time_zone) if expert.time_zone else None


def working_days(expert: Expert, at: datetime, days: int) -> list[WorkDay]:
    """Return so many days from an expert's own today on; none where no hours were said."""
    if not expert.week_hours:
        return []
    first = at.astimezone(zone_of(expert)).date() if expert.time_zone else at.date()
    span = [first + timedelta(n) for n in range(days)]
    off = _days_off(expert.holidays, sorted({day.year for day in span}))
    leave = [(date.fromisoformat(begin), date.fromisoformat(end)) for begin, end in expert.leave]
    week = [Decimal(hours) for hours in expert.week_hours]
    return [_work_day(day, week[day.weekday()], leave, off) for day in span]


def _work_day(
    day: date, usual: Decimal, leave: Sequence[tuple[date, date]], off: Mapping[date, str]
) -> WorkDay:
    if any(begin <= day <= end for begin, end in leave):
        return WorkDay(day, NONE, ON_LEAVE)
    if day in off:
        return WorkDay(day, NONE, off[day])
    return WorkDay(day, usual, "" if usual else "No working day")


def _days_off(region: str, years: Sequence[int]) -> Mapping[date, str]:
    """Return the public holidays of a country or a part of it, by their English names."""
    from holidays import country_holidays  # noqa: PLC0415  (0.1 s, for few pages)

    match = _REGION.fullmatch(region)
    if match is None:
        return {}
    country, part = match.groups()
    return country_holidays(country, subdiv=part, years=years, language="en_US")


def calendar_blockers(
    time_zone: str, week_hours: Sequence[str], leave: Sequence[Sequence[str]], holidays: str
) -> list[str]:
    """Say why a calendar cannot be kept so."""
    return (
        _zone_faults(time_zone) + _week_faults(week_hours) + _leave_faults(leave)
        + _region_faults(holidays)
    )  # fmt: skip


def _zone_faults(name: str) -> list[str]:
    try:
        if name:
            ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return [f"A time zone is named such as Europe/Berlin; {name[:60]!r} came."]
    return []


def _week_faults(week_hours: Sequence[str]) -> list[str]:
    if len(week_hours) not in (0, len(WEEKDAYS)):
        return [f"A week has seven days; hours of {len(week_hours)} came."]
    return [
        f"{day} has 0 to {DAY_HOURS} hours; {hours[:20]!r} came."
        for day, hours in zip(WEEKDAYS, week_hours, strict=False)
        if not _is_day(hours)
    ]


def _is_day(hours: str) -> bool:
    try:
        return NONE <= Decimal(hours) <= DAY_HOURS
    except InvalidOperation:
        return False


def _leave_faults(leave: Sequence[Sequence[str]]) -> list[str]:
    if len(leave) > MOST_LEAVE:
        return [f"Up to {MOST_LEAVE} times of leave are kept; {len(leave)} came."]
    read, faults = [], []
    for pair in leave:
        try:
            begin, end = map(date.fromisoformat, pair)
        except ValueError:
            said = " to ".join(pair)[:60]
            faults.append(
                f"Leave is a day, or two such as 2026-12-24 to 2027-01-02; {said!r} came."
            )
            continue
        if end < begin:
            faults.append(f"Leave from {begin} would end on {end}, before it begins.")
        read.append((begin, end))
    read.sort()
    return faults + [
        f"Leave from {begin} begins before that until {end} is over."
        for (_, end), (begin, _) in pairwise(read)
        if begin <= end
    ]


def _region_faults(region: str) -> list[str]:
    try:
        if not region or (_REGION.fullmatch(region) and _days_off(region, [2026]) is not None):
            return []
    except NotImplementedError:
        return [f"The holidays of {region} are not known; leave it empty, and name them as leave."]
    wanted = "Holidays are those of a country or a part of it, such as DE or DE-BE"
    return [f"{wanted}; {region[:20]!r} came."]
