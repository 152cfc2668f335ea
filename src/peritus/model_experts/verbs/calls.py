"""Record what a model was asked, and what that cost."""

from __future__ import annotations

from peritus.accounts.models import User
from peritus.catalogue.identity import uid_of
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.clock import now
from peritus.model_experts.models import ModelCall
from peritus.model_experts.replies import Reply
from peritus.work.queries import assignments_of


@verb
def record_call(assignment_id: int, reply: Reply, frame: str, *, by: User, key: str) -> ModelCall:
    """Record one request of a model for what it has leased; ``frame`` is what was fixed in it.

    The event has counts and the price, and no word of item or answer.
    """
    mine = assignments_of(by).select_related("expert__model_spec", "engagement")
    assignment = mine.select_for_update(of=("self",)).get(pk=assignment_id)
    if earlier := earlier_result():
        return earlier
    spec, number = assignment.expert.model_spec, assignment.model_calls.count() + 1
    call = ModelCall.objects.create(
        uid=uid_of(assignment.uid, "model-call", number),
        organisation_id=assignment.organisation_id,
        engagement_id=assignment.engagement_id,
        assignment=assignment,
        spec=spec,
        number=number,
        outcome=reply.outcome,
        frame=frame,
        input_tokens=reply.input_tokens,
        output_tokens=reply.output_tokens,
        price=reply.price(spec),
        currency=spec.currency,
        milliseconds=reply.milliseconds,
        called_at=now(),
    )
    said = {
        "currency": call.currency, "expert": assignment.expert.uid, "frame": frame,
        "outcome": call.outcome, "price": call.price,
        "tokens": [call.input_tokens, call.output_tokens],
    }  # fmt: skip
    record("model.called", about=call, engagement=assignment.engagement, data=said)
    return call
