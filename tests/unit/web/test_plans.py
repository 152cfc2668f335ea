"""The quality plan's page: in words, for each lot, and set by the manager."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from peritus.catalogue.plans import ADAPTIVE, PlanTerms
from peritus.quality.models import QualityPlan
from peritus.web.plans import plan_words
from tests.factories import accounts, bench
from tests.factories.engagements import engagement
from tests.factories.quality import quality_plan
from tests.factories.walk import Walk, key

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

TYPED = {
    "promise": "2", "confidence": "95", "looks": "3, 6", "measure": "differs from the auditor",
    "rule": "adaptive", "minimum": "4", "error": "2", "adjudicate_above": "5",
    "calibration_share": "10", "calibration_judgments": "20", "budget_per_item": "4.50",
    "deadline": "2026-12-31", "gold_share": "5", "pause_floor": "70", "pause_least": "10",
    "pause_at_once": "on", "largest_census": "8", "round_share": "0",
    "round_measure": "alpha", "round_threshold": "0.8",
}  # fmt: skip


@pytest.fixture
def course(db):
    return engagement(manager=accounts.member("manager"), quality_lead=accounts.member("quality"))


@pytest.fixture
def people(db):
    return bench.expert(handle="ada"), bench.expert(handle="ben")


def page(client, user, course):
    client.force_login(user)
    return client.get(reverse("quality_plan", args=[course.uid]))


def post(client, user, course, **changes):
    client.force_login(user)
    given = {"key": key(), "auditor": "ada", "adjudicator": "ben"} | TYPED | changes
    return client.post(reverse("set_plan", args=[course.uid]), given)


def test_the_manager_sets_a_plan_with_all_its_terms(client, course, people):
    answer = post(client, course.manager, course)

    assert answer.url == reverse("quality_plan", args=[course.uid])
    plan = QualityPlan.objects.get()
    assert (plan.promise, plan.confidence, plan.looks, plan.rule) == (0.02, 0.95, [3, 6], ADAPTIVE)
    assert (plan.auditor, plan.adjudicator) == people
    assert plan.terms == PlanTerms(
        error=0.02, minimum=4, budget_per_item=Decimal("4.50"),
        deadline=datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), gold_share=0.05, pause_floor=0.7,
        pause_at_once=True, largest_census=0.08, round_measure="alpha",
    )  # fmt: skip


def test_a_plan_that_was_set_is_shown_as_it_was_typed(client, course, people):
    post(client, course.manager, course)

    shown = page(client, course.manager, course).text

    assert 'name="promise" value="2"' in shown
    assert 'name="error" value="2"' in shown
    assert 'name="looks" value="3, 6"' in shown
    assert '<option value="ada" selected>' in shown
    assert 'value="2026-12-31"' in shown


def test_what_cannot_be_is_said_beside_what_was_typed(client, course, people):
    unreadable = post(client, course.manager, course, looks="soon", promise="3")
    refused = post(client, course.manager, course, looks="6, 3", adjudicator="ada")

    assert (unreadable.status_code, refused.status_code) == (422, 422)
    assert "Whole numbers are wanted" in unreadable.text
    assert 'name="promise" value="3"' in unreadable.text
    assert "Adjudicator and auditor must be two" in refused.text
    assert "Looks must be increasing sample sizes" in refused.text
    assert not QualityPlan.objects.exists()


def test_each_lot_is_told_what_the_plan_asks_of_it(client, db):
    walk = Walk()

    shown = page(client, walk.client, walk.engagement).text

    assert "First lot" in shown
    assert "Unanimous first judges decide" in shown
    assert "Set the plan" not in shown


def test_a_plan_under_which_work_began_stands(client, db):
    walk = Walk()
    walk.open_first_slots()

    shown = page(client, walk.manager, walk.engagement).text

    assert "Work has begun: 12 judgments were asked for under this plan" in shown
    assert '<form method="post" action="/engagements/' not in shown


def test_only_the_manager_sets_it(client, course, people):
    assert post(client, course.quality_lead, course).status_code == 403
    assert "Set the plan" not in page(client, course.quality_lead, course).text
    assert "No plan yet" in page(client, course.quality_lead, course).text


def test_a_stranger_finds_no_plan(client, course, people):
    stranger = accounts.member("manager")
    quality_plan(engagement=course, measure="Nightjar differs")

    shown = page(client, stranger, course)

    assert (shown.status_code, "Nightjar" in shown.text) == (404, False)
    assert post(client, stranger, course).status_code == 404


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        (PlanTerms(round_share=0.1), "equal answers among all pairs must reach 0.80"),
        (PlanTerms(gold_share=0.05), "5.0 % of an expert’s forms have a known answer"),
        (PlanTerms(pause_floor=0.7), "below 70.0 % on gold, after at least 10 known answers"),
        (
            PlanTerms(largest_census=0.08),
            "at most 8.0 % of it, the likeliest wrong, may be checked",
        ),
        (PlanTerms(pause_floor=0.7, pause_at_once=True), "gets no new work until the manager"),
    ],
)
def test_words_say_what_was_agreed(course, terms, said):
    plan = quality_plan(engagement=course)
    plan.said = terms.__dict__

    assert said in " ".join(sentence for _, sentence in plan_words(plan))


def test_words_of_an_adaptive_plan_name_its_limits(course):
    plan = quality_plan(engagement=course, rule=ADAPTIVE)
    plan.said = {"budget_per_item": "4.50", "deadline": "2026-12-31T23:59:59+00:00"}

    words = dict(plan_words(plan))["Deciding"]

    assert "At least 3 judgments an item" in words
    assert "At most 4.50 an item on average is spent. Nothing is bought after 2026-12-31." in words
