"""The gate answers programs in the API's shape, and people with pages."""

import pytest
from django.urls import reverse

from tests.factories import accounts

pytestmark = pytest.mark.django_db


def test_role_gate_answers_a_call_of_nobody_with_401_as_json(client):
    answer = client.get("/api/engagements")

    said = answer.json()
    assert answer.status_code == 401
    assert len(said.pop("reference")) == 8
    assert said == {
        "error": "Sign in first: the API wants a token, or the session of the workspace."
    }


def test_role_gate_answers_a_call_without_a_role_with_403_as_json(client):
    client.force_login(accounts.user())

    answer = client.get("/api/engagements")

    said = answer.json()
    assert answer.status_code == 403
    assert set(said) == {"error", "rule", "reference"}
    assert said["error"] == said["rule"]
    assert said["rule"].startswith("This page is for: ")


def test_role_gate_still_leads_people_to_the_sign_in(client):
    answer = client.get(reverse("home"))

    assert answer.url == f"{reverse('sign_in')}?next=/"
