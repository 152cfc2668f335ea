"""What of a published staffing waits: slots that nobody has begun, and for whom they are kept."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db.models import F, QuerySet
from numpy.typing import NDArray

from peritus.bench.models import Expert
from peritus.engagements.models import Item, Lot
from peritus.work.leasing import PREPARING, Bar, barred_pairs
from peritus.work.models import Assignment, Skip, Slot
from peritus.work.queries import unbegun_slots

Move = tuple[str, str, str]  # a slot's uid, the handle that it is reserved for, and the next one


@dataclass(frozen=True, eq=False)
class Waiting:
    """What waits of a lot: ``wanted`` judgments (items,); arrays (experts, items) of bool.

    ``kept`` marks for whom a slot waits now, ``begun`` who holds, gave or skipped
    an answer on an item and so cannot be asked for another.
    """

    wanted: NDArray[np.int64]
    kept: NDArray[np.bool_]
    begun: NDArray[np.bool_]


def waiting_slots(lot: Lot, at: datetime) -> QuerySet[Slot]:
    """Return a lot's first slots that nobody has begun, by item and number."""
    waiting = unbegun_slots(at).filter(lot=lot)
    return waiting.select_related("item", "reserved_for").order_by("item__key", "number")


def waiting_of(lot: Lot, experts: Sequence[Expert], items: Sequence[Item], at: datetime) -> Waiting:
    """Return what waits of a lot, for these experts and items."""
    row = {expert.pk: place for place, expert in enumerate(experts)}
    column = {item.pk: place for place, item in enumerate(items)}
    wanted = np.zeros(len(items), dtype=np.int64)
    kept, begun = (np.zeros((len(experts), len(items)), dtype=bool) for _ in range(2))
    for item, expert in waiting_slots(lot, at).values_list("item_id", "reserved_for_id"):
        wanted[column[item]] += 1
        if expert in row:
            kept[row[expert], column[item]] = True
    for item, expert in _begun(lot, at):
        if expert in row:
            begun[row[expert], column[item]] = True
    return Waiting(wanted, kept, begun)


def _begun(lot: Lot, at: datetime) -> Iterable[tuple[int, int]]:
    """Return by ids of item and expert who holds, gave or for good skipped an answer."""
    given = Assignment.objects.filter(slot__lot=lot, slot__reopening=F("slot__item__reopened"))
    given = given.exclude(slot__purpose__in=PREPARING).exclude(state=Assignment.State.LAPSED)
    given = given.exclude(state=Assignment.State.ACTIVE, expires_at__lte=at)
    later = Skip.objects.filter(reason=Skip.Reason.LATER).values("assignment")
    return given.exclude(pk__in=later).values_list("slot__item_id", "expert_id")


def moves_of(slots: Iterable[Slot], pairs: Iterable[Sequence[str]]) -> list[Move]:
    """Return which slots change hands so that each pair of handle and item key has one."""
    asked: dict[str, list[str]] = defaultdict(list)
    for handle, key in sorted(map(tuple, pairs)):
        asked[key].append(handle)
    free: list[Slot] = []
    for slot in slots:
        if waits_for(slot) in asked[slot.item.key]:
            asked[slot.item.key].remove(waits_for(slot))
        else:
            free.append(slot)
    return [(str(slot.uid), waits_for(slot), asked[slot.item.key].pop(0)) for slot in free]


def waits_for(slot: Slot) -> str:
    """Return the handle of whom a slot is reserved for, "" if it is open to all."""
    return slot.reserved_for.handle if slot.reserved_for else ""


def stranded(lot: Lot, at: datetime, bars: Sequence[Bar]) -> Counter[tuple[str, str]]:
    """Count by expert's name and bar the slots that wait for somebody who cannot take them."""
    slots = list(waiting_slots(lot, at).exclude(reserved_for=None))
    people = {slot.reserved_for for slot in slots if slot.reserved_for}
    found = barred_pairs(lot.engagement, people, {slot.item_id for slot in slots}, at, bars)
    asked = [(slot.reserved_for, (slot.item_id, slot.reserved_for_id or 0)) for slot in slots]
    return Counter((str(who), found[pair]) for who, pair in asked if pair in found)
