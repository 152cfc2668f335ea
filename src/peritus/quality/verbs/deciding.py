"""Derive an item's decisions, and ask further where they need it."""

from __future__ import annotations

from peritus.accounts.models import User
from peritus.bench.models import Expert
from peritus.catalogue.identity import uid_of
from peritus.engagements.models import Item
from peritus.engagements.queries import current_guideline, items_seen_by, questions_of
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.errors import require
from peritus.quality.deciding import Derived
from peritus.quality.models import Decision, QualityPlan
from peritus.quality.queries import facts_of
from peritus.quality.rules import ENGINE_RULE, may_derive
from peritus.work.models import Skip, Slot
from peritus.work.verbs import SlotWanted, open_inquiry, open_slots


@verb
def decide_item(item_id: int, *, by: User, key: str) -> Item:
    """Derive an item's decisions from its standing judgments.

    A disagreement opens a slot for the adjudicator; a silent adjudicator
    turns the item into part of an inquiry to the client. An event is recorded
    only when a decision changed: deriving again changes nothing.
    """
    item = items_seen_by(by).select_for_update(of=("self",)).get(pk=item_id)
    require(may_derive(by), ENGINE_RULE)
    if earlier := earlier_result():
        return earlier
    facts = facts_of(item)
    derived = {
        question.code: facts.derived(question.code)
        for question in questions_of(current_guideline(item.engagement))
    }
    changed = [_keep(item, code, each) for code, each in derived.items()]
    if any(changed):
        record(
            "decision.changed",
            about=item,
            engagement=item.engagement,
            subject=item.uid,
            data={code: {"answer": d.answer, "state": d.state} for code, d in derived.items()},
        )
    _ask_further(item, {each.state for each in derived.values()}, by, key)
    return item


def _keep(item: Item, question: str, derived: Derived) -> bool:
    """Store a derived decision; say whether anything changed."""
    fields = {
        "state": derived.state,
        "answer": derived.answer,
        "rule": derived.rule,
        "contested": derived.contested,
        "judgments": list(derived.judgments),
    }
    decision, is_new = Decision.objects.get_or_create(
        item=item,
        question=question,
        defaults={
            "uid": uid_of(item.uid, "decision", question),
            "organisation_id": item.organisation_id,
            "engagement_id": item.engagement_id,
            "lot_id": item.lot_id,
            **fields,
        },
    )
    if is_new or all(getattr(decision, name) == value for name, value in fields.items()):
        return is_new
    for name, value in fields.items():
        setattr(decision, name, value)
    decision.save()
    return True


def _ask_further(item: Item, states: set[str], by: User, key: str) -> None:
    adjudications = item.slots.filter(purpose=Slot.Purpose.ADJUDICATION)
    if Decision.State.CONTESTED in states and not adjudications.exists():
        adjudicator = _adjudicator(item)
        wanted = [SlotWanted(item.pk, Slot.Purpose.ADJUDICATION, 1, adjudicator.pk)]
        open_slots(item.lot_id, wanted, by=by, key=key)
    if Decision.State.OPEN in states and not item.inquiry_items.exists():
        _ask_client(item, by, key)


def _adjudicator(item: Item) -> Expert:
    plan = QualityPlan.objects.select_related("adjudicator").get(engagement=item.engagement_id)
    return plan.adjudicator


def _ask_client(item: Item, by: User, key: str) -> None:
    """Merge the item into the one inquiry about what the adjudicator cannot answer."""
    adjudicator = _adjudicator(item)
    skip = Skip.objects.filter(
        assignment__slot__item=item, assignment__slot__purpose=Slot.Purpose.ADJUDICATION
    ).latest("id")
    client = item.organisation.memberships.filter(role="client").order_by("id").first()
    open_inquiry(
        item.engagement_id,
        "adjudicator-silent",
        title=f"{adjudicator.name} gives no answer where the first judges disagree",
        text=f"How should these items be decided? The adjudicator said: {skip.note}",
        owner_id=client.user_id if client else item.engagement.manager_id,
        item_ids=[item.pk],
        by=by,
        key=key,
    )
