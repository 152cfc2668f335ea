"""What everybody finds: theme, roles, search, inbox."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import get_resolver, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from peritus.accounts.models import Role
from peritus.accounts.rules import rules
from peritus.accounts.serving import isolation_sentence
from peritus.billing.queries import invoices_seen_by
from peritus.engagements.queries import items_seen_by, lots_seen_by
from peritus.notices.queries import notices_of
from peritus.notices.verbs import mark_read
from peritus.quality.queries import certificates_seen_by
from peritus.web.context import THEMES
from peritus.web.navigation import start_of
from peritus.web.people import ROLE_CHOICE, person, viewer
from peritus.web.roles import ANYONE, ROLES

PAGE_ROWS = 50
LEAST_WORDS, MOST_HITS = 2, 20
YEAR_SECONDS = 365 * 24 * 3600


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Lead to the start page of the role looked through."""
    return redirect(start_of(viewer(request).role))


@require_POST
def choose_role(request: HttpRequest) -> HttpResponse:
    """Look through another of one's own roles."""
    if request.POST.get("role") in viewer(request).roles:
        request.session[ROLE_CHOICE] = request.POST["role"]
    return redirect("home")


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Remember the theme in a cookie, and come back."""
    target = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure())
    response = redirect(target if is_ours else reverse("home"))
    if request.POST.get("theme") in THEMES:
        response.set_cookie(
            "theme", request.POST["theme"], max_age=YEAR_SECONDS, samesite="Lax", httponly=True
        )
    return response


@dataclass(frozen=True)
class RoleRow:
    """An address with who may open it."""

    name: str
    path: str
    allowed: tuple[bool, ...]


@require_safe
def roles(request: HttpRequest) -> HttpResponse:
    """Show which role opens which address, and who may do which act."""
    rows = [
        RoleRow(name, path_of(name), tuple(allowed == ANYONE or role in allowed for role in Role))
        for name, allowed in ROLES.items()
    ]
    acts = sorted(rules().values(), key=lambda each: each.act)
    found = {"rows": rows, "roles": list(Role), "acts": acts, "isolation": isolation_sentence()}
    return render(request, "public/roles.html", found)


def path_of(name: str) -> str:
    """Return the path pattern of an address."""
    possible = get_resolver().reverse_dict.getlist(name)
    return f"/{possible[0][0][0][0]}" if possible else "not built"


@dataclass(frozen=True)
class Hit:
    """One thing found by its key or title."""

    kind: str
    title: str
    place: str
    href: str


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Find items, lots, certificates and invoices by key, among what may be seen."""
    words = request.GET.get("q", "").strip()[:100]
    found = _hits(request, words) if len(words) >= LEAST_WORDS else []
    if len(found) == 1:
        return redirect(found[0].href)
    return render(request, "public/search.html", {"search_words": words, "found": found})


def _hits(request: HttpRequest, words: str) -> list[Hit]:
    user, can_open_invoices = person(request), _may_open(request, "invoice")
    certificates = certificates_seen_by(user).filter(number__icontains=words)
    lots = lots_seen_by(user).filter(title__icontains=words).select_related("engagement")
    items = items_seen_by(user)
    named = items.filter(key__icontains=words) | items.filter(title__icontains=words)
    invoices = invoices_seen_by(user).filter(number__icontains=words)
    return [
        *(
            Hit(
                "certificate",
                each.number,
                str(each.freeze),
                reverse("certificate", args=[each.number]),
            )
            for each in certificates.select_related("freeze__lot")[:MOST_HITS]
        ),
        *(
            Hit(
                "invoice", each.number, str(each.engagement), reverse("invoice", args=[each.number])
            )
            for each in invoices.select_related("engagement")[:MOST_HITS]
            if can_open_invoices
        ),
        *(
            Hit("lot", each.title, str(each.engagement), reverse("lot", args=[each.uid]))
            for each in lots[:MOST_HITS]
        ),
        *(
            Hit("item", each.title, str(each.lot), reverse("decision", args=[each.uid]))
            for each in named.select_related("lot").order_by("key")[:MOST_HITS]
        ),
    ]


def _may_open(request: HttpRequest, address: str) -> bool:
    return not ROLES[address].isdisjoint(viewer(request).roles)


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """Show what waits for the person."""
    notices = notices_of(person(request)).select_related("engagement")
    page = Paginator(notices, PAGE_ROWS).get_page(request.GET.get("page"))
    return render(request, "public/inbox.html", {"page": page})


@require_POST
def read_notice(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take note that a notice was read."""
    notice = notices_of(person(request)).get(uid=uid)
    mark_read(notice.pk, by=person(request), key=f"read:{uid}")
    return redirect("inbox")
