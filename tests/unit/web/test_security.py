"""One's own sign-in: setting up a second factor, its recovery codes, turning it off."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.urls import reverse

from peritus.accounts.models import Role
from peritus.journal.clock import clock_set_to, now
from peritus.journal.models import Event
from peritus.sign_in.codes import STEP_SECONDS, code_at, recovery_digest
from peritus.sign_in.queries import codes_left, has_second_factor
from peritus.sign_in.sealing import unsealed
from tests.factories import accounts
from tests.factories.sign_in import RECOVERY, code, protected

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough password"


@pytest.fixture
def ada(client):
    person = accounts.member(Role.EXPERT, password=make_password(PASSWORD))
    client.force_login(person)
    return person


def fields(page):
    """Return the hidden fields of a page, the last of each name."""
    return dict(re.findall(r'name="(key|offer)" value="([^"]+)"', page.text))


def shown_by_telephone(page):
    secret = unsealed(page.context["form"].sealed)
    return code_at(secret, int(now().timestamp()) // STEP_SECONDS)


def codes_on(page):
    return re.findall(r"<li><code>([a-z0-9-]{19})</code></li>", page.text)


def test_setting_up_shows_a_secret_and_then_ten_codes_once(client, ada):
    page = client.get(reverse("set_up_second_factor"))
    form = fields(page) | {"code": shown_by_telephone(page)}

    done = client.post(reverse("set_up_second_factor"), form)

    kept = set(ada.second_factor.recovery_codes.values_list("digest", flat=True))
    assert "<svg" in page.text
    assert page.context["typed"] in page.text
    assert len(codes_on(done)) == 10
    assert {recovery_digest(each) for each in codes_on(done)} == kept
    assert not any(each in client.get(reverse("security")).text for each in codes_on(done))


def test_a_second_press_shows_the_same_codes(client, ada):
    page = client.get(reverse("set_up_second_factor"))
    form = fields(page) | {"code": shown_by_telephone(page)}

    first, again = (client.post(reverse("set_up_second_factor"), form) for _ in range(2))

    assert codes_on(first) == codes_on(again)
    assert codes_left(ada) == 10


def test_a_code_that_does_not_fit_shows_the_same_secret_again(client, ada):
    page = client.get(reverse("set_up_second_factor"))

    again = client.post(reverse("set_up_second_factor"), fields(page) | {"code": "000000"})

    assert again.status_code == 409
    assert "Not set up yet" in again.text
    assert page.context["typed"] in again.text
    assert not has_second_factor(ada)
    form = fields(again) | {"code": shown_by_telephone(again)}
    assert len(codes_on(client.post(reverse("set_up_second_factor"), form))) == 10


def test_a_secret_offered_to_another_is_not_taken(client, ada):
    page = client.get(reverse("set_up_second_factor"))
    form = fields(page) | {"code": shown_by_telephone(page)}
    eve = accounts.member(Role.EXPERT)
    client.force_login(eve)

    refused = client.post(reverse("set_up_second_factor"), form)

    assert refused.status_code == 409
    assert not has_second_factor(eve)


def test_the_page_says_whether_it_is_on_and_how_many_codes_are_left(client, ada):
    off = client.get(reverse("security"))
    protected(ada)
    on = client.get(reverse("security"))

    assert "Set up a second factor" in off.text
    assert "1 recovery code left: make new ones while you can." in on.text


def test_new_codes_are_made_for_a_code_that_counts(client, ada):
    protected(ada)
    form = fields(client.get(reverse("security")))

    refused = client.post(reverse("renew_recovery_codes"), form | {"code": "000000"})
    done = client.post(reverse("renew_recovery_codes"), form | {"code": RECOVERY})

    assert refused.status_code == 409
    assert "does not count" in refused.text
    assert len(codes_on(done)) == codes_left(ada) == 10


@pytest.mark.parametrize(
    ("password", "number", "status", "stays"),
    [(PASSWORD, None, 302, False), ("guess", None, 409, True), (PASSWORD, "000000", 409, True)],
)
def test_turning_off_wants_password_and_code(client, ada, password, number, status, stays):
    protected(ada)
    form = {"key": "k", "password": password, "code": number or code()}

    answer = client.post(reverse("turn_off_second_factor"), form)

    assert answer.status_code == status
    assert has_second_factor(ada) is stays


def test_a_wrong_password_spends_no_code(client, ada):
    protected(ada)
    form = {"key": "k", "password": "guess", "code": code()}
    client.post(reverse("turn_off_second_factor"), form)

    client.post(reverse("turn_off_second_factor"), form | {"password": PASSWORD})

    assert not has_second_factor(ada)


def test_what_was_offered_is_gone_after_ten_minutes(client, ada, monkeypatch):
    page = client.get(reverse("set_up_second_factor"))
    later = now() + timedelta(seconds=601)
    monkeypatch.setattr("time.time", later.timestamp)

    with clock_set_to(lambda: later):
        form = fields(page) | {"code": shown_by_telephone(page)}
        refused = client.post(reverse("set_up_second_factor"), form)

    assert refused.status_code == 409
    assert "older than ten minutes" in refused.text
    assert not has_second_factor(ada)


# Where one is signed in, and the password

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
AGENTS = [
    (FIREFOX, "Firefox on Linux"),
    (("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"), "Edge on Windows"),
    (("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
     "(KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"), "Safari on iPhone"),
    (("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/140.0.0.0 Mobile Safari/537.36"), "Chrome on Android"),
    ("<script>", "Another browser"),
]  # fmt: skip


def signed_in(person, agent=FIREFOX):
    browser = Client(headers={"User-Agent": agent})
    browser.post(reverse("sign_in"), {"username": person.email, "password": PASSWORD})
    return browser


@pytest.mark.parametrize(("agent", "words"), AGENTS)
def test_the_page_names_each_browser_as_people_know_it(client, ada, agent, words):
    signed_in(ada, agent)

    page = client.get(reverse("security"))

    assert words in page.text
    assert "127.0.0.1" in page.text


def test_the_page_lists_ones_own_sessions_only(client, ada):
    signed_in(accounts.member(Role.EXPERT, password=make_password(PASSWORD)))

    page = client.get(reverse("security"))

    assert [each.user for each in page.context["sessions"]] == [ada]
    assert "here, now" in page.text
    assert "Sign out everywhere else" not in page.text


def test_one_session_is_ended(client, ada):
    gone, stays = signed_in(ada), signed_in(ada)

    client.post(reverse("end_session", args=[ada.sessions.order_by("id")[1].uid]), {"key": "k"})

    assert [each.get("/inbox/").status_code for each in (gone, stays, client)] == [302, 200, 200]


def test_all_other_sessions_are_ended(client, ada):
    others = [signed_in(ada), signed_in(ada)]

    page = client.post(reverse("end_other_sessions"), {"key": "k"}, follow=True)

    assert [each.get("/inbox/").status_code for each in (*others, client)] == [302, 302, 200]
    assert "Sign out everywhere else" not in page.text


def test_turning_it_on_ends_what_began_without_it(client, ada):
    other = signed_in(ada)
    page = client.get(reverse("set_up_second_factor"))

    client.post(reverse("set_up_second_factor"), fields(page) | {"code": shown_by_telephone(page)})

    assert [each.get("/inbox/").status_code for each in (other, client)] == [302, 200]


def changed(client, old=PASSWORD, new="another one 88"):
    form = {"old_password": old, "new_password1": new, "new_password2": new}
    return client.post(reverse("change_password"), form)


def test_changing_the_password_signs_out_everywhere_else(client, ada):
    other = signed_in(ada)

    answer = changed(client)

    ada.refresh_from_db()
    assert answer.url == reverse("security")
    assert ada.check_password("another one 88")
    assert [each.get("/inbox/").status_code for each in (other, client)] == [302, 200]
    assert [each.kind for each in Event.objects.all()] == ["password.chosen"]


@pytest.mark.parametrize(("old", "new"), [("guess", "another one 88"), (PASSWORD, "short")])
def test_a_password_that_will_not_do_is_not_changed(client, ada, old, new):
    answer = changed(client, old, new)

    ada.refresh_from_db()
    assert answer.status_code == 200
    assert "aria-invalid" in answer.text
    assert ada.check_password(PASSWORD)


def test_whoever_guesses_the_old_password_waits(client, ada):
    for _ in range(5):
        changed(client, "guess")

    assert "Too many wrong tries." in changed(client).text
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)
