"""Seating a panel, and withdrawing slots that nobody may answer."""

from decimal import Decimal

import pytest

from peritus.engagements.models import Lot
from peritus.journal.errors import NotAllowed
from peritus.journal.models import Event
from peritus.work.errors import StaffingRefused
from peritus.work.models import PanelSeat, Slot
from peritus.work.verbs import Seat, seat_panel, withdraw_slots
from tests.factories.accounts import member
from tests.factories.bench import expert
from tests.factories.engagements import engagement
from tests.factories.work import slot


def test_seat_panel_seats_once_when_repeated(things, course):
    ada, bob = expert(), expert()
    seats = [Seat(ada.pk, Decimal("1.5"), ("q0",), 3, 1), Seat(bob.pk, Decimal(2))]

    for _ in range(2):
        seat_panel(things[0].lot_id, seats, by=course.manager, key="k")

    kept = PanelSeat.objects.order_by("id").values_list(
        "expert", "pay", "items", "at_once", "level"
    )
    assert list(kept) == [
        (ada.pk, Decimal("1.5"), ["q0"], 3, 1),
        (bob.pk, Decimal(2), None, None, 0),
    ]
    event = Event.objects.get()
    assert (event.kind, event.data["count"], event.data["lot"]) == (
        "panel.seated",
        2,
        str(things[0].lot.uid),
    )


def test_seat_panel_names_every_reason(things, course):
    ada = expert()
    seat_panel(things[0].lot_id, [Seat(ada.pk, Decimal(1))], by=course.manager, key="k")

    with pytest.raises(StaffingRefused) as refused:
        seat_panel(
            things[0].lot_id,
            [Seat(ada.pk, Decimal(0), ("q9",)), Seat(10**6, Decimal(1))],
            by=course.manager,
            key="other",
        )

    assert refused.value.blockers == [
        "Nobody on the bench has the number 1000000.",
        f"{ada} sits on this panel already.",
        "The lot has no item q9.",
        "What a judgment pays is above 0: buying weighs it against its worth.",
    ]


def test_seat_panel_refuses_an_empty_panel(things, course):
    with pytest.raises(StaffingRefused, match="A panel seats 1 to"):
        seat_panel(things[0].lot_id, [], by=course.manager, key="k")


def test_seat_panel_is_the_managers(things, course):
    with pytest.raises(NotAllowed):
        seat_panel(things[0].lot_id, [], by=course.quality_lead, key="k")


def test_seat_panel_does_not_see_another_engagement(things):
    other = engagement(manager=member("manager"))

    with pytest.raises(Lot.DoesNotExist):
        seat_panel(things[0].lot_id, [], by=other.manager, key="k")


def test_withdraw_slots_leaves_what_was_leased_or_answered(things, course):
    made = [slot(item=thing, state=state) for thing, state in zip(
        things, ("open", "leased", "done"), strict=True
    )]  # fmt: skip

    for _ in range(2):
        withdraw_slots(things[0].lot_id, [each.pk for each in made], by=course.manager, key="k")

    states = Slot.objects.order_by("id").values_list("state", flat=True)
    assert list(states) == ["withdrawn", "leased", "done"]
    event = Event.objects.get()
    assert (event.kind, event.data["count"]) == ("slots.withdrawn", 1)


def test_withdraw_slots_is_the_managers(things, course):
    with pytest.raises(NotAllowed):
        withdraw_slots(things[0].lot_id, [], by=course.quality_lead, key="k")
