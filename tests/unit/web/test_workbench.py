"""The workbench: what is shown, taken, refused, taken back."""

import pytest
from django.urls import reverse

from peritus.engagements.models import Wall
from peritus.journal.models import Event
from peritus.work.models import Assignment, Judgment, Skip, Slot, TakenBack
from peritus.work.verbs import lease_next_slot
from tests.factories import accounts, desks

pytestmark = pytest.mark.django_db
DESK = {"X-Peritus-Desk": "1"}
NEXT_ITEM_QUERIES = 41


@pytest.fixture
def expert():
    return desks.person_on_bench()


@pytest.fixture
def lot(expert):
    lot = desks.asked_lot(size=3)
    desks.slots_for(lot, expert)
    return lot


@pytest.fixture
def signed_in(client, expert):
    client.force_login(expert.user)
    return client


@pytest.fixture
def lease(expert, lot):
    return lease_next_slot(lot_id=lot.pk, by=expert.user, key="first")


def answer(client, lease, key="k1", headers=DESK, **changes):
    given = {"key": key, "fence": lease.fence, "answer.compatible": "yes"} | changes
    return client.post(reverse("answer_item", args=[lease.pk]), given, headers=headers)


def test_workbench_leases_nothing_when_only_looked_at(signed_in, lot):
    page = signed_in.get(reverse("workbench"))

    assert page.status_code == 200
    assert Assignment.objects.count() == 0
    assert Event.objects.count() == 0


def test_start_work_puts_the_oldest_item_on_the_desk(signed_in, lot):
    signed_in.post(reverse("start_work"), {"key": "go", "lot": lot.pk})

    page = signed_in.get(reverse("workbench"))

    assert '<h1 tabindex="-1">MPL-2.1 into MIT</h1>' in page.text


def test_workbench_says_so_when_nothing_waits(signed_in, expert):
    page = signed_in.get(reverse("workbench"))

    assert "Nothing for you now" in page.text


def test_answer_item_stores_the_answer_and_shows_the_next(signed_in, lease, expert):
    part = answer(signed_in, lease, reason="Section 3", confidence="4", seconds="61")

    stored = Judgment.objects.get()
    assert (stored.answers, stored.reason, stored.confidence, stored.seconds) == (
        {"compatible": "yes"}, "Section 3", 4, 61,
    )  # fmt: skip
    assert "MPL-2.2 into MIT" in part.text
    assert "1 of 3" in part.text
    assert "<html" not in part.text


def test_answer_item_redirects_when_the_whole_page_is_wanted(signed_in, lease):
    response = answer(signed_in, lease, headers={})

    assert response.url == reverse("workbench")


def test_answer_item_stores_once_when_repeated(signed_in, lease):
    first, again = answer(signed_in, lease), answer(signed_in, lease)

    assert (first.status_code, again.status_code) == (200, 200)
    assert Judgment.objects.count() == 1
    assert Assignment.objects.filter(state="active").count() == 1


def test_answer_item_refuses_another_answer_under_the_same_key(signed_in, lease):
    answer(signed_in, lease)

    again = answer(signed_in, lease, **{"answer.compatible": "no"})

    assert again.status_code == 409
    assert Judgment.objects.get().answers == {"compatible": "yes"}


def test_answer_item_gives_typed_text_back_when_the_answer_is_unknown(signed_in, lease):
    part = answer(signed_in, lease, **{"answer.compatible": "perhaps", "reason": "A <long> note"})

    assert part.status_code == 422
    assert "The answer must be one of yes, no" in part.text
    assert "A &lt;long&gt; note</textarea>" in part.text
    assert Judgment.objects.count() == 0


def test_answer_item_says_the_item_went_back_when_the_lease_is_lost(signed_in, lease):
    Slot.objects.filter(pk=lease.slot_id).update(fence=lease.fence + 1)

    part = answer(signed_in, lease, reason="Typed for long")

    assert part.status_code == 409
    assert f"This item went back at {lease.expires_at:%H:%M}" in part.text
    assert "Typed for long" in part.text


def test_answer_item_is_not_found_for_another_persons_lease(client, lease):
    client.force_login(desks.person_on_bench().user)

    response = answer(client, lease)

    assert response.status_code == 404
    assert "MPL-2.1" not in response.text


def test_answer_item_says_the_lot_is_done_after_its_last_item(signed_in, expert, lot):
    for n in range(3):
        held = lease_next_slot(by=expert.user, key=f"l{n}")
        part = answer(signed_in, held, key=f"a{n}", seconds="60")

    assert "Done: Weak copyleft" in part.text
    assert "3 min 00 s" in part.text


@pytest.mark.parametrize("place_reason", list(enumerate(Skip.Reason.values, start=1)))
def test_skip_item_takes_each_reason(signed_in, lease, place_reason):
    given = {"key": "s", "fence": lease.fence, "skip": place_reason[1], "reason": "Because"}

    signed_in.post(reverse("skip_item", args=[lease.pk]), given, headers=DESK)

    skipped = Skip.objects.get()
    assert (skipped.reason, skipped.note) == (place_reason[1], "Because")


def test_skip_item_raises_a_wall_when_there_is_a_conflict(signed_in, lease, expert):
    given = {"key": "s", "fence": lease.fence, "skip": "conflict"}

    part = signed_in.post(reverse("skip_item", args=[lease.pk]), given, headers=DESK)

    assert Wall.objects.get().item == lease.slot.item
    assert "MPL-2.1" not in part.text


def test_skip_item_shows_another_item_first_when_it_is_put_off(signed_in, lease):
    given = {"key": "s", "fence": lease.fence, "skip": "later"}

    part = signed_in.post(reverse("skip_item", args=[lease.pk]), given, headers=DESK)
    again = signed_in.post(reverse("skip_item", args=[lease.pk]), given, headers=DESK)

    assert "MPL-2.2 into MIT" in part.text
    assert "MPL-2.2 into MIT" in again.text
    assert "0 of 3" in part.text


def test_skip_item_names_the_reasons_when_none_fits(signed_in, lease):
    given = {"key": "s", "fence": lease.fence, "skip": "bored"}

    part = signed_in.post(reverse("skip_item", args=[lease.pk]), given, headers=DESK)

    assert part.status_code == 422
    assert "Guideline silent" in part.text
    assert Skip.objects.count() == 0


def test_undo_answer_returns_to_its_item(signed_in, lease):
    answer(signed_in, lease)
    undo = reverse("undo_answer", args=[Judgment.objects.get().pk])

    part = signed_in.post(undo, {"key": "u"}, headers=DESK)

    assert TakenBack.objects.count() == 1
    assert '<h1 tabindex="-1">MPL-2.1 into MIT</h1>' in part.text
    assert "0 of 3" in part.text


def test_undo_answer_says_so_when_it_was_taken_back_already(signed_in, lease):
    answer(signed_in, lease)
    undo = reverse("undo_answer", args=[Judgment.objects.get().pk])
    signed_in.post(undo, {"key": "u"}, headers=DESK)

    again = signed_in.post(undo, {"key": "u2"}, headers=DESK)

    assert again.status_code == 409
    assert "taken back or replaced already" in again.text


def test_hold_longer_moves_the_time_a_lease_ends(signed_in, lease):
    signed_in.post(reverse("hold_longer", args=[lease.pk]), {"key": "h"}, headers=DESK)

    assert Assignment.objects.get(pk=lease.pk).expires_at > lease.expires_at


def test_a_form_without_its_key_does_nothing(signed_in, lot):
    response = signed_in.post(reverse("start_work"), {"lot": lot.pk})

    assert response.status_code == 400
    assert Assignment.objects.count() == 0


def test_desk_guideline_is_shown_to_who_works_under_it_only(signed_in, client, lease):
    version = lease.engagement.guideline_versions.get()
    address = reverse("desk_guideline", args=[version.pk])

    mine = signed_in.get(address)
    client.force_login(desks.person_on_bench().user)
    others = client.get(address)

    assert 'id="g-the-question"' in mine.text
    assert others.status_code == 404
    assert "Answer <em>yes</em>" not in others.text


@pytest.mark.parametrize(("role", "status"), [("finance", 403), ("client", 404)])
def test_workbench_is_refused_to_people_off_the_bench(client, lot, role, status):
    client.force_login(accounts.member(role))

    page = client.get(reverse("workbench"))

    assert page.status_code == status
    assert lot.title not in page.text


def test_next_item_asks_the_same_few_queries_whatever_the_lot(
    signed_in, expert, django_assert_max_num_queries
):
    lot = desks.asked_lot(size=12)
    desks.slots_for(lot, expert)
    held = lease_next_slot(lot_id=lot.pk, by=expert.user, key="l")

    with django_assert_max_num_queries(NEXT_ITEM_QUERIES):
        part = answer(signed_in, held)

    assert "1 of 12" in part.text
