"""Derive decisions by the plan's redundancy rule, and ask further where they need it.

A rule looks at one item ("two agree, else the adjudicator") or, since experts'
skill is learnt from all of them, at a whole lot ("adaptive"). Both give the same
derived decisions, kept and followed up in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import connection

from peritus.accounts.models import User
from peritus.bench.models import Expert
from peritus.catalogue.identity import uid_of
from peritus.engagements.models import Engagement, Item, Lot
from peritus.engagements.queries import (
    current_guideline,
    items_seen_by,
    lots_seen_by,
    questions_of,
)
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.canonical import digest
from peritus.quality.deciding import Derived
from peritus.quality.facts import barred_slots, lot_facts
from peritus.quality.models import Decision, QualityPlan
from peritus.quality.queries import allocation_of, facts_of
from peritus.quality.rules import DERIVE
from peritus.work.models import InquiryItem, Skip, Slot
from peritus.work.queries import FIRST, production_blockers, slots_in_force
from peritus.work.verbs import SlotWanted, open_inquiry, open_slots, withdraw_slots

Place = tuple[int, str]  # an item's id and a question's code


@verb
def decide_item(item_id: int, *, by: User, key: str) -> Item:
    """Derive an item's decisions from its standing judgments.

    A disagreement opens a slot for the adjudicator; a silent adjudicator
    turns the item into part of an inquiry to the client. An event is recorded
    only when a decision changed: deriving again changes nothing.
    """
    item = items_seen_by(by).select_for_update(of=("self",)).get(pk=item_id)
    DERIVE.require(by)
    if earlier := earlier_result():
        return earlier
    facts = facts_of(item)
    derived = {
        (item.pk, question.code): facts.derived(question.code)
        for question in questions_of(current_guideline(item.engagement))
    }
    if _kept([item], derived):
        record(
            "decision.changed",
            about=item,
            engagement=item.engagement,
            subject=item.uid,
            data={code: {"answer": d.answer, "state": d.state} for (_, code), d in derived.items()},
        )
    _ask_further(item.lot, [item], derived, by=by, key=key)
    return item


@verb
def settle_lot(lot_id: int, *, by: User, key: str) -> Lot:
    """Derive a lot's decisions by aggregation, and open the slots it wants next.

    Slots of whoever may not answer them any more are withdrawn. What more
    judgments cannot settle goes to the adjudicator. One event for all
    decisions that changed; deriving again changes nothing.
    """
    lot = lots_seen_by(by).select_for_update(of=("self",)).get(pk=lot_id)
    DERIVE.require(by)
    if earlier := earlier_result():
        return earlier
    _withdraw_barred(lot, by, key)
    allocation = allocation_of(lot, lot_facts(lot))
    items = list(lot.items.order_by("key"))
    uids = {item.pk: item.uid for item in items}
    if changed := _kept(items, allocation.derived):
        record(
            "decisions.changed",
            about=lot,
            engagement=lot.engagement,
            subject=lot.uid,
            data={
                "count": len(changed),
                "digest": digest([[uids[item], q, d.kept] for (item, q), d in changed.items()]),
                "methods": {code: each.consensus.method for code, each in allocation.asked.items()},
            },
        )
    _buy(lot, allocation.wanted, by, key)
    _ask_further(lot, items, allocation.derived, by=by, key=key)
    return lot


def _kept(items: Sequence[Item], derived: Mapping[Place, Derived]) -> dict[Place, Derived]:
    """Store derived decisions; return those that changed anything."""
    rows = Decision.objects.filter(item__in=items)
    there = {(each.item_id, each.question): each for each in rows}
    by_pk = {item.pk: item for item in items}
    new: list[Decision] = []
    moved: list[Decision] = []
    changed: dict[Place, Derived] = {}
    for (item, question), each in derived.items():
        fields = each.kept
        decision = there.get((item, question))
        if decision is None:
            new.append(_decision(by_pk[item], question, fields))
        elif any(getattr(decision, name) != value for name, value in fields.items()):
            for name, value in fields.items():
                setattr(decision, name, value)
            moved.append(decision)
        else:
            continue
        changed[item, question] = each
    Decision.objects.bulk_create(new)
    _rewrite(moved)
    return changed


def _rewrite(decisions: Sequence[Decision]) -> None:
    """Write derived fields in one prepared statement: bulk_update takes 3 ms a row."""
    fields = [each for each in Decision._meta.concrete_fields if each.name in Derived("").kept]
    sets = ", ".join(f"{connection.ops.quote_name(str(field.column))} = %s" for field in fields)
    table = connection.ops.quote_name(Decision._meta.db_table)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {table} SET {sets} WHERE id = %s",  # noqa: S608 - names of our own columns
            [
                [
                    *(f.get_db_prep_save(getattr(each, f.attname), connection) for f in fields),
                    each.pk,
                ]
                for each in decisions
            ],
        )


def _decision(item: Item, question: str, fields: Mapping[str, object]) -> Decision:
    return Decision(
        uid=uid_of(item.uid, "decision", question),
        organisation_id=item.organisation_id,
        engagement_id=item.engagement_id,
        lot_id=item.lot_id,
        item=item,
        question=question,
        **fields,
    )


def _withdraw_barred(lot: Lot, by: User, key: str) -> None:
    """Withdraw open slots whose expert a wall keeps from the item since."""
    if barred := list(barred_slots(lot).values_list("pk", flat=True)):
        withdraw_slots(lot.pk, barred, by=by, key=key)


def _buy(lot: Lot, wanted: Sequence[tuple[int, int]], by: User, key: str) -> None:
    """Open a slot for each wanted pair; the first ones of an item are its first judgments.

    Nothing is bought while the lot's production is held back.
    """
    if not wanted or production_blockers(lot):
        return
    numbers: dict[int, int] = {}
    there = slots_in_force().filter(lot=lot, purpose__in=FIRST).values_list("item_id", flat=True)
    for item in there:
        numbers[item] = numbers.get(item, 0) + 1
    least = QualityPlan.objects.get(engagement=lot.engagement_id).terms.minimum
    slots = []
    for item, expert in wanted:
        number = numbers[item] = numbers.get(item, 0) + 1
        purpose = Slot.Purpose.FIRST if number <= least else Slot.Purpose.FURTHER
        slots.append(SlotWanted(item, purpose, number, expert))
    open_slots(lot.pk, slots, by=by, key=f"{key}:buy")


def _ask_further(
    lot: Lot, items: Sequence[Item], derived: Mapping[Place, Derived], *, by: User, key: str
) -> None:
    """Put contested items to the adjudicator, and what is silent there to the client."""
    states: dict[int, set[str]] = {}
    for (item, _), each in derived.items():
        states.setdefault(item, set()).add(each.state)
    contested = [i for i in items if Decision.State.CONTESTED in states.get(i.pk, ())]
    raised = slots_in_force().filter(item__in=contested, purpose=Slot.Purpose.ADJUDICATION)
    known = set(raised.values_list("item_id", flat=True))
    if new := [item for item in contested if item.pk not in known]:
        adjudicator = _adjudicator(lot.engagement)
        wanted = [SlotWanted(i.pk, Slot.Purpose.ADJUDICATION, 1, adjudicator.pk) for i in new]
        open_slots(lot.pk, wanted, by=by, key=key)
    unanswered = [i for i in items if Decision.State.OPEN in states.get(i.pk, ())]
    asked = set(InquiryItem.objects.filter(item__in=unanswered).values_list("item_id", flat=True))
    if new := [item for item in unanswered if item.pk not in asked]:
        _ask_client(lot.engagement, new, by, key)


def _adjudicator(engagement: Engagement) -> Expert:
    plan = QualityPlan.objects.select_related("adjudicator").get(engagement=engagement)
    return plan.adjudicator


def _ask_client(engagement: Engagement, items: Sequence[Item], by: User, key: str) -> None:
    """Merge items into the one inquiry about what the adjudicator cannot answer."""
    adjudicator = _adjudicator(engagement)
    skip = Skip.objects.filter(
        assignment__slot__item=items[0], assignment__slot__purpose=Slot.Purpose.ADJUDICATION
    ).latest("id")
    client = engagement.organisation.memberships.filter(role="client").order_by("id").first()
    open_inquiry(
        engagement.pk,
        "adjudicator-silent",
        title=f"{adjudicator.name} gives no answer where the first judges disagree",
        text=f"How should these items be decided? The adjudicator said: {skip.note}",
        owner_id=client.user_id if client else engagement.manager_id,
        item_ids=[item.pk for item in items],
        by=by,
        key=key,
    )
