"""Attempts at a test: what was asked, how one ended, and when the next may begin."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Max, Min

from peritus.bench.models import Expert, Qualification
from peritus.catalogue.qualifications import QualificationSpec
from peritus.engagements.models import Lot
from peritus.engagements.queries import pack_of
from peritus.journal.models import Event
from peritus.quality.errors import QualificationRefused
from peritus.quality.models import AttemptGrant
from peritus.quality.rules import another_attempt_blockers
from peritus.work.models import Judgment, Slot
from peritus.work.queries import WAITING, standing_judgments

TESTING = Slot.Purpose.QUALIFICATION


def spec_of(lot: Lot) -> QualificationSpec:
    """Return the test that the lot's pack declares; raises QualificationRefused."""
    spec = pack_of(lot.engagement).qualification
    if spec is None:
        raise QualificationRefused([f"{lot} belongs to a pack without a test."])
    return spec


def attempt_slots(lot: Lot, expert: Expert) -> list[Slot]:
    """Return the slots of the expert's latest attempt at a lot's test, as they are asked."""
    mine = Slot.objects.filter(lot=lot, reserved_for=expert, purpose=TESTING)
    latest = mine.aggregate(latest=Max("number"))["latest"]
    return list(mine.filter(number=latest).select_related("item").order_by("id"))


def attempt_ends_at(spec: QualificationSpec, slots: list[Slot]) -> datetime | None:
    """Return when the time of an attempt is over; None: it has no limit."""
    if spec.limit_minutes is None:
        return None
    return slots[0].opened_at + timedelta(minutes=spec.limit_minutes)


def time_is_over(spec: QualificationSpec, slots: list[Slot], at: datetime) -> bool:
    """Say whether an attempt takes no answers any more, whatever of it waits."""
    ends_at = attempt_ends_at(spec, slots)
    return ends_at is not None and at > ends_at


def end_of_test(slot: Slot) -> datetime | None:
    """Return when the time of the attempt that a slot belongs to is over, if it has an end."""
    spec = pack_of(slot.lot.engagement).qualification if slot.purpose == TESTING else None
    if spec is None:
        return None
    attempt = Slot.objects.filter(
        lot=slot.lot_id, reserved_for=slot.reserved_for_id, purpose=TESTING, number=slot.number
    )
    return attempt_ends_at(spec, list(attempt.order_by("id")[:1]))


def answers_in_time(spec: QualificationSpec, slots: list[Slot]) -> dict[int, Judgment]:
    """Return by slot the answers of an attempt that came in before its end."""
    given = standing_judgments().filter(slot__in=slots)
    if ends_at := attempt_ends_at(spec, slots):
        given = given.filter(submitted_at__lte=ends_at)
    return {each.slot_id: each for each in given}


def attempt_ended_at(spec: QualificationSpec, slots: list[Slot]) -> datetime:
    """Return when an attempt ended: with its last answer, or with its time if one is missing."""
    answers = answers_in_time(spec, slots)
    ends_at = attempt_ends_at(spec, slots)
    return ends_at if ends_at and len(answers) < len(slots) else _last_act(slots, answers)


def _last_act(slots: list[Slot], answers: dict[int, Judgment]) -> datetime:
    return max([slots[0].opened_at, *(each.submitted_at for each in answers.values())])


def latest_result(expert: Expert, spec: QualificationSpec) -> Qualification | None:
    """Return how the expert's last graded attempt came out."""
    results = Qualification.objects.filter(expert=expert, name=spec.name)
    return results.order_by("-granted_at", "-id").first()


def is_graded(spec: QualificationSpec, slots: list[Slot], result: Qualification | None) -> bool:
    """Say whether the result is that of the attempt, and not of one before it."""
    last_act = _last_act(slots, answers_in_time(spec, slots))
    return result is not None and result.granted_at >= last_act


def attempts_used(lot: Lot, expert: Expert, spec: QualificationSpec) -> int:
    """Count the attempts since the test was last passed, or the expert was let try anew."""
    mine = Slot.objects.filter(lot=lot, reserved_for=expert, purpose=TESTING)
    begun = mine.values("number").annotate(begun_at=Min("opened_at"))
    passes = Qualification.objects.filter(expert=expert, name=spec.name, passed=True)
    grants = AttemptGrant.objects.filter(lot=lot, expert=expert)
    ends = [each.aggregate(last=Max("granted_at"))["last"] for each in (passes, grants)]
    since = max((end for end in ends if end), default=None)
    return begun.filter(begun_at__gt=since).count() if since else begun.count()


def is_open(spec: QualificationSpec, slots: list[Slot], at: datetime) -> bool:
    """Say whether an attempt still takes answers."""
    waits = any(slot.state in WAITING for slot in slots)
    return waits and not time_is_over(spec, slots, at)


def begin_blockers(lot: Lot, expert: Expert, at: datetime) -> list[str]:
    """Say why an expert cannot begin a test now, for the page and the error alike."""
    spec, slots = spec_of(lot), attempt_slots(lot, expert)
    if is_open(spec, slots, at):
        return [f"The test {spec.name!r} is open to you already."]
    if slots and not is_graded(spec, slots, latest_result(expert, spec)):
        return [f"Your last attempt at {spec.name!r} is being graded; look again in a moment."]
    valid = Qualification.objects.filter(
        expert=expert, name=spec.name, passed=True, expires_at__gt=at
    )
    if held := valid.first():
        return [f"You passed {spec.name!r}; it is valid until {held.expires_at:%Y-%m-%d}."]
    return _again_blockers(lot, expert, spec, slots, at)


def text_to_confirm(lot: Lot, expert: Expert) -> str:
    """Return the digest of the training text that an expert has still to confirm, "" if none."""
    digest = spec_of(lot).to_confirm
    if not digest:
        return ""
    opened = Event.objects.filter(kind="qualification.opened", subject=lot.uid)
    said = ((each.data["expert"], each.data.get("training")) for each in opened.order_by("-id"))
    return "" if (str(expert.uid), digest) in said else digest


def _again_blockers(
    lot: Lot, expert: Expert, spec: QualificationSpec, slots: list[Slot], at: datetime
) -> list[str]:
    used = attempts_used(lot, expert, spec)
    if not used:
        return []
    earliest = attempt_ended_at(spec, slots) + timedelta(minutes=spec.wait_minutes)
    return another_attempt_blockers(spec, used, earliest, at)
