"""What was agreed and who judged, as far as a pack tells it."""

from __future__ import annotations

from django.db.models import Q

from peritus.accounts.queries import provider
from peritus.bench.models import Expert
from peritus.delivery.frozen import FreezeFacts
from peritus.engagements.models import Engagement
from peritus.engagements.queries import questions_of
from peritus.quality.annexes import shown_name
from peritus.quality.models import QualityPlan


def engagement_facts(facts: FreezeFacts) -> dict[str, object]:
    """Return engagement, lot, questions, quality plan and experts."""
    engagement, freeze = facts.engagement, facts.freeze
    guideline = freeze.guideline_version
    return {
        "client": engagement.organisation.name,
        "code": engagement.code,
        "experts": [_expert(engagement, each) for each in _experts(facts)],
        "guideline": {
            "digest": guideline.digest,
            "number": guideline.number,
            "published_at": guideline.published_at,
            "title": guideline.title,
        },
        "honesty": engagement.honesty,
        "lot": {"code": freeze.lot.code, "title": freeze.lot.title, "uid": freeze.lot.uid},
        "pack": engagement.pack,
        "plan": _quality(engagement, facts.quality),
        "provider": provider().name,
        "questions": [
            {
                "code": each.code,
                "kind": each.kind,
                "options": each.options,
                "section": each.section,
                "text": each.text,
            }
            for each in questions_of(guideline)
        ],
        "specimen": engagement.specimen,
        "title": engagement.title,
        "uid": engagement.uid,
    }


def _experts(facts: FreezeFacts) -> list[Expert]:
    """Return whoever judged an item of the lot, or was to adjudicate or audit it, by id."""
    judged, plan = Q(judgments__item__lot=facts.freeze.lot), facts.quality
    if plan is not None:
        judged |= Q(pk__in=[plan.adjudicator_id, plan.auditor_id])
    return list(Expert.objects.filter(judged).distinct().order_by("uid"))


def _expert(engagement: Engagement, expert: Expert) -> dict[str, object]:
    return {
        "derivation": expert.derivation,
        "kind": expert.kind,
        "licence": expert.licence,
        "name": shown_name(engagement, expert),
        "origin": expert.origin,
        "uid": expert.uid,
    }


def _quality(engagement: Engagement, plan: QualityPlan | None) -> dict[str, object] | None:
    if plan is None:
        return None
    return {
        "adjudicator": shown_name(engagement, plan.adjudicator),
        "auditor": shown_name(engagement, plan.auditor),
        "confidence": plan.confidence,
        "looks": plan.looks,
        "measure": plan.measure,
        "promise": plan.promise,
        "rule": plan.rule,
    }
