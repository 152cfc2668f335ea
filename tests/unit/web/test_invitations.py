"""Inviting somebody, the link that counts once, and who may do neither."""

import re
from urllib.parse import urlsplit

import pytest
from django.urls import reverse

from peritus.accounts.models import Role, User
from peritus.bench.models import Expert
from peritus.journal.models import Event
from tests.factories import accounts
from tests.factories.engagements import engagement

pytestmark = pytest.mark.django_db
PASSWORD = "quills and parchment 7"


@pytest.fixture
def manager(client):
    person = accounts.member(Role.MANAGER)
    client.force_login(person)
    return person


def invite(client, *, key="k1", **changes):
    form = {"key": key, "name": "Ada Quill", "email": "ada@quill.example", "role": "expert"}
    return client.post(reverse("invite"), form | changes)


def link_in(page):
    return urlsplit(re.search(r"http://testserver/welcome/[^<\s]+", page.text)[0]).path


def test_an_invited_expert_chooses_a_password_and_is_in(client, manager):
    link = link_in(invite(client))
    client.logout()

    assert "Welcome, Ada Quill" in client.get(link).text
    chosen = client.post(link, {"new_password1": PASSWORD, "new_password2": PASSWORD})

    ada = User.objects.get(email="ada@quill.example")
    assert chosen.status_code == 302
    assert ada.check_password(PASSWORD)
    assert Expert.objects.get(user=ada).kind == "person"
    assert client.get(reverse("today")).status_code == 200
    kinds = Event.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["person.registered", "role.granted", "expert.registered",
                           "password.offered", "password.chosen"]  # fmt: skip
    assert "quill" not in " ".join(Event.objects.values_list("body", flat=True)).lower()


def test_the_link_counts_once(client, manager):
    link = link_in(invite(client))
    client.logout()
    client.post(link, {"new_password1": PASSWORD, "new_password2": PASSWORD})
    client.logout()

    assert client.get(link).status_code == 404
    form = {"new_password1": "another one 88", "new_password2": "another one 88"}
    assert client.post(link, form).status_code == 404
    assert User.objects.get(email="ada@quill.example").check_password(PASSWORD)


@pytest.mark.parametrize(
    ("first", "second"), [("short", "short"), ("password123", "password123"), (PASSWORD, "other")]
)
def test_a_password_that_will_not_do_is_refused_in_words(client, manager, first, second):
    link = link_in(invite(client))
    client.logout()

    page = client.post(link, {"new_password1": first, "new_password2": second})

    assert page.status_code == 200
    assert "field-error" in page.text or "aria-invalid" in page.text
    assert not User.objects.get(email="ada@quill.example").has_usable_password()


def test_a_wrong_link_says_nothing_of_the_person(client, manager):
    link = link_in(invite(client))
    client.logout()

    page = client.get(f"{link[:-3]}x/")

    assert page.status_code == 404
    assert "Quill" not in page.text


def test_a_second_press_invites_nobody_twice(client, manager):
    invite(client)
    again = invite(client)

    assert again.status_code == 200
    assert User.objects.filter(email="ada@quill.example").count() == 1
    known = invite(client, key="k2")
    assert known.status_code == 409
    assert "Somebody signs in with ada@quill.example already." in known.text


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"email": "nothing"}, 409), ({"name": " "}, 409), ({"role": "king"}, 400),
     ({"role": "client"}, 400), ({"role": "client", "organisation": "x"}, 400)],
)  # fmt: skip
def test_an_invitation_that_cannot_be_registers_nobody(client, manager, changes, status):
    before = User.objects.count()

    assert invite(client, **changes).status_code == status
    assert User.objects.count() == before


def test_clients_are_invited_to_ones_own_clients_only(client, manager):
    own, foreign = engagement(manager=manager).organisation, engagement().organisation

    refused = invite(client, role="client", organisation=str(foreign.uid))
    invited = invite(client, role="client", organisation=str(own.uid), key="k2")

    assert refused.status_code == 400
    assert invited.status_code == 200
    ada = User.objects.get(email="ada@quill.example")
    assert [(each.role, each.organisation) for each in ada.memberships.all()] == [("client", own)]


@pytest.mark.parametrize("role", ["client", "expert", "quality", "finance"])
def test_nobody_else_invites_or_gets_links(client, role):
    known = accounts.member(Role.EXPERT, name="Ada Quill")
    client.force_login(accounts.member(role))

    assert invite(client).status_code == 403
    page = client.post(reverse("new_link", args=[known.uid]), {"key": "k"})
    assert page.status_code == 403
    assert "welcome" not in page.text


def test_a_known_person_gets_a_new_link_which_is_on_record(client, manager):
    known = accounts.member(Role.EXPERT, name="Ada Quill")
    page = client.post(reverse("new_link", args=[known.uid]), {"key": "k"})

    offered = Event.objects.get(kind="password.offered")
    assert (offered.actor, offered.about_uid) == (manager.uid, known.uid)
    client.logout()
    form = {"new_password1": PASSWORD, "new_password2": PASSWORD}
    client.post(link_in(page), form)
    known.refresh_from_db()
    assert known.check_password(PASSWORD)
