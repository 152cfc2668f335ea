"""Questions from the work to whoever can answer them."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from peritus.quality.rules import PROPOSE_GUIDELINE
from peritus.web.pages.lots import PAGE_ROWS, key_in
from peritus.web.people import person
from peritus.work.queries import inquiries_seen_by
from peritus.work.rules import ANSWER_INQUIRY
from peritus.work.verbs import answer_inquiry


@require_safe
def inquiries(request: HttpRequest) -> HttpResponse:
    """Answer “What do you need to know?”."""
    seen = inquiries_seen_by(person(request)).select_related("engagement", "owner")
    counted = seen.annotate(items=Count("inquiry_items")).order_by("answered_at", "due_at", "id")
    page = Paginator(counted, PAGE_ROWS).get_page(request.GET.get("page"))
    return render(request, "engagements/inquiries.html", {"page": page})


@require_safe
def inquiry(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show one question with all items it is about, and the form to answer it."""
    return _shown(request, uid)


def _shown(request: HttpRequest, uid: UUID, fault: str = "", text: str = "") -> HttpResponse:
    found = inquiries_seen_by(person(request)).select_related("engagement", "owner").get(uid=uid)
    asked = found.inquiry_items.select_related("item__lot").order_by("item__key")
    context = {
        "engagement": found.engagement,
        "inquiry": found,
        "page": Paginator(asked, PAGE_ROWS).get_page(request.GET.get("page")),
        "may_answer": ANSWER_INQUIRY.allows(person(request), found),
        "proposes": PROPOSE_GUIDELINE.allows(person(request), found.engagement),
        "fault": fault,
        "text": text,
        "key": uuid4().hex,
    }
    return render(request, "engagements/inquiry.html", context, status=422 if fault else 200)


@require_POST
def answer(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Answer once for all items; an empty answer is shown again with what is missing."""
    text = request.POST.get("text", "").strip()
    if not text:
        return _shown(request, uid, "Write how these items are to be decided; nothing was sent.")
    found = inquiries_seen_by(person(request)).get(uid=uid)
    answer_inquiry(found.pk, text, by=person(request), key=key_in(request))
    return redirect("inquiry", uid=uid)
