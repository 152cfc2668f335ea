"""Submit a judgment, take it back, or give the slot back with a reason."""

from __future__ import annotations

from collections.abc import Mapping

from peritus.accounts.models import User
from peritus.catalogue.identity import uid_of
from peritus.catalogue.kinds import kind_named
from peritus.engagements.models import GuidelineVersion, Question, Wall
from peritus.engagements.queries import current_guideline, questions_of
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.canonical import sha256
from peritus.journal.clock import now
from peritus.work.errors import AnswersRefused, JudgmentStands, LeaseLost
from peritus.work.leasing import AGAIN, bars_against, refusal_on_record
from peritus.work.models import Assignment, Judgment, Skip, Slot, TakenBack
from peritus.work.queries import assignments_of, bars_on_lease, standing_judgments
from peritus.work.rules import (
    answer_blockers,
    effort_blockers,
    lease_blockers,
    reason_blockers,
    skip_blockers,
    undo_blockers,
)
from peritus.work.verbs.leases import LEASE_SECONDS, write_lease


def _held(assignment_id: int, by: User) -> Assignment:
    """Return a lease, locked in the order in which one is given: expert, slot, lease.

    A wall is raised before this act or after it, and nobody waits for each other.
    """
    mine = assignments_of(by).select_related("slot__item", "slot__lot", "expert", "engagement")
    rows = mine.select_for_update(of=("expert", "slot", "self"), no_key=True)
    return rows.get(pk=assignment_id)


@verb
def submit_judgment(
    assignment_id: int,
    fence: int,
    answers: Mapping[str, str],
    *,
    reason: str = "",
    confidence: int | None = None,
    seconds: int | None = None,
    by: User,
    key: str,
) -> Judgment:
    """Submit answers under the guideline in force; the slot is then done.

    Raises LeaseLost when the slot was given to somebody else, AnswersRefused
    with every reason when an answer does not fit its question.
    """
    assignment = _held(assignment_id, by)
    if earlier := earlier_result():
        return earlier
    bars = bars_on_lease(assignment)
    if blockers := lease_blockers(assignment, fence, barred=[bar.sentence for bar in bars]):
        refusal = LeaseLost(" ".join(blockers))
        raise refusal_on_record(refusal, bars, assignment.slot, assignment.expert)
    guideline = current_guideline(assignment.engagement)
    questions = questions_of(guideline)
    blockers = answer_blockers(questions, answers) + effort_blockers(confidence, seconds)
    if blockers := blockers + reason_blockers(assignment.slot.purpose, reason):
        raise AnswersRefused(blockers)
    judgment = _judgment(assignment, guideline, _canonical(questions, answers))
    judgment.reason, judgment.confidence, judgment.seconds = reason, confidence, seconds
    judgment.save(force_insert=True)
    _close(assignment, Assignment.State.SUBMITTED, Slot.State.DONE)
    _record_judgment(judgment)
    return judgment


def _canonical(questions: list[Question], answers: Mapping[str, str]) -> dict[str, str]:
    return {each.code: kind_named(each.kind).canonical(answers[each.code]) for each in questions}


def _judgment(
    assignment: Assignment, guideline: GuidelineVersion, answers: dict[str, str]
) -> Judgment:
    slot = assignment.slot
    return Judgment(
        uid=uid_of(assignment.uid, "judgment"),
        organisation_id=assignment.organisation_id,
        engagement_id=assignment.engagement_id,
        item=slot.item,
        slot=slot,
        assignment=assignment,
        guideline_version=guideline,
        expert=assignment.expert,
        supersedes=slot.judgments.filter(expert=assignment.expert, successor=None).first(),
        answers=answers,
        submitted_at=now(),
    )


def _close(assignment: Assignment, state: str, slot_state: str) -> None:
    assignment.state = state
    assignment.save(update_fields=["state"])
    assignment.slot.state = slot_state
    assignment.slot.save(update_fields=["state"])


def _record_judgment(judgment: Judgment) -> None:
    record(
        "judgment.submitted",
        about=judgment,
        engagement=judgment.engagement,
        subject=judgment.item.uid,
        data={
            "answers": judgment.answers,
            "expert": judgment.expert.uid,
            "guideline": judgment.guideline_version.digest,
            "item": judgment.item.uid,
            "lot": judgment.slot.lot.uid,
            "purpose": judgment.slot.purpose,
            "reason": sha256(judgment.reason.encode()),
            "seconds": judgment.seconds,
            "slot": judgment.slot.uid,
        },
    )


@verb
def take_back_judgment(judgment_id: int, *, by: User, key: str) -> Assignment:
    """Undo a judgment: it stays on record, and its slot is leased anew.

    Raises JudgmentStands when it was superseded or taken back, is an answer in
    an audit or a test, or its expert may not be given this work any more.
    """
    mine = Judgment.objects.filter(expert__user=by)
    mine = mine.select_related("slot__lot", "engagement", "item", "assignment__expert")
    rows = mine.select_for_update(of=("assignment__expert", "slot", "self"), no_key=True)
    judgment = rows.get(pk=judgment_id)
    if earlier_result():
        return Assignment.objects.get(slot=judgment.slot, fence=judgment.slot.fence)
    stands = standing_judgments().filter(pk=judgment.pk).exists()
    bars = bars_against(judgment.assignment.expert, judgment.slot, now(), AGAIN)
    said = [bar.sentence for bar in bars]
    if blockers := undo_blockers(judgment.slot.purpose, stands=stands, barred=said):
        raise refusal_on_record(
            JudgmentStands(blockers), bars, judgment.slot, judgment.assignment.expert
        )
    slot, at = judgment.slot, now()
    taken = TakenBack.objects.create(
        uid=uid_of(judgment.uid, "taken-back"),
        organisation_id=judgment.organisation_id,
        engagement_id=judgment.engagement_id,
        judgment=judgment,
        at=at,
    )
    slot.fence, slot.state = slot.fence + 1, Slot.State.LEASED
    slot.save(update_fields=["fence", "state"])
    record(
        "judgment.taken_back",
        about=taken,
        engagement=judgment.engagement,
        subject=judgment.item.uid,
        data={
            "item": judgment.item.uid,
            "judgment": judgment.uid,
            "lot": slot.lot.uid,
            "purpose": slot.purpose,
            "slot": slot.uid,
        },
    )
    return write_lease(slot, judgment.expert, at, LEASE_SECONDS)


@verb
def skip_slot(
    assignment_id: int, fence: int, reason: str, *, note: str = "", by: User, key: str
) -> Skip:
    """Give a slot back with a reason; a conflict walls the item off at once.

    A slot reserved for the expert is withdrawn (but not for "later"): nobody
    else was asked for it. Raises LeaseLost, or AnswersRefused for a reason
    that is none.
    """
    assignment = _held(assignment_id, by)
    if earlier := earlier_result():
        return earlier
    if blockers := lease_blockers(assignment, fence):
        raise LeaseLost(" ".join(blockers))
    if blockers := skip_blockers(reason):
        raise AnswersRefused(blockers)
    skip = Skip.objects.create(
        uid=uid_of(assignment.uid, "skip"),
        organisation_id=assignment.organisation_id,
        engagement_id=assignment.engagement_id,
        assignment=assignment,
        reason=Skip.Reason(reason),
        note=note,
        at=now(),
    )
    if skip.reason == Skip.Reason.CONFLICT:
        _wall_off(assignment, note)
    _close(assignment, Assignment.State.SKIPPED, _state_after(skip, assignment.slot))
    record(
        "slot.skipped",
        about=skip,
        engagement=assignment.engagement,
        subject=assignment.slot.item.uid,
        data={
            "expert": assignment.expert.uid,
            "item": assignment.slot.item.uid,
            "lot": assignment.slot.lot.uid,
            "purpose": assignment.slot.purpose,
            "reason": skip.reason,
            "slot": assignment.slot.uid,
        },
    )
    return skip


def _state_after(skip: Skip, slot: Slot) -> str:
    final = slot.reserved_for_id is not None and skip.reason != Skip.Reason.LATER
    return Slot.State.WITHDRAWN if final else Slot.State.OPEN


def _wall_off(assignment: Assignment, note: str) -> None:
    """Bar the expert from the item; the skip's own event carries the reason."""
    slot = assignment.slot
    Wall.objects.get_or_create(
        uid=uid_of(slot.item.uid, "wall", assignment.expert.handle),
        defaults={
            "organisation_id": slot.organisation_id,
            "engagement_id": slot.engagement_id,
            "item": slot.item,
            "expert": assignment.expert,
            "kind": Wall.Kind.DECLARED,
            "reason": note or "Conflict declared by the expert.",
            "raised_at": now(),
        },
    )
