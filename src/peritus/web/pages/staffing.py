"""Who judges what in a lot: who can, a draft with its proof, why, and publishing it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from peritus.algorithms.matching import Infeasible, Undecided
from peritus.bench.models import Expert
from peritus.bench.queries import experts_seen_by
from peritus.engagements.models import Engagement, Item, Lot, Restriction, Wall
from peritus.engagements.queries import lots_seen_by
from peritus.engagements.rules import MANAGE
from peritus.journal.clock import now
from peritus.journal.models import Event
from peritus.web.own_work import training_lots
from peritus.web.pages.lots import PAGE_ROWS, key_in
from peritus.web.people import person
from peritus.web.refusals import in_the_way
from peritus.web.staffing import (
    StaffForm,
    asked_unless_told,
    demand_of,
    expected_right,
    pay_of,
    possible_judges,
    terms_words,
)
from peritus.work.conflicts import conflicts_of
from peritus.work.errors import StaffingRefused
from peritus.work.leasing import LASTING, SENTENCES
from peritus.work.models import Slot, Staffing
from peritus.work.queries import staffings_seen_by
from peritus.work.rules import STAFF
from peritus.work.staffing import (
    Terms,
    candidates_of,
    explained,
    fairness_prices,
    move_prices,
    publication_blockers,
    stranded,
    waiting_slots,
)
from peritus.work.verbs import draft_staffing, publish_staffing

LAST_REFUSALS = 20
ONLY_WHAT_MUST = 1.0  # more than any move can bring
PINNED, APART, FREE = "pin", "apart", "free"


@require_safe
def staffings(request: HttpRequest) -> HttpResponse:
    """Answer “Who can, who should?”."""
    user = person(request)
    seen = staffings_seen_by(user).select_related("engagement", "lot")
    page = Paginator(seen.order_by("-drafted_at", "-id"), PAGE_ROWS).get_page(
        request.GET.get("page")
    )
    return render(request, "running/staffings.html", {"page": page, "waiting": _unstaffed(request)})


def _unstaffed(request: HttpRequest) -> list[Lot]:
    """Return the reader's lots with items of which nobody was asked for any."""
    user = person(request)
    items, slots = (model.objects.filter(lot=OuterRef("pk")) for model in (Item, Slot))
    lots = lots_seen_by(user).filter(Exists(items), ~Exists(slots), engagement__manager=user)
    lots = lots.exclude(pk__in=[test.pk for test in training_lots()])
    return list(lots.select_related("engagement").order_by("engagement", "place")[:PAGE_ROWS])


@require_safe
def staff(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show who can judge a lot and who cannot, and ask how it is to be staffed."""
    lot = lots_seen_by(person(request)).select_related("engagement").get(uid=uid)
    STAFF.require(person(request), lot.engagement)
    return _shown(request, lot, StaffForm(lot), [])


@require_POST
def draft(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Draft as asked; what cannot be is said beside what was typed."""
    lot = lots_seen_by(person(request)).select_related("engagement").get(uid=uid)
    STAFF.require(person(request), lot.engagement)
    form = StaffForm(lot, request.POST)
    if not form.is_valid():
        return _shown(request, lot, form, ["Some fields do not fit; each says what it wants."])
    try:
        made = draft_staffing(
            lot.pk, form.available, terms=form.terms, by=person(request), key=key_in(request)
        )
    except StaffingRefused as no:
        return _shown(request, lot, form, no.blockers)
    return redirect("staffing", uid=made.uid)


def _shown(request: HttpRequest, lot: Lot, form: StaffForm, faults: list[str]) -> HttpResponse:
    judges = possible_judges(lot, form.there, left=form.left)
    context = {
        "engagement": lot.engagement,
        "lot": lot,
        "form": form,
        "faults": faults,
        "judges": judges,
        "demand": demand_of(lot, judges, form),
        "items": lot.items.count(),
        "key": uuid4().hex,
    }
    return render(request, "running/staff.html", context, status=422 if faults else 200)


@require_POST
def redraft(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Draft once more with a pair that must be, must not be, or is free again."""
    old = staffings_seen_by(person(request)).select_related("engagement", "lot").get(uid=uid)
    pair = (request.POST.get("expert", ""), request.POST.get("item", ""))
    terms = Terms.stored(old.terms).without(pair)
    if (how := request.POST.get("how", "")) != FREE:
        terms = terms.with_pair(pair, pinned=how == PINNED)
    made = draft_staffing(
        old.lot_id, old.available, terms=terms, by=person(request), key=key_in(request)
    )
    return redirect("staffing", uid=made.uid)


@require_POST
def restaff(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Draft anew what waits of a published lot; a move must bring more than its price."""
    lot = lots_seen_by(person(request)).select_related("engagement").get(uid=uid)
    STAFF.require(person(request), lot.engagement)
    try:
        price = float(request.POST.get("price", "") or ONLY_WHAT_MUST)
        until = date.fromisoformat(day) if (day := request.POST.get("done_by", "")) else None
    except ValueError:
        return in_the_way(
            request,
            ["A move's price is a number of right answers, such as 0.05; a day is 2026-12-31."],
        )
    there, by = asked_unless_told(lot), person(request)
    terms = Terms(move_price=price, done_by=until)
    made = draft_staffing(lot.pk, there, terms=terms, by=by, key=key_in(request))
    return redirect("staffing", uid=made.uid)


@require_POST
def publish(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Open a slot for each pair of a draft."""
    staffing = staffings_seen_by(person(request)).get(uid=uid)
    publish_staffing(staffing.pk, by=person(request), key=key_in(request))
    return redirect("staffing", uid=uid)


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
    """Show one draft: who judges what, how good it is, how that is known, and why."""
    user = person(request)
    found = staffings_seen_by(user).select_related("engagement", "lot").get(uid=uid)
    terms, staffs = Terms.stored(found.terms), STAFF.allows(user, found.engagement)
    counts = Counter(handle for handle, _ in found.pairs)
    experts = list(experts_seen_by(user).filter(handle__in=counts).order_by("handle"))
    names = {each.handle: each.name for each in experts}
    page = Paginator(found.pairs, PAGE_ROWS).get_page(request.GET.get("page"))
    context = {
        "engagement": found.engagement,
        "lot": found.lot,
        "staffing": found,
        "loads": [_load(each, counts[each.handle], len(found.pairs)) for each in experts],
        "lightest": min(counts.values(), default=0),
        "heaviest": max(counts.values(), default=0),
        "page": page,
        "rows": [(h, names.get(h, h), key, (h, key) in terms.pins) for h, key in page],
        "items": len({key for _, key in found.pairs}),
        "expected": expected_right(found),
        "maximised": terms.objective,
        "weighed": terms.weighed,
        "asked": terms_words(terms),
        **_walls(request, found.engagement),
        "left_out": _left_out(found, request),
        "conflicts": conflicts_of(found.engagement, experts),
        "parties": found.engagement.parties.order_by("name"),
        "staffs": staffs,
        **(_of_manager(request, found, terms) if staffs else {}),
    }
    return render(request, "running/staffing.html", context)


def _load(expert: Expert, items: int, pairs: int) -> Load:
    return Load(expert.name, expert.get_kind_display(), expert.derivation, items, items / pairs)


class Why(NamedTuple):
    """A pair that is asked about, with the answer; ``known`` if both are of the draft."""

    handle: str = ""
    key: str = ""
    sentence: str = ""
    known: bool = False
    pinned: bool = False
    apart: bool = False


def _of_manager(request: HttpRequest, found: Staffing, terms: Terms) -> dict[str, object]:
    """Return what is in the way of publishing, and the answer to what is asked."""
    pair = (request.GET.get("expert", ""), request.GET.get("item", "").strip())
    asked = Expert.objects.filter(handle__in=list(found.available)).order_by("name", "handle")
    curve = request.GET.get("curve", "")
    return {
        **(_curves(found, curve) if curve else {}),
        **(_waiting(found) if found.published_at else {"moves": _moves(found)}),
        "pay": pay_of(found),
        "blockers": publication_blockers(found),
        "asked_of": asked,
        "why": _why(found, terms, pair) if all(pair) else Why(),
    }


def _curves(found: Staffing, curve: str) -> dict[str, object]:
    """Return what fairness costs, or what moves bring, where one of them is asked for."""
    try:
        if curve == "moves":
            there = asked_unless_told(found.lot)
            return {"move_prices": move_prices(found.lot, there, now())}
        return {"fairness_prices": fairness_prices(found, candidates_of(found))}
    except (Infeasible, Undecided) as no:
        return {"no_curve": str(no)}


class Handover(NamedTuple):
    """A slot of a draft that changes hands."""

    item: str
    before: str
    after: str


def _moves(found: Staffing) -> list[Handover]:
    moves = found.moves or []
    slots = Slot.objects.filter(uid__in=[uid for uid, _, _ in moves])
    keys = {str(uid): key for uid, key in slots.values_list("uid", "item__key")}
    handles = {handle for _, *both in moves for handle in both}
    names = dict(Expert.objects.filter(handle__in=handles).values_list("handle", "name"))
    return [
        Handover(keys.get(uid, "–"), names.get(before, "open to all"), names.get(after, after))
        for uid, before, after in moves
    ]


def _waiting(found: Staffing) -> dict[str, object]:
    """Return how much of the lot waits, and for whom in vain."""
    at = now()
    vain = stranded(found.lot, at, LASTING).most_common()
    return {
        "waits": waiting_slots(found.lot, at).count(),
        "vain": [(name, SENTENCES[bar], n) for (name, bar), n in vain],
    }


def _why(found: Staffing, terms: Terms, pair: tuple[str, str]) -> Why:
    try:
        sentence = explained(found, pair, candidates_of(found))
    except KeyError:
        return Why(*pair, "There is no such expert or item in this draft; check the key.")
    return Why(*pair, sentence, True, pair in terms.pins, pair in terms.apart)


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
