"""The check of a lot's riskiest: offered to the lead, shown while it goes on and afterwards."""

import re

import pytest
from django.urls import reverse

from peritus.quality.models import Census, Decision, QualityPlan
from peritus.quality.verbs import open_census
from peritus.web.roles import ROLES
from tests.factories import accounts
from tests.factories.census import answered, completed, risky_lot
from tests.factories.engagements import engagement, guideline_version, question
from tests.unit.web.conftest import people_of

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def people():
    return people_of(accounts.organisation())


@pytest.fixture
def lot(people):
    course = engagement(
        organisation=people["client"].memberships.get().organisation,
        manager=people["manager"], quality_lead=people["quality"],
    )  # fmt: skip
    question(guideline_version=guideline_version(engagement=course), code="question")
    return risky_lot(course)


@pytest.fixture
def opened(lot, people):
    return open_census(lot.pk, by=people["quality"], key="opened")


def page_of(client, lot, user):
    client.force_login(user)
    return client.get(reverse("lot", args=[lot.uid]))


def post(client, lot, user, key="k1"):
    client.force_login(user)
    return client.post(reverse("open_census", args=[lot.uid]), {"key": key})


def test_the_lead_is_offered_a_census_before_the_freeze(client, lot, people):
    text = page_of(client, lot, people["quality"]).text

    assert re.search("at most 40.0\\s% of the lot", text)
    assert text.index("Check the riskiest first") < text.index("Freeze this lot")


@pytest.mark.parametrize("role", ["client", "manager"])
def test_nobody_else_is_offered_it_or_may_open_it(client, lot, people, role):
    assert "Check the riskiest" not in page_of(client, lot, people[role]).text
    assert post(client, lot, people[role]).status_code == 403
    assert not Census.objects.exists()
    assert ROLES["open_census"] == {"quality"}


def test_opening_it_twice_with_one_key_opens_one(client, lot, people):
    first, again = (post(client, lot, people["quality"]) for _ in range(2))

    assert first.url == again.url == f"{reverse('lot', args=[lot.uid])}#acts"
    assert Census.objects.get().checks.count() == 3


def test_no_census_is_offered_where_the_plan_has_none(client, lot, people):
    QualityPlan.objects.update(said={})

    assert "Check the riskiest" not in page_of(client, lot, people["quality"]).text
    refused = post(client, lot, people["quality"])
    assert refused.status_code == 409
    assert "has no census of the riskiest" in refused.text


def test_where_it_would_save_nothing_the_page_says_so(client, lot, people):
    Decision.objects.update(error=0.001)

    text = page_of(client, lot, people["quality"]).text

    assert "Checking the riskiest would save nothing: as foretold, 22 audits are enough." in text


@pytest.mark.parametrize("role", ["client", "manager", "quality"])
def test_the_page_says_how_far_it_has_come(client, lot, people, opened, role):
    answered(opened, 1, "no")

    text = page_of(client, lot, people[role]).text

    assert "Riskiest being checked" in text
    assert "1 of at most 12 are in, 1 differed; 2 wait for the auditor." in text


def test_while_it_goes_on_nothing_can_be_frozen_and_the_page_says_why(client, lot, people, opened):
    text = page_of(client, lot, people["quality"]).text

    assert "The riskiest are being checked: 0 of at most 12 are in." in text
    assert "Check the riskiest first" not in text


def test_the_lead_may_end_it_from_the_page(client, lot, people, opened):
    answered(opened, 1, "no")
    offered = page_of(client, lot, people["quality"]).text
    address = reverse("end_census", args=[lot.uid])

    ended = client.post(address, {"key": "end"})

    assert f'action="{address}"' in offered
    assert ended.url == f"{reverse('lot', args=[lot.uid])}#acts"
    text = page_of(client, lot, people["quality"]).text
    assert "1 checked of at most 12, 1 differed; called off" in text
    assert address not in text


@pytest.mark.parametrize("role", ["client", "manager"])
def test_nobody_else_is_offered_to_end_it_or_may(client, lot, people, opened, role):
    address = reverse("end_census", args=[lot.uid])

    assert address not in page_of(client, lot, people[role]).text
    assert client.post(address, {"key": "end"}).status_code == 403
    assert Census.objects.get().state == "open"


def test_afterwards_the_lot_says_what_was_checked_and_asks_no_more(client, lot, people, opened):
    completed(opened)

    text = page_of(client, lot, people["quality"]).text

    assert "5 checked of at most 12, 4 differed; complete" in text
    assert text.count("Checked before the freeze") == 5
    assert "Freeze this lot" in text


def test_a_checked_decision_says_what_had_been_decided(client, lot, people, opened):
    completed(opened)
    wrong, right = (opened.checks.get(place=place).item for place in (1, 2))
    client.force_login(people["client"])

    text = client.get(reverse("decision", args=[wrong.uid])).text
    agreed = client.get(reverse("decision", args=[right.uid])).text

    assert "all of which were checked: the auditor's answer stands" in text
    assert "Checked at place 1 of the riskiest, before the freeze." in text
    assert "“Yes” had been decided" in text
    assert "Agreed with the auditor" in agreed
    assert "had been decided" not in agreed
