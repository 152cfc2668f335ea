from decimal import Decimal

import pytest

from peritus.engagements.models import Item, Lot
from peritus.journal.errors import NotAllowed
from peritus.journal.models import Event
from peritus.journal.pump import pump
from peritus.work.errors import JudgmentStands, LeaseLost, StaffingRefused
from peritus.work.models import Judgment, Slot
from peritus.work.queries import judged_items, slots_open_to, standing_judgments
from peritus.work.verbs import (
    lease_slot,
    reopen_items,
    seat_panel,
    submit_judgment,
    take_back_judgment,
)
from peritus.work.verbs.panels import Seat
from tests.factories import work
from tests.factories.accounts import member, organisation
from tests.factories.bench import expert
from tests.factories.engagements import wall
from tests.factories.walk import Walk, key


@pytest.fixture
def judged(clock):
    """Six items that two experts judged; on q000 they part, and the adjudicator decided."""
    walk = Walk()
    walk.judge(contested={"q000": "b"})
    return walk


def reopen(walk, *places, **changes):
    given = {"because": "Version 2 says otherwise.", "by": walk.manager, "key": key()} | changes
    return reopen_items(walk.lot.pk, [walk.items[each].pk for each in places], **given)


def test_reopen_items_lets_what_was_answered_rest_and_asks_the_same_experts(judged, clock):
    reopen(judged, 0, 1)

    assert not standing_judgments().filter(item__in=judged.items[:2]).exists()
    assert standing_judgments().filter(item__in=judged.items[2:]).count() == 8
    waiting = [(s.item.key, s.number, s.reserved_for) for s in judged.slots(Slot.Purpose.FIRST)]
    assert waiting == [
        (item, place, judge)
        for item in ("q000", "q001")
        for place, judge in enumerate(judged.judges, start=1)
    ]
    assert not judged.slots(Slot.Purpose.ADJUDICATION)


def test_reopen_items_counts_how_often_and_names_them_in_one_event(judged):
    reopen(judged, 1, 0)
    for slot in judged.slots(Slot.Purpose.FIRST):
        judged.answer(slot, "a")
    reopen(judged, 0)

    assert list(Item.objects.order_by("key").values_list("reopened", flat=True)) == [
        2, 1, 0, 0, 0, 0
    ]  # fmt: skip
    events = Event.objects.filter(kind="items.reopened").order_by("id")
    uids = [str(item.uid) for item in judged.items]
    assert [event.data["items"] for event in events] == [uids[:2], uids[:1]]


def test_whoever_judged_an_item_may_judge_it_again_once_it_is_reopened(judged, clock):
    judge = judged.judges[0]
    assert not slots_open_to(judge, clock()).exists()

    reopen(judged, 1)
    [slot] = slots_open_to(judge, clock())
    judged.answer(slot, "b")

    assert not slots_open_to(judge, clock()).exists()
    [stands] = standing_judgments().filter(item=judged.items[1])
    assert (stands.answers, Judgment.objects.filter(item=judged.items[1]).count()) == (
        {"answer": "b"}, 3
    )  # fmt: skip


def test_reopen_items_leaves_items_alone_that_nobody_judged(clock):
    walk = Walk()
    walk.open_first_slots()
    walk.answer(walk.slots(Slot.Purpose.FIRST)[0], "a")

    reopen(walk, 0, 1)

    assert list(Item.objects.filter(reopened=1).values_list("key", flat=True)) == ["q000"]
    assert list(judged_items()) == []


def test_reopen_items_keeps_a_lease_that_goes_on(clock):
    walk = Walk()
    walk.open_first_slots()
    one, two = walk.slots(Slot.Purpose.FIRST)[:2]
    walk.answer(one, "a")
    lease = lease_slot(two.pk, by=two.reserved_for.user, key=key())

    reopen(walk, 0)
    given = submit_judgment(
        lease.pk, lease.fence, {"answer": "b"}, by=two.reserved_for.user, key=key()
    )

    assert list(standing_judgments()) == [given]


def test_reopen_items_withdraws_a_check_of_a_census_that_waits(judged):
    waiting = work.slot(
        item=judged.items[1], purpose=Slot.Purpose.CENSUS, reserved_for=judged.auditor
    )

    reopen(judged, 1)

    waiting.refresh_from_db()
    assert (waiting.state, waiting.reopening) == (Slot.State.WITHDRAWN, 0)


def test_reopen_items_withdraws_an_adjudication_that_waits(clock):
    walk = Walk()
    walk.open_first_slots()
    for slot in walk.slots(Slot.Purpose.FIRST)[:2]:
        walk.answer(slot, "ab"[slot.number - 1])
    pump(until_idle=True)
    [slot] = walk.slots(Slot.Purpose.ADJUDICATION)
    lease = lease_slot(slot.pk, by=walk.adjudicator.user, key=key())

    reopen(walk, 0)

    with pytest.raises(LeaseLost):
        submit_judgment(
            lease.pk, lease.fence, {"answer": "a"}, reason="It is a.",
            by=walk.adjudicator.user, key=key(),
        )  # fmt: skip
    slot.refresh_from_db()
    assert slot.state == Slot.State.WITHDRAWN


def test_reopen_items_withdraws_gold_that_waits_on_them_alone(judged):
    third = expert()
    gold = [
        work.slot(item=item, purpose=Slot.Purpose.GOLD, reserved_for=third)
        for item in judged.items[:2]
    ]

    reopen(judged, 0)

    states = [Slot.objects.get(pk=each.pk).state for each in gold]
    assert states == [Slot.State.WITHDRAWN, Slot.State.OPEN]


def test_reopen_items_asks_anybody_where_a_wall_rose_since(judged):
    wall(engagement=judged.engagement, item=judged.items[1], expert=judged.judges[0])

    reopen(judged, 1, 2)

    found = [(s.item.key, s.reserved_for) for s in judged.slots(Slot.Purpose.FIRST)]
    assert found == [
        ("q001", None),
        ("q001", judged.judges[1]),
        ("q002", judged.judges[0]),
        ("q002", judged.judges[1]),
    ]


def test_reopen_items_opens_nothing_where_a_panel_is_bought_from(judged):
    seats = [Seat(judge.pk, pay=Decimal(1)) for judge in judged.judges]
    seat_panel(judged.lot.pk, seats, by=judged.manager, key=key())

    reopen(judged, 1)

    assert not judged.slots(Slot.Purpose.FIRST)


def test_an_answer_from_before_a_reopening_cannot_be_taken_back(judged):
    given = Judgment.objects.get(item=judged.items[1], expert=judged.judges[0])
    reopen(judged, 1)

    with pytest.raises(JudgmentStands):
        take_back_judgment(given.pk, by=judged.judges[0].user, key=key())


def test_reopen_items_reopens_once_when_repeated(judged):
    assert reopen(judged, 1, key="k") == reopen(judged, 1, key="k")

    assert Item.objects.get(pk=judged.items[1].pk).reopened == 1


def test_reopen_items_refuses_where_none_was_judged(clock):
    walk = Walk()

    with pytest.raises(StaffingRefused, match="None of these items was judged"):
        reopen(walk, 0, 1)


def test_reopen_items_is_the_managers(judged):
    with pytest.raises(NotAllowed):
        reopen(judged, 1, by=judged.lead)


def test_reopen_items_finds_no_lot_of_another_client(judged):
    stranger = member("client", organisation=organisation())

    with pytest.raises(Lot.DoesNotExist):
        reopen(judged, 1, by=stranger)
    assert not Item.objects.filter(reopened__gt=0).exists()
