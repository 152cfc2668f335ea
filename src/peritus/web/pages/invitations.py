"""Invite somebody to an installation, and let them choose their password."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.hashers import make_password
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import BadRequest
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from peritus.accounts.models import Organisation, Role, User
from peritus.accounts.verbs import grant_role, register_person
from peritus.bench.models import Expert
from peritus.bench.verbs import register_expert
from peritus.privacy.queries import holdable_by, people_seen_by
from peritus.sign_in.verbs import choose_password, offer_password
from peritus.web.pages.lots import key_in
from peritus.web.pages.sign_in import led_in
from peritus.web.people import person

PROVIDER: Final = Organisation.Kind.PROVIDER


@dataclass(frozen=True)
class Guest:
    """Who is invited, as what and where."""

    name: str
    email: str
    role: Role
    organisation: Organisation


@require_POST
def invite(request: HttpRequest) -> HttpResponse:
    """Register somebody with a role, and show once the link by which they choose a password.

    All or nothing: a second press with the same form registers nobody twice.
    """
    guest, key = _guest_in(request), key_in(request)
    handle = f"p-{key}"  # says nothing of who it is
    by = person(request)
    with transaction.atomic():
        invited = register_person(handle, name=guest.name, email=guest.email, by=by, key=key)
        grant_role(invited.pk, guest.organisation.pk, guest.role, by=by, key=key)
        if guest.role == Role.EXPERT:
            kind = Expert.Kind.PERSON
            register_expert(handle, user_id=invited.pk, name=guest.name, kind=kind, by=by, key=key)
    return _shown_link(request, invited, key)


@require_POST
def new_link(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show a link by which somebody who is known chooses a password anew."""
    known = people_seen_by(person(request)).get(uid=uid)
    return _shown_link(request, known, key_in(request))


def _shown_link(request: HttpRequest, invited: User, key: str) -> HttpResponse:
    invited = offer_password(invited.pk, by=person(request), key=key)
    address = reverse("welcome", args=[invited.uid, default_token_generator.make_token(invited)])
    context = {"invited": invited, "address": request.build_absolute_uri(address)}
    return render(request, "people/invited.html", context)


def _guest_in(request: HttpRequest) -> Guest:
    """Read the form: clients join a client that the reader sees, all others the provider."""
    try:
        role = Role(request.POST.get("role", ""))
        seen = holdable_by(person(request))
        house = (
            seen.exclude(kind=PROVIDER).get(uid=UUID(request.POST.get("organisation", "")))
            if role == Role.CLIENT
            else seen.get(kind=PROVIDER)
        )
    except (ValueError, Organisation.DoesNotExist) as error:
        raise BadRequest("Choose a role, and for a client's people their organisation.") from error
    name, email = (request.POST.get(each, "").strip() for each in ("name", "email"))
    return Guest(name, email, role, house)


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
def welcome(request: HttpRequest, uid: UUID, token: str) -> HttpResponse:
    """Let whoever holds a link that still counts choose their password, and sign in."""
    invited = User.objects.filter(uid=uid, is_active=True, is_engine=False).first()
    if invited is None or not default_token_generator.check_token(invited, token):
        raise Http404("This link has been used, or is older than three days: ask for another.")
    form = SetPasswordForm(invited, request.POST or None)
    if not form.is_valid():
        return render(request, "public/welcome.html", {"form": form, "invited": invited})
    hashed = make_password(form.cleaned_data["new_password1"])
    invited = choose_password(invited.pk, hashed, by=invited, key=uuid4().hex)
    return led_in(request, invited, reverse("home"))
