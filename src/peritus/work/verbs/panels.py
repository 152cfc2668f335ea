"""Seat the panel of a lot: whom its judgments may be bought from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from peritus.accounts.models import User
from peritus.bench.models import Expert
from peritus.catalogue.identity import uid_of
from peritus.engagements.models import Lot
from peritus.engagements.queries import lots_seen_by
from peritus.engagements.verbs import MOST_ROWS
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.canonical import digest
from peritus.journal.clock import now
from peritus.work.conflicts import conflicts_of
from peritus.work.errors import StaffingRefused
from peritus.work.models import PanelSeat
from peritus.work.rules import STAFF


@dataclass(frozen=True)
class Seat:
    """An expert for a panel: at what pay, on which items, how many at once.

    ``items`` None is every item of the lot; ``level`` parts juniors from seniors.
    """

    expert_id: int
    pay: Decimal
    items: tuple[str, ...] | None = None
    at_once: int | None = None
    level: int = 0


@verb
def seat_panel(lot_id: int, seats: Sequence[Seat], *, by: User, key: str) -> Lot:
    """Seat experts on a lot's panel; what is bought of them follows from the plan.

    Raises StaffingRefused for an expert who sits there or met a party of this
    engagement in other work, or an item or pay that cannot be.
    """
    lot = lots_seen_by(by).select_for_update(of=("self",)).get(pk=lot_id)
    STAFF.require(by, lot.engagement)
    if earlier := earlier_result():
        return earlier
    experts = Expert.objects.in_bulk([each.expert_id for each in seats])
    if blockers := _seat_blockers(lot, seats, experts):
        raise StaffingRefused(blockers)
    if conflicts := conflicts_of(lot.engagement, list(experts.values())):
        raise StaffingRefused([str(each) for each in conflicts])
    made = PanelSeat.objects.bulk_create(_seat(lot, experts[s.expert_id], s) for s in seats)
    record(
        "panel.seated",
        about=lot,
        engagement=lot.engagement,
        subject=lot.uid,
        data={
            "count": len(made),
            "digest": digest([[each.uid, each.pay, each.items, each.at_once] for each in made]),
            "lot": lot.uid,
        },
    )
    return lot


def _seat_blockers(lot: Lot, seats: Sequence[Seat], experts: dict[int, Expert]) -> list[str]:
    blockers = []
    if not 0 < len(seats) <= MOST_ROWS:
        blockers.append(f"A panel seats 1 to {MOST_ROWS} experts at once; {len(seats)} came.")
    if missing := [each.expert_id for each in seats if each.expert_id not in experts]:
        blockers.append(f"Nobody on the bench has the number {missing[0]}.")
    there = set(PanelSeat.objects.filter(lot=lot).values_list("expert_id", flat=True))
    times = Counter(each.expert_id for each in seats)
    if twice := sorted(pk for pk, n in times.items() if n > 1 or pk in there):
        blockers.append(f"{experts.get(twice[0], twice[0])} sits on this panel already.")
    keys = set(lot.items.values_list("key", flat=True))
    named = {key for each in seats for key in each.items or ()}
    if unknown := sorted(named - keys):
        blockers.append(f"The lot has no item {', '.join(unknown[:5])}.")
    if any(each.pay <= 0 for each in seats):
        blockers.append("What a judgment pays is above 0: buying weighs it against its worth.")
    return blockers


def _seat(lot: Lot, expert: Expert, seat: Seat) -> PanelSeat:
    return PanelSeat(
        uid=uid_of(lot.uid, "seat", expert.handle),
        organisation_id=lot.organisation_id,
        engagement_id=lot.engagement_id,
        lot=lot,
        expert=expert,
        items=None if seat.items is None else list(seat.items),
        pay=seat.pay,
        at_once=seat.at_once,
        level=seat.level,
        seated_at=now(),
    )
