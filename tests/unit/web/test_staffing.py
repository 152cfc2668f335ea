"""Staffing a lot from nothing to published, as its manager does it in the browser."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from peritus.bench.models import Expert
from peritus.work.models import Slot, Staffing
from tests.factories import bench, engagements
from tests.factories.rows import rows_of_all
from tests.factories.walk import Walk

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def walk():
    walk = Walk()
    for judge, handle, name in zip(walk.judges, ("ada", "bob"), ("Ada", "Bob"), strict=True):
        Expert.objects.filter(pk=judge.pk).update(handle=handle, name=name)
        judge.refresh_from_db()
    for judge, share in zip(walk.judges, (0.9, 0.7), strict=True):
        bench.skill(expert=judge, pack="kpo_quiz", question=question_of(walk), share=share)
    return walk


def question_of(walk):
    return walk.engagement.guideline_versions.get().questions.get().code


def opened(client, walk, address, *about, **asked):
    client.force_login(walk.manager)
    return client.get(reverse(address, args=about), asked)


def sent(client, walk, address, about, key="k1", **form):
    client.force_login(walk.manager)
    return client.post(reverse(address, args=[about]), {"key": key, "objective": "total"} | form)


def draft(client, walk, **form):
    sent(client, walk, "draft_staffing", walk.lot.uid, **form)
    return Staffing.objects.latest("id")


def text(page):
    """Return a page's words without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


# staffings


def test_staffings_lists_lots_of_which_nobody_was_asked_anything(client, walk):
    before = opened(client, walk, "staffings")
    walk.open_first_slots()

    assert reverse("staff", args=[walk.lot.uid]) in before.text
    assert reverse("staff", args=[walk.lot.uid]) not in opened(client, walk, "staffings").text


# staff


def test_staff_shows_who_can_and_what_keeps_others_away(client, walk):
    engagements.wall(engagement=walk.engagement, expert=walk.judges[1])

    page = text(opened(client, walk, "staff", walk.lot.uid))

    assert "Ada Person" in page
    assert "90.0 % right" in page.replace("\xa0", " ").replace("\u202f", " ")
    assert "A wall stands before this work." in page


def test_staff_leaves_out_who_checks_unless_told_otherwise(client, walk):
    auditor = bench.expert(handle="eva", name="Eva")
    walk.engagement.quality_plan.auditor = auditor
    walk.engagement.quality_plan.save()

    page = opened(client, walk, "staff", walk.lot.uid)

    assert re.search(r'value="eva"[^>]*checked', page.text)
    assert not re.search(r'value="ada"[^>]*checked', page.text)
    assert "Audits, blind" in page.text


def test_staff_asks_the_same_however_many_there_are(client, walk, django_assert_num_queries):
    opened(client, walk, "staff", walk.lot.uid)
    with django_assert_num_queries(QUERIES):
        opened_again = client.get(reverse("staff", args=[walk.lot.uid]))
    for _ in range(3):
        bench.skill(expert=bench.expert(), pack="kpo_quiz", question=question_of(walk))
    with django_assert_num_queries(QUERIES):
        client.get(reverse("staff", args=[walk.lot.uid]))

    assert opened_again.status_code == 200


QUERIES = 34


# draft_staffing


def test_draft_staffing_leads_to_a_draft_that_is_proven(client, walk):
    made = draft(client, walk, each="1", most="4")

    page = text(opened(client, walk, "staffing", made.uid))

    assert made.total == pytest.approx(4 * 0.9 + 2 * 0.7)
    assert "Proven: under these terms nobody can draft more than 5.0." in page
    assert "1 judgment of each item; at most 4 items for one expert." in page
    assert not Slot.objects.exists()


def test_draft_staffing_asks_nobody_who_was_left_out(client, walk):
    made = draft(client, walk, each="1", leave_out="ada")

    assert {handle for handle, _ in made.pairs} == {"bob"}


def test_draft_staffing_says_beside_what_was_typed_why_it_cannot_be(client, walk):
    page = sent(client, walk, "draft_staffing", walk.lot.uid, each="2", most="2", leave_out="bob")

    assert page.status_code == 422
    assert "wants 2 experts, only 1 is allowed" in page.text
    assert re.search(r'name="most"[^>]*value="2"', page.text)
    assert not Staffing.objects.exists()


def test_draft_staffing_says_which_field_does_not_fit(client, walk):
    page = sent(client, walk, "draft_staffing", walk.lot.uid, each="-3")

    assert page.status_code == 422
    assert "greater than or equal to 1" in page.text


def test_pay_counts_where_it_is_asked_for_and_is_the_managers_to_read(client, walk):
    for judge, amount in zip(walk.judges, ("4.00", "1.00"), strict=True):
        bench.pay_rate(expert=judge, per="judgment", amount=amount, valid_from=date(2020, 1, 1))

    made = draft(client, walk, each="1", worth="10", currency="eur")

    page = text(opened(client, walk, "staffing", made.uid))
    client.force_login(walk.lead)
    leads = text(client.get(reverse("staffing", args=[made.uid])))
    assert {handle for handle, _ in made.pairs} == {"bob"}
    assert "EUR 6.00 6 judgments" in page
    assert "pay counts, a right answer worth 10" in page
    assert "EUR 6.00" not in leads


# explaining, and drafting anew


def test_staffing_says_why_a_pair_is_not_and_what_it_would_cost(client, walk):
    made = draft(client, walk, each="1", most="4")
    key = next(key for handle, key in made.pairs if handle == "ada")

    page = text(opened(client, walk, "staffing", made.uid, expert="bob", item=key))
    unknown = text(opened(client, walk, "staffing", made.uid, expert="bob", item="q999"))

    assert f"Bob does not judge {key} (score 0.7): it went to Ada (0.9)" in page
    assert "no such expert or item in this draft" in unknown


def test_redraft_pins_a_pair_and_lets_it_go(client, walk):
    made = draft(client, walk, each="1")
    pair = {"expert": "bob", "item": "q000"}

    sent(client, walk, "redraft", made.uid, key="k2", how="pin", **pair)
    pinned = Staffing.objects.latest("id")
    sent(client, walk, "redraft", pinned.uid, key="k3", how="free", **pair)
    free = Staffing.objects.latest("id")

    assert ["bob", "q000"] not in made.pairs
    assert ["bob", "q000"] in pinned.pairs
    assert pinned.total == pytest.approx(made.total - 0.2)
    assert free.pairs == made.pairs
    assert "PINNED" in opened(client, walk, "staffing", pinned.uid).text


def test_redraft_says_what_a_pin_makes_impossible(client, walk):
    made = draft(client, walk, each="1")
    engagements.wall(engagement=walk.engagement, expert=walk.judges[1])

    page = sent(client, walk, "redraft", made.uid, key="k2", how="pin", expert="bob", item="q000")

    assert page.status_code == 409
    assert "Bob is pinned to q000, but that pair is forbidden" in text(page)
    assert Staffing.objects.count() == 1


# publish_staffing


def test_publish_staffing_opens_the_slots_of_a_draft(client, walk):
    made = draft(client, walk, each="2")

    offered = opened(client, walk, "staffing", made.uid).text
    sent(client, walk, "publish_staffing", made.uid, key="k2")

    assert reverse("publish_staffing", args=[made.uid]) in offered
    assert Slot.objects.filter(reserved_for__handle__in=["ada", "bob"]).count() == 12
    page = opened(client, walk, "staffing", made.uid).text
    assert reverse("publish_staffing", args=[made.uid]) not in page


def test_publish_staffing_is_not_offered_once_a_wall_was_raised(client, walk):
    made = draft(client, walk, each="2")
    engagements.wall(engagement=walk.engagement, expert=walk.judges[1])

    page = opened(client, walk, "staffing", made.uid).text
    refused = sent(client, walk, "publish_staffing", made.uid, key="k2")

    assert "Bob: A wall stands before this work. Draft anew." in page
    assert reverse("publish_staffing", args=[made.uid]) not in page
    assert refused.status_code == 409
    assert not Slot.objects.exists()


def test_quality_leads_read_a_draft_but_change_nothing(client, walk):
    made = draft(client, walk, each="1")
    client.force_login(walk.lead)

    page = client.get(reverse("staffing", args=[made.uid])).text

    assert "Who judges what" in page
    assert reverse("publish_staffing", args=[made.uid]) not in page
    assert reverse("redraft", args=[made.uid]) not in page


# restaff


def test_restaff_hands_over_what_waits_in_vain(client, walk):
    made = draft(client, walk, each="1")
    sent(client, walk, "publish_staffing", made.uid, key="k2")
    engagements.wall(engagement=walk.engagement, expert=walk.judges[0])

    page = text(opened(client, walk, "staffing", made.uid))
    sent(client, walk, "restaff", walk.lot.uid, key="k3", price="1")
    anew = Staffing.objects.latest("id")
    shown = text(opened(client, walk, "staffing", anew.uid))
    sent(client, walk, "publish_staffing", anew.uid, key="k4")

    assert "6 judgments wait 6 for Ada: A wall stands before this work." in page
    assert "6 of 6 that wait" in shown
    assert "what waits; a move brings at least 1 right answers" in shown
    assert set(Slot.objects.values_list("reserved_for__handle", flat=True)) == {"bob"}


def test_restaff_asks_the_same_however_many_there_are(client, walk):
    made = draft(client, walk, each="1")
    sent(client, walk, "publish_staffing", made.uid, key="k2")
    with CaptureQueriesContext(connection) as few:
        sent(client, walk, "restaff", walk.lot.uid, key="k3")
    for _ in range(3):
        bench.expert()
    with CaptureQueriesContext(connection) as more:
        sent(client, walk, "restaff", walk.lot.uid, key="k4")

    assert Staffing.objects.count() == 3
    assert len(more) == len(few)


def test_restaff_says_what_a_price_is(client, walk):
    page = sent(client, walk, "restaff", walk.lot.uid, price="dear")

    assert page.status_code == 409
    assert "A move&#x27;s price is a number of right answers, such as 0.05;" in page.text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"floor": "nan"}, "Enter a number."),
        ({"floor": "inf"}, "Enter a number."),
        ({"floor": "-1"}, "greater than or equal to 0"),
        ({"familiar": "nan"}, "Enter a number."),
        ({"familiar": "1e308"}, "A known family is worth 0 to 1,000 right answers"),
        ({"worth": "NaN", "currency": "EUR"}, "Enter a number."),
        ({"worth": "Infinity", "currency": "EUR"}, "Enter a number."),
        ({"worth": "-1", "currency": "EUR"}, "greater than or equal to 0.01"),
        ({"most": "9" * 30}, "counted to at most 1,000,000"),
        ({"least": "9" * 30}, "counted to at most 1,000,000"),
        ({"objective": "best"}, "Select a valid choice"),
        ({"done_by": "2026-02-30"}, "Enter a valid date"),
    ],
    ids=str,
)
def test_draft_staffing_writes_nothing_of_what_cannot_be(client, walk, typed, words):
    client.force_login(walk.manager)
    before = rows_of_all()

    page = sent(client, walk, "draft_staffing", walk.lot.uid, **typed)

    assert page.status_code == 422
    assert words in page.text
    before["sign_in.Session"] = rows_of_all()["sign_in.Session"]
    assert rows_of_all() == before


@pytest.mark.parametrize("price", ["nan", "inf", "-1", "1e308"])
def test_restaff_refuses_a_price_that_is_none(client, walk, price):
    page = sent(client, walk, "restaff", walk.lot.uid, price=price)

    assert page.status_code == 409
    assert "price" in page.text
    assert not Staffing.objects.exists()
