"""Open slots: the judgments that are wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from peritus.accounts.models import User
from peritus.catalogue.identity import uid_of
from peritus.engagements.models import Item, Lot
from peritus.engagements.queries import lots_seen_by
from peritus.engagements.verbs import MOST_ROWS
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.canonical import digest
from peritus.journal.clock import now
from peritus.work.errors import StaffingRefused
from peritus.work.leasing import PREPARING
from peritus.work.models import Assignment, Slot
from peritus.work.queries import free_slots, production_blockers, slots_in_force
from peritus.work.rules import OPEN_SLOTS, WITHDRAW_SLOTS


@dataclass(frozen=True)
class SlotWanted:
    """One judgment wanted: on which item, what for, reserved for whom."""

    item_id: int
    purpose: str
    number: int = 1
    reserved_for_id: int | None = None


@verb
def open_slots(lot_id: int, wanted: Sequence[SlotWanted], *, by: User, key: str) -> Lot:
    """Open slots on items of one lot, all or none; one event for all.

    Raises StaffingRefused, also for production that is held back in this lot.
    """
    lot = lots_seen_by(by).select_for_update(of=("self",)).get(pk=lot_id)
    OPEN_SLOTS.require(by, lot.engagement)
    if earlier := earlier_result():
        return earlier
    if len(wanted) > MOST_ROWS:
        raise StaffingRefused([f"At most {MOST_ROWS} slots at once; {len(wanted)} were asked."])
    items = Item.objects.filter(lot=lot).in_bulk([each.item_id for each in wanted])
    if missing := [each.item_id for each in wanted if each.item_id not in items]:
        raise StaffingRefused([f"Items {missing[:5]} are not in lot {lot.code}."])
    if known := _known(wanted):
        raise StaffingRefused([f"{known} of these slots are open or were open before."])
    held = any(each.purpose not in PREPARING for each in wanted)
    if blockers := production_blockers(lot) if held else []:
        raise StaffingRefused(blockers)
    slots = Slot.objects.bulk_create(_slot(items[each.item_id], each) for each in wanted)
    record(
        "slots.opened",
        about=lot,
        engagement=lot.engagement,
        subject=lot.uid,
        data={"count": len(slots), "digest": digest([slot.uid for slot in slots])},
    )
    return lot


def _known(wanted: Sequence[SlotWanted]) -> int:
    """Count the wanted slots that exist, or are asked for twice."""
    places = {(each.item_id, each.purpose, each.number) for each in wanted}
    there = slots_in_force().filter(item__in={each.item_id for each in wanted})
    known = places.intersection(there.values_list("item_id", "purpose", "number"))
    return len(known) + len(wanted) - len(places)


def slot_uid(item: Item, purpose: str, number: int) -> UUID:
    """Return the uid of a slot in the judging of the item that goes on now."""
    again = [item.reopened] if item.reopened else []
    return uid_of(item.uid, "slot", purpose, number, *again)


def _slot(item: Item, wanted: SlotWanted) -> Slot:
    return Slot(
        uid=slot_uid(item, wanted.purpose, wanted.number),
        organisation_id=item.organisation_id,
        engagement_id=item.engagement_id,
        lot_id=item.lot_id,
        item=item,
        purpose=wanted.purpose,
        number=wanted.number,
        reopening=item.reopened,
        reserved_for_id=wanted.reserved_for_id,
        opened_at=now(),
    )


@verb
def withdraw_slots(lot_id: int, slot_ids: Sequence[int], *, by: User, key: str) -> Lot:
    """Withdraw slots that nobody may answer any more; one event for all.

    A slot that is held or answered meanwhile stays as it is; a lease that is
    past its time holds nothing.
    """
    lot = lots_seen_by(by).select_for_update(of=("self",)).get(pk=lot_id)
    WITHDRAW_SLOTS.require(by, lot.engagement)
    if earlier := earlier_result():
        return earlier
    rows = Slot.objects.filter(lot=lot, pk__in=slot_ids).order_by("id")
    list(rows.select_for_update(of=("self",)))
    # Read only now: who takes a lapsed lease over may have been waited for.
    free = free_slots(now()).filter(lot=lot, pk__in=slot_ids).order_by("id")
    uids = list(free.values_list("uid", flat=True))
    active = Assignment.objects.filter(slot__uid__in=uids, state=Assignment.State.ACTIVE)
    active.update(state=Assignment.State.LAPSED)
    Slot.objects.filter(uid__in=uids).update(state=Slot.State.WITHDRAWN)
    record(
        "slots.withdrawn",
        about=lot,
        engagement=lot.engagement,
        subject=lot.uid,
        data={"count": len(uids), "digest": digest(uids), "lot": lot.uid},
    )
    return lot
