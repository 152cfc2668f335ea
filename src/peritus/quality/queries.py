"""Find decisions, freezes, audits and what they prove."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from functools import partial

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from peritus.accounts.models import User
from peritus.algorithms.certification import (
    AuditPlan,
    ErrorSequence,
    Verdict,
    plan_after_census,
)
from peritus.blobs.store import content_of
from peritus.catalogue.plans import ADAPTIVE
from peritus.engagements.models import Engagement, Item, Lot
from peritus.engagements.queries import (
    current_guideline,
    engagements_seen_by,
    options_of,
    questions_of,
)
from peritus.quality.allocating import Allocation, allocate
from peritus.quality.deciding import BY_ADJUDICATION, CENSUS, Derived, ItemFacts
from peritus.quality.facts import LotFacts, lot_facts
from peritus.quality.models import (
    Certificate,
    Decision,
    Draw,
    Freeze,
    FreezePlan,
    FrozenDecision,
    Gold,
    NonceCommitment,
    QualityPlan,
)
from peritus.work.models import Judgment, Slot
from peritus.work.queries import DECIDING, FIRST, slots_in_force, standing_judgments

NOT_PLANNED = "not planned"
FIRST_ADJUDICATION = 1  # number of its slot; those above it are on appeal


def freezes_seen_by(user: User) -> QuerySet[Freeze]:
    """Return the freezes of the engagements that the user sees."""
    return Freeze.objects.filter(engagement__in=engagements_seen_by(user))


def certificates_seen_by(user: User) -> QuerySet[Certificate]:
    """Return the certificates of the engagements that the user sees."""
    return Certificate.objects.filter(engagement__in=engagements_seen_by(user))


def latest_freezes(engagement: Engagement) -> QuerySet[Freeze]:
    """Return the freeze of each lot that no later one replaces."""
    later = Freeze.objects.filter(lot=OuterRef("lot"), number__gt=OuterRef("number"))
    return Freeze.objects.filter(~Exists(later), engagement=engagement).order_by("lot__place")


def latest_freeze(lot: Lot) -> Freeze | None:
    """Return the lot's last freeze, or None."""
    return lot.freezes.order_by("-number").first()


def deciding_judgments(item: Item) -> list[Judgment]:
    """Return the standing judgments that may decide an item: no audits, no tests."""
    found = standing_judgments().filter(item=item, slot__purpose__in=DECIDING)
    return list(found.select_related("slot", "expert").order_by("slot__purpose", "slot__number"))


def current_gold() -> QuerySet[Gold]:
    """Return the newest version of each known answer, as far as it is not retired."""
    later = Gold.objects.filter(
        item=OuterRef("item"), question=OuterRef("question"), version__gt=OuterRef("version")
    )
    return Gold.objects.filter(~Exists(later), retired_at=None)


def gold_seen_by(user: User) -> QuerySet[Gold]:
    """Return the known answers, in all versions, of the engagements that the user sees."""
    return Gold.objects.filter(engagement__in=engagements_seen_by(user))


def facts_of(item: Item) -> ItemFacts:
    """Return what an item's decisions follow from."""
    return _facts(Item.objects.filter(pk=item.pk))[item.pk]


def derived_again() -> dict[tuple[int, str], Derived]:
    """Derive every decision of the installation from its facts, by item and question."""
    aggregated = Lot.objects.filter(engagement__quality_plan__rule=ADAPTIVE)
    derived: dict[tuple[int, str], Derived] = {}
    for lot in aggregated.select_related("engagement__quality_plan").order_by("id"):
        derived |= allocation_of(lot, lot_facts(lot)).derived
    others = Decision.objects.exclude(lot__in=aggregated)
    facts = _facts(Item.objects.filter(decisions__in=others))
    places = others.order_by("id").values_list("item_id", "question")
    return derived | {place: facts[place[0]].derived(place[1]) for place in places}


def allocation_of(lot: Lot, facts: LotFacts) -> Allocation:
    """Return what follows from a lot's facts under its engagement's adaptive plan."""
    questions = questions_of(current_guideline(lot.engagement))
    options = {each.code: [option.code for option in options_of(each)] for each in questions}
    return allocate(facts, lot.engagement.quality_plan.terms, options, lot.uid)


def _facts(items: QuerySet[Item]) -> dict[int, ItemFacts]:
    facts: dict[int, ItemFacts] = defaultdict(ItemFacts)
    judgments = standing_judgments().filter(item__in=items, slot__purpose__in=DECIDING)
    for item, purpose, number, uid, answers in judgments.order_by(
        "slot__purpose", "slot__number"
    ).values_list("item_id", "slot__purpose", "slot__number", "uid", "answers"):
        facts[item].judgments.append((purpose, str(uid), answers))
        if purpose == Slot.Purpose.ADJUDICATION and number > FIRST_ADJUDICATION:
            facts[item].appeals.add(str(uid))
    slots = slots_in_force().filter(item__in=items, purpose__in=DECIDING).order_by("id")
    for item, purpose, state in slots.values_list("item_id", "purpose", "state"):
        facts[item].slots.append((purpose, state))
    return facts


def freeze_document(freeze: Freeze) -> dict[str, object]:
    """Return the frozen document, checked against its digest on the way."""
    document: dict[str, object] = json.loads(content_of(freeze.organisation_id, freeze.digest))
    return document


def census_items(freeze: Freeze) -> QuerySet[Item]:
    """Return the frozen items that a census checked entirely: they are never drawn."""
    return Item.objects.filter(
        frozen_decisions__freeze=freeze, frozen_decisions__rule=CENSUS
    ).distinct()


def plan_of(freeze: Freeze) -> AuditPlan | None:
    """Return the audit plan that was recorded for a freeze, computed anew."""
    stored = FreezePlan.objects.filter(freeze=freeze).first()
    if stored is None:
        return None
    return computed_plan(freeze, stored)


def computed_plan(freeze: Freeze, stored: FreezePlan) -> AuditPlan:
    """Return the plan that a freeze's terms make, on what no census checked."""
    return plan_after_census(
        freeze.population,
        stored.tolerance,
        stored.census,
        confidence=stored.confidence,
        looks=stored.looks,
    )


def audit_plan_for(population: int, quality: QualityPlan, *, census: int = 0) -> AuditPlan:
    """Return the audit plan of a lot of that size; a small lot's ends with every item.

    Of a lot of which ``census`` items were checked entirely the plan is on the
    others, and tolerates as many errors there as the promise does in the whole.
    """
    rest = population - census
    planned = partial(
        plan_after_census, population, quality.promise, census, confidence=quality.confidence
    )
    looks = [look for look in quality.looks if look < rest]
    if len(looks) == len(quality.looks):
        plan = planned(looks=looks)
        if plan.max_errors[-1] >= 0:
            return plan
    return planned(looks=[*looks, rest])


def audit_outcomes(freeze: Freeze) -> list[bool]:
    """Return, in audit order up to the first unanswered one, what differed."""
    outcomes = []
    for differs in freeze.audits.order_by("place").values_list("differs", flat=True):
        if differs is None:
            break
        outcomes.append(differs)
    return outcomes


@dataclass(frozen=True)
class Standing:
    """What the audits of a freeze prove so far.

    ``verdict`` is "not planned", "continue", "certified" or "spent", read at
    the last planned look only; ``sequence_upper`` is a share that is true at
    every look; ``claimed_errors`` and ``bound`` are what a certificate claims.
    """

    verdict: str
    audited: int
    differing: int
    next_look: int | None
    claimed_errors: int
    bound: float
    sequence_upper: float


def standing_of(freeze: Freeze) -> Standing:
    """Return what the audits of a freeze prove so far."""
    return standing_after(plan_of(freeze), audit_outcomes(freeze), freeze.population)


def standing_after(plan: AuditPlan | None, outcomes: list[bool], population: int) -> Standing:
    """Return what outcomes in audit order prove under a plan about the whole population.

    What lies outside of the plan was checked entirely: no difference is left there.
    """
    if plan is None:
        return Standing(NOT_PLANNED, 0, 0, None, 0, 1.0, 1.0)
    sequence = ErrorSequence(plan.population, confidence=plan.confidence)
    sequence.update(outcomes)
    look, verdict = _last_verdict(plan, outcomes)
    return Standing(
        verdict=str(verdict),
        audited=len(outcomes),
        differing=sum(outcomes),
        next_look=_next_look(plan, look) if verdict is Verdict.CONTINUE else None,
        claimed_errors=plan.tolerated,
        bound=plan.tolerated / population,
        sequence_upper=round(sequence.upper * plan.population) / population,
    )


def _last_verdict(plan: AuditPlan, outcomes: list[bool]) -> tuple[int, Verdict]:
    """Return the look at which the audit stands, and what it said there.

    A verdict that ends the audit ends it: later audits change nothing.
    """
    last, verdict = 0, Verdict.CONTINUE
    for look in plan.looks:
        if look > len(outcomes) or verdict is not Verdict.CONTINUE:
            break
        last, verdict = look, plan.verdict(look, sum(outcomes[:look]))
    return last, verdict


def _next_look(plan: AuditPlan, last: int) -> int | None:
    return next((look for look in plan.looks if look > last), None)


def moved_since(freeze: Freeze) -> int:
    """Return how many live decisions no longer equal what was frozen."""
    live = {
        (item, question): answer
        for item, question, answer in Decision.objects.filter(lot=freeze.lot_id).values_list(
            "item_id", "question", "answer"
        )
    }
    frozen = freeze.decisions.values_list("item_id", "question", "answer")
    kept = {(item, question): answer for item, question, answer in frozen}
    return sum(live.get(place) != answer for place, answer in kept.items()) + sum(
        answer != "" for place, answer in live.items() if place not in kept
    )


def commitment_for(lot: Lot, freeze_number: int) -> NonceCommitment | None:
    """Return the client's commitment for a freeze of the lot, if there is one."""
    return NonceCommitment.objects.filter(lot=lot, freeze_number=freeze_number).first()


@dataclass(frozen=True)
class LotCounts:
    """A lot's items by what stands for them."""

    items: int
    judgments: int
    contested: int
    adjudicated: int
    decided: int
    open: int
    pending: int


def lot_counts(lot: Lot) -> LotCounts:
    """Count a lot's decisions and judgments in three queries."""
    state = Decision.State
    found = Decision.objects.filter(lot=lot).aggregate(
        contested=Count("id", filter=Q(contested=True)),
        adjudicated=Count("id", filter=Q(rule__in=BY_ADJUDICATION)),
        decided=Count("id", filter=Q(state=state.DECIDED)),
        open=Count("id", filter=Q(state=state.OPEN)),
    )
    items = lot.items.count()
    judgments = standing_judgments().filter(slot__lot=lot, slot__purpose__in=FIRST)
    pending = items - found["decided"] - found["open"]
    return LotCounts(items=items, judgments=judgments.count(), pending=pending, **found)


def frozen_answer(freeze: Freeze, item_id: int) -> dict[str, str]:
    """Return what was frozen for an item, by question code."""
    rows = FrozenDecision.objects.filter(freeze=freeze, item=item_id)
    return dict(rows.values_list("question", "answer"))


def draw_of(freeze: Freeze) -> Draw | None:
    """Return the draw of a freeze, or None while there is none."""
    return Draw.objects.filter(freeze=freeze).first()
