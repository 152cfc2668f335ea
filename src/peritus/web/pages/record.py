"""An expert's own record: accuracy, overturned answers with reasons, appeals."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from uuid import uuid4

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from peritus.quality.appeals import MOST_CLAIM
from peritus.quality.errors import AppealRefused
from peritus.quality.records import (
    Overturned,
    appeals_of,
    overturned_answers,
    records_by_question,
    revealed_outcomes,
)
from peritus.quality.verbs import make_appeal
from peritus.quality.verbs.appealing import DUE_DAYS
from peritus.web.own_work import labels_under, own_judgments
from peritus.web.pages.workbench import expert_of, key_in
from peritus.web.people import person

MOST_JUDGMENTS = 50
PAGE_ROWS = 20
CAUSES = {
    "gold": "a known answer", "appeal": "the decision on an appeal",
    "audit": "the auditor", "adjudication": "the adjudicator",
}  # fmt: skip


@dataclass(frozen=True)
class Refused:
    """An appeal that was not taken: which answer, what was typed, what is missing."""

    place: str
    claim: str
    blockers: tuple[str, ...]


@dataclass(frozen=True)
class OverturnedShown:
    """An overturned answer in words, with its form's key where it can be appealed."""

    found: Overturned
    place: str
    own: str
    known: str
    cause: str
    key: str
    refused: Refused | None


@require_safe
def own_results(request: HttpRequest) -> HttpResponse:
    """Answer “How am I doing, fairly?”: only from lots that are frozen."""
    return _shown(request)


@require_POST
def appeal_own_answer(request: HttpRequest, judgment: int, question: str) -> HttpResponse:
    """Appeal for an own answer; what is missing is said beside what was typed."""
    claim = request.POST.get("claim", "").strip()
    try:
        make_appeal(judgment, question, claim, by=person(request), key=key_in(request))
    except AppealRefused as no:
        return _shown(request, Refused(f"{judgment}-{question}", claim, tuple(no.blockers)))
    return redirect(f"{reverse('own_results')}#appeals")


def _shown(request: HttpRequest, refused: Refused | None = None) -> HttpResponse:
    user, expert = person(request), expert_of(request)
    outcomes = revealed_outcomes(user)
    overturned = overturned_answers(user, outcomes)
    page = Paginator(overturned, PAGE_ROWS).get_page(request.GET.get("page"))
    context = {
        "records": records_by_question(outcomes),
        "page": page,
        "overturned": _in_words(list(page), refused),
        "appeals": appeals_of(user),
        "days": DUE_DAYS,
        "most_claim": MOST_CLAIM,
        "qualifications": expert.qualifications.order_by("-granted_at", "-id"),
        "judgments": own_judgments(expert, MOST_JUDGMENTS),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK
    return render(request, "expert/record.html", context, status=status)


def _in_words(found: list[Overturned], refused: Refused | None) -> list[OverturnedShown]:
    labels = labels_under(each.judgment for each in found)
    shown = []
    for each in found:
        outcome = each.outcome
        place = f"{outcome.judgment}-{outcome.question}"
        own = labels.get((outcome.question, outcome.given), outcome.given)
        known = labels.get((outcome.question, outcome.known.answer), outcome.known.answer)
        mine = refused if refused and refused.place == place else None
        cause = CAUSES[outcome.known.cause]
        shown.append(OverturnedShown(each, place, own, known, cause, uuid4().hex, mine))
    return shown
