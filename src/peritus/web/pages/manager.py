"""The manager's portfolio, and the board of lots."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from peritus.engagements.queries import engagements_seen_by, lots_seen_by
from peritus.quality.overviews import LotOverview, Stage, lot_overviews
from peritus.web.cards import cards_of
from peritus.web.people import person

COLUMNS = (
    ("Judge", (Stage.EMPTY, Stage.JUDGE)),
    ("Adjudicate", (Stage.ADJUDICATE,)),
    ("Freeze", (Stage.CENSUS, Stage.FREEZE)),
    ("Audit", (Stage.AUDIT,)),
    ("Sign", (Stage.CERTIFY,)),
    ("Accept", (Stage.ACCEPT,)),
    ("Accepted", (Stage.ACCEPTED,)),
    ("Not certified", (Stage.SPENT,)),
)


@require_safe
def portfolio(request: HttpRequest) -> HttpResponse:
    """Answer “What goes wrong first?”."""
    user = person(request)
    cards = cards_of(engagements_seen_by(user), user)
    cards.sort(key=lambda card: -card.trouble)
    return render(request, "running/portfolio.html", {"cards": cards})


@dataclass(frozen=True)
class Column:
    """One stage of the flow with the lots that stand in it."""

    title: str
    lots: list[LotOverview]


@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """Answer “Where is each lot?”."""
    found = lot_overviews(lots_seen_by(person(request)))
    columns = [
        Column(title, [each for each in found if each.stage in stages]) for title, stages in COLUMNS
    ]
    return render(request, "running/board.html", {"columns": columns})
