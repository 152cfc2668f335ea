"""Open a test for an expert, and grade it: the same slots, no second engine."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Max

from peritus.accounts.models import Organisation, User
from peritus.accounts.queries import engine
from peritus.bench.models import Expert
from peritus.bench.queries import experts_seen_by
from peritus.bench.verbs import record_qualification
from peritus.catalogue.identity import uid_of
from peritus.catalogue.qualifications import questions_of_attempt
from peritus.engagements.models import Lot
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.clock import now
from peritus.quality.attempts import (
    TESTING,
    answers_in_time,
    attempt_ended_at,
    attempt_slots,
    attempts_used,
    begin_blockers,
    is_open,
    spec_of,
    text_to_confirm,
)
from peritus.quality.errors import QualificationRefused
from peritus.quality.marks import is_passed
from peritus.quality.models import AttemptGrant
from peritus.quality.queries import current_gold
from peritus.quality.rules import (
    ASK_TEST,
    DERIVE,
    GRANT_ATTEMPTS,
    grant_blockers,
    training_blockers,
)
from peritus.work.models import Judgment, Slot
from peritus.work.queries import WAITING
from peritus.work.verbs import SlotWanted, give_back_leases, open_slots, withdraw_slots


@verb
def open_qualification(lot_id: int, expert_id: int, *, read: str = "", by: User, key: str) -> Lot:
    """Open a test for an expert, who may ask for it; a failed one may be taken again.

    Tests are lots of the provider's own training only: a lease of a test asks
    for no qualification. Raises QualificationRefused while a test is open or
    its pass is valid, before the waiting time is over, and once every attempt
    that the pack allows was used. ``read`` is the digest of the training text
    that the expert confirms to have read; it is wanted once, where the pack asks.
    """
    tests = Lot.objects.filter(organisation__kind=Organisation.Kind.PROVIDER)
    lot = tests.select_for_update(of=("self",)).get(pk=lot_id)
    expert = Expert.objects.get(pk=expert_id)
    ASK_TEST.require(by, expert)
    if earlier := earlier_result():
        return earlier
    wanted = text_to_confirm(lot, expert)
    blockers = begin_blockers(lot, expert, now()) + training_blockers(wanted, read)
    if blockers:
        raise QualificationRefused(blockers)
    number = (lot.slots.filter(purpose=TESTING).aggregate(n=Max("number"))["n"] or 0) + 1
    slots = _slots_wanted(lot, expert, number)
    open_slots(lot.pk, slots, by=engine(), key=f"test:{lot.uid}:{expert.handle}:{number}")
    record(
        "qualification.opened",
        about=lot,
        engagement=lot.engagement,
        subject=lot.uid,
        data={"attempt": number, "expert": expert.uid} | ({"training": read} if wanted else {}),
    )
    return lot


@verb
def grant_attempts(
    lot_id: int, expert_id: int, because: str, *, by: User, key: str
) -> AttemptGrant:
    """Let an expert try a test anew, as if none of its attempts had been used.

    Raises QualificationRefused while attempts are left, or without a reason.
    """
    tests = Lot.objects.filter(organisation__kind=Organisation.Kind.PROVIDER)
    lot = tests.select_for_update(of=("self",)).get(pk=lot_id)
    expert = experts_seen_by(by).get(pk=expert_id)
    GRANT_ATTEMPTS.require(by, expert)
    if earlier := earlier_result():
        return earlier
    spec = spec_of(lot)
    if blockers := grant_blockers(spec, attempts_used(lot, expert, spec), because):
        raise QualificationRefused(blockers)
    before = AttemptGrant.objects.filter(lot=lot, expert=expert).count()
    grant = AttemptGrant.objects.create(
        uid=uid_of(lot.uid, "attempts", expert.handle, before + 1),
        organisation_id=lot.organisation_id,
        engagement_id=lot.engagement_id,
        lot=lot,
        expert=expert,
        because=because.strip(),
        granted_by=by,
        granted_at=now(),
    )
    said = {"expert": expert.uid}
    record("attempts.granted", about=grant, engagement=lot.engagement, subject=lot.uid, data=said)
    return grant


def _slots_wanted(lot: Lot, expert: Expert, number: int) -> list[SlotWanted]:
    items = dict(lot.items.values_list("key", "pk"))
    drawn = questions_of_attempt(
        spec_of(lot), items, seed=str(lot.uid), expert=str(expert.uid), attempt=number
    )
    return [SlotWanted(items[key], TESTING, number, expert.pk) for key in drawn]


@verb
def grade_qualification(lot_id: int, expert_id: int, *, by: User, key: str) -> Lot:
    """Grade an expert's latest attempt once nothing of it waits, or its time is over.

    A skipped question is not right, nor is one that was not answered in time: it
    is withdrawn, also from whoever has it in hand.
    """
    DERIVE.require(by)
    lot = Lot.objects.get(pk=lot_id)
    # Whoever leases locks the expert first: nothing is given out while the rest is withdrawn.
    expert = Expert.objects.select_for_update(of=("self",), no_key=True).get(pk=expert_id)
    spec, slots = spec_of(lot), attempt_slots(lot, expert)
    if is_open(spec, slots, now()):
        return lot
    _withdraw_rest(lot, expert, [slot for slot in slots if slot.state in WAITING])
    right = sum(_is_right(each) for each in answers_in_time(spec, slots).values())
    # From the facts, not from the clock: grading an attempt again is the same act.
    ended = attempt_ended_at(spec, slots)
    record_qualification(
        expert.pk,
        name=spec.name,
        right=right,
        asked=len(slots),
        passed=is_passed(spec, right, len(slots)),
        valid_until=ended + timedelta(days=spec.valid_days),
        by=by,
        key=f"grade:{lot.uid}:{expert.handle}:{slots[0].number}",
    )
    return lot


def _withdraw_rest(lot: Lot, expert: Expert, waiting: list[Slot]) -> None:
    if not waiting:
        return
    key = f"over:{lot.uid}:{expert.handle}:{waiting[0].number}"
    give_back_leases(lot.engagement_id, expert.pk, by=engine(), key=key)
    withdraw_slots(lot.pk, [slot.pk for slot in waiting], by=engine(), key=key)


def _is_right(judgment: Judgment) -> bool:
    gold = current_gold().filter(item=judgment.item_id, weighs=True)
    return all(judgment.answers.get(each.question) == each.answer for each in gold)
