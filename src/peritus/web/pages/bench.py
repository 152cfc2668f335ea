"""The bench: who can do what and what runs out, who comes from a file, and fields of work."""

from __future__ import annotations

from uuid import uuid4

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from peritus.bench.fields import fields_found, fields_in_use
from peritus.bench.models import Expert
from peritus.bench.overviews import (
    SOON_DAYS,
    Wanted,
    bench_rows,
    experts_found,
    fields_on_bench,
    languages_on_bench,
)
from peritus.bench.queries import experts_seen_by
from peritus.bench.rules import KEEP_FIELDS, READ_BENCH, REGISTER_EXPERT
from peritus.bench.verbs import import_fields
from peritus.catalogue.fields import own_fields
from peritus.intake.errors import FileRefused
from peritus.intake.experts import COLUMNS, MOST_ROWS, Imported, import_experts
from peritus.journal.clock import now
from peritus.web.pages.bench_experts import NOTHING_REFUSED, Refused
from peritus.web.pages.lots import PAGE_ROWS, key_in
from peritus.web.people import person

CHOOSE_FILE = "Choose a file: CSV, XLSX or JSON, a row for each person or credential."
SHOWS = (("", "All"), ("waiting", "To be checked"), ("ending", f"Ends within {SOON_DAYS} days"))


@require_safe
def bench(request: HttpRequest) -> HttpResponse:
    """Answer “Who can do what, and what runs out?”."""
    READ_BENCH.require(person(request))
    return _bench_page(request)


@require_POST
def import_bench(request: HttpRequest) -> HttpResponse:
    """Bring people and their claims from a file, all rows or none."""
    key, file = key_in(request), request.FILES.get("file")
    REGISTER_EXPERT.require(person(request))
    if file is None:
        return _bench_page(request, Refused("Nobody came to the bench", [CHOOSE_FILE]))
    try:
        came = import_experts(file.read(), file.name or "", by=person(request), key=key)
    except FileRefused as no:
        return _bench_page(request, Refused("Nobody came to the bench", no.blockers))
    return _bench_page(request, came=came)


def _bench_page(
    request: HttpRequest, refused: Refused = NOTHING_REFUSED, came: Imported | None = None
) -> HttpResponse:
    user, at = person(request), now()
    asked = {
        name: request.GET.get(name, "").strip() for name in ("kind", "language", "field", "area")
    }
    wanted = Wanted(request.GET.get("q", "").strip(), show=request.GET.get("show", ""), **asked)
    found = experts_found(experts_seen_by(user), wanted, at)
    page = Paginator(found, PAGE_ROWS).get_page(request.GET.get("page"))
    chosen = found.filter(pk__in=[each.pk for each in page])
    context = {
        "page": page,
        "rows": bench_rows(chosen, at),
        "wanted": wanted,
        "searched": wanted != Wanted(),
        "kinds": Expert.Kind.choices,
        "languages": languages_on_bench(at),
        "fields": fields_on_bench(at),
        "areas": fields_in_use(),
        "shows": SHOWS,
        "registers": REGISTER_EXPERT.allows(user),
        "own": Expert.objects.filter(user=user).exists(),
        "refused": refused,
        "came": came,
        "columns": COLUMNS,
        "most_rows": MOST_ROWS,
        "key": uuid4().hex,
    }
    return render(request, "bench/bench.html", context, status=refused.status)


@require_safe
def fields(request: HttpRequest) -> HttpResponse:
    """Answer “Which fields are there, and who works in them?”."""
    user = person(request)
    READ_BENCH.require(user)
    words = request.GET.get("q", "").strip()[:100]
    context = {
        "page": Paginator(fields_found(words), PAGE_ROWS).get_page(request.GET.get("page")),
        "words": words,
        "keeps": KEEP_FIELDS.allows(user),
        "key": uuid4().hex,
    }
    return render(request, "bench/fields.html", context)


@require_POST
def take_own_fields(request: HttpRequest) -> HttpResponse:
    """Take the small taxonomy that comes with Peritus."""
    import_fields(own_fields(), source="peritus", by=person(request), key=key_in(request))
    return redirect("fields")
