"""Should this process go out? What was asked, and what followed."""

from __future__ import annotations

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from peritus.screening.queries import screenings_seen_by
from peritus.web.pages.lots import PAGE_ROWS
from peritus.web.people import person


@require_safe
def screenings(request: HttpRequest) -> HttpResponse:
    """List what was screened."""
    seen = screenings_seen_by(person(request)).select_related("organisation", "asked_by")
    page = Paginator(seen, PAGE_ROWS).get_page(request.GET.get("page"))
    return render(request, "engagements/screenings.html", {"page": page})


@require_safe
def screening(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show the advice with its reasons, its money, and what would flip it."""
    found = screenings_seen_by(person(request)).select_related("organisation", "asked_by")
    return render(request, "engagements/screening.html", {"screening": found.get(uid=uid)})
