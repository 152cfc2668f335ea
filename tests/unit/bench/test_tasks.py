from datetime import UTC, date, datetime, timedelta

import pytest

from peritus.accounts.models import Role
from peritus.accounts.queries import engine
from peritus.bench import tasks
from peritus.bench.errors import EndingNotNoted
from peritus.bench.models import Credential
from peritus.bench.rules import warning_due
from peritus.bench.tasks import note_what_ends
from peritus.bench.verbs import note_credential_ending, note_qualification_ending
from peritus.journal.clock import SteadyClock, clock_set_to
from peritus.journal.errors import NotAllowed
from peritus.journal.models import Event
from tests.factories.accounts import member, user
from tests.factories.bench import credential, expert, qualification

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = START.date()
VERIFIED = Credential.State.VERIFIED


@pytest.fixture
def clock():
    clock = SteadyClock(START, timedelta(0))
    with clock_set_to(clock):
        yield clock


def noted():
    """Return what was noted: kind, whose uid, and days."""
    events = Event.objects.filter(kind__endswith=".ending").order_by("pk")
    return [(each.kind, each.about_uid, each.data["days"]) for each in events]


@pytest.mark.parametrize(
    ("left", "due"),
    [(-1, None), (0, 1), (1, 1), (2, 14), (14, 14), (15, 60), (60, 60), (61, None)],
)
def test_warning_due_is_the_nearest_that_was_reached(left, due):
    assert warning_due(left) == due


def test_note_what_ends_notes_each_warning_once_on_its_day(clock):
    bar = credential(state=VERIFIED, expires=DAY + timedelta(62))
    found = []

    for day in range(64):
        clock.move_to(START + timedelta(day))
        note_what_ends()
        found += [(62 - day, each[2]) for each in noted()[len(found) :]]
        note_what_ends()  # the same day once more

    assert found == [(60, 60), (14, 14), (1, 1)]
    assert {each[:2] for each in noted()} == {("credential.ending", bar.uid)}


def test_note_what_ends_notes_only_the_latest_warning_after_a_long_rest(clock):
    credential(state=VERIFIED, expires=DAY + timedelta(9))

    assert (note_what_ends(), note_what_ends()) == (1, 0)
    assert [days for *_, days in noted()] == [14]


def test_note_what_ends_notes_tests_that_were_passed(clock):
    quiz = qualification(expires_at=START + timedelta(60))
    qualification(passed=False, expires_at=START + timedelta(60))
    qualification(expires_at=START)

    note_what_ends()

    assert noted() == [("qualification.ending", quiz.uid, 60)]


def test_note_what_ends_leaves_out_what_does_not_count_any_more(clock):
    ada, soon = expert(), DAY + timedelta(5)
    credential(expires=soon)
    credential(state=Credential.State.REVOKED, expires=soon)
    credential(state=VERIFIED, expires=DAY - timedelta(1))
    credential(state=VERIFIED)
    credential(state=VERIFIED, expires=soon, expert=ada, title="Bar")
    credential(state=VERIFIED, expires=soon + timedelta(365), expert=ada, title="Bar")
    gone = expert(user=user(erased_at=START))
    credential(state=VERIFIED, expires=soon, expert=gone)

    assert (note_what_ends(), noted()) == (0, [])


def test_note_what_ends_goes_on_after_one_that_was_renewed_meanwhile(clock, monkeypatch):
    bar = credential(state=VERIFIED, expires=DAY + timedelta(5), title="Bar")
    cipp = credential(state=VERIFIED, expires=DAY + timedelta(5), title="CIPP")

    def revoked_then_noted(pk, days, **whose):
        Credential.objects.filter(pk=bar.pk).update(state=Credential.State.REVOKED)
        return note_credential_ending(pk, days, **whose)

    monkeypatch.setattr(tasks, "note_credential_ending", revoked_then_noted)

    assert (note_what_ends(), [uid for _, uid, _ in noted()]) == (1, [cipp.uid])


def test_note_credential_ending_says_why_not(clock):
    bar = credential(state=VERIFIED, expires=DAY + timedelta(20), title="Bar")
    degree = credential(title="Degree", state=VERIFIED)

    for about, days, why in (
        (bar, 14, "ends in 20 days; it is not due that it ends within 14"),
        (degree, 60, "does not count, or something that lasts longer stands in for it"),
    ):
        with pytest.raises(EndingNotNoted, match=why):
            note_credential_ending(about.pk, days, by=engine(), key="k")

    assert noted() == []


def test_note_qualification_ending_says_why_not(clock):
    quiz = qualification(expires_at=START + timedelta(20))

    with pytest.raises(EndingNotNoted, match="not due that it ends within 1"):
        note_qualification_ending(quiz.pk, 1, by=engine(), key="k")


def test_endings_are_noted_once_when_repeated(clock):
    bar = credential(state=VERIFIED, expires=DAY + timedelta(20))
    quiz = qualification(expires_at=START + timedelta(20))

    for _ in range(2):
        assert note_credential_ending(bar.pk, 60, by=engine(), key="a") == bar
        assert note_qualification_ending(quiz.pk, 60, by=engine(), key="b") == quiz

    assert len(noted()) == 2


@pytest.mark.parametrize("role", [Role.MANAGER, Role.QUALITY, Role.EXPERT])
def test_endings_are_noted_by_the_program_only(clock, role):
    bar = credential(state=VERIFIED, expires=date(2026, 3, 20))
    quiz = qualification(expires_at=START + timedelta(20))
    person = member(role)

    with pytest.raises(NotAllowed, match="The program itself"):
        note_credential_ending(bar.pk, 14, by=person, key="k")
    with pytest.raises(NotAllowed, match="The program itself"):
        note_qualification_ending(quiz.pk, 60, by=person, key="k")

    assert noted() == []
