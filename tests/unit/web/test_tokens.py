"""The page of tokens: made, shown once, revoked, by oneself or by a manager."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from peritus.accounts.models import Role
from peritus.journal.models import Event
from peritus.sign_in.models import ApiToken
from peritus.sign_in.tokens import token_digest
from tests.factories import accounts
from tests.factories.engagements import engagement
from tests.factories.sign_in import api_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client):
    person = accounts.member(Role.MANAGER, name="Ada Quill")
    client.force_login(person)
    return person


def form_of(page):
    [offer] = re.findall(r'name="offer" value="([^"]+)"', page.text)
    return {"key": "k", "offer": offer, "name": "Nightly report", "scope": "read", "days": "90"}


def make(browser, **changes):
    form = form_of(browser.get(reverse("tokens"))) | changes
    return browser.post(reverse("make_token"), form)


def secret_on(page):
    return re.search(r"peritus_[A-Za-z0-9_-]{43}", page.text)[0]


def test_a_token_is_shown_once_and_counts(client, ada):
    page = make(client)

    [token] = ApiToken.objects.all()
    secret = secret_on(page)
    listed = client.get(reverse("tokens"))
    called = Client(headers={"Authorization": f"Bearer {secret}"}).get("/api/engagements")
    assert token.digest == token_digest(secret)
    assert (token.scopes, (token.expires_at - token.made_at).days) == (["read"], 90)
    assert "Nightly report" in listed.text
    assert secret not in listed.text
    assert called.status_code == 200


def test_a_second_press_shows_the_same_token(client, ada):
    form = form_of(client.get(reverse("tokens")))

    first, again = (client.post(reverse("make_token"), form) for _ in range(2))

    assert secret_on(first) == secret_on(again)
    assert ApiToken.objects.count() == 1


def test_a_token_is_bound_to_a_client_that_one_sees_only(client, ada):
    own, foreign = engagement(manager=ada).organisation, engagement().organisation

    refused = make(client, client=str(foreign.uid))
    garbled = make(client, client="x")
    made = make(client, client=str(own.uid))

    assert (refused.status_code, garbled.status_code, made.status_code) == (404, 404, 200)
    assert foreign.name not in client.get(reverse("tokens")).text
    assert ApiToken.objects.get().organisation == own


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"scope": []}, "at least one of"), ({"days": "x"}, "1 to 365"), ({"name": ""}, "A name has")],
)
def test_a_token_that_will_not_do_is_refused_in_words(client, ada, changes, words):
    page = make(client, **changes)

    assert page.status_code == 409
    assert words in page.text
    assert ApiToken.objects.count() == 0


def test_ones_own_token_is_revoked_by_a_click(client, ada):
    token = api_token(user=ada)

    answer = client.post(reverse("revoke_token", args=[token.uid]), {"key": "k"}, follow=True)

    assert "Revoked" in answer.text
    assert [each.kind for each in Event.objects.all()] == ["token.revoked"]


def test_a_manager_sees_and_revokes_the_tokens_of_somebody(client, ada):
    known = accounts.member(Role.EXPERT)
    token = api_token(user=known)
    page = client.get(reverse("person", args=[known.uid]))

    answer = client.post(reverse("revoke_token", args=[token.uid]), {"key": "k"})

    token.refresh_from_db()
    assert "Programs that act as them" in page.text
    assert answer.url == reverse("person", args=[known.uid])
    assert token.revoked_at is not None


@pytest.mark.parametrize("role", ["client", "expert", "quality", "finance"])
def test_nobody_else_finds_anothers_token(client, role):
    token = api_token(user=accounts.member(Role.EXPERT))
    client.force_login(accounts.member(role))

    page = client.post(reverse("revoke_token", args=[token.uid]), {"key": "k"})

    token.refresh_from_db()
    assert page.status_code == 404
    assert token.revoked_at is None
    assert "Nightly report" not in client.get(reverse("tokens")).text
