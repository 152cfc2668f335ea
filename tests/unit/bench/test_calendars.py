from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peritus.accounts.models import Role
from peritus.bench.calendars import calendar_blockers, working_days
from peritus.bench.errors import CalendarNotSet
from peritus.bench.models import Expert
from peritus.bench.verbs import set_calendar
from peritus.journal.errors import NotAllowed
from peritus.journal.models import Event
from peritus.privacy.verbs import erase_person
from peritus.simulation.invariants import broken_invariants
from tests.factories.accounts import member, organisation
from tests.factories.bench import expert

FULL = ["8", "8", "8", "8", "6.5", "0", "0"]
CALENDAR = {
    "time_zone": "Europe/Berlin", "week_hours": FULL, "holidays": "DE-BE",
    "leave": [["2026-05-04", "2026-05-05"], ["2026-04-30", "2026-04-30"]],
}  # fmt: skip
MAY = datetime(2026, 4, 29, 22, 30, tzinfo=UTC)  # in Berlin it is 30 April already


def told(days):
    return [(each.day.isoformat(), str(each.hours), each.why) for each in days]


def test_working_days_know_weekends_leave_and_holidays_in_ones_own_zone():
    ada = Expert(**CALENDAR)

    assert told(working_days(ada, MAY, 6)) == [
        ("2026-04-30", "0", "On leave"),
        ("2026-05-01", "0", "Labor Day"),
        ("2026-05-02", "0", "No working day"),
        ("2026-05-03", "0", "No working day"),
        ("2026-05-04", "0", "On leave"),
        ("2026-05-05", "0", "On leave"),
    ]
    assert told(working_days(ada, MAY + timedelta(6), 3)) == [
        ("2026-05-06", "8", ""), ("2026-05-07", "8", ""), ("2026-05-08", "6.5", ""),
    ]  # fmt: skip


def test_working_days_know_the_holidays_of_a_part_of_a_country():
    berlin, bavaria = (
        working_days(Expert(week_hours=FULL, holidays=region), datetime(2026, 1, 6, tzinfo=UTC), 1)
        for region in ("DE-BE", "DE-BY")
    )

    assert (told(berlin), told(bavaria)) == (
        [("2026-01-06", "8", "")], [("2026-01-06", "0", "Epiphany")],
    )  # fmt: skip


def test_working_days_of_the_next_year_have_its_holidays():
    ada = Expert(week_hours=["8"] * 7, holidays="US")

    days = working_days(ada, datetime(2026, 12, 31, tzinfo=UTC), 2)

    assert [(each.day.year, each.why) for each in days] == [(2026, ""), (2027, "New Year's Day")]


def test_working_days_are_none_where_no_hours_were_said():
    assert working_days(Expert(holidays="DE"), MAY, 7) == []


@given(st.integers(0, 400), st.integers(1, 60))
def test_working_days_are_one_after_the_other_and_never_more_than_the_week_says(start, n):
    ada, at = Expert(**CALENDAR), MAY + timedelta(start)

    days = working_days(ada, at, n)

    first = days[0].day
    assert [each.day for each in days] == [first + timedelta(k) for k in range(n)]
    assert all(each.hours in {Decimal(0), Decimal(FULL[each.day.weekday()])} for each in days)
    assert all(bool(each.why) == (each.hours == 0) for each in days)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"time_zone": "Berlin"}, "A time zone is named such as Europe/Berlin; 'Berlin' came."),
        ({"time_zone": "../etc/passwd"}, "A time zone is named such as"),
        ({"time_zone": "Europe"}, "A time zone is named such as"),
        ({"week_hours": ["8"]}, "A week has seven days; hours of 1 came."),
        ({"week_hours": ["8"] * 6 + ["25"]}, "Sunday has 0 to 24 hours; '25' came."),
        ({"week_hours": ["eight", *["8"] * 6]}, "Monday has 0 to 24 hours; 'eight' came."),
        ({"week_hours": ["NaN", *["8"] * 6]}, "Monday has 0 to 24 hours; 'NaN' came."),
        ({"leave": [["24.12.2026", "24.12.2026"]]}, "Leave is a day, or two such as"),
        ({"leave": [["2026-12-24"]]}, "Leave is a day, or two such as"),
        ({"leave": [["2026-12-24", "2026-12-01"]]}, "would end on 2026-12-01, before it begins."),
        (
            {"leave": [["2026-05-03", "2026-05-09"], ["2026-05-01", "2026-05-03"]]},
            "Leave from 2026-05-03 begins before that until 2026-05-03 is over.",
        ),
        ({"leave": [["2026-05-01", "2026-05-01"]] * 101}, "Up to 100 times of leave are kept;"),
        ({"holidays": "Germany"}, "Holidays are those of a country or a part of it"),
        ({"holidays": "XX"}, "The holidays of XX are not known; leave it empty"),
        ({"holidays": "DE-ZZ"}, "The holidays of DE-ZZ are not known; leave it empty"),
    ],
)
def test_calendar_blockers_say_what_cannot_be(changes, said):
    blockers = calendar_blockers(**(CALENDAR | changes))

    assert any(said in each for each in blockers)
    assert calendar_blockers(**CALENDAR) == calendar_blockers("", [], [], "") == []


# The verb


def test_set_calendar_takes_the_place_of_what_stood(at):
    ada, manager = expert(), member(Role.MANAGER)

    set_calendar(ada.pk, **CALENDAR, by=ada.user, key="a")
    set_calendar(ada.pk, time_zone="UTC", week_hours=FULL, by=manager, key="b")

    ada.refresh_from_db()
    assert (ada.time_zone, ada.week_hours, ada.leave, ada.holidays) == ("UTC", FULL, [], "")
    assert list(Event.objects.values_list("kind", flat=True)) == ["expert.calendar_set"] * 2
    assert "Berlin" not in str(list(Event.objects.values_list("body", flat=True)))
    assert broken_invariants() == {}


def test_set_calendar_sets_once_when_repeated_and_sorts_leave(at):
    ada = expert()

    for _ in range(2):
        assert set_calendar(ada.pk, **CALENDAR, by=ada.user, key="a") == ada

    ada.refresh_from_db()
    assert ada.leave == [["2026-04-30", "2026-04-30"], ["2026-05-04", "2026-05-05"]]
    assert Event.objects.count() == 1


def test_set_calendar_refuses_what_cannot_be_and_changes_nothing(at):
    ada = expert(time_zone="UTC")

    with pytest.raises(CalendarNotSet, match="Europe/Berlin; 'Mars' came"):
        set_calendar(ada.pk, time_zone="Mars", by=ada.user, key="a")

    ada.refresh_from_db()
    assert (ada.time_zone, Event.objects.count()) == ("UTC", 0)


def test_set_calendar_is_refused_to_a_lead_and_hidden_from_strangers(at):
    ada, bob = expert(), expert()

    with pytest.raises(NotAllowed, match="Experts say for themselves"):
        set_calendar(ada.pk, **CALENDAR, by=member(Role.QUALITY), key="k")
    for stranger in (bob.user, member(Role.MANAGER, organisation=organisation())):
        with pytest.raises(Expert.DoesNotExist):
            set_calendar(ada.pk, **CALENDAR, by=stranger, key="k")

    assert Event.objects.count() == 0


def test_an_erasure_takes_the_calendar_away(at):
    ada, manager = expert(user=member(Role.EXPERT)), member(Role.MANAGER)
    set_calendar(ada.pk, **CALENDAR, by=manager, key="a")

    erase_person(ada.user_id, "request", by=manager, key="e")

    ada.refresh_from_db()
    assert (ada.time_zone, ada.week_hours, ada.leave, ada.holidays) == ("", [], [], "")
    assert date.fromisoformat("2026-05-04") not in [each.day for each in working_days(ada, at, 90)]
