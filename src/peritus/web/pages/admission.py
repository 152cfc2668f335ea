"""Credentials required in an engagement: how each person stands to them, and changing them."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID, uuid4

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from peritus.bench.queries import experts_seen_by
from peritus.bench.rules import READ_BENCH
from peritus.engagements.errors import RequirementRefused
from peritus.engagements.models import Engagement
from peritus.engagements.queries import engagements_seen_by
from peritus.engagements.rules import MANAGE
from peritus.engagements.verbs import require_credentials
from peritus.journal.clock import now
from peritus.web.pages.lots import PAGE_ROWS, key_in
from peritus.web.people import person
from peritus.web.requiring import JOIN_WORDS, Draft, pressed, started_from
from peritus.work.admission import admissions


def _engagement(request: HttpRequest, uid: UUID) -> Engagement:
    found = engagements_seen_by(person(request)).get(uid=uid)
    READ_BENCH.require(person(request))
    return found


@require_safe
def admission(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Answer “Who holds what this work asks for, and what do the others lack?”."""
    engagement = _engagement(request, uid)
    return _shown(request, engagement, started_from(engagement.requirement))


@require_POST
def set_requirement(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Change the draft by the button that was pressed, or require what was put together."""
    engagement = _engagement(request, uid)
    MANAGE.require(person(request), engagement)
    key, draft = key_in(request), pressed(request.POST, engagement.requirement)
    if draft.faults or request.POST.get("act") != "require":
        return _shown(request, engagement, draft)
    try:
        require_credentials(engagement.pk, draft.expression, by=person(request), key=key)
    except RequirementRefused as no:
        return _shown(request, engagement, Draft(draft.expression, draft.form, no.blockers))
    return redirect("admission", uid)


def _shown(request: HttpRequest, engagement: Engagement, draft: Draft) -> HttpResponse:
    user = person(request)
    rows = admissions(engagement, draft.requirement, experts_seen_by(user), now())
    context = {
        "engagement": engagement,
        "draft": draft,
        "drafted": draft.expression != engagement.requirement,
        "joins": JOIN_WORDS,
        "page": Paginator(rows, PAGE_ROWS).get_page(request.GET.get("page")),
        "meet": sum(each.meets for each in rows),
        "let_in": sum(each.is_let_in for each in rows),
        "manages": MANAGE.allows(user, engagement),
        "key": uuid4().hex,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if draft.faults else HTTPStatus.OK
    return render(request, "bench/admission.html", context, status=status)
