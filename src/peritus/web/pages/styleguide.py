"""Every component once, with made-up figures, for eyes and for axe."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from peritus.quality.overviews import Stage
from peritus.web.text import changes_between

TONES = (
    ("good", "Certified"), ("busy", "Being audited"), ("warn", "To be signed"),
    ("bad", "Not certified"), ("idle", "Not drawn"),
)  # fmt: skip
COLOURS = (
    "page", "surface", "selected", "text", "muted", "accent", "good", "warn", "bad", "edge",
    "hairline", "series-1", "series-2", "series-3", "series-4",
)  # fmt: skip
EVENTS = (
    {"when": "2 November 2026, 09:00 UTC", "text": "Frozen"},
    {"when": "3 November 2026, 11:20 UTC", "text": "75 audits, 0 differ"},
    {"when": "", "text": "Accepted by the client"},
)


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Show each component in its states."""
    context = {
        "tones": TONES,
        "colours": COLOURS,
        "stages": [Stage.JUDGE, Stage.AUDIT, Stage.ACCEPTED, Stage.SPENT],
        "events": EVENTS,
        "tabs": [("Lots", "#tabs", True), ("Guideline", "#tabs", False), ("Money", "#tabs", False)],
        "changes": changes_between(
            "Use means passing on.\n\nNames stay.", "Use means use inside a product.\n\nNames stay."
        ),
        "page": Paginator(range(140), 50).get_page(request.GET.get("page")),
        "columns": ("Look", "Audits", "Differ"),
        "rows": (("1", "25", "0"), ("2", "50", "0"), ("3", "75", "1")),
    }
    return render(request, "styleguide.html", context)
