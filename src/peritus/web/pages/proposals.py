"""Guideline changes: what changes, what it touches, what it costs."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from peritus.billing.queries import change_orders_seen_by
from peritus.billing.verbs import propose_change_order
from peritus.engagements.models import Engagement
from peritus.engagements.queries import (
    current_guideline,
    engagements_seen_by,
    options_of,
    questions_of,
)
from peritus.quality.errors import ProposalRefused
from peritus.quality.overviews import decisions_of_items, proposals_seen_by
from peritus.quality.rules import PROPOSE_GUIDELINE, PUBLISH_GUIDELINE
from peritus.quality.touching import judged_since, redoing
from peritus.quality.verbs import propose_guideline, publish_proposal
from peritus.quality.verbs.guidelines import publishing_blockers, touched_and_judged
from peritus.web.pages.lots import PAGE_ROWS, key_in, labels_in
from peritus.web.people import person
from peritus.web.proposing import Draft, draft_in, touched_by
from peritus.web.text import changes_between
from peritus.work.queries import inquiries_seen_by

SHOWN_ITEMS = 50


@require_safe
def proposals(request: HttpRequest) -> HttpResponse:
    """List the changes proposed."""
    user = person(request)
    seen = proposals_seen_by(user).select_related("engagement", "replaces", "published")
    page = Paginator(seen.order_by("-proposed_at", "-id"), PAGE_ROWS).get_page(
        request.GET.get("page")
    )
    own = [
        each
        for each in engagements_seen_by(user).order_by("title")
        if PROPOSE_GUIDELINE.allows(user, each)
    ]
    return render(request, "engagements/proposals.html", {"page": page, "own": own})


@require_safe
def proposal(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Answer “What changes, what does it touch, and what would it cost?”."""
    user = person(request)
    related = ("engagement", "replaces", "published")
    found = proposals_seen_by(user).select_related(*related).get(uid=uid)
    touched = decisions_of_items(found.engagement, found.touched_items)
    labels = labels_in(found.engagement_id)
    page = Paginator(touched, PAGE_ROWS).get_page(request.GET.get("page"))
    rows = [(each, labels.get((each.question, each.answer), each.answer)) for each in page]
    orders = change_orders_seen_by(user).filter(proposal=found)
    publishes = PUBLISH_GUIDELINE.allows(user, found.engagement) and not found.published_at
    context = {
        "engagement": found.engagement,
        "proposal": found,
        "order": orders.order_by("-proposed_at").first(),
        "changes": changes_between(found.replaces.text, found.text),
        "page": page,
        "rows": rows,
        "publishes": publishes,
        "key": uuid4().hex,
    }
    if publishes:
        context["again"] = redoing(found.engagement, list(touched_and_judged(found)))
        context["blockers"] = publishing_blockers(found)
        context["since"] = judged_since(found)
    return render(request, "engagements/proposal.html", context)


def propose(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Write a change: count what it touches as often as wanted, then propose it."""
    user = person(request)
    engagement = engagements_seen_by(user).get(uid=uid)
    PROPOSE_GUIDELINE.require(user, engagement)
    draft = draft_in(request.POST if request.method == "POST" else request.GET, engagement, user)
    if request.method != "POST" or request.POST.get("act") != "propose":
        return _written(request, engagement, draft)
    touched = touched_by(engagement, draft)
    try:
        made = propose_guideline(
            engagement.pk,
            draft.text,
            title=draft.title,
            cause=draft.cause,
            touched_keys=[item.key for item in touched.items],
            by=user,
            key=key_in(request),
        )
    except ProposalRefused as no:
        return _written(request, engagement, draft, tuple(no.blockers))
    return redirect("proposal", uid=made.uid)


def _written(
    request: HttpRequest, engagement: Engagement, draft: Draft, faults: tuple[str, ...] = ()
) -> HttpResponse:
    """Show a draft with what it touches so far; nothing that was typed is lost."""
    touched = touched_by(engagement, draft)
    version = current_guideline(engagement)
    asked = inquiries_seen_by(person(request)).filter(engagement=engagement)
    context = {
        "engagement": engagement,
        "version": version,
        "draft": draft,
        "touched": touched,
        "shown": touched.items[:SHOWN_ITEMS],
        "questions": [(each, options_of(each)) for each in questions_of(version)],
        "inquiries": asked.order_by("-opened_at", "-id"),
        "changes": changes_between(version.text, draft.text),
        "faults": faults,
        "key": uuid4().hex,
    }
    return render(request, "engagements/propose.html", context, status=422 if faults else 200)


@require_POST
def price(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Write the change order: what the judgments given again would cost."""
    found = proposals_seen_by(person(request)).get(uid=uid)
    propose_change_order(found.pk, by=person(request), key=key_in(request))
    return redirect("proposal", uid=uid)


@require_POST
def publish(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Publish a change, and let exactly what it touches be judged anew."""
    found = proposals_seen_by(person(request)).get(uid=uid)
    publish_proposal(found.pk, by=person(request), key=key_in(request))
    return redirect("proposal", uid=uid)
