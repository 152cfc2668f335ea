"""Signing in by a password and a second factor, and what does not get past it."""

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.core import signing
from django.core.exceptions import ImproperlyConfigured
from django.test import Client, override_settings
from django.urls import reverse

from peritus.accounts.models import Role, User
from peritus.accounts.queries import engine
from peritus.journal.clock import clock_set_to, now
from peritus.journal.models import Event
from peritus.sign_in.queries import has_second_factor
from tests.factories import accounts
from tests.factories.sign_in import RECOVERY, code, protected
from tests.unit.web.test_invitations import link_in

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough password"
INSIDE = "/inbox/"


@pytest.fixture
def ada():
    return accounts.member(Role.MANAGER, password=make_password(PASSWORD), name="Ada Quill")


def first_step(client, person, **more):
    form = {"username": person.email, "password": PASSWORD}
    return client.post(reverse("sign_in"), form | more)


def second_step(client, text):
    return client.post(reverse("second_step"), {"code": text})


def is_in(client):
    return client.get(INSIDE).status_code == 200


def test_a_password_alone_lets_in_who_has_no_second_factor(client, ada):
    first_step(client, ada)

    assert is_in(client)


def test_the_second_step_lets_in_and_leads_on(client, ada):
    protected(ada)

    led = first_step(client, ada, next="/board/")
    between = is_in(client)
    asked = client.get(led.url)
    done = second_step(client, code())

    assert led.url == reverse("second_step")
    assert not between
    assert "Six digits from your authenticator app" in asked.text
    assert done.url == "/board/"
    assert is_in(client)


def test_the_second_step_takes_a_recovery_code(client, ada):
    protected(ada)
    first_step(client, ada)

    second_step(client, RECOVERY)

    assert is_in(client)
    assert [event.kind for event in Event.objects.all()] == ["recovery_code.used"]


def test_the_second_step_refuses_a_wrong_code_and_one_that_was_used(client, ada):
    protected(ada)
    first_step(client, ada)
    used = code()
    second_step(client, used)
    thief = Client()
    first_step(thief, ada)

    for text in ("000000", used, "", "wxyz-wxyz-wxyz-wxyz"):
        page = second_step(thief, text)
        assert page.status_code == 409
        assert "does not count" in page.text
    assert not is_in(thief)


def test_the_second_step_wants_the_first(client, ada):
    protected(ada)

    assert second_step(client, code()).url == reverse("sign_in")
    client.cookies["half_signed_in"] = signing.dumps({"user": str(ada.uid)}, salt="other")
    assert second_step(client, code()).url == reverse("sign_in")
    assert not is_in(client)


def test_the_second_step_is_open_for_five_minutes(client, ada, monkeypatch):
    protected(ada)
    first_step(client, ada)
    later = now() + timedelta(seconds=301)

    monkeypatch.setattr("time.time", later.timestamp)
    with clock_set_to(lambda: later):
        late = second_step(client, code())

    assert late.url == reverse("sign_in")


def test_the_second_step_ends_when_the_password_changes_between(client, ada):
    protected(ada)
    first_step(client, ada)
    User.objects.filter(pk=ada.pk).update(password=make_password("another one 88"))

    assert second_step(client, code()).url == reverse("sign_in")


def test_a_new_password_by_link_does_not_get_past_the_second_factor(client, ada):
    known = protected(accounts.member(Role.EXPERT))
    client.force_login(ada)
    link = link_in(client.post(reverse("new_link", args=[known.uid]), {"key": "k"}))
    client.logout()

    chosen = client.post(link, {"new_password1": PASSWORD, "new_password2": PASSWORD})

    assert chosen.url == reverse("second_step")
    assert not is_in(client)
    second_step(client, code())
    assert is_in(client)


def test_whose_role_asks_for_one_is_led_to_set_it_up(ada):
    with override_settings(SECOND_FACTOR=["manager", "finance"]):
        client, expert = Client(), Client()
        client.force_login(ada)
        expert.force_login(accounts.member(Role.EXPERT))

        led, page = client.get("/portfolio/"), client.get(reverse("set_up_second_factor"))
        refused = client.get("/api/engagements")
        assert led.url == reverse("set_up_second_factor")
        assert "Your role asks for a second factor" in page.text
        assert (refused.status_code, refused.json()["rule"]) == (
            403, "Your role asks for a second factor: set it up in the workspace first."
        )  # fmt: skip
        assert client.post(reverse("theme"), {"theme": "dark"}).status_code == 302
        assert is_in(expert)
        protected(ada)
        assert is_in(client)


def test_all_asks_it_of_everybody():
    with override_settings(SECOND_FACTOR=["all"]):
        for role in Role:
            client = Client()
            client.force_login(accounts.member(role))
            assert client.get(INSIDE).url == reverse("set_up_second_factor")


def test_a_role_that_there_is_not_stops_the_workspace():
    with (
        override_settings(SECOND_FACTOR=["manger"]),
        pytest.raises(ImproperlyConfigured, match="manger is none"),
    ):
        Client().get("/")


# Resetting somebody's


def reset(client, person, because="lost"):
    address = reverse("reset_second_factor", args=[person.uid])
    return client.post(address, {"key": "k", "because": because})


def test_a_manager_resets_the_second_factor_of_somebody(client, ada):
    known = protected(accounts.member(Role.EXPERT))
    client.force_login(ada)
    page = client.get(reverse("person", args=[known.uid]))

    done = reset(client, known)

    assert "Reset their second factor" in page.text
    assert done.url == reverse("person", args=[known.uid])
    assert not has_second_factor(known)
    assert "Reset their second factor" not in client.get(done.url).text


def test_a_manager_does_not_reset_their_own(client, ada):
    protected(ada)
    client.force_login(ada)

    assert "Reset their second factor" not in client.get(reverse("person", args=[ada.uid])).text
    assert reset(client, ada).status_code == 403
    assert has_second_factor(ada)


@pytest.mark.parametrize("role", ["client", "expert", "quality", "finance"])
def test_nobody_else_resets_one(client, role):
    known = protected(accounts.member(Role.EXPERT))
    client.force_login(accounts.member(role))

    assert reset(client, known).status_code == 403
    assert has_second_factor(known)


def test_the_program_itself_is_nobody_to_reset(client, ada):
    client.force_login(ada)

    assert reset(client, engine()).status_code == 404
