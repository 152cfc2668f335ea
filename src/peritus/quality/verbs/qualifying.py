"""Open a test for an expert, and grade it: the same slots, no second engine."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Max

from peritus.accounts.models import Organisation, User
from peritus.accounts.queries import engine
from peritus.bench.models import Expert
from peritus.bench.verbs import record_qualification
from peritus.engagements.models import Lot
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.clock import now
from peritus.quality.attempts import (
    TESTING,
    attempt_ended_at,
    attempt_slots,
    begin_blockers,
    spec_of,
)
from peritus.quality.errors import QualificationRefused
from peritus.quality.marks import is_passed
from peritus.quality.queries import current_gold
from peritus.quality.rules import ASK_TEST, DERIVE
from peritus.work.models import Judgment
from peritus.work.queries import WAITING, standing_judgments
from peritus.work.verbs import SlotWanted, open_slots


@verb
def open_qualification(lot_id: int, expert_id: int, *, by: User, key: str) -> Lot:
    """Open a test for an expert, who may ask for it; a failed one may be taken again.

    Tests are lots of the provider's own training only: a lease of a test asks
    for no qualification. Raises QualificationRefused while a test is open or
    its pass is valid, before the waiting time is over, and once every attempt
    that the pack allows was used.
    """
    tests = Lot.objects.filter(organisation__kind=Organisation.Kind.PROVIDER)
    lot = tests.select_for_update(of=("self",)).get(pk=lot_id)
    expert = Expert.objects.get(pk=expert_id)
    ASK_TEST.require(by, expert)
    if earlier := earlier_result():
        return earlier
    if blockers := begin_blockers(lot, expert, now()):
        raise QualificationRefused(blockers)
    number = (lot.slots.filter(purpose=TESTING).aggregate(n=Max("number"))["n"] or 0) + 1
    wanted = [SlotWanted(item.pk, TESTING, number, expert.pk) for item in lot.items.order_by("key")]
    open_slots(lot.pk, wanted, by=engine(), key=f"test:{expert.handle}:{number}")
    record(
        "qualification.opened",
        about=lot,
        engagement=lot.engagement,
        subject=lot.uid,
        data={"attempt": number, "expert": expert.uid},
    )
    return lot


@verb
def grade_qualification(lot_id: int, expert_id: int, *, by: User, key: str) -> Lot:
    """Grade an expert's latest attempt once no item waits; a skipped one is not right."""
    DERIVE.require(by)
    lot, expert = Lot.objects.get(pk=lot_id), Expert.objects.get(pk=expert_id)
    slots = attempt_slots(lot, expert)
    if any(slot.state in WAITING for slot in slots):
        return lot
    judgments = list(standing_judgments().filter(slot__in=slots, expert=expert))
    right, spec = sum(_is_right(each) for each in judgments), spec_of(lot)
    # From the facts, not from the clock: grading an attempt again is the same act.
    ended = attempt_ended_at(slots)
    record_qualification(
        expert.pk,
        name=spec.name,
        right=right,
        asked=len(slots),
        passed=is_passed(spec, right, len(slots)),
        valid_until=ended + timedelta(days=spec.valid_days),
        by=by,
        key=f"grade:{expert.handle}:{slots[0].number}",
    )
    return lot


def _is_right(judgment: Judgment) -> bool:
    gold = current_gold().filter(item=judgment.item_id, weighs=True)
    return all(judgment.answers.get(each.question) == each.answer for each in gold)
