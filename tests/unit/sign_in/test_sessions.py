"""Sessions: kept by hash, ended by time, by their person, and by what changes the sign-in."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from peritus.accounts.models import Role, User
from peritus.journal.clock import wall_clock
from peritus.journal.errors import NotAllowed
from peritus.journal.models import Event
from peritus.sign_in.models import Session
from peritus.sign_in.sessions import IDLE, LONGEST, NOTED_EVERY, SessionStore
from peritus.sign_in.verbs import choose_password, end_sessions, reset_second_factor
from tests.factories import accounts
from tests.factories.sign_in import protected

pytestmark = pytest.mark.django_db
INSIDE = "/inbox/"


@pytest.fixture
def ada():
    return accounts.member(Role.MANAGER)


def signed_in(person):
    browser = Client()
    browser.force_login(person)
    return browser


def is_in(browser):
    return browser.get(INSIDE).status_code == 200


def moved_back(**times):
    """Let every session have begun, or been seen, that much earlier."""
    for session in Session.objects.all():
        for field, by in times.items():
            setattr(session, field, getattr(session, field) - by)
        session.save()


def test_nothing_in_the_table_is_a_live_session(ada):
    browser = signed_in(ada)
    cookie = browser.cookies[settings.SESSION_COOKIE_NAME].value

    said = " ".join(str(row) for row in Session.objects.values())
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = Session.objects.get().digest

    assert is_in(browser)
    assert cookie not in said
    assert not is_in(thief)


def test_nobody_signed_in_leaves_no_session(client):
    client.get("/sign-in/")
    store = SessionStore()
    store["theme"] = "dark"
    store.save()

    assert Session.objects.count() == 0


@pytest.mark.parametrize(
    ("times", "stays"),
    [
        ({"seen_at": IDLE - timedelta(minutes=1)}, True),
        ({"seen_at": IDLE}, False),
        ({"started_at": LONGEST - timedelta(minutes=1)}, True),
        ({"started_at": LONGEST}, False),
    ],
)
def test_a_session_ends_after_its_time(ada, times, stays):
    browser = signed_in(ada)

    moved_back(**times)

    assert is_in(browser) is stays


def test_a_session_that_ended_is_forgotten_when_somebody_signs_in(ada):
    signed_in(ada)
    moved_back(seen_at=IDLE)

    signed_in(accounts.member(Role.CLIENT))

    assert not Session.objects.filter(user=ada).exists()


def test_use_is_noted_at_most_every_ten_minutes(ada):
    browser = signed_in(ada)
    began = Session.objects.get().seen_at
    is_in(browser)
    unmoved = Session.objects.get().seen_at
    moved_back(seen_at=NOTED_EVERY)
    is_in(browser)

    assert unmoved == began
    assert wall_clock() - Session.objects.get().seen_at < timedelta(minutes=1)


def test_reading_costs_one_query_for_the_session_and_writes_nothing(ada):
    browser = signed_in(ada)
    is_in(browser)

    with CaptureQueriesContext(connection) as queries:
        is_in(browser)

    asked = [each["sql"] for each in queries if "sign_in_session" in each["sql"]]
    assert len(asked) == 1
    assert asked[0].startswith("SELECT")
    assert not [each for each in queries if each["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]


def test_a_session_that_was_ended_is_not_brought_back_by_a_request_on_its_way(ada):
    browser = signed_in(ada)
    store = SessionStore(browser.cookies[settings.SESSION_COOKIE_NAME].value)
    store["role"] = "client"
    Session.objects.all().delete()

    with pytest.raises(UpdateError):
        store.save()

    assert Session.objects.count() == 0


def test_signing_out_ends_the_session_itself(ada):
    browser, copy = signed_in(ada), Client()
    copy.cookies[settings.SESSION_COOKIE_NAME] = browser.cookies[settings.SESSION_COOKIE_NAME].value
    browser.post("/sign-out/")

    assert not is_in(copy)
    assert Session.objects.count() == 0


def test_who_is_switched_off_is_out_at_once(ada):
    browser = signed_in(ada)
    User.objects.filter(pk=ada.pk).update(is_active=False)

    assert not is_in(browser)


def test_end_sessions_ends_those_once_when_repeated(ada):
    gone, stays = signed_in(ada), signed_in(ada)
    uids = [Session.objects.earliest("id").uid]

    for _ in range(2):
        end_sessions(ada.pk, uids, by=ada, key="k")

    assert (is_in(gone), is_in(stays)) == (False, True)
    [event] = Event.objects.all()
    assert (event.kind, event.about_uid, event.data) == ("sessions.ended", ada.uid, {"count": 1})


def test_nobody_ends_anothers_sessions(ada):
    eve = accounts.member(Role.MANAGER)
    browser = signed_in(ada)
    uids = list(Session.objects.values_list("uid", flat=True))

    with pytest.raises(NotAllowed):
        end_sessions(ada.pk, uids, by=eve, key="k")
    with pytest.raises(Session.DoesNotExist):
        end_sessions(eve.pk, uids, by=eve, key="k")

    assert is_in(browser)


def test_choose_password_ends_every_session_of_the_person_alone(ada):
    browser, other = signed_in(ada), signed_in(accounts.member(Role.CLIENT))

    choose_password(ada.pk, ada.password, by=ada, key="k")  # the hash itself need not change

    assert (is_in(browser), is_in(other)) == (False, True)


def test_reset_second_factor_ends_every_session_of_the_person(ada):
    browser = signed_in(protected(ada))

    reset_second_factor(ada.pk, "copied", by=accounts.member(Role.MANAGER), key="k")

    assert not is_in(browser)
