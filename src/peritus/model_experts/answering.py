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
from peritus.work.verbs import lease_slot, skip_slot, submit_judgment


def answer_waiting_slots(expert: Expert, *, after_each: Callable[[], None]) -> int:
    """Answer every slot that waits for the expert; return how many there were."""
    slots = list(recorded_slots(expert, now()))
    for slot in slots:
        answer_slot(expert, slot)
        after_each()
    return len(slots)


def answer_slot(expert: Expert, slot: Slot) -> None:
    """Answer one slot from the record, or skip it where the record is silent."""
    key = f"record:{slot.uid}:{slot.fence}"
    assignment = lease_slot(slot.pk, by=expert.user, key=key)
    record = recorded_answers(expert, slot.item_id)
    answers = {each.question: each.answer for each in record if each.answer}
    reason = " ".join(each.reason for each in record if each.reason)
    if answers:
        submit_judgment(
            assignment.pk, assignment.fence, answers, reason=reason, by=expert.user, key=key
        )
    else:
        _skip(expert, assignment, reason or "The source has no answer.", key)


def _skip(expert: Expert, assignment: Assignment, note: str, key: str) -> None:
    silent = Skip.Reason.GUIDELINE_SILENT
    skip_slot(assignment.pk, assignment.fence, silent, note=note, by=expert.user, key=key)
