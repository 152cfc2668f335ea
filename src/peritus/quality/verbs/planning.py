"""Set the quality plan, and put known answers on record."""

from __future__ import annotations

from collections.abc import Sequence

from peritus.accounts.models import User
from peritus.catalogue.identity import uid_of
from peritus.catalogue.packs import GoldAnswer
from peritus.catalogue.plans import PlanTerms, stated, terms_blockers
from peritus.engagements.models import Engagement, Item
from peritus.engagements.queries import engagements_seen_by
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.canonical import digest
from peritus.journal.clock import now
from peritus.quality.errors import PlanRefused
from peritus.quality.models import Gold, QualityPlan
from peritus.quality.rules import SET_PLAN
from peritus.work.models import ProductionHold, Slot
from peritus.work.verbs import hold_production


@verb
def set_quality_plan(
    engagement_id: int,
    *,
    promise: float,
    confidence: float,
    looks: Sequence[int],
    rule: str,
    measure: str,
    adjudicator_id: int,
    auditor_id: int,
    terms: PlanTerms = PlanTerms(),  # noqa: B008 - immutable
    by: User,
    key: str,
) -> QualityPlan:
    """Set how the engagement decides and checks, before its work begins.

    Until the first slot is open a plan may be set again: the last one stands,
    and each is an event. Nobody audits what they adjudicate. Raises PlanRefused.
    """
    engagement = engagements_seen_by(by).select_for_update(of=("self",)).get(pk=engagement_id)
    SET_PLAN.require(by, engagement)
    if earlier := earlier_result():
        return earlier
    blockers = plan_blockers(engagement) + _duty_blockers(adjudicator_id, auditor_id, looks)
    blockers += share_blockers(promise, confidence) + terms_blockers(rule, terms)
    blockers += round_blockers(engagement, terms)
    if blockers:
        raise PlanRefused(blockers)
    plan, _ = QualityPlan.objects.update_or_create(
        uid=uid_of(engagement.uid, "quality-plan"),
        organisation_id=engagement.organisation_id,
        engagement=engagement,
        defaults={
            "promise": promise,
            "confidence": confidence,
            "looks": list(looks),
            "rule": rule,
            "measure": measure,
            "adjudicator_id": adjudicator_id,
            "auditor_id": auditor_id,
            "said": stated(terms),
            "set_at": now(),
        },
    )
    _hold_production(engagement, terms, by, key)
    record(
        "quality_plan.set",
        about=plan,
        engagement=engagement,
        data={
            "confidence": confidence,
            "looks": list(looks),
            "measure": measure,
            "promise": promise,
            "rule": rule,
            "terms": stated(terms),
        },
    )
    return plan


def _hold_production(engagement: Engagement, terms: PlanTerms, by: User, key: str) -> None:
    """Hold production back where a calibration round comes first; once held, it stays so."""
    if terms.round_share:
        reason = (
            f"a calibration round must reach {terms.round_threshold:.2f} "
            f"({terms.round_measure}) on every question, or be waived."
        )
        hold_production(engagement.pk, reason=reason, by=by, key=key)


def plan_blockers(engagement: Engagement) -> list[str]:
    """Say why an engagement's plan cannot be set any more, for page and error alike."""
    asked = Slot.objects.filter(engagement=engagement).count()
    if asked and QualityPlan.objects.filter(engagement=engagement).exists():
        return [f"Work has begun: {asked} judgments were asked for under this plan, so it stands."]
    return []


def round_blockers(engagement: Engagement, terms: PlanTerms) -> list[str]:
    """Say why a plan cannot drop the calibration round that was agreed before it."""
    agreed = ProductionHold.objects.filter(engagement=engagement).exists()
    if agreed and not terms.round_share:
        return ["A calibration round was agreed; each lot has one, or a waiver with its reason."]
    return []


def _duty_blockers(adjudicator_id: int, auditor_id: int, looks: Sequence[int]) -> list[str]:
    blockers = []
    if adjudicator_id == auditor_id:
        blockers.append("Adjudicator and auditor must be two: nobody audits their own decisions.")
    if list(looks) != sorted(set(looks)) or not looks or looks[0] < 1:
        blockers.append(f"Looks must be increasing sample sizes from 1, got {list(looks)}.")
    return blockers


def share_blockers(promise: float, confidence: float) -> list[str]:
    """Say why a promise or confidence is no share that an audit can prove."""
    blockers = []
    if not 0 <= promise < 1:
        blockers.append(f"The promise is a share from 0 to below 1; {promise} came.")
    if not 0 < confidence < 1:
        blockers.append(f"The confidence is a share between 0 and 1; {confidence} came.")
    return blockers


@verb
def record_gold(
    engagement_id: int, known: Sequence[GoldAnswer], *, weighs: bool, by: User, key: str
) -> Engagement:
    """Put known answers on record; one event for all.

    ``weighs`` says whether they count for anybody's skill or test; else they
    are only shown.
    """
    engagement = engagements_seen_by(by).select_for_update(of=("self",)).get(pk=engagement_id)
    SET_PLAN.require(by, engagement)
    if earlier := earlier_result():
        return earlier
    items = {item.key: item for item in engagement.items.all()}
    if unknown := [each.item_key for each in known if each.item_key not in items]:
        raise PlanRefused([f"Gold names items that are not here: {', '.join(unknown[:5])}."])
    if Gold.objects.filter(engagement=engagement, version=1).exists():
        raise PlanRefused(["This engagement has its known answers; a change is a new version."])
    gold = Gold.objects.bulk_create(
        _gold(items[each.item_key], each, weighs=weighs, by=by) for each in known
    )
    record(
        "gold.recorded",
        about=engagement,
        engagement=engagement,
        data={
            "count": len(gold),
            "digest": digest([[each.uid, each.answer] for each in gold]),
        },
    )
    return engagement


def _gold(item: Item, known: GoldAnswer, *, weighs: bool, by: User) -> Gold:
    return Gold(
        uid=uid_of(item.uid, "gold", known.question, 1),
        organisation_id=item.organisation_id,
        engagement_id=item.engagement_id,
        item=item,
        question=known.question,
        answer=known.answer,
        source=known.source,
        direct=known.direct,
        weighs=weighs,
        set_by=by,
        set_at=now(),
    )
