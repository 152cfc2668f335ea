"""Read a freeze with all that hangs on it, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from peritus.catalogue.packs import FreezeView, FrozenAnswer
from peritus.delivery.claims import StatedClaim, claim_of
from peritus.engagements.models import Engagement
from peritus.engagements.queries import questions_of
from peritus.quality.annexes import shown_name
from peritus.quality.models import (
    Audit,
    Certificate,
    Draw,
    Freeze,
    FreezePlan,
    FrozenDecision,
    QualityPlan,
)
from peritus.quality.queries import Standing, draw_of, freeze_document, standing_of
from peritus.quality.touching import suspension_of
from peritus.work.models import Judgment


@dataclass(frozen=True)
class FreezeFacts:
    """A freeze, its decisions with their judgments, its audit and its claim."""

    freeze: Freeze
    document: Mapping[str, Any]
    decisions: tuple[FrozenDecision, ...]
    judgments: Mapping[str, Judgment]
    audits: tuple[Audit, ...]
    labels: Mapping[tuple[str, str], str]
    quality: QualityPlan | None
    plan: FreezePlan | None
    draw: Draw | None
    certificate: Certificate | None
    standing: Standing
    claim: StatedClaim

    @property
    def engagement(self) -> Engagement:
        """Return the engagement that the freeze belongs to."""
        return self.freeze.engagement


def facts_of(freeze: Freeze) -> FreezeFacts:
    """Gather what files and evidence of a freeze say; no query per row."""
    quality = QualityPlan.objects.select_related("auditor", "adjudicator")
    plan = FreezePlan.objects.filter(freeze=freeze).first()
    certificate = Certificate.objects.filter(freeze=freeze).select_related("signed_by").first()
    standing = standing_of(freeze)
    decisions = freeze.decisions.select_related("item").order_by("item__key", "question")
    questions = questions_of(freeze.guideline_version)
    audits = freeze.audits.select_related("item", "judgment").order_by("place")
    return FreezeFacts(
        freeze=freeze,
        document=freeze_document(freeze),
        decisions=tuple(decisions),
        judgments=_judgments(freeze),
        audits=tuple(audits),
        labels={(each.code, code): label for each in questions for code, label in each.options},
        quality=quality.filter(engagement=freeze.engagement_id).first(),
        plan=plan,
        draw=draw_of(freeze),
        certificate=certificate,
        standing=standing,
        claim=claim_of(freeze, plan, standing, certificate, suspension_of(freeze)),
    )


def _judgments(freeze: Freeze) -> dict[str, Judgment]:
    """Return the judgments on the frozen items, by uid."""
    found = Judgment.objects.filter(item__frozen_decisions__freeze=freeze).distinct()
    return {str(each.uid): each for each in found.select_related("expert")}


def freeze_view(freeze: Freeze) -> FreezeView:
    """Return all that a pack's writers may look at."""
    return view_of(facts_of(freeze))


def view_of(facts: FreezeFacts) -> FreezeView:
    """Return the gathered facts as a writer sees them."""
    freeze = facts.freeze
    audited = {audit.item_id: _audit_word(audit) for audit in facts.audits}
    return FreezeView(
        engagement=facts.engagement.title,
        lot_code=freeze.lot.code,
        lot_title=freeze.lot.title,
        number=freeze.number,
        digest=freeze.digest,
        claim=facts.claim.sentence,
        answers=tuple(
            _frozen_answer(facts, decision, audited.get(decision.item_id, ""))
            for decision in facts.decisions
        ),
        honesty=tuple(facts.engagement.honesty),
    )


def _audit_word(audit: Audit) -> str:
    if audit.differs is None:
        return ""
    return "differs" if audit.differs else "agrees"


def _frozen_answer(facts: FreezeFacts, decision: FrozenDecision, audited: str) -> FrozenAnswer:
    item = decision.item
    judgments = [facts.judgments[uid] for uid in decision.judgments]
    return FrozenAnswer(
        item_key=item.key,
        item_id=str(item.uid),
        title=item.title,
        fields=item.fields,
        question=decision.question,
        answer=decision.answer,
        rule=decision.rule,
        judgments=tuple(
            (
                shown_name(facts.engagement, each.expert),
                each.answers[decision.question],
                each.reason,
            )
            for each in judgments
        ),
        audited=audited,
    )
