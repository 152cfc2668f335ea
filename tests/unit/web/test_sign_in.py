"""Signing in by a password and a second factor, and what does not get past it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.hashers import ScryptPasswordHasher, make_password
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


# Guessing


class CountingHasher(ScryptPasswordHasher):
    """Counts how often it works."""

    worked = 0

    def encode(self, *args, **kwargs):
        type(self).worked += 1
        return super().encode(*args, **kwargs)


def guess(client, email, password="guess"):
    return client.post(reverse("sign_in"), {"username": email, "password": password})


@pytest.fixture
def noon():
    """The time stands still."""
    with clock_set_to(lambda: datetime(2026, 3, 10, 12, tzinfo=UTC)):
        yield


def test_guessing_has_to_wait_and_is_not_told_whether_there_is_the_account(client, ada, noon):
    said = []
    for email in (ada.email, "no@one.example"):
        pages = [guess(client, email) for _ in range(6)]
        said.append(
            [re.findall(r'role="alert">(.*?)</div>', page.text, re.DOTALL) for page in pages]
        )

    right = guess(client, ada.email, PASSWORD)

    assert said[0] == said[1]
    assert "Wait 30 seconds, then try again." in said[0][5][0]
    assert "Wait 30 seconds" in right.text
    assert not is_in(client)


def test_every_guess_takes_the_same_work(client, ada):
    never = accounts.user(password="!", email="never@quill.example")
    gone = accounts.user(password=make_password(PASSWORD), email="gone@quill.example")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    work = {}
    with override_settings(PASSWORD_HASHERS=[f"{__name__}.CountingHasher"]):
        for email in (ada.email, never.email, gone.email, "no@one.example"):
            CountingHasher.worked = 0
            guess(client, email)
            work[email] = CountingHasher.worked

    assert set(work.values()) == {1}


def test_a_sign_in_that_succeeds_starts_the_count_anew(client, ada):
    for _ in range(2):
        for _ in range(4):
            guess(client, ada.email)
        first_step(client, ada)
        assert is_in(client)
        client.logout()


def test_guessing_codes_has_to_wait(client, ada, noon):
    protected(ada)
    first_step(client, ada)
    for _ in range(5):
        second_step(client, "000000")

    page = second_step(client, code())

    assert page.status_code == 409
    assert "Wait 30 seconds, then try again." in page.text
    assert not is_in(client)


def test_the_address_is_the_one_that_our_own_proxy_saw(client, ada):
    def from_(address):
        form = {"username": ada.email, "password": "guess"}
        forged = {"X-Forwarded-For": f"10.9.8.7, {address}"}
        return "Wait" in client.post(reverse("sign_in"), form, headers=forged).text

    with override_settings(PROXIES=1):
        waited = [from_("203.0.113.5") for _ in range(6)], from_("203.0.113.6")
    unbelieved = [from_(f"203.0.113.{n}") for n in range(7, 13)]

    assert waited == ([False] * 5 + [True], False)
    assert unbelieved == [False] * 5 + [True]


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
