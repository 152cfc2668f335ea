"""Let a registered model work: lease, ask, submit or give back.

Not a verb: each lease, call and judgment is an act of its own, so that a killed
run goes on where it stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from peritus.engagements.models import Question
from peritus.engagements.queries import content_of_item, current_guideline, questions_of
from peritus.journal.clock import now
from peritus.model_experts.asking import Frame, frame_of, text_of, tokens_estimated
from peritus.model_experts.models import ModelCall, ModelSpec
from peritus.model_experts.queries import recorded_slots
from peritus.model_experts.replies import Reply
from peritus.model_experts.verbs import record_call
from peritus.work.errors import SlotNotOpen
from peritus.work.leasing import AGAIN, bars_against
from peritus.work.models import Assignment, Skip
from peritus.work.queries import active_assignments
from peritus.work.verbs import lease_slot, skip_slot, submit_judgment

Outcome = ModelCall.Outcome
MOST_ASKED: Final = 3
"""How often a model is asked about an item before it has no answer that fits."""
MOST_FAILED: Final = 5
FIRST_WAIT: Final = 1.0
PASSING = frozenset({Outcome.LIMITED, Outcome.FAILED, Outcome.TIMED_OUT})
"""What may be over when it is tried again."""
UNREASONED = "The model gave its answer without a reason."


class Asked(Protocol):
    """Whatever answers a request."""

    def ask(self, body: bytes, questions: Sequence[Question]) -> Reply:
        """Return what came of one request."""


@dataclass
class Run:
    """What a run did; ``stopped`` says why it ended before its work did."""

    submitted: int = 0
    given_back: int = 0
    stopped: str = ""


def work_off(
    spec: ModelSpec,
    asked: Asked,
    *,
    after_each: Callable[[], None],
    wait: Callable[[float], None] = time.sleep,
) -> Run:
    """Answer every slot that is reserved for a model; leases of a killed run come first.

    The run stops where the endpoint stays out of reach: the next item would fare no better.
    """
    run, expert = Run(), spec.expert
    held = list(active_assignments(expert, now()).select_related("slot__item", "engagement"))
    slots = list(recorded_slots(expert, now()))
    for leased in [*held, *slots]:
        lease = leased if isinstance(leased, Assignment) else _leased(leased.pk, spec)
        if lease is not None:
            _work_on(lease, spec, asked, run, wait)
            after_each()
        if run.stopped:
            break
    return run


def _leased(slot_id: int, spec: ModelSpec) -> Assignment | None:
    """Lease a slot; None where it went, or something bars the model since."""
    slot = recorded_slots(spec.expert, now()).filter(pk=slot_id).first()
    if slot is None:
        return None
    try:
        return lease_slot(slot.pk, by=spec.expert.user, key=f"model:{slot.uid}:{slot.fence}")
    except SlotNotOpen:
        return None


def _work_on(
    lease: Assignment, spec: ModelSpec, asked: Asked, run: Run, wait: Callable[[float], None]
) -> None:
    """Answer one lease, or give it back with what stands in the way."""
    # What was leased may have been barred since: this is the last moment before it is sent.
    if bars := bars_against(spec.expert, lease.slot, now(), AGAIN):
        _give_back(lease, Skip.Reason.LATER, bars[0].sentence, run)
        return
    guideline = current_guideline(lease.engagement)
    frame, questions = frame_of(spec, guideline), questions_of(guideline)
    body = frame.body(text_of(content_of_item(lease.slot.item)))
    if tokens_estimated(body) + int(spec.decoding.get("max_tokens", 0)) > spec.context_tokens:
        said = f"The item is longer than {spec.context_tokens} tokens allow."
        _give_back(lease, Skip.Reason.UNREADABLE, said, run)
        return
    reply = _asked_until_clear(lease, spec, frame, lambda: asked.ask(body, questions), wait)
    if reply.outcome == Outcome.ANSWERED:
        _submit(lease, reply, run)
    elif reply.outcome in PASSING:
        _give_back(lease, Skip.Reason.LATER, reply.note, run)
        run.stopped = reply.note
    else:
        _give_back(lease, Skip.Reason.OTHER, reply.note, run)


def _asked_until_clear(
    lease: Assignment,
    spec: ModelSpec,
    frame: Frame,
    ask: Callable[[], Reply],
    wait: Callable[[float], None],
) -> Reply:
    """Ask again what does not fit, up to 3 times, and what failed in passing, up to 5."""
    unfit = failed = 0
    while True:
        reply = ask()
        record_call(lease.pk, reply, frame.digest, by=spec.expert.user, key=_key(lease))
        unfit += reply.outcome == Outcome.MALFORMED
        failed += reply.outcome in PASSING
        if reply.outcome not in {Outcome.MALFORMED, *PASSING}:
            return reply
        if unfit >= MOST_ASKED or failed >= MOST_FAILED:
            return reply
        if reply.outcome in PASSING:
            wait(reply.wait_seconds or FIRST_WAIT * 2 ** (failed - 1))


def _key(lease: Assignment) -> str:
    return f"call:{lease.uid}:{lease.model_calls.count() + 1}"


def _submit(lease: Assignment, reply: Reply, run: Run) -> None:
    submit_judgment(
        lease.pk, lease.fence, reply.answers, reason=reply.reason or UNREASONED,
        by=lease.expert.user, key=f"model:{lease.uid}",
    )  # fmt: skip
    run.submitted += 1


def _give_back(lease: Assignment, reason: str, note: str, run: Run) -> None:
    by = lease.expert.user
    skip_slot(lease.pk, lease.fence, reason, note=note, by=by, key=f"model:{lease.uid}")
    run.given_back += 1
