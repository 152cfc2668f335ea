"""Gather what a lot's decisions follow from, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import DateTimeField, F, Max, Q, QuerySet, Value

from peritus.bench.models import Expert
from peritus.engagements.models import Lot
from peritus.journal.clock import now
from peritus.quality.models import Gold
from peritus.work.leasing import CALIBRATION, SEATED, Asked, barred_pairs, hidden
from peritus.work.models import Judgment, PanelSeat, Slot
from peritus.work.queries import (
    FIRST,
    WAITING,
    slots_in_force,
    standing_judgments,
    under_the_rules,
)

Pair = tuple[int, int]  # places of an item and of an expert


@dataclass(frozen=True)
class Judged:
    """One standing first or further judgment, by the places of item and expert."""

    item: int
    expert: int
    uid: str
    answers: Mapping[str, str]


@dataclass(frozen=True)
class LotFacts:
    """What a lot's decisions follow from; of the clock, only which restrictions have begun.

    Items stand by key, experts by handle, and are named by their places.
    ``available`` are pairs that may be asked; ``cost``, ``at_once``, ``level``
    and ``is_model`` belong to the experts in order; ``latest`` is the newest fact.
    """

    items: tuple[int, ...]
    experts: tuple[int, ...]
    judged: tuple[Judged, ...]
    pending: tuple[Pair, ...]
    available: tuple[Pair, ...]
    cost: tuple[float, ...]
    at_once: tuple[int | None, ...]
    level: tuple[int, ...]
    is_model: tuple[bool, ...]
    gold: Mapping[str, Mapping[int, str]]
    adjudicated: Mapping[int, tuple[str, Mapping[str, str]]]
    appealed: frozenset[int]
    silent: frozenset[int]
    checked: Mapping[int, tuple[str, Mapping[str, str]]]
    latest: datetime | None

    @property
    def spent(self) -> float:
        """Price of what was answered, and of what is asked now."""
        asked = [each.expert for each in self.judged] + [expert for _, expert in self.pending]
        return sum(self.cost[expert] for expert in asked)


def lot_facts(lot: Lot) -> LotFacts:
    """Return what the decisions of a lot follow from, in a fixed number of queries."""
    items = list(lot.items.order_by("key").values_list("pk", "key"))
    seats = list(
        PanelSeat.objects.filter(lot=lot).select_related("expert").order_by("expert__handle")
    )
    slots = list(
        slots_in_force()
        .filter(lot=lot, purpose__in=FIRST, reserved_for__isnull=False)
        .order_by("item__key", "reserved_for__handle")
        .values_list("item_id", "reserved_for_id", "state")
    )
    rows = list(
        standing_judgments()
        .filter(slot__lot=lot, slot__purpose__in=FIRST)
        .order_by("item__key", "expert__handle")
        .values_list("item_id", "expert_id", "expert__handle", "expert__kind", "uid", "answers")
    )
    asked = {seat.expert_id: (seat.expert.handle, seat.expert.kind) for seat in seats}
    asked |= {expert: (handle, kind) for _, expert, handle, kind, _, _ in rows}
    experts = sorted(asked, key=lambda expert: asked[expert])
    item_place = {pk: place for place, (pk, _) in enumerate(items)}
    expert_place = {pk: place for place, pk in enumerate(experts)}
    seat_of = {seat.expert_id: seat for seat in seats}
    return LotFacts(
        items=tuple(pk for pk, _ in items),
        experts=tuple(experts),
        judged=tuple(
            Judged(item_place[item], expert_place[expert], str(uid), answers)
            for item, expert, _, _, uid, answers in rows
        ),
        pending=tuple(
            (item_place[item], expert_place[expert])
            for item, expert, state in slots
            if state in WAITING and expert in expert_place
        ),
        available=_available(lot, items, seats, expert_place),
        cost=tuple(float(seat_of[pk].pay) if pk in seat_of else _mean_pay(seats) for pk in experts),
        at_once=tuple(seat_of[pk].at_once if pk in seat_of else None for pk in experts),
        level=tuple(seat_of[pk].level if pk in seat_of else 0 for pk in experts),
        is_model=tuple(asked[pk][1] == Expert.Kind.MODEL for pk in experts),
        gold={
            question: {item_place[pk]: answer for pk, answer in known.items()}
            for question, known in known_answers(lot).items()
        },
        adjudicated=_adjudicated(lot, item_place),
        appealed=_appealed(lot, item_place),
        silent=_silent(lot, item_place),
        checked=_checked(lot, item_place),
        latest=Judgment.objects.filter(slot__lot=lot).aggregate(at=Max("submitted_at"))["at"],
    )


def _mean_pay(seats: list[PanelSeat]) -> float:
    """Return what a judgment of somebody without a seat is taken to have cost."""
    return sum(float(seat.pay) for seat in seats) / len(seats) if seats else 1.0


def _available(
    lot: Lot, items: list[tuple[int, str]], seats: list[PanelSeat], expert_place: Mapping[int, int]
) -> tuple[Pair, ...]:
    """Return whom the panel's seats allow to ask: nothing hides it, no slot or answer before.

    What was put to the adjudicator, or has its answer from a census, is not asked
    of the panel any more.
    """
    experts = [seat.expert for seat in seats]
    barred = barred_pairs(lot.engagement, experts, [pk for pk, _ in items], now(), SEATED)
    asked = (
        slots_in_force()
        .filter(lot=lot, reserved_for__isnull=False)
        .exclude(Q(purpose__in=FIRST, state__in=WAITING) | Q(purpose=CALIBRATION))
    )
    gone = set(asked.values_list("reserved_for_id", "item_id"))
    judged = Judgment.objects.filter(
        under_the_rules("slot"), item__lot=lot, taken_back=None
    ).exclude(slot__purpose=CALIBRATION)
    gone |= set(judged.values_list("expert_id", "item_id"))
    raised = slots_in_force().filter(lot=lot, purpose=Slot.Purpose.ADJUDICATION)
    settled = {
        *raised.values_list("item_id", flat=True),
        *census_answers(lot).values_list("item_id", flat=True),
    }
    pairs = []
    for seat in seats:
        keys = None if seat.items is None else set(seat.items)
        pairs += [
            (place, expert_place[seat.expert_id])
            for place, (pk, key) in enumerate(items)
            if (keys is None or key in keys)
            and (seat.expert_id, pk) not in gone
            and (pk, seat.expert_id) not in barred
            and pk not in settled
        ]
    return tuple(pairs)


def known_answers(lot: Lot) -> dict[str, dict[int, str]]:
    """Return the answers that weigh, by question and item: the newest version unless retired."""
    found: dict[str, dict[int, str]] = {}
    rows = Gold.objects.filter(item__lot=lot).order_by("version")
    for gold in rows:
        known = found.setdefault(gold.question, {})
        known.pop(gold.item_id, None)
        if gold.weighs and gold.retired_at is None:
            known[gold.item_id] = gold.answer
    return found


def _adjudicated(
    lot: Lot, item_place: Mapping[int, int]
) -> dict[int, tuple[str, Mapping[str, str]]]:
    purpose = Slot.Purpose.ADJUDICATION
    rows = standing_judgments().filter(slot__lot=lot, slot__purpose=purpose)
    rows = rows.order_by("slot__number")  # the last one, on appeal, stands
    return {
        item_place[item]: (str(uid), answers)
        for item, uid, answers in rows.values_list("item_id", "uid", "answers")
    }


def _appealed(lot: Lot, item_place: Mapping[int, int]) -> frozenset[int]:
    second = standing_judgments().filter(
        slot__lot=lot, slot__purpose=Slot.Purpose.ADJUDICATION, slot__number__gt=1
    )
    return frozenset(item_place[item] for item in second.values_list("item_id", flat=True))


def _silent(lot: Lot, item_place: Mapping[int, int]) -> frozenset[int]:
    withdrawn = Slot.State.WITHDRAWN
    slots = slots_in_force().filter(lot=lot, purpose=Slot.Purpose.ADJUDICATION, state=withdrawn)
    return frozenset(item_place[item] for item in slots.values_list("item_id", flat=True))


def census_answers(lot: Lot) -> QuerySet[Judgment]:
    """Return the answers of a lot's censuses, as far as its rules have not changed since."""
    return standing_judgments().filter(slot__lot=lot, slot__purpose=Slot.Purpose.CENSUS)


def _checked(lot: Lot, item_place: Mapping[int, int]) -> dict[int, tuple[str, Mapping[str, str]]]:
    rows = census_answers(lot).values_list("item_id", "uid", "answers")
    return {item_place[item]: (str(uid), answers) for item, uid, answers in rows}


def barred_slots(lot: Lot) -> QuerySet[Slot]:
    """Return open slots of the panel whose item is hidden from their expert."""
    walled = hidden(Asked(F("reserved_for_id"), Value(now(), DateTimeField())))
    return Slot.objects.filter(walled, lot=lot, purpose__in=FIRST, state=Slot.State.OPEN)
