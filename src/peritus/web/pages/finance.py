"""Money: invoices down to single decisions, savings, and closing the books."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from peritus.billing.errors import BaselineRefused
from peritus.billing.models import InvoiceLine
from peritus.billing.queries import (
    Traced,
    invoice_line_trace,
    invoice_lines_seen_by,
    invoices_seen_by,
    payouts_seen_by,
    saving_at,
    saving_of,
    statements_seen_by,
    traced,
    trial_balance,
    unbilled,
)
from peritus.delivery.queries import files_seen_by
from peritus.engagements.models import Engagement
from peritus.engagements.queries import engagements_seen_by
from peritus.web.cards import cards_of
from peritus.web.letters import ShownJudgment, shown_judgments
from peritus.web.pages.lots import PAGE_ROWS, labels_in
from peritus.web.people import Viewer, person, viewer
from peritus.web.plots import Plot, waterfall_plot
from peritus.web.tables import csv_of

CHEAPER = Decimal("5.50")  # the in-house cost that the sample is shown at beside its own
MOST_UNIT_COST = Decimal(100_000)


@require_safe
def invoices(request: HttpRequest) -> HttpResponse:
    """List invoices."""
    seen = invoices_seen_by(person(request)).select_related("engagement__organisation")
    page = Paginator(seen.order_by("-issued_at", "-id"), PAGE_ROWS).get_page(
        request.GET.get("page")
    )
    return render(request, "money/invoices.html", {"page": page})


@require_safe
def invoice(request: HttpRequest, number: str) -> HttpResponse:
    """Answer “What am I asked to pay, and for what?”."""
    user = person(request)
    found = invoices_seen_by(user).select_related("engagement__organisation").get(number=number)
    lines = invoice_lines_seen_by(user).filter(invoice=found).select_related("freeze__lot", "term")
    statement = statements_seen_by(user).filter(engagement=found.engagement_id)
    context = {
        "engagement": found.engagement,
        "invoice": found,
        "lines": lines,
        "is_assumed": any(line.term.assumed for line in lines),
        "files": files_seen_by(user).filter(
            engagement=found.engagement_id, freeze=None, name__startswith=f"invoice-{number}."
        ),
        "statement": statement.exclude(agreed_at=None).order_by("-number").first(),
    }
    return render(request, "money/invoice.html", context)


@dataclass(frozen=True)
class BilledRow:
    """A billed decision with its judges by letter."""

    traced: Traced
    answer: str
    judgments: list[ShownJudgment]


@require_safe
def invoice_line(request: HttpRequest, number: str, place: int) -> HttpResponse:
    """Answer “Why this line?”; its items, their judgments and audits."""
    lines = invoice_lines_seen_by(person(request)).select_related(
        "invoice__engagement", "freeze__lot", "term__statement"
    )
    line = lines.get(invoice__number=number, place=place)
    engagement = line.invoice.engagement
    labels = labels_in(engagement.pk)
    page = Paginator(invoice_line_trace(line), PAGE_ROWS).get_page(request.GET.get("page"))
    looking = viewer(request)
    context = {
        "engagement": engagement,
        "lot": line.freeze.lot,
        "line": line,
        "page": page,
        "rows": [_billed(each, engagement, looking, labels) for each in traced(page.object_list)],
    }
    return render(request, "money/line.html", context)


def _billed(
    row: Traced, engagement: Engagement, looking: Viewer, labels: dict[tuple[str, str], str]
) -> BilledRow:
    answer = labels.get((row.decision.question, row.decision.answer), row.decision.answer)
    return BilledRow(row, answer, shown_judgments(row.judgments, engagement, looking, labels))


@require_safe
def savings(request: HttpRequest) -> HttpResponse:
    """Lead to the savings of the one engagement, or list them."""
    seen = list(
        engagements_seen_by(person(request))
        .filter(baseline__isnull=False)
        .select_related("organisation", "baseline")
        .order_by("-opened_at", "id")
    )
    if len(seen) == 1:
        return redirect("saving", uid=seen[0].uid)
    return render(request, "money/savings.html", {"engagements": seen})


@require_safe
def saving(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Answer “What did it cost beside in-house?”."""
    found = engagements_seen_by(person(request)).select_related("organisation").get(uid=uid)
    asked, fault = _unit_cost(request.GET.get("unit_cost", ""))
    context: dict[str, object] = {"engagement": found, "fault": fault, "asked": asked}
    try:
        report = saving_of(found) if asked is None else saving_at(found, asked)
    except BaselineRefused as refused:
        return render(request, "money/saving.html", {**context, "missing": refused.blockers})
    context |= {
        "report": report,
        "plot": _waterfall(found, asked),
        "stated": saving_of(found),
        "cheaper": saving_at(found, CHEAPER),
    }
    return render(request, "money/saving.html", context)


def _unit_cost(text: str) -> tuple[Decimal | None, str]:
    if not text.strip():
        return None, ""
    try:
        cost = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return None, f"An amount such as 5.50 is wanted; {text[:20]!r} came."
    if not cost.is_finite() or not 0 < cost <= MOST_UNIT_COST:
        return None, f"An amount above 0 and up to {MOST_UNIT_COST} is wanted; {text[:20]!r} came."
    return cost.quantize(Decimal("0.01")), ""


def _waterfall(engagement: Engagement, unit_cost: Decimal | None) -> Plot:
    report = saving_of(engagement) if unit_cost is None else saving_at(engagement, unit_cost)
    lines = InvoiceLine.objects.filter(invoice__engagement=engagement)
    sums = dict(lines.values_list("kind").annotate(sum=Sum("amount")))
    charged = Decimal(sums.get(InvoiceLine.Kind.CHARGE) or 0)
    return waterfall_plot(report, charged=charged, credited=charged - report.fees)


@require_safe
def saving_table(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Hand out the numbers of the waterfall."""
    found = engagements_seen_by(person(request)).get(uid=uid)
    asked, _ = _unit_cost(request.GET.get("unit_cost", ""))
    return csv_of(_waterfall(found, asked), f"{found.code}-savings.csv")


@require_safe
def close(request: HttpRequest) -> HttpResponse:
    """Answer “Can I close the period?”."""
    cards = cards_of(engagements_seen_by(person(request)), person(request))
    return render(request, "money/close.html", {"cards": cards})


@require_safe
def books(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show one engagement's books: unbilled, balances, invoices, payouts."""
    user = person(request)
    found = engagements_seen_by(user).select_related("organisation").get(uid=uid)
    balances = trial_balance(found)
    page = Paginator(unbilled(found).select_related("lot"), PAGE_ROWS)
    context = {
        "engagement": found,
        "balances": balances,
        "sum": sum((each.amount for each in balances), Decimal(0)),
        "currency": balances[0].currency if balances else "",
        "page": page.get_page(request.GET.get("page")),
        "invoices": invoices_seen_by(user).filter(engagement=found).order_by("issued_at"),
        "payouts": payouts_seen_by(user).filter(engagement=found).select_related("expert"),
    }
    return render(request, "money/books.html", context)
