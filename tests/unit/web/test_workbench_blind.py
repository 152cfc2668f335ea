"""Nothing of other judges, of known answers, or of an audit's kind reaches the page."""

import hashlib
import re

import pytest
from django.urls import reverse

from peritus.work.models import Judgment, Slot
from peritus.work.verbs import lease_next_slot
from tests.factories import desks, quality, work

pytestmark = pytest.mark.django_db
LEAKS = re.compile(
    r"audit|gold|first judgment|purpose|adjudicat|Other Judge|their own reason", re.IGNORECASE
)


def page_of(client, expert, lot, key):
    lease_next_slot(lot_id=lot.pk, by=expert.user, key=key)
    client.force_login(expert.user)
    return client.get(reverse("workbench"))


def desk_in(page):
    """Return the desk's HTML without what differs between any two leases."""
    html = page.text[page.text.index('<div id="desk">') : page.text.index('<dialog id="keys"')]
    html = re.sub(r"[0-9a-f]{32}", "KEY", html)
    html = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "TOKEN", html)
    html = re.sub(r"/workbench/\d+/", "/LEASE/", html)
    html = re.sub(r'data-lease="\d+"', "LEASE", html)
    html = re.sub(r"\d{4}-\d\d-\d\dT[^\"]+", "TIME", html)
    return re.sub(r">\d\d:\d\d<", ">TIME<", html)


@pytest.fixture
def lot():
    """A lot that others judged, differently, with known answers and an audit."""
    lot = desks.asked_lot(size=1)
    other = desks.person_on_bench(name="Other Judge")
    desks.answered_by(other, lot, "no", reason="their own reason")
    quality.gold(item=lot.items.get(), question="compatible", answer="no")
    return lot


def test_an_audit_looks_exactly_like_a_first_judgment(client, lot):
    judge, auditor = desks.person_on_bench(), desks.person_on_bench()
    desks.slots_for(lot, judge)
    desks.slots_for(lot, auditor, Slot.Purpose.AUDIT)

    first, audit = page_of(client, judge, lot, "a"), page_of(client, auditor, lot, "b")

    assert desk_in(audit) == desk_in(first)


@pytest.mark.parametrize("purpose", [Slot.Purpose.FIRST, Slot.Purpose.GOLD, Slot.Purpose.AUDIT])
def test_the_desk_names_no_other_answer_person_or_purpose(client, lot, purpose):
    judge = desks.person_on_bench()
    desks.slots_for(lot, judge, purpose)

    page = page_of(client, judge, lot, "a")

    assert LEAKS.findall(desk_in(page)) == []


def test_the_desk_hides_ids_from_which_a_purpose_could_be_computed(client, lot):
    judge = desks.person_on_bench()
    (slot,) = desks.slots_for(lot, judge, Slot.Purpose.AUDIT)

    page = page_of(client, judge, lot, "a")

    assert str(slot.uid) not in page.text
    assert str(slot.item.uid) not in page.text


def test_an_adjudicator_sees_answers_nameless_in_an_order_drawn_by_hash(client, lot):
    desks.answered_by(desks.person_on_bench(name="Second Judge"), lot, "yes", reason="section two")
    decider = desks.person_on_bench()
    slot = work.slot(item=lot.items.get(), purpose=Slot.Purpose.ADJUDICATION, reserved_for=decider)

    page = page_of(client, decider, lot, "a")

    reasons = re.findall(r"their own reason|section two", page.text)
    given = sorted(
        Judgment.objects.all(),
        key=lambda each: hashlib.sha256(f"{slot.uid}{each.uid}".encode()).digest(),
    )
    assert reasons == [each.reason for each in given]
    assert "Judge" not in desk_in(page)


def test_an_adjudication_is_refused_without_its_reason_and_keeps_the_choice(client, lot):
    desks.answered_by(desks.person_on_bench(), lot, "yes")
    decider = desks.person_on_bench()
    work.slot(item=lot.items.get(), purpose=Slot.Purpose.ADJUDICATION, reserved_for=decider)
    held = lease_next_slot(lot_id=lot.pk, by=decider.user, key="a")
    client.force_login(decider.user)

    given = {"key": "k", "fence": held.fence, "answer.compatible": "no"}
    page = client.post(reverse("answer_item", args=[held.pk]), given)

    assert page.status_code == 422
    assert "An adjudication needs its reason" in page.text
    assert re.search(r'value="no" data-key="Digit2" required checked', page.text)
    assert Judgment.objects.filter(expert=decider).count() == 0
