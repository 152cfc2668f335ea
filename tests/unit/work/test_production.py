"""Production that waits: held for an engagement, let go lot by lot."""

import pytest

from peritus.accounts.models import Role
from peritus.journal.errors import NotAllowed
from peritus.journal.models import Event
from peritus.work.errors import StaffingRefused
from peritus.work.models import ProductionHold, ProductionRelease, Slot
from peritus.work.queries import production_blockers, production_in_held_lots
from peritus.work.verbs import SlotWanted, hold_production, open_slots, release_production
from tests.factories import accounts, engagements, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager():
    return accounts.member(Role.MANAGER)


@pytest.fixture
def item(manager):
    return engagements.item(engagement=engagements.engagement(manager=manager))


def hold(item, manager, **changes):
    given = {"reason": "a round comes first.", "by": manager, "key": "hold"} | changes
    return hold_production(item.engagement_id, **given)


def opened(item, manager, purpose=Slot.Purpose.FIRST):
    return open_slots(
        item.lot_id, [SlotWanted(item.pk, purpose)], by=manager, key=f"open:{purpose}"
    )


def test_hold_production_refuses_production_slots_and_no_others(item, manager):
    hold(item, manager)

    with pytest.raises(StaffingRefused, match=r"waits: a round comes first\."):
        opened(item, manager)
    opened(item, manager, Slot.Purpose.CALIBRATION)

    assert [slot.purpose for slot in item.slots.all()] == ["calibration"]


def test_release_production_lets_one_lot_go_once(item, manager):
    hold(item, manager)
    other = engagements.lot(engagement=item.engagement)

    first = release_production(item.lot_id, because="waived", by=manager, key="go")
    again = release_production(item.lot_id, because="waived", by=manager, key="again")

    assert first == again == ProductionRelease.objects.get()
    assert production_blockers(item.lot) == []
    assert production_blockers(other) != []
    assert Event.objects.filter(kind="production.released").count() == 1


def test_holding_again_keeps_one_hold_with_the_last_reason(item, manager):
    hold(item, manager)

    hold(item, manager, reason="another reason.", key="again")

    assert ProductionHold.objects.get().reason == "another reason."


def test_hold_production_comes_before_production(item, manager):
    opened(item, manager)

    with pytest.raises(StaffingRefused, match="1 production slots were opened already"):
        hold(item, manager)


def test_only_the_manager_holds_and_releases(item):
    lead = item.engagement.quality_lead

    with pytest.raises(NotAllowed):
        hold(item, lead)
    with pytest.raises(NotAllowed):
        release_production(item.lot_id, because="I say so", by=lead, key="go")


def test_production_in_held_lots_finds_what_should_not_be(item, manager):
    hold(item, manager)
    astray = work.slot(item=item)

    assert list(production_in_held_lots()) == [astray]
