"""Nothing of other judges, of known answers, or of an audit's kind reaches the page."""

import hashlib
import re
from types import SimpleNamespace

import pytest
from django.urls import reverse

from peritus.journal.clock import now
from peritus.web.own_lots import finished_lot
from peritus.work.models import Assignment, Judgment, Slot
from peritus.work.verbs import lease_next_slot, lease_slot, submit_judgment
from tests.factories import desks, quality, work

pytestmark = pytest.mark.django_db
LEAKS = re.compile(
    r"audit|census|risk|gold|first judgment|purpose|adjudicat|Other Judge|their own reason",
    re.IGNORECASE,
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


@pytest.mark.parametrize("purpose", [Slot.Purpose.AUDIT, Slot.Purpose.CENSUS])
def test_a_check_looks_exactly_like_a_first_judgment(client, lot, purpose):
    judge, auditor = desks.person_on_bench(), desks.person_on_bench()
    desks.slots_for(lot, judge)
    desks.slots_for(lot, auditor, purpose)

    first, check = page_of(client, judge, lot, "a"), page_of(client, auditor, lot, "b")

    assert desk_in(check) == desk_in(first)


def test_gold_looks_exactly_like_a_first_judgment(client, lot):
    judge, measured = desks.person_on_bench(), desks.person_on_bench()
    desks.slots_for(lot, judge)
    desks.slots_for(lot, measured, Slot.Purpose.GOLD)

    first, gold = page_of(client, judge, lot, "a"), page_of(client, measured, lot, "b")

    assert desk_in(gold) == desk_in(first)


@pytest.fixture
def mixed():
    """An expert with three forms in a lot: a first judgment, a further one, and gold."""
    lot, judge = desks.asked_lot(size=3), desks.person_on_bench()
    for item, purpose in zip(lot.items.order_by("key"), ("first", "further", "gold"), strict=True):
        work.slot(item=item, purpose=purpose, reserved_for=judge)
    return SimpleNamespace(lot=lot, judge=judge)


def test_no_count_or_list_on_the_desk_parts_gold_from_the_rest(client, mixed):
    told = []
    for n in range(3):
        page = page_of(client, mixed.judge, mixed.lot, f"lease:{n}")
        told.append(re.search(r"</progress> (\d of \d)", page.text).group(1))
        held = Assignment.objects.get(state=Assignment.State.ACTIVE)
        submit_judgment(
            held.pk, held.fence, {"compatible": "yes"}, by=mixed.judge.user, key=f"answer:{n}"
        )

    assert told == ["0 of 3", "1 of 3", "2 of 3"]


def test_every_answer_given_beside_gold_can_be_taken_back_from_any_desk(client, mixed):
    for slot in list(Slot.objects.order_by("id"))[:2]:
        held = lease_slot(slot.pk, by=mixed.judge.user, key=f"lease:{slot.pk}")
        given = {"compatible": "yes"}
        submit_judgment(held.pk, held.fence, given, by=mixed.judge.user, key=f"answer:{slot.pk}")

    page = page_of(client, mixed.judge, mixed.lot, "last")

    assert Assignment.objects.get(state="active").slot.purpose == Slot.Purpose.GOLD
    undone = [reverse("undo_answer", args=[each.pk]) for each in Judgment.objects.all()]
    assert [address for address in undone if address not in page.text] == []


@pytest.mark.parametrize("name", ["today", "workbench"])
def test_pages_of_what_waits_and_what_is_done_count_gold_with_the_rest(client, mixed, name):
    client.force_login(mixed.judge.user)

    before = client.get(reverse(name)).text
    for slot in Slot.objects.all():
        held = lease_slot(slot.pk, by=mixed.judge.user, key=f"lease:{slot.pk}")
        given = {"compatible": "yes"}
        submit_judgment(held.pk, held.fence, given, by=mixed.judge.user, key=f"answer:{slot.pk}")
    done = finished_lot(mixed.lot.pk, mixed.judge, now())
    finished = client.get(f"{reverse('workbench')}?finished={mixed.lot.pk}").text

    assert (done.done, len(done.last)) == (3, 3)
    main = "".join(page[page.index("<main") :] for page in (before, finished))
    assert LEAKS.findall(main) == []


@pytest.mark.parametrize(
    "purpose",
    [Slot.Purpose.FIRST, Slot.Purpose.GOLD, Slot.Purpose.AUDIT, Slot.Purpose.CENSUS],
)
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
