import pytest

from peritus.accounts.queries import engine
from peritus.engagements.models import Lot
from peritus.journal.errors import KeyUsedDifferently, NotAllowed
from peritus.journal.models import Event
from peritus.work.errors import StaffingRefused
from peritus.work.models import Slot
from peritus.work.verbs import SlotWanted, open_slots
from tests.factories.accounts import member
from tests.factories.engagements import engagement, item


def first(thing, number=1):
    return SlotWanted(thing.pk, Slot.Purpose.FIRST, number)


def test_open_slots_opens_all_in_one_event(things, course):
    wanted = [first(thing, number) for thing in things for number in (1, 2)]

    lot = open_slots(things[0].lot_id, wanted, by=course.manager, key="k")

    assert list(lot.slots.order_by("id").values_list("item__key", "number", "state")) == [
        (f"q{place}", number, "open") for place in range(3) for number in (1, 2)
    ]
    event = Event.objects.get()
    assert (event.kind, event.data["count"]) == ("slots.opened", 6)


def test_open_slots_opens_once_when_repeated(things, course):
    for _ in range(2):
        open_slots(things[0].lot_id, [first(things[0])], by=course.manager, key="k")

    assert Slot.objects.count() == Event.objects.count() == 1


def test_open_slots_refuses_the_same_key_for_other_slots(things, course):
    open_slots(things[0].lot_id, [first(things[0])], by=course.manager, key="k")

    with pytest.raises(KeyUsedDifferently):
        open_slots(things[0].lot_id, [first(things[1])], by=course.manager, key="k")


def test_open_slots_is_the_managers_and_the_engines(things, course):
    open_slots(things[0].lot_id, [first(things[0])], by=engine(), key="k")

    with pytest.raises(NotAllowed):
        open_slots(things[1].lot_id, [first(things[1])], by=course.quality_lead, key="k")


@pytest.mark.parametrize("role", ["manager", "client"])
def test_open_slots_does_not_see_another_engagement(things, role):
    other = engagement(manager=member("manager"))
    stranger = (
        other.manager if role == "manager" else member("client", organisation=other.organisation)
    )

    with pytest.raises(Lot.DoesNotExist):
        open_slots(things[0].lot_id, [first(things[0])], by=stranger, key="k")


def test_open_slots_refuses_items_of_another_lot(things, course):
    with pytest.raises(StaffingRefused, match="are not in lot"):
        open_slots(things[0].lot_id, [first(item())], by=course.manager, key="k")


def test_open_slots_refuses_slots_that_are_there(things, course):
    open_slots(things[0].lot_id, [first(things[0])], by=course.manager, key="k")

    with pytest.raises(StaffingRefused, match="1 of these slots are open"):
        open_slots(
            things[0].lot_id, [first(things[0]), first(things[1])], by=course.manager, key="other"
        )

    assert Slot.objects.count() == 1


def test_open_slots_refuses_one_slot_asked_for_twice(things, course):
    with pytest.raises(StaffingRefused, match="1 of these slots"):
        open_slots(things[0].lot_id, [first(things[0])] * 2, by=course.manager, key="k")


def test_open_slots_takes_at_most_ten_thousand(things, course):
    with pytest.raises(StaffingRefused, match="10001 were asked"):
        open_slots(things[0].lot_id, [first(things[0])] * 10_001, by=course.manager, key="k")
