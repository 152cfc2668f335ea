"""Who is known here, what the law holds, and erasing who somebody was."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from peritus.accounts.models import Membership, Role, User
from peritus.engagements.queries import engagements_seen_by
from peritus.journal.clock import now
from peritus.privacy.queries import (
    engagements_of,
    erasure_blockers,
    holdable_by,
    holds_seen_by,
    people_seen_by,
)
from peritus.privacy.rules import Ground
from peritus.privacy.verbs import erase_person, lift_hold, place_hold
from peritus.sign_in.queries import has_second_factor, tokens_of
from peritus.sign_in.rules import RESET_FACTOR, Because
from peritus.sign_in.verbs import reset_second_factor
from peritus.web.pages.lots import PAGE_ROWS, key_in
from peritus.web.people import person as looking


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """List everybody that is known, by name."""
    words = request.GET.get("q", "").strip()
    roles = Membership.objects.filter(organisation__in=holdable_by(looking(request)))
    seen = people_seen_by(looking(request)).prefetch_related(
        Prefetch("memberships", roles.select_related("organisation"))
    )
    if words:
        seen = seen.filter(Q(name__icontains=words) | Q(email__icontains=words))
    page = Paginator(seen, PAGE_ROWS).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "words": words,
        "roles": Role.choices,
        "clients": holdable_by(looking(request)).exclude(kind="provider").order_by("name"),
        "key": uuid4().hex,
    }
    return render(request, "people/people.html", context)


@require_safe
def person(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show what is kept of somebody, and what keeps it."""
    found = people_seen_by(looking(request)).get(uid=uid)
    context = {
        "found": found,
        "memberships": _roles_of(found, looking(request)),
        "expert": getattr(found, "expert", None),
        "engagements": _worked_in(found, looking(request)),
        "blockers": erasure_blockers(found, looking(request)),
        "grounds": Ground.choices,
        "can_be_reset": has_second_factor(found) and RESET_FACTOR.allows(looking(request), found),
        "reasons": Because.choices,
        "tokens": tokens_of(found, now()),
        "now": now(),
        "key": uuid4().hex,
    }
    return render(request, "people/person.html", context)


def _roles_of(found: User, reader: User) -> QuerySet[Membership]:
    known = found.memberships.filter(organisation__in=holdable_by(reader))
    return known.select_related("organisation").order_by("id")


def _worked_in(found: User, reader: User) -> list[str]:
    """Return the titles that the reader may know, then how many more there are."""
    worked = engagements_of(found)
    known = worked.filter(pk__in=engagements_seen_by(reader).values("pk"))
    titles = list(known.order_by("title").values_list("title", flat=True))
    more = worked.count() - len(titles)
    return titles + ([f"{more} that are not yours to see"] if more else [])


@require_POST
def erase(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Erase who somebody was."""
    found = people_seen_by(looking(request)).get(uid=uid)
    ground = request.POST.get("ground", "")
    erase_person(found.pk, ground, by=looking(request), key=key_in(request))
    return redirect("person", uid)


@require_POST
def reset_factor(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take away the second factor of somebody who lost it."""
    found = people_seen_by(looking(request)).get(uid=uid)
    because = request.POST.get("because", "")
    reset_second_factor(found.pk, because, by=looking(request), key=key_in(request))
    return redirect("person", uid)


@require_safe
def holds(request: HttpRequest) -> HttpResponse:
    """List legal holds, those that stand first."""
    seen = holds_seen_by(looking(request)).order_by("lifted_at", "-placed_at", "-id")
    seen = seen.select_related("organisation", "engagement", "person", "placed_by", "lifted_by")
    context = {
        "page": Paginator(seen, PAGE_ROWS).get_page(request.GET.get("page")),
        "organisations": holdable_by(looking(request)).order_by("name"),
        "engagements": engagements_seen_by(looking(request)).order_by("title"),
        "key": uuid4().hex,
    }
    return render(request, "people/holds.html", context)


@require_POST
def hold(request: HttpRequest) -> HttpResponse:
    """Hold what is kept of an organisation, of one engagement, or of a person."""
    by, reason = looking(request), request.POST.get("reason", "")
    what, uid = _thing_in(request)
    if what == "engagement":
        course = engagements_seen_by(by).get(uid=uid)
        about = {"engagement_id": course.pk}
        organisation = course.organisation_id
    elif what == "person":
        about = {"person_id": people_seen_by(by).get(uid=uid).pk}
        organisation = holdable_by(by).get(kind="provider").pk
    else:
        about, organisation = {}, holdable_by(by).get(uid=uid).pk
    place_hold(organisation, reason=reason, **about, by=by, key=key_in(request))
    return redirect("holds")


def _thing_in(request: HttpRequest) -> tuple[str, UUID]:
    """Return what a form is about: the kind of thing, and its id."""
    what, _, uid = request.POST.get("about", "").partition(":")
    try:
        return what, UUID(uid)
    except ValueError as error:
        raise BadRequest("Choose on what the hold is placed.") from error


@require_POST
def lift(request: HttpRequest, uid: UUID) -> HttpResponse:
    """End a legal hold."""
    found = holds_seen_by(looking(request)).get(uid=uid)
    reason = request.POST.get("reason", "")
    lift_hold(found.pk, reason, by=looking(request), key=key_in(request))
    return redirect("holds")
