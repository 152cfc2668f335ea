"""Who judged a lot, and under which name documents show them."""

from __future__ import annotations

from django.db.models import Q

from peritus.bench.models import Expert
from peritus.catalogue.identity import uid_of
from peritus.engagements.models import Engagement, Lot
from peritus.quality.models import QualityPlan


def judges_of(lot: Lot) -> list[Expert]:
    """Return who answered in a lot, and who is to adjudicate and audit it, by id."""
    plan = QualityPlan.objects.filter(engagement=lot.engagement_id)
    named = [pk for pair in plan.values_list("adjudicator", "auditor") for pk in pair]
    found = Expert.objects.filter(Q(judgments__item__lot=lot) | Q(pk__in=named))
    return list(found.distinct().order_by("uid"))


def shown_name(engagement: Engagement, expert: Expert) -> str:
    """Return how documents name an expert: people stay behind a fixed pseudonym."""
    if expert.kind != Expert.Kind.PERSON:
        return expert.name
    return f"Expert {uid_of(engagement.uid, 'pseudonym', expert.uid).hex[:6]}"
