"""Attempts at a test: what was asked, how one ended, and when the next may begin."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Max, Min

from peritus.bench.models import Expert, Qualification
from peritus.catalogue.packs import QualificationSpec
from peritus.engagements.models import Lot
from peritus.engagements.queries import pack_of
from peritus.quality.errors import QualificationRefused
from peritus.quality.rules import another_attempt_blockers
from peritus.work.models import Slot
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


def attempt_ended_at(slots: list[Slot]) -> datetime:
    """Return when an attempt's last answer came in; its opening where none did."""
    answers = standing_judgments().filter(slot__in=slots)
    last: datetime | None = answers.aggregate(last=Max("submitted_at"))["last"]
    return last or slots[0].opened_at


def latest_result(expert: Expert, spec: QualificationSpec) -> Qualification | None:
    """Return how the expert's last graded attempt came out."""
    results = Qualification.objects.filter(expert=expert, name=spec.name)
    return results.order_by("-granted_at", "-id").first()


def is_graded(slots: list[Slot], result: Qualification | None) -> bool:
    """Say whether the result is that of the attempt, and not of one before it."""
    return result is not None and result.granted_at >= attempt_ended_at(slots)


def attempts_used(lot: Lot, expert: Expert, spec: QualificationSpec) -> int:
    """Count the attempts since the test was last passed: a pass makes good what was before."""
    mine = Slot.objects.filter(lot=lot, reserved_for=expert, purpose=TESTING)
    begun = mine.values("number").annotate(begun_at=Min("opened_at"))
    passes = Qualification.objects.filter(expert=expert, name=spec.name, passed=True)
    passed_at = passes.aggregate(last=Max("granted_at"))["last"]
    return begun.filter(begun_at__gt=passed_at).count() if passed_at else begun.count()


def begin_blockers(lot: Lot, expert: Expert, at: datetime) -> list[str]:
    """Say why an expert cannot begin a test now, for the page and the error alike."""
    spec, slots = spec_of(lot), attempt_slots(lot, expert)
    if any(slot.state in WAITING for slot in slots):
        return [f"The test {spec.name!r} is open to you already."]
    if slots and not is_graded(slots, latest_result(expert, spec)):
        return [f"Your last attempt at {spec.name!r} is being graded; look again in a moment."]
    valid = Qualification.objects.filter(
        expert=expert, name=spec.name, passed=True, expires_at__gt=at
    )
    if held := valid.first():
        return [f"You passed {spec.name!r}; it is valid until {held.expires_at:%Y-%m-%d}."]
    return _again_blockers(lot, expert, spec, slots, at)


def _again_blockers(
    lot: Lot, expert: Expert, spec: QualificationSpec, slots: list[Slot], at: datetime
) -> list[str]:
    used = attempts_used(lot, expert, spec)
    if not used:
        return []
    earliest = attempt_ended_at(slots) + timedelta(minutes=spec.wait_minutes)
    return another_attempt_blockers(spec, used, earliest, at)
