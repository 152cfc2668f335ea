"""Tokens by which programs call the API: made, shown once, listed, revoked."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from peritus.accounts.models import Organisation, User
from peritus.engagements.queries import engagements_seen_by
from peritus.journal.clock import now
from peritus.privacy.queries import people_seen_by
from peritus.sign_in.models import ApiToken, Scope
from peritus.sign_in.queries import tokens_of
from peritus.sign_in.rules import MOST_DAYS
from peritus.sign_in.sealing import offer, taken_up
from peritus.sign_in.tokens import new_token, token_digest
from peritus.sign_in.verbs import make_token, revoke_token
from peritus.web.pages.lots import key_in
from peritus.web.people import person

LASTING_DAYS = (30, 90, MOST_DAYS)


def clients_of(user: User) -> QuerySet[Organisation]:
    """Return the clients whose engagements somebody sees."""
    seen = engagements_seen_by(user).values("organisation")
    return Organisation.objects.filter(pk__in=seen).order_by("name")


@require_safe
def tokens(request: HttpRequest) -> HttpResponse:
    """List one's tokens, with a form for another."""
    user = person(request)
    context = {
        "tokens": tokens_of(user, now()),
        "now": now(),
        "scopes": Scope.choices,
        "lasting": LASTING_DAYS,
        "clients": clients_of(user),
        "offer": offer(user, [new_token()]),
        "key": uuid4().hex,
    }
    return render(request, "security/tokens.html", context)


@require_POST
def make(request: HttpRequest) -> HttpResponse:
    """Make a token and show it, once; a second press shows the same."""
    user, key = person(request), key_in(request)
    [secret] = taken_up(user, request.POST.get("offer", ""))
    made = make_token(
        user.pk,
        token_digest(secret),
        name=request.POST.get("name", ""),
        scopes=sorted(request.POST.getlist("scope")),
        days=_days_in(request),
        organisation_id=_client_in(request),
        by=user,
        key=key,
    )
    address = request.build_absolute_uri(reverse("api_engagements"))
    found = {"token": made, "secret": secret, "address": address}
    return render(request, "security/token.html", found)


def _days_in(request: HttpRequest) -> int:
    given = request.POST.get("days", "")
    return int(given) if given.isascii() and given.isdigit() else 0


def _client_in(request: HttpRequest) -> int | None:
    """Return the client that the token is for, None for all. Raises DoesNotExist."""
    given = request.POST.get("client", "")
    if not given:
        return None
    try:
        return clients_of(person(request)).get(uid=UUID(given)).pk
    except ValueError as error:
        raise Organisation.DoesNotExist from error


@require_POST
def revoke(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Revoke one's own token, or as a manager that of somebody known."""
    by = person(request)
    known = Q(user=by) | Q(user__in=people_seen_by(by).values("pk"))
    found = ApiToken.objects.filter(known).get(uid=uid)
    revoke_token(found.pk, by=by, key=key_in(request))
    return redirect("tokens") if found.user_id == by.pk else redirect("person", found.user.uid)
