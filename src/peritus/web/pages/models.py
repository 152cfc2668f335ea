"""AI models: how each is asked, what it has cost, and whether it was admitted."""

from __future__ import annotations

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from peritus.bench.rules import READ_BENCH
from peritus.model_experts.overviews import model_rows, tests_of
from peritus.model_experts.queries import models_seen_by, spending_of
from peritus.web.pages.lots import PAGE_ROWS
from peritus.web.people import person


@require_safe
def models(request: HttpRequest) -> HttpResponse:
    """Answer “Which models are there, and which may decide?”."""
    user = person(request)
    READ_BENCH.require(user)
    page = Paginator(models_seen_by(user), PAGE_ROWS).get_page(request.GET.get("page"))
    return render(request, "models/models.html", {"page": page, "rows": model_rows(list(page))})


@require_safe
def model(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Answer “How is this model asked, and is it as good as the experts?”."""
    user = person(request)
    READ_BENCH.require(user)
    spec = models_seen_by(user).get(expert__uid=uid)
    context = {
        "spec": spec,
        "expert": spec.expert,
        "spent": spending_of(spec.calls.all()),
        "tests": tests_of(spec),
        "qualifications": spec.expert.qualifications.order_by("-granted_at"),
    }
    return render(request, "models/model.html", context)
