"""Appeal against an answer that went against one; a second person decides."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Max, QuerySet

from peritus.accounts.models import User
from peritus.accounts.queries import engine
from peritus.bench.models import Expert
from peritus.bench.queries import experts_seen_by
from peritus.catalogue.identity import uid_of
from peritus.engagements.models import Wall
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.clock import now
from peritus.quality.appeals import appeal_blockers, appeals_seen_by, decision_blockers, outcome_of
from peritus.quality.errors import AppealRefused
from peritus.quality.models import Appeal, Gold
from peritus.quality.outcomes import Cause, Outcome
from peritus.quality.queries import FIRST_ADJUDICATION, current_gold
from peritus.quality.rules import DECIDE_APPEAL, DERIVE
from peritus.quality.verbs.gold import revise_gold
from peritus.work.models import Judgment, Slot
from peritus.work.queries import WAITING, slots_in_force
from peritus.work.verbs import SlotWanted, open_slots

DUE_DAYS = 7


@verb
def make_appeal(judgment_id: int, question: str, claim: str, *, by: User, key: str) -> Appeal:
    """Claim that an own answer was right, against what it was counted wrong by.

    Only the expert appeals, and only once their lot is frozen: before, an
    answer can still be taken back. Raises AppealRefused.
    """
    mine = Judgment.objects.filter(expert__user=by).select_related("engagement", "item")
    judgment = mine.select_for_update(of=("self",)).get(pk=judgment_id)
    if earlier := earlier_result():
        return earlier
    outcome = outcome_of(judgment, question)
    if blockers := appeal_blockers(judgment, question, outcome, claim):
        raise AppealRefused(blockers)
    assert outcome is not None  # noqa: S101 - the blockers say so where there is none
    appeal = _appeal(judgment, outcome, claim)
    record(
        "appeal.made",
        about=appeal,
        engagement=judgment.engagement,
        subject=judgment.item.uid,
        data={
            "against": appeal.against,
            "due": appeal.due_at.isoformat(),
            "judgment": judgment.uid,
            "question": question,
            "reference": appeal.reference,
        },
    )
    return appeal


def _appeal(judgment: Judgment, outcome: Outcome, claim: str) -> Appeal:
    at, held = now(), outcome.known
    of_gold = held.cause is Cause.GOLD
    gold = Gold.objects.get(pk=held.reference) if of_gold else None
    contested = None if of_gold else Judgment.objects.get(pk=held.reference)
    reference = (gold or contested).uid  # type: ignore[union-attr]
    return Appeal.objects.create(
        uid=uid_of(judgment.uid, "appeal", outcome.question, reference),
        organisation_id=judgment.organisation_id,
        engagement_id=judgment.engagement_id,
        judgment=judgment,
        question=outcome.question,
        against=held.cause.value,
        reference=reference,
        gold=gold,
        contested=contested,
        claim=claim.strip(),
        made_at=at,
        due_at=at + timedelta(days=DUE_DAYS),
    )


@verb
def give_appeal(appeal_id: int, expert_id: int, *, by: User, key: str) -> Appeal:
    """Give an appeal to a second adjudicator, whose judgment then decides it.

    Raises AppealRefused for somebody who adjudicated, audited or judged the
    item, is walled off, or is the appellant.
    """
    appeal = _waiting_for(by).get(pk=appeal_id)
    DECIDE_APPEAL.require(by, appeal)
    expert = experts_seen_by(by).get(pk=expert_id)
    if earlier := earlier_result():
        return earlier
    blockers = decision_blockers(appeal) + second_person_blockers(appeal, expert)
    if blockers:
        raise AppealRefused(blockers)
    item = appeal.judgment.item
    adjudications = slots_in_force().filter(item=item, purpose=Slot.Purpose.ADJUDICATION)
    latest = adjudications.aggregate(n=Max("number"))["n"]
    number = max(latest or 0, FIRST_ADJUDICATION) + 1
    wanted = [SlotWanted(item.pk, Slot.Purpose.ADJUDICATION, number, expert.pk)]
    open_slots(item.lot_id, wanted, by=engine(), key=f"appeal:{appeal.uid}:{number}")
    appeal.slot = adjudications.get(number=number)
    appeal.save(update_fields=["slot"])
    record(
        "appeal.given",
        about=appeal,
        engagement=appeal.engagement,
        subject=item.uid,
        data={"expert": expert.uid, "slot": appeal.slot.uid},
    )
    return appeal


def _waiting_for(user: User) -> QuerySet[Appeal]:
    related = ("engagement__manager", "judgment__item", "judgment__expert", "gold", "slot")
    return appeals_seen_by(user).select_related(*related).select_for_update(of=("self",))


def second_person_blockers(appeal: Appeal, expert: Expert) -> list[str]:
    """Say why an expert cannot be the second person on an appeal."""
    item, blockers = appeal.judgment.item, []
    if appeal.against == Appeal.Against.GOLD:
        blockers.append("An appeal against gold is decided here, by who did not set it.")
    if appeal.slot and appeal.slot.state in WAITING:
        blockers.append(f"It waits for {appeal.slot.reserved_for} already.")
    if item.judgments.filter(expert=expert).exists():
        blockers.append(f"{expert} has judged, adjudicated or audited this item before.")
    if item.slots.filter(reserved_for=expert).exists():
        blockers.append(f"{expert} was asked about this item before.")
    walls = Wall.objects.filter(engagement=appeal.engagement_id, expert=expert)
    if any(wall.item_id in {None, item.pk} for wall in walls):
        blockers.append(f"A wall stands between {expert} and this item.")
    return blockers


@verb
def decide_gold_appeal(appeal_id: int, *, granted: bool, reason: str, by: User, key: str) -> Appeal:
    """Decide an appeal against gold; a granted one publishes a new version of it.

    By manager or quality lead, whoever did not set the gold and does not
    appeal. Raises AppealRefused.
    """
    appeal = _waiting_for(by).get(pk=appeal_id)
    DECIDE_APPEAL.require(by, appeal)
    if earlier := earlier_result():
        return earlier
    blockers = decision_blockers(appeal)
    if appeal.gold is None:
        blockers.append("A second adjudicator's judgment decides this appeal; give it to one.")
    if not reason.strip():
        blockers.append("Write the reason; the expert reads it, whatever you decide.")
    if blockers:
        raise AppealRefused(blockers)
    if granted:
        _correct_gold(appeal, reason, by, key)
    outcome = Appeal.Outcome.GRANTED if granted else Appeal.Outcome.REFUSED
    return _decided(appeal, outcome, reason, by)


def _correct_gold(appeal: Appeal, reason: str, by: User, key: str) -> None:
    """Publish the appellant's answer, unless a later version says so already."""
    answer = appeal.judgment.answers[appeal.question]
    in_use = current_gold().filter(item=appeal.judgment.item_id, question=appeal.question).first()
    if in_use and in_use.answer != answer:
        revise_gold(in_use.pk, answer, source=appeal.claim, because=reason, by=by, key=key)


@verb
def close_appeal(appeal_id: int, judgment_id: int, *, by: User, key: str) -> Appeal:
    """Read what a second adjudicator's judgment means for the appeal that asked for it."""
    DERIVE.require(by)
    appeal = _waiting_for(by).get(pk=appeal_id)
    if earlier := earlier_result():
        return earlier
    if blockers := decision_blockers(appeal):
        raise AppealRefused(blockers)
    judgment = Judgment.objects.select_related("expert__user").get(pk=judgment_id)
    agrees = judgment.answers[appeal.question] == appeal.judgment.answers[appeal.question]
    outcome = Appeal.Outcome.GRANTED if agrees else Appeal.Outcome.REFUSED
    return _decided(appeal, outcome, judgment.reason, judgment.expert.user)


def _decided(appeal: Appeal, outcome: str, reason: str, by: User) -> Appeal:
    appeal.outcome, appeal.reason = outcome, reason.strip()
    appeal.decided_by, appeal.decided_at = by, now()
    appeal.save(update_fields=["outcome", "reason", "decided_by", "decided_at"])
    record(
        "appeal.decided",
        about=appeal,
        engagement=appeal.engagement,
        subject=appeal.judgment.item.uid,
        data={"outcome": outcome, "question": appeal.question},
    )
    return appeal


@verb
def note_overdue_appeal(appeal_id: int, *, by: User, key: str) -> Appeal:
    """Take note, once, that an appeal's time limit passed without a decision."""
    DERIVE.require(by)
    appeal = _waiting_for(by).get(pk=appeal_id)
    if earlier := earlier_result():
        return earlier
    appeal.overdue_noted_at = now()
    appeal.save(update_fields=["overdue_noted_at"])
    record(
        "appeal.overdue",
        about=appeal,
        engagement=appeal.engagement,
        data={"due": appeal.due_at.isoformat()},
    )
    return appeal
