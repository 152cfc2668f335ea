"""What quality does when work was done."""

from __future__ import annotations

from peritus.accounts.queries import engine
from peritus.catalogue.plans import ADAPTIVE
from peritus.engagements.models import Item, Lot, Wall
from peritus.journal.models import Event
from peritus.journal.pump import subscribe
from peritus.quality.models import Draw, QualityPlan
from peritus.quality.queries import plan_of
from peritus.quality.verbs import (
    decide_item,
    grade_qualification,
    open_audits,
    record_audit,
    settle_lot,
)
from peritus.work.models import Judgment, Skip, Slot

ANSWERED = ("judgment.submitted", "slot.skipped")


def _slot_of(event: Event) -> Slot:
    """Return the slot that was answered or skipped."""
    if event.kind == "slot.skipped":
        return (
            Skip.objects.select_related("assignment__slot").get(uid=event.about_uid).assignment.slot
        )
    return Judgment.objects.select_related("slot").get(uid=event.about_uid).slot


@subscribe("quality.decide", to=(*ANSWERED, "judgment.taken_back"), coalesced=True)
def decide(event: Event) -> None:
    """Derive the item's decisions again.

    Audits too: an event of one that is read in place of an earlier event of
    its item must not swallow it.
    """
    if event.data["purpose"] == Slot.Purpose.QUALIFICATION:
        return
    item = Item.objects.get(uid=event.data["item"])
    if not _is_adaptive(item.engagement_id):
        decide_item(item.pk, by=engine(), key=f"quality.decide:{event.pk}")


@subscribe("quality.settle", to=(*ANSWERED, "judgment.taken_back", "panel.seated"), gathered="lot")
def settle(event: Event) -> None:
    """Derive a lot's decisions again, once for all that arrived, and buy what it wants."""
    if "lot" not in event.data:
        return  # an earlier release wrote it, which bought nothing adaptively
    lot = Lot.objects.get(uid=event.data["lot"])
    if _is_adaptive(lot.engagement_id):
        settle_lot(lot.pk, by=engine(), key=f"quality.settle:{event.pk}")


@subscribe("quality.settle_walled", to=("wall.raised",))
def settle_walled(event: Event) -> None:
    """Buy of somebody else what a wall keeps an expert of the panel from."""
    wall = Wall.objects.get(uid=event.about_uid)
    if _is_adaptive(wall.engagement_id):
        for lot in Lot.objects.filter(panel__expert=wall.expert, engagement=wall.engagement_id):
            settle_lot(lot.pk, by=engine(), key=f"quality.settle:{event.pk}:{lot.pk}")


def _is_adaptive(engagement_id: int) -> bool:
    return QualityPlan.objects.filter(engagement=engagement_id, rule=ADAPTIVE).exists()


@subscribe("quality.open_first_audits", to=("draw.made",))
def open_first_audits(event: Event) -> None:
    """Open the audits of the plan's first look."""
    freeze = Draw.objects.select_related("freeze").get(uid=event.about_uid).freeze
    plan = plan_of(freeze)
    if plan is not None:
        open_audits(freeze.pk, plan.looks[0], by=engine(), key=f"quality.first:{event.pk}")


@subscribe("quality.audit", to=ANSWERED)
def audit(event: Event) -> None:
    """Compare an auditor's answer with what was frozen."""
    put_off = event.data.get("reason") == Skip.Reason.LATER
    if event.data["purpose"] != Slot.Purpose.AUDIT or put_off:
        return
    slot = _slot_of(event)
    answered = Judgment.objects.filter(uid=event.about_uid).values_list("pk", flat=True).first()
    record_audit(slot.pk, answered, by=engine(), key=f"quality.audit:{event.pk}")


@subscribe("quality.grade", to=ANSWERED)
def grade(event: Event) -> None:
    """Grade a test when its last item was answered."""
    if event.data["purpose"] != Slot.Purpose.QUALIFICATION:
        return
    slot = _slot_of(event)
    if slot.reserved_for_id is not None:
        grade_qualification(
            slot.lot_id, slot.reserved_for_id, by=engine(), key=f"quality.grade:{event.pk}"
        )
