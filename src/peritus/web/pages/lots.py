"""A lot: what is promised and proven, its decisions, and the acts on it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import BadRequest
from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from peritus.billing.models import InvoiceLine
from peritus.billing.queries import change_orders_seen_by, invoice_lines_seen_by
from peritus.delivery.queries import files_seen_by
from peritus.engagements.models import Question
from peritus.engagements.queries import lots_seen_by
from peritus.quality.models import Decision
from peritus.quality.overviews import (
    SHOWN,
    LotOverview,
    Stage,
    decision_counts,
    decisions_of,
    lot_overviews,
    proposals_seen_by,
)
from peritus.quality.queries import freezes_seen_by
from peritus.quality.verbs import accept_lot, certify_lot
from peritus.web.cards import claim_on
from peritus.web.due import acts_due, draw_record
from peritus.web.letters import labelled, labels_of
from peritus.web.people import person, viewer
from peritus.web.plots import bound_plot
from peritus.web.roles import ROLES
from peritus.web.tables import csv_of
from peritus.work.queries import production_blockers

PAGE_ROWS = 50
MOST_KEY = 100
WORDS = {
    "all": "All", "differing": "Differ from the auditor", "audited": "Audited",
    "contested": "Contested", "open": "Open", "gold": "With gold", "moved": "Moved since freeze",
}  # fmt: skip
Labels = dict[tuple[str, str], str]


@dataclass(frozen=True)
class Pill:
    """One way of showing the decisions, with how many there are."""

    code: str
    label: str
    count: int


@dataclass(frozen=True)
class Row:
    """A decision with the words of its answers."""

    decision: Decision
    answer: str
    auditor: str


def overview_of(request: HttpRequest, uid: UUID) -> LotOverview:
    """Return one lot with all that stands for it; a foreign one does not exist."""
    lots = lots_seen_by(person(request))
    [found] = lot_overviews(lots.filter(pk=lots.get(uid=uid).pk))
    return found


@require_safe
def lot(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Answer “May I accept it?”."""
    overview = overview_of(request, uid)
    record = draw_record(overview)
    labels = labels_in(overview.lot.engagement_id)
    decisions = decisions_of(overview.lot, overview.freeze)
    show = request.GET.get("show", "all")
    show = show if show in SHOWN else "all"
    page, rows = _page(request, decisions.filter(SHOWN[show]), labels)
    context = {
        "engagement": overview.lot.engagement,
        "lot": overview.lot,
        "overview": overview,
        "claim": claim_on(overview),
        "plot": bound_plot(overview),
        "page": page,
        "rows": rows,
        "pills": _pills(decisions, show),
        "show": show,
        "differences": _differences(overview, decisions, labels),
        "acts": acts_due(viewer(request), overview, record),
        "record": record,
        "held": production_blockers(overview.lot),
        "calibrates": viewer(request).role in ROLES["calibration"],
        **_beside(request, overview),
    }
    return render(request, "engagements/lot.html", context)


def labels_in(engagement_id: int) -> Labels:
    """Return the words of all answers in an engagement, whatever the version."""
    return labels_of(Question.objects.filter(guideline_version__engagement=engagement_id))


def _page(
    request: HttpRequest, decisions: QuerySet[Decision], labels: Labels
) -> tuple[Page[Decision], list[Row]]:
    words = request.GET.get("q", "").strip()[:100]
    if words:
        named = Q(item__key__icontains=words) | Q(item__title__icontains=words)
        decisions = decisions.filter(named)
    page = Paginator(decisions, PAGE_ROWS).get_page(request.GET.get("page"))
    return page, [_row(each, labels) for each in page]


def _row(decision: Decision, labels: Labels) -> Row:
    answer = labels.get((decision.question, decision.answer), decision.answer)
    return Row(decision, answer, labelled(decision.auditor_answers, labels))  # type: ignore[attr-defined]


def _pills(decisions: QuerySet[Decision], show: str) -> list[Pill]:
    counts = decision_counts(decisions)
    shown = [name for name in WORDS if counts[name] or name in {"all", show}]
    return [Pill(name, WORDS[name], counts[name]) for name in shown]


def _differences(overview: LotOverview, decisions: QuerySet[Decision], labels: Labels) -> list[Row]:
    if overview.stage != Stage.SPENT:
        return []
    return [_row(each, labels) for each in decisions.filter(SHOWN["differing"])]


def _beside(request: HttpRequest, overview: LotOverview) -> dict[str, object]:
    """Return the files, the bill, and the guideline change that belong to a lot."""
    user, freeze = person(request), overview.freeze
    found: dict[str, object] = {
        "files": files_seen_by(user).filter(freeze=freeze).order_by("name") if freeze else [],
        "lines": invoice_lines_seen_by(user).filter(freeze=freeze).select_related("invoice")
        if freeze
        else [],
    }
    if overview.stage == Stage.SPENT:
        proposals = proposals_seen_by(user).filter(engagement=overview.lot.engagement_id)
        proposal = proposals.order_by("-proposed_at", "-id").first()
        orders = change_orders_seen_by(user).filter(proposal=proposal)
        found["proposal"] = proposal
        found["change_order"] = orders.order_by("-proposed_at").first()
        found["credit_kind"] = InvoiceLine.Kind.CREDIT
    return found


@require_safe
def lot_bound(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Hand out the numbers of the bound plot."""
    overview = overview_of(request, uid)
    plot = bound_plot(overview)
    if plot is None:
        return redirect("lot", uid=uid)
    return csv_of(plot, f"{overview.lot.code}-bound.csv")


def key_in(request: HttpRequest) -> str:
    """Return the replay key that a form brings; without one nothing is done."""
    if key := request.POST.get("key", "")[:MOST_KEY]:
        return key
    raise BadRequest("The form came without its replay key; load the page again.")


@require_POST
def accept(request: HttpRequest, freeze_id: int) -> HttpResponse:
    """Accept a certified lot; what stands in the way is listed as 409."""
    accept_lot(freeze_id, by=person(request), key=key_in(request))
    return redirect(_lot_page(request, freeze_id))


@require_POST
def certify(request: HttpRequest, freeze_id: int) -> HttpResponse:
    """Sign a lot that its audit plan allows."""
    certify_lot(freeze_id, by=person(request), key=key_in(request))
    return redirect(_lot_page(request, freeze_id))


def _lot_page(request: HttpRequest, freeze_id: int) -> str:
    freeze = freezes_seen_by(person(request)).select_related("lot").get(pk=freeze_id)
    return reverse("lot", args=[freeze.lot.uid])
