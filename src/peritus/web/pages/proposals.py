"""Guideline changes: what changes, what it touches, what it costs."""

from __future__ import annotations

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from peritus.billing.queries import change_orders_seen_by
from peritus.quality.overviews import decisions_of_items, proposals_seen_by
from peritus.web.pages.lots import PAGE_ROWS, labels_in
from peritus.web.people import person
from peritus.web.text import changes_between


@require_safe
def proposals(request: HttpRequest) -> HttpResponse:
    """List the changes proposed."""
    seen = proposals_seen_by(person(request)).select_related("engagement", "replaces")
    page = Paginator(seen.order_by("-proposed_at", "-id"), PAGE_ROWS).get_page(
        request.GET.get("page")
    )
    return render(request, "engagements/proposals.html", {"page": page})


@require_safe
def proposal(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Answer “What changes, what does it touch, and what would it cost?”."""
    user = person(request)
    found = proposals_seen_by(user).select_related("engagement", "replaces").get(uid=uid)
    touched = decisions_of_items(found.engagement, found.touched_items)
    labels = labels_in(found.engagement_id)
    page = Paginator(touched, PAGE_ROWS).get_page(request.GET.get("page"))
    rows = [(each, labels.get((each.question, each.answer), each.answer)) for each in page]
    orders = change_orders_seen_by(user).filter(proposal=found)
    context = {
        "engagement": found.engagement,
        "proposal": found,
        "order": orders.order_by("-proposed_at").first(),
        "changes": changes_between(found.replaces.text, found.text),
        "page": page,
        "rows": rows,
    }
    return render(request, "engagements/proposal.html", context)
