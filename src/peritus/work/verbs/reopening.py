"""Judge items anew, since the rules under which they were judged have changed."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import F, QuerySet

from peritus.accounts.models import User
from peritus.engagements.models import Item, Lot, Wall
from peritus.engagements.queries import lots_seen_by
from peritus.journal.acts import earlier_result, record, verb
from peritus.work.errors import StaffingRefused
from peritus.work.models import Assignment, PanelSeat, Slot
from peritus.work.queries import FIRST, WAITING, judged_items, slots_in_force
from peritus.work.rules import REOPEN
from peritus.work.verbs.slots import SlotWanted, open_slots

MOOT = (
    Slot.Purpose.ADJUDICATION, Slot.Purpose.GOLD, Slot.Purpose.CENSUS, Slot.Purpose.SUGGESTION,
)  # fmt: skip


@verb
def reopen_items(lot_id: int, item_ids: Sequence[int], *, because: str, by: User, key: str) -> Lot:
    """Begin the judging of a lot's judged items anew; what was answered before rests.

    Each answered slot is opened once more, for the same expert where it was
    reserved and no wall stands since; a lot with a panel buys its judgments
    anew. Slots nobody has answered go over as they are; adjudications, gold and
    checks of a census that wait are withdrawn: what was known is known no more.
    ``because`` names the cause, such as a guideline's digest. Raises
    StaffingRefused where none of the items was judged.
    """
    lot = lots_seen_by(by).select_for_update(of=("self",)).get(pk=lot_id)
    REOPEN.require(by, lot.engagement)
    if earlier := earlier_result():
        return earlier
    items = judged_items().filter(lot=lot, pk__in=item_ids)
    reopened = list(items.select_for_update(of=("self",)).order_by("key"))
    if not reopened:
        raise StaffingRefused(["None of these items was judged, so none can be reopened."])
    again = [] if PanelSeat.objects.filter(lot=lot).exists() else _answered(reopened)
    _carry_over(reopened)
    if again:
        open_slots(lot.pk, again, by=by, key=key)
    record(
        "items.reopened",
        about=lot,
        engagement=lot.engagement,
        subject=lot.uid,
        data={"because": because, "items": [item.uid for item in reopened], "lot": lot.uid},
    )
    return lot


def _answered(items: Sequence[Item]) -> list[SlotWanted]:
    """Return the answered production slots as they are wanted once more."""
    walls = Wall.objects.filter(engagement=items[0].engagement_id)
    walled = set(walls.values_list("expert_id", "item_id"))
    done = _in_force(items).filter(purpose__in=FIRST, state=Slot.State.DONE)
    wanted = []
    for slot in done.order_by("item__key", "purpose", "number"):
        expert = slot.reserved_for_id
        if {(expert, None), (expert, slot.item_id)} & walled:
            expert = None
        wanted.append(SlotWanted(slot.item_id, slot.purpose, slot.number, expert))
    return wanted


def _carry_over(items: Sequence[Item]) -> None:
    """Raise the items' number; take along what waits of production, withdraw the rest."""
    waiting = _in_force(items).filter(state__in=WAITING)
    moot = list(waiting.filter(purpose__in=MOOT).values_list("pk", flat=True))
    kept = list(waiting.filter(purpose__in=FIRST).values_list("pk", flat=True))
    active = Assignment.objects.filter(slot__in=moot, state=Assignment.State.ACTIVE)
    active.update(state=Assignment.State.LAPSED)
    Slot.objects.filter(pk__in=moot).update(state=Slot.State.WITHDRAWN)
    Slot.objects.filter(pk__in=kept).update(reopening=F("reopening") + 1)
    Item.objects.filter(pk__in=[item.pk for item in items]).update(reopened=F("reopened") + 1)


def _in_force(items: Sequence[Item]) -> QuerySet[Slot]:
    return slots_in_force().filter(item__in=[item.pk for item in items])
