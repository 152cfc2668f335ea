"""Place known answers among what experts are asked."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Max

from peritus.accounts.models import User
from peritus.engagements.models import Lot
from peritus.engagements.queries import lots_seen_by
from peritus.engagements.verbs import MOST_ROWS
from peritus.journal.acts import verb
from peritus.quality.models import QualityPlan
from peritus.quality.placing import Pair, gold_to_place
from peritus.quality.rules import DERIVE
from peritus.work.models import Slot
from peritus.work.queries import slots_in_force
from peritus.work.verbs import SlotWanted, open_slots


@verb
def place_gold(lot_id: int, *, by: User, key: str) -> Lot:
    """Open gold slots until each expert of a lot has the plan's share, as far as gold goes.

    The event is that of the slots, and there is none where none is wanted:
    placing again changes nothing.
    """
    lot = lots_seen_by(by).select_for_update(of=("self",)).get(pk=lot_id)
    DERIVE.require(by)
    plan = QualityPlan.objects.get(engagement=lot.engagement_id)
    if pairs := gold_to_place(lot, plan)[:MOST_ROWS]:
        open_slots(lot.pk, _wanted(lot, pairs), by=by, key=key)
    return lot


def _wanted(lot: Lot, pairs: Sequence[Pair]) -> list[SlotWanted]:
    gold = slots_in_force().filter(lot=lot, purpose=Slot.Purpose.GOLD)
    numbers = dict(gold.values_list("item_id").annotate(last=Max("number")))
    wanted = []
    for item, expert in pairs:
        numbers[item] = numbers.get(item, 0) + 1
        wanted.append(SlotWanted(item, Slot.Purpose.GOLD, numbers[item], expert))
    return wanted
