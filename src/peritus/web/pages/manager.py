"""The manager's portfolio, the board of lots, and who judges what."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from peritus.bench.models import Expert
from peritus.bench.queries import experts_seen_by
from peritus.engagements.models import Engagement, Restriction, Wall
from peritus.engagements.queries import engagements_seen_by, lots_seen_by
from peritus.engagements.rules import MANAGE
from peritus.journal.models import Event
from peritus.quality.overviews import LotOverview, Stage, lot_overviews
from peritus.web.cards import cards_of
from peritus.web.pages.lots import PAGE_ROWS
from peritus.web.people import person
from peritus.work.conflicts import conflicts_of
from peritus.work.leasing import SENTENCES
from peritus.work.models import Slot, Staffing
from peritus.work.queries import staffings_seen_by

LAST_REFUSALS = 20
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


@require_safe
def staffings(request: HttpRequest) -> HttpResponse:
    """Answer “Who can, who should?”."""
    seen = staffings_seen_by(person(request)).select_related("engagement", "lot")
    page = Paginator(seen.order_by("-drafted_at", "-id"), PAGE_ROWS).get_page(
        request.GET.get("page")
    )
    return render(request, "running/staffings.html", {"page": page})


@dataclass(frozen=True)
class Load:
    """How much of a draft one expert carries."""

    name: str
    kind: str
    derivation: str
    items: int
    share: float


@require_safe
def staffing(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show one draft: who judges what, how good it is, and how that is known."""
    found = staffings_seen_by(person(request)).select_related("engagement", "lot").get(uid=uid)
    counts = Counter(handle for handle, _ in found.pairs)
    experts = experts_seen_by(person(request)).filter(handle__in=counts)
    loads = [
        Load(each.name, each.get_kind_display(), each.derivation, counts[each.handle],
             counts[each.handle] / len(found.pairs))
        for each in experts.order_by(F("handle"))
    ]  # fmt: skip
    context = {
        "engagement": found.engagement,
        "lot": found.lot,
        "staffing": found,
        "loads": loads,
        "page": Paginator(found.pairs, PAGE_ROWS).get_page(request.GET.get("page")),
        "items": len({key for _, key in found.pairs}),
        "names": {each.handle: each.name for each in experts},
        **_walls(request, found.engagement),
        "left_out": _left_out(found, request),
        "conflicts": conflicts_of(found.engagement, list(experts)),
        "parties": found.engagement.parties.order_by("name"),
    }
    context["rows"] = [
        (context["names"].get(handle, handle), key) for handle, key in context["page"]
    ]
    return render(request, "running/staffing.html", context)


class LeftOut(NamedTuple):
    """An expert whom one of the bars of leasing kept from items of a draft."""

    name: str
    reason: str
    items: int


def _left_out(staffing: Staffing, request: HttpRequest) -> list[LeftOut]:
    named = experts_seen_by(person(request)).filter(handle__in=[h for h, _, _ in staffing.left_out])
    names = dict(named.values_list("handle", "name"))
    return [LeftOut(names.get(h, h), SENTENCES[bar], n) for h, bar, n in staffing.left_out]


class Refused(NamedTuple):
    """Work that was asked for and refused, as the journal has it."""

    at: datetime
    name: str
    item: str
    reasons: list[str]


def _refusals(engagement: Engagement) -> list[Refused]:
    """Return what the journal says was refused last, newest first."""
    events = Event.objects.filter(kind="work.refused", engagement_uid=engagement.uid)
    latest = list(events.order_by("-id")[:LAST_REFUSALS])
    slots = Slot.objects.filter(uid__in=[each.about_uid for each in latest])
    keys = dict(slots.values_list("uid", "item__key"))
    uids = [each.data["expert"] for each in latest]
    names = {str(e.uid): e.name for e in Expert.objects.filter(uid__in=uids)}
    return [
        Refused(each.at, names.get(each.data["expert"], "–"), keys.get(each.about_uid, "–"),
                [SENTENCES[name] for name in each.data["because"]])
        for each in latest
    ]  # fmt: skip


def _walls(request: HttpRequest, engagement: Engagement) -> dict[str, object]:
    """Return who is barred, and whom the reader may bar."""
    walls = engagement.walls.select_related("expert", "item").order_by("-raised_at", "-id")
    barred = walls.filter(item=None).values("expert")
    others = experts_seen_by(person(request)).exclude(pk__in=barred).order_by("name", "handle")
    return {
        "walls": walls,
        "restrictions": engagement.restrictions.filter(ended_at=None).order_by("kind", "only"),
        "restrictable": Restriction.Kind.choices,
        "refusals": _refusals(engagement),
        "kinds": [each for each in Wall.Kind.choices if each[0] != Wall.Kind.DECLARED],
        "others": others if MANAGE.allows(person(request), engagement) else [],
        "key": uuid4().hex,
    }
