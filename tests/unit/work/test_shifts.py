from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from peritus.engagements.errors import LotRefused
from peritus.engagements.verbs import set_due
from peritus.journal.clock import now
from peritus.journal.errors import NotAllowed
from peritus.work.shifts import (
    ASSUMED_SECONDS,
    days_ahead,
    forecast,
    pace_of,
    room_for,
    shift_plan,
)
from peritus.work.staffing import Terms
from peritus.work.verbs import draft_staffing, publish_staffing
from tests.factories.bench import expert, skill
from tests.factories.engagements import item, lot, wall
from tests.factories.work import judgment, slot

TUESDAY = date(2026, 3, 10)
HALF_HOUR = 1_800


@pytest.fixture
def timed(course):
    """Judgments of the course take half an hour."""
    parent = lot(engagement=course)
    for _ in range(20):
        judgment(slot=slot(item=item(lot=parent), state="done"), seconds=HALF_HOUR)


@pytest.fixture
def due(course):
    """A lot of twelve items, due on Thursday."""
    return lot(engagement=course, title="Due", due_on=date(2026, 3, 12))


def works(handle, hours="2", **changes):
    week = [hours] * 5 + ["0", "0"]
    return expert(handle=handle, name=handle.title(), week_hours=week, **changes)


def waits(parent, who, n):
    for _ in range(n):
        slot(item=item(lot=parent), reserved_for=who)


def plan_of(*experts):
    return shift_plan(list(experts), now())


# pace_of


def test_pace_of_is_the_median_of_what_was_timed_or_assumed(course, timed):
    assert pace_of(course) == (HALF_HOUR, 20)
    assert pace_of(lot().engagement) == (ASSUMED_SECONDS, 0)


# days_ahead


def test_days_ahead_are_of_the_calendar_else_of_the_weekly_hours(clock):
    by_week = days_ahead(expert(weekly_hours=Decimal(10)), now())

    assert [float(day.hours) for day in by_week[:6]] == [2, 2, 2, 2, 0, 0]
    assert float(days_ahead(works("ada", "3"), now())[0].hours) == 3
    assert days_ahead(expert(), now()) == []


# forecast


def test_forecast_says_when_a_lot_is_done(due, timed):
    ada = works("ada")  # four judgments a day
    waits(due, ada, 9)

    found = forecast(plan_of(ada), due, now())

    assert (found.waiting, found.done_on, found.late) == (9, date(2026, 3, 12), False)


def test_forecast_says_who_has_too_much_and_who_has_room(due, timed):
    ada, bob = works("ada"), works("bob", "1")
    waits(due, ada, 15)
    waits(due, bob, 2)

    found = forecast(plan_of(ada, bob), due, now())

    assert (found.done_on, found.late, found.savable) == (date(2026, 3, 13), True, True)
    assert found.too_much == [("Ada", 3)]
    assert found.room == [("Bob", 4)]


def test_forecast_says_how_many_hours_are_missing_and_which_day_can_be_kept(due, timed):
    ada, bob = works("ada"), works("bob", "1")
    waits(due, ada, 24)

    found = forecast(plan_of(ada, bob), due, now())

    assert (found.too_much, found.room, found.savable) == ([("Ada", 12)], [("Bob", 6)], False)
    assert found.missing_hours == pytest.approx(3)
    assert found.possible_on == date(2026, 3, 13)  # six hours a day of both: 12 by then


def test_forecast_does_what_is_due_earlier_first(course, due, timed):
    ada = works("ada")
    earlier = lot(engagement=course, due_on=TUESDAY)
    waits(earlier, ada, 4)
    waits(due, ada, 8)

    found = forecast(plan_of(ada), due, now())

    assert (found.done_on, found.late) == (date(2026, 3, 12), False)


def test_forecast_counts_leave_and_weekends(due, timed):
    ada = works("ada", leave=[["2026-03-11", "2026-03-12"]])
    waits(due, ada, 5)

    found = forecast(plan_of(ada), due, now())

    assert (found.done_on, found.too_much) == (date(2026, 3, 13), [("Ada", 1)])


def test_forecast_gives_no_room_to_whom_a_wall_keeps_away(course, due, timed):
    ada, bob = works("ada"), works("bob")
    waits(due, ada, 13)
    waits(due, bob, 1)
    wall(engagement=course, expert=bob)

    found = forecast(plan_of(ada, bob), due, now())

    assert (found.room, found.done_on) == ([], None)
    assert found.too_much == [("Ada", 1), ("Bob", 1)]


def test_forecast_knows_nothing_of_whose_hours_nobody_said(due, timed):
    ada = expert(name="Ada")
    waits(due, ada, 2)

    found = forecast(plan_of(ada, works("bob")), due, now())

    assert (found.unknown, found.done_on, found.waiting) == ([("Ada", 2)], None, 2)


# room_for and a draft by a day


def test_room_for_leaves_time_for_what_is_due_before(course, due, timed):
    ada, free = works("ada"), expert()
    waits(lot(engagement=course, due_on=TUESDAY), ada, 3)
    waits(lot(engagement=course), ada, 9)  # no day is agreed: done later
    for _ in range(12):
        item(lot=due)

    assert room_for(due, [ada, free], date(2026, 3, 11), now()).tolist() == [5, 12]


def test_a_draft_by_a_day_gives_nobody_more_than_they_can_do(course, due, timed):
    ada, bob = works("ada"), works("bob", "1")
    for each, share in ((ada, 0.9), (bob, 0.7)):
        skill(expert=each, pack=course.pack, question="holds", share=share)
    for n in range(6):
        item(lot=due, key=f"i{n}")
    terms = Terms(each=1, done_by=TUESDAY)
    able = {"ada": None, "bob": None}

    found = draft_staffing(due.pk, able, terms=terms, by=course.manager, key="k")

    assert sorted(handle for handle, _ in found.pairs) == ["ada"] * 4 + ["bob"] * 2
    publish_staffing(found.pk, by=course.manager, key="p")
    assert not forecast(plan_of(ada, bob), due, now()).late


# set_due


def test_set_due_agrees_a_day_and_takes_it_back(course, due):
    set_due(due.pk, date(2026, 4, 1), by=course.manager, key="a")
    assert set_due(due.pk, None, by=course.manager, key="b").due_on is None


def test_set_due_refuses_a_day_that_is_over_and_others(course, due, clock):
    clock.move_to(datetime(2026, 3, 11, tzinfo=UTC))
    with pytest.raises(LotRefused, match="2026-03-10 is over; today is 2026-03-11"):
        set_due(due.pk, TUESDAY, by=course.manager, key="a")
    with pytest.raises(NotAllowed):
        set_due(due.pk, None, by=course.quality_lead, key="b")
