"""Let a model on trial suggest, and admit it where it stands in for experts."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Exists, Max, OuterRef

from peritus.accounts.models import User
from peritus.bench.models import Admission, Expert
from peritus.bench.queries import experts_seen_by
from peritus.bench.rules import RECORD_RESULT
from peritus.bench.verbs import record_admission
from peritus.engagements.models import Lot
from peritus.engagements.queries import engagements_seen_by, lots_seen_by
from peritus.engagements.verbs import MOST_ROWS
from peritus.journal.acts import earlier_result, record, verb
from peritus.model_experts.admission import (
    BLIND,
    cost_of_answer,
    evidence_blockers,
    evidence_of,
    tested,
)
from peritus.model_experts.errors import ModelNotTested
from peritus.model_experts.models import ModelSpec
from peritus.model_experts.training import learnt_from
from peritus.work.models import Slot
from peritus.work.queries import slots_in_force, standing_judgments
from peritus.work.rules import OPEN_SLOTS
from peritus.work.verbs import SlotWanted, open_slots


@verb
def open_suggestions(lot_id: int, expert_id: int, *, most: int, by: User, key: str) -> Lot:
    """Ask a model on trial for suggestions on up to so many items of a lot.

    Items that most experts judged come first, since only those test it; none that it
    was fitted on. What it suggests decides nothing. Raises ModelNotTested where there
    is nothing to ask.
    """
    lot = lots_seen_by(by).select_for_update(of=("self",)).get(pk=lot_id)
    OPEN_SLOTS.require(by, lot.engagement)
    if earlier := earlier_result():
        return earlier
    expert = Expert.objects.get(pk=expert_id)
    items = _worth_asking(lot, expert)[: max(0, min(most, MOST_ROWS))]
    blockers = [] if items else ["No item is left on which it was not asked yet."]
    if not expert.on_trial:
        blockers.append(f"{expert} is no model on trial; only those suggest.")
    if blockers:
        raise ModelNotTested(blockers)
    suggestion = Slot.Purpose.SUGGESTION
    last = lot.slots.filter(purpose=suggestion).aggregate(last=Max("number"))["last"] or 0
    wanted = [SlotWanted(item, suggestion, last + 1, expert.pk) for item in items]
    open_slots(lot.pk, wanted, by=by, key=f"suggestions:{expert.handle}:{last + 1}")
    said = {"count": len(items), "expert": expert.uid}
    record("suggestions.asked", about=lot, engagement=lot.engagement, subject=lot.uid, data=said)
    return lot


def _worth_asking(lot: Lot, expert: Expert) -> list[int]:
    """Return the items that a model was not asked about, those with most judges first."""
    people = standing_judgments().filter(
        item__lot=lot, expert__kind=Expert.Kind.PERSON, slot__purpose__in=BLIND
    )
    judges: dict[int, set[int]] = {}
    for item, who in people.values_list("item_id", "expert_id"):
        judges.setdefault(item, set()).add(who)
    asked = slots_in_force().filter(item=OuterRef("pk"), reserved_for=expert)
    spec = ModelSpec.objects.filter(expert=expert).first()
    known = learnt_from(spec) if spec else ()
    unasked = lot.items.filter(~Exists(asked)).exclude(content__in=known)
    free = unasked.order_by("uid").values_list("pk", flat=True)
    return sorted(free, key=lambda item: -len(judges.get(item, ())))


@verb
def admit_model(
    expert_id: int, pack: str, *, expert_cost: Decimal, by: User, key: str
) -> Admission:
    """Test whether a model may answer for the experts of a pack, and record what came out.

    On all engagements of the pack that the actor sees. ``expert_cost`` is what an
    expert's judgment costs there, in the currency of the model's prices. A test
    that fails ends an admission that stood. Raises ModelNotTested.
    """
    expert = experts_seen_by(by).select_for_update(of=("self",)).get(pk=expert_id)
    RECORD_RESULT.require(by, expert)
    if earlier := earlier_result():
        return earlier
    evidence = evidence_of(expert, engagements_seen_by(by).filter(pack=pack))
    blockers = evidence_blockers(evidence) if expert.on_trial else [f"{expert} is not on trial."]
    if not (expert_cost.is_finite() and expert_cost > 0):
        blockers.append(f"An expert's judgment costs more than 0; {expert_cost} came.")
    if blockers:
        raise ModelNotTested(blockers)
    found = tested(evidence, cost_of_answer(expert.model_spec), expert_cost)
    return record_admission(expert.pk, pack, found, by=by, key=key)
