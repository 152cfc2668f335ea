"""Known answers: how much they cover, how hard they are, whether they got around."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from peritus.engagements.queries import engagements_seen_by, items_seen_by
from peritus.journal.clock import now
from peritus.quality.gold_use import LEAK_CHANCE, coverage_of, gold_candidates, gold_in_use
from peritus.quality.queries import gold_seen_by
from peritus.quality.rules import KEEP_GOLD
from peritus.quality.verbs import add_gold, retire_gold
from peritus.web.pages.lots import PAGE_ROWS, key_in, labels_in
from peritus.web.people import person

MOST_CANDIDATES = 20


@require_safe
def gold(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Answer “Do our known answers still measure anybody?”."""
    engagement = engagements_seen_by(person(request)).get(uid=uid)
    KEEP_GOLD.require(person(request), engagement)
    labels = labels_in(engagement.pk)
    used = gold_in_use(engagement)
    page = Paginator(used, PAGE_ROWS).get_page(request.GET.get("page"))
    at = now()
    context = {
        "engagement": engagement,
        "coverage": coverage_of(engagement),
        "page": page,
        "rows": [
            (
                each,
                labels.get((each.gold.question, each.gold.answer), each.gold.answer),
                (at - each.gold.set_at).days if each.gold.set_at else None,
            )
            for each in page
        ],
        "suspect": sum(each.may_be_known for each in used),
        "chance": LEAK_CHANCE,
        "candidates": [
            (each, labels.get((each.question, each.answer), each.answer))
            for each in gold_candidates(engagement, most=MOST_CANDIDATES)
        ],
        "key": uuid4().hex,
    }
    return render(request, "quality/gold.html", context)


@require_POST
def add(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Keep an adjudicated answer as a known one, with its proof."""
    item = items_seen_by(person(request)).select_related("engagement").get(uid=uid)
    add_gold(
        item.pk,
        request.POST.get("question", ""),
        request.POST.get("answer", ""),
        source=request.POST.get("source", ""),
        weighs=True,
        by=person(request),
        key=key_in(request),
    )
    return redirect("gold", uid=item.engagement.uid)


@require_POST
def retire(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take a known answer out of use, with the reason."""
    found = gold_seen_by(person(request)).select_related("engagement").get(uid=uid)
    because = request.POST.get("because", "")
    retire_gold(found.pk, because=because, by=person(request), key=key_in(request))
    return redirect("gold", uid=found.engagement.uid)
