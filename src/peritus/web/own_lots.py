"""Lots as their expert sees them: what waits, and what came of a finished one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from peritus.bench.models import Expert
from peritus.engagements.models import Lot
from peritus.engagements.queries import current_guideline, questions_of
from peritus.web.desk import DecidedBefore, belongs_beside, labels_of, last_decided
from peritus.work.models import Slot
from peritus.work.queries import slots_open_to, standing_judgments


@dataclass(frozen=True)
class WaitingLot:
    """A lot with slots that the expert may lease now."""

    lot: Lot
    open: int
    calibrates: bool
    key: str


def waiting_lots(expert: Expert, at: datetime) -> tuple[WaitingLot, ...]:
    """Return the lots that wait for the expert, oldest slots first."""
    slots = list(slots_open_to(expert, at).values_list("lot", "purpose"))
    counts = Counter(lot for lot, _ in slots)
    calibrating = {lot for lot, purpose in slots if purpose == Slot.Purpose.CALIBRATION}
    lots = Lot.objects.select_related("engagement").in_bulk(counts)
    return tuple(
        WaitingLot(lots[lot], count, lot in calibrating, uuid4().hex)
        for lot, count in counts.items()
    )


@dataclass(frozen=True)
class Finished:
    """A lot in which nothing is open to the expert any more."""

    lot: Lot
    done: int
    seconds: int | None
    is_test: bool
    last: tuple[DecidedBefore, ...]
    next_lots: tuple[WaitingLot, ...]


def finished_lot(lot_id: int, expert: Expert, at: datetime) -> Finished | None:
    """Return what came of the expert's work in a lot, or None where there was none."""
    mine = standing_judgments().filter(expert=expert, slot__lot=lot_id)
    latest = mine.select_related("slot__lot__engagement").order_by("-id").first()
    if latest is None:
        return None
    slot = latest.slot
    counted = [each for each in mine.select_related("slot") if belongs_beside(each.slot, slot)]
    times = [each.seconds for each in counted if each.seconds is not None]
    is_test = slot.purpose == Slot.Purpose.QUALIFICATION
    return Finished(
        lot=slot.lot,
        done=len(counted),
        seconds=sum(times) if times else None,
        is_test=is_test,
        last=() if is_test else last_decided(slot, expert, _labels_in(slot.lot)),
        next_lots=waiting_lots(expert, at),
    )


def _labels_in(lot: Lot) -> dict[tuple[str, str], str]:
    return labels_of(questions_of(current_guideline(lot.engagement)))
