"""The table of roles: complete, and what is not in it is refused."""

import pytest
from django.http import HttpResponse
from django.test import override_settings
from django.urls import get_resolver, path, reverse

from peritus.accounts.models import Role
from peritus.web.roles import ANYONE, ROLES, roles_for
from peritus.web.urls import urlpatterns as real_patterns
from tests.factories import accounts

urlpatterns = [*real_patterns, path("stray/", lambda _: HttpResponse("secret"), name="stray")]


def test_table_of_roles_names_every_address_and_nothing_else():
    addresses = {name for name in get_resolver().reverse_dict if isinstance(name, str)}

    assert addresses == set(ROLES)


def test_every_address_has_a_name():
    assert [each for each in real_patterns if not each.name] == []


def test_roles_for_lets_nobody_open_an_unknown_address():
    assert roles_for("stray") == frozenset()


def test_only_pages_without_client_data_are_open_to_anyone():
    assert {name for name, roles in ROLES.items() if roles == ANYONE} == {
        "sign_in", "sign_out", "theme", "styleguide", "check_certificate", "welcome",
        "second_step",
    }  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(Role))
def test_role_gate_refuses_an_address_that_is_not_in_the_table(client, role):
    client.force_login(accounts.member(role))

    with override_settings(ROOT_URLCONF=__name__):
        page = client.get("/stray/")

    assert page.status_code == 403
    assert "secret" not in page.text
    assert "not in the table of roles" in page.text


@pytest.mark.django_db
def test_role_gate_asks_to_sign_in_first(client):
    page = client.get(reverse("inbox"))

    assert page.status_code == 302
    assert page.url == f"{reverse('sign_in')}?next={reverse('inbox')}"


@pytest.mark.django_db
def test_role_gate_refuses_whoever_has_no_role(client):
    client.force_login(accounts.user())

    assert client.get(reverse("inbox")).status_code == 403


@pytest.mark.django_db
def test_role_gate_names_the_rule_that_refuses(client):
    client.force_login(accounts.member(Role.CLIENT, organisation=accounts.organisation()))

    page = client.get(reverse("close"))

    assert page.status_code == 403
    assert "This page is for: Finance." in page.text


@pytest.mark.django_db
def test_role_is_chosen_among_own_ones_only(client):
    person = accounts.member(Role.MANAGER)
    accounts.membership(user=person, organisation=accounts.provider(), role=Role.FINANCE)
    client.force_login(person)

    client.post(reverse("role"), {"role": "finance"})
    chosen = client.get("/").url
    client.post(reverse("role"), {"role": "client"})

    assert chosen == reverse("close")
    assert client.get("/").url == reverse("close")
