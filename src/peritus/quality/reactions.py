"""What quality does when work was done."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from peritus.accounts.queries import engine
from peritus.catalogue.plans import ADAPTIVE
from peritus.engagements.models import Engagement, Item, Lot
from peritus.journal.models import Event
from peritus.journal.pump import subscribe
from peritus.quality.calibration import round_of, waiting_slots
from peritus.quality.drift import experts_in_alarm
from peritus.quality.floor import experts_below_floor
from peritus.quality.models import Appeal, CalibrationRound, Census, Draw, QualityPlan
from peritus.quality.outcomes import items_with_known_answers
from peritus.quality.queries import plan_of
from peritus.quality.verbs import (
    call_off_census,
    close_appeal,
    decide_item,
    derive_skills,
    end_judging,
    grade_qualification,
    open_audits,
    place_gold,
    raise_alarm,
    raise_floor_alarm,
    record_audit,
    record_census,
    settle_lot,
)
from peritus.work.models import Judgment, PanelSeat, Skip, Slot

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


@subscribe("quality.decide_reopened", to=("items.reopened",))
def decide_reopened(event: Event) -> None:
    """Take back the decisions on reopened items until they are judged again."""
    for item in Item.objects.filter(uid__in=event.data["items"]).order_by("key"):
        if not _is_adaptive(item.engagement_id):
            decide_item(item.pk, by=engine(), key=f"quality.decide:{event.pk}:{item.pk}")


SETTLING = (
    *ANSWERED,
    "judgment.taken_back",
    "panel.seated",
    "production.released",
    "items.reopened",
)


@subscribe("quality.settle", to=SETTLING, gathered="lot")
def settle(event: Event) -> None:
    """Derive a lot's decisions again, once for all that arrived, and buy what it wants."""
    if "lot" not in event.data:
        return  # an earlier release wrote it, which bought nothing adaptively
    lot = Lot.objects.get(uid=event.data["lot"])
    if _is_adaptive(lot.engagement_id):
        settle_lot(lot.pk, by=engine(), key=f"quality.settle:{event.pk}")


@subscribe("quality.settle_walled", to=("wall.raised", "engagement.restricted"))
def settle_walled(event: Event) -> None:
    """Buy of somebody else what a wall or restriction keeps experts of the panel from."""
    seats = PanelSeat.objects.filter(engagement__uid=str(event.engagement_uid))
    if event.kind == "wall.raised":  # of one expert; a restriction is of whoever is outside
        seats = seats.filter(expert__uid=event.data["expert"])
    for lot in Lot.objects.filter(pk__in=seats.values("lot")).order_by("place"):
        if _is_adaptive(lot.engagement_id):
            settle_lot(lot.pk, by=engine(), key=f"quality.settle:{event.pk}:{lot.pk}")


def _is_adaptive(engagement_id: int) -> bool:
    return QualityPlan.objects.filter(engagement=engagement_id, rule=ADAPTIVE).exists()


@subscribe(
    "quality.place_gold", to=("slots.opened", "gold.published", "gold.recorded"), coalesced=True
)
def place(event: Event) -> None:
    """Ask experts about known answers, as their own slots open and answers become known.

    Not when one was skipped: a form that comes in place of another would tell
    that the other was gold.
    """
    for lot in _lots_of(event):
        plan = QualityPlan.objects.filter(engagement=lot.engagement_id).first()
        if plan is not None and plan.terms.gold_share:
            place_gold(lot.pk, by=engine(), key=f"quality.place_gold:{event.pk}:{lot.pk}")


def _lots_of(event: Event) -> QuerySet[Lot]:
    """Return the lots in which an event of slots or gold may want gold placed."""
    if event.kind == "slots.opened":
        return Lot.objects.filter(uid=event.about_uid)
    if event.kind == "gold.published":
        return Lot.objects.filter(items__uid=str(event.subject))
    return Lot.objects.filter(engagement__uid=str(event.engagement_uid)).order_by("place")


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
    if _is_check(event, Slot.Purpose.AUDIT):
        key = f"quality.audit:{event.pk}"
        record_audit(_slot_of(event).pk, _judgment_in(event), by=engine(), key=key)


@subscribe("quality.census", to=ANSWERED)
def check_of_census(event: Event) -> None:
    """Compare an auditor's answer with what was decided of one of the riskiest."""
    if _is_check(event, Slot.Purpose.CENSUS):
        key = f"quality.census:{event.pk}"
        record_census(_slot_of(event).pk, _judgment_in(event), by=engine(), key=key)


def _is_check(event: Event, purpose: str) -> bool:
    """Say whether an auditor's slot of a purpose was answered or given up, not put off."""
    put_off = event.data.get("reason") == Skip.Reason.LATER
    return event.data["purpose"] == purpose and not put_off


def _judgment_in(event: Event) -> int | None:
    """Return the id of the judgment that was submitted; None where the slot was skipped."""
    return Judgment.objects.filter(uid=event.about_uid).values_list("pk", flat=True).first()


@subscribe("quality.call_off_census", to=("items.reopened",))
def end_census(event: Event) -> None:
    """End a lot's census once rules changed under it: its risks were foretold by the old ones."""
    for census in Census.objects.filter(lot__uid=event.data["lot"], state=Census.State.OPEN):
        call_off_census(census.pk, by=engine(), key=f"quality.call_off_census:{event.pk}")


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


@subscribe("quality.end_judging", to=ANSWERED)
def end_round(event: Event) -> None:
    """Let a calibration round be discussed once its last item was answered."""
    if event.data["purpose"] != Slot.Purpose.CALIBRATION:
        return
    found = round_of(_slot_of(event))
    judging = found.state == CalibrationRound.State.JUDGING
    if judging and not waiting_slots(found).exists():
        end_judging(found.pk, by=engine(), key=f"quality.end_judging:{event.pk}")


@subscribe("quality.close_appeal", to=("judgment.submitted",))
def read_second_adjudication(event: Event) -> None:
    """Close the appeal that a second adjudicator was asked about."""
    if event.data["purpose"] != Slot.Purpose.ADJUDICATION:
        return
    judgment = Judgment.objects.get(uid=event.about_uid)
    appeal = Appeal.objects.filter(slot=judgment.slot_id, outcome=Appeal.Outcome.WAITING).first()
    if appeal:
        close_appeal(appeal.pk, judgment.pk, by=engine(), key=f"quality.appeal:{event.pk}")


KNOWN_NOW = ("gold.published", "gold.retired", "audit.recorded")
ANSWERED_NOW = ("judgment.submitted", "judgment.taken_back")


@subscribe("quality.measure", to=(*KNOWN_NOW, *ANSWERED_NOW))
def measure(event: Event) -> None:
    """Derive skills again and watch everybody, once for all that waits to be read."""
    known = items_with_known_answers()
    answered = event.kind in ANSWERED_NOW
    if answered and not known.filter(uid=event.data["item"]).exists():
        return
    course = Engagement.objects.get(uid=str(event.engagement_uid))
    later = Event.objects.filter(engagement_uid=course.uid, place__gt=event.place or 0)
    matters = Q(kind__in=KNOWN_NOW) | Q(subject__in=known.values("uid"))
    if later.filter(matters, kind__in=(*KNOWN_NOW, *ANSWERED_NOW)).exists():
        return
    derive_skills(course.pack, by=engine(), key=f"quality.measure:{event.pk}")
    for expert, question in experts_in_alarm(course.pk):
        key = f"quality.watch:{event.pk}:{expert}:{question}"
        raise_alarm(course.pk, expert, question, by=engine(), key=key)
    for expert, question in experts_below_floor(course.pk):
        key = f"quality.floor:{event.pk}:{expert}:{question}"
        raise_floor_alarm(course.pk, expert, question, by=engine(), key=key)
