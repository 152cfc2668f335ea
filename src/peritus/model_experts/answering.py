"""Let a recorded expert work: lease, answer from the record, submit.

Not a verb: each lease and each judgment is an act of its own, so that a
killed run goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable

from peritus.bench.models import Expert
from peritus.journal.clock import now
from peritus.model_experts.queries import recorded_answers, recorded_slots
from peritus.work.models import Assignment, Skip, Slot
from peritus.work.queries import active_assignments
from peritus.work.verbs import lease_slot, skip_slot, submit_judgment

UNREASONED = "The source states its answer without a reason."


def answer_waiting_slots(expert: Expert, *, after_each: Callable[[], None]) -> int:
    """Answer every slot that waits for the expert; return how many there were.

    Leases that a killed run left behind come first.
    """
    held = list(active_assignments(expert, now()))
    for assignment in held:
        answer_lease(assignment)
        after_each()
    slots = list(recorded_slots(expert, now()))
    for slot in slots:
        answer_lease(lease_slot(slot.pk, by=expert.user, key=f"record:{slot.uid}:{slot.fence}"))
        after_each()
    return len(held) + len(slots)


def answer_lease(assignment: Assignment) -> None:
    """Answer a leased slot from the record, or skip it where the record is silent."""
    key, expert = f"record:{assignment.uid}", assignment.expert
    record = recorded_answers(expert, assignment.slot.item_id)
    answers = {each.question: each.answer for each in record if each.answer}
    reason = " ".join(each.reason for each in record if each.reason)
    if answers:
        if assignment.slot.purpose == Slot.Purpose.ADJUDICATION:
            reason = reason or UNREASONED
        submit_judgment(
            assignment.pk, assignment.fence, answers, reason=reason, by=expert.user, key=key
        )
    else:
        _skip(assignment, reason or "The source has no answer.", key)


def _skip(assignment: Assignment, note: str, key: str) -> None:
    silent, by = Skip.Reason.GUIDELINE_SILENT, assignment.expert.user
    skip_slot(assignment.pk, assignment.fence, silent, note=note, by=by, key=key)
