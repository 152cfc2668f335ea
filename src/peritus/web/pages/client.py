"""The client's home, and an engagement at a glance."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from peritus.accounts.models import Role
from peritus.billing.queries import statements_seen_by
from peritus.engagements.queries import engagements_seen_by, pack_of
from peritus.quality.overviews import proposals_seen_by
from peritus.quality.rules import SETTLE
from peritus.web.cards import cards_of, claim_on, waiting_for_client
from peritus.web.people import person, viewer
from peritus.web.plans import plan_words


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Answer “Is my work on time, right, and worth it?”."""
    user = person(request)
    bought = engagements_seen_by(user).filter(
        organisation__memberships__user=user, organisation__memberships__role=Role.CLIENT
    )
    cards = cards_of(bought.distinct(), user)
    rows = [(card, waiting_for_client(card, user)) for card in cards]
    return render(request, "engagements/home.html", {"rows": rows})


@require_safe
def engagement(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Answer “Where is each lot, and what does it prove?”."""
    user = person(request)
    scope = engagements_seen_by(user)
    found = scope.select_related(
        "organisation",
        "manager",
        "quality_lead",
        "quality_plan__adjudicator",
        "quality_plan__auditor",
    ).get(uid=uid)
    plan = getattr(found, "quality_plan", None)
    [card] = cards_of(scope.filter(pk=found.pk), user)
    context = {
        "engagement": found,
        "card": card,
        "rows": [(each, claim_on(each)) for each in card.lots],
        "waiting": waiting_for_client(card, user) if viewer(request).is_client else [],
        "pack": pack_of(found),
        "plan": plan,
        "words": plan_words(plan) if plan else [],
        "statement": statements_seen_by(user).filter(engagement=found).order_by("-number").first(),
        "versions": found.guideline_versions.order_by("-number"),
        "proposals": proposals_seen_by(user).filter(engagement=found),
        "leads": SETTLE.allows(user, found),
        "invoices": found.invoices.order_by("issued_at"),
    }
    return render(request, "engagements/engagement.html", context)
