"""A person's own sign-in: password, second factor, recovery codes, and where they are signed in."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID, uuid4

from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from peritus.delivery.codes import drawn
from peritus.sign_in.codes import (
    new_recovery_codes,
    new_secret,
    recovery_digest,
    scanned_address,
    typed_key,
)
from peritus.sign_in.errors import CodeRefused, TooManyTries
from peritus.sign_in.limits import try_password
from peritus.sign_in.models import SecondFactor
from peritus.sign_in.proving import count_code, require_password
from peritus.sign_in.queries import codes_left
from peritus.sign_in.rules import is_asked_of
from peritus.sign_in.sealing import offer, seal, taken_up, unsealed
from peritus.sign_in.sessions import standing_sessions
from peritus.sign_in.verbs import (
    choose_password,
    end_sessions,
    renew_recovery_codes,
    turn_off_second_factor,
    turn_on_second_factor,
)
from peritus.web.origin import address_of
from peritus.web.pages.lots import key_in
from peritus.web.people import person, viewer


@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """Show how one proves who one is, and let it be changed."""
    user = person(request)
    context = {
        "factor": SecondFactor.objects.filter(user=user).first(),
        "codes_left": codes_left(user),
        "is_asked": is_asked_of(viewer(request).roles),
        "sessions": standing_sessions().filter(user=user),
        "here": own_session(request),
        "offer": offer(user, new_recovery_codes()),
        "key": uuid4().hex,
    }
    return render(request, "security/security.html", context)


def own_session(request: HttpRequest) -> UUID:
    """Return the id of the session that asks."""
    found: UUID = request.session.uid  # type: ignore[attr-defined]
    return found


@require_POST
def end_session(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Sign out in one other place."""
    end_sessions(person(request).pk, [uid], by=person(request), key=key_in(request))
    return redirect("security")


@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    user = person(request)
    others = standing_sessions().filter(user=user).exclude(uid=own_session(request))
    uids = list(others.order_by("id").values_list("uid", flat=True))
    end_sessions(user.pk, uids, by=user, key=key_in(request))
    return redirect("security")


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def change_password(request: HttpRequest) -> HttpResponse:
    """Choose another password, for the one that counts; other sessions end."""
    user = person(request)
    form = PasswordChangeForm(user, request.POST or None)
    if request.method == "POST" and _is_changed(request, form):
        hashed = make_password(form.cleaned_data["new_password1"])
        changed = choose_password(user.pk, hashed, by=user, key=uuid4().hex)
        update_session_auth_hash(request, changed)
        return redirect("security")
    return render(request, "security/password.html", {"form": form})


def _is_changed(request: HttpRequest, form: PasswordChangeForm) -> bool:
    """Check the form; whoever guesses the old password waits."""
    try:
        tried = try_password(person(request).email, address_of(request))
    except TooManyTries as wait:
        form.add_error(None, str(wait))
        return False
    if "old_password" not in form.errors:
        tried.succeeded()
    return form.is_valid()


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    """Show a new secret to scan; with a code of it, turn the second factor on."""
    user = person(request)
    if request.method == "GET":
        sealed = seal(new_secret())
        form = SetUp(sealed, offer(user, [sealed, *new_recovery_codes()]), uuid4().hex)
        return _to_scan(request, form)
    offered = request.POST.get("offer", "")
    sealed, *codes = taken_up(user, offered)
    form = SetUp(sealed, offered, key_in(request))
    digests = [recovery_digest(each) for each in codes]
    try:
        turn_on_second_factor(
            user.pk, sealed, _code_in(request), digests,
            staying=own_session(request), by=user, key=form.key,
        )  # fmt: skip
    except CodeRefused as refused:
        return _to_scan(request, form, fault=str(refused))
    return render(request, "security/recovery_codes.html", {"codes": codes})


@dataclass(frozen=True)
class SetUp:
    """What the form of setting up brings back."""

    sealed: str
    offer: str
    key: str


def _to_scan(request: HttpRequest, form: SetUp, *, fault: str = "") -> HttpResponse:
    secret = unsealed(form.sealed) or b""
    context = {
        "form": form,
        "svg": drawn(scanned_address(secret, person(request).email), "QR code to scan", error="m"),
        "typed": typed_key(secret),
        "is_asked": is_asked_of(viewer(request).roles),
        "fault": fault,
    }
    status = HTTPStatus.CONFLICT if fault else HTTPStatus.OK
    return render(request, "security/set_up.html", context, status=status)


@sensitive_post_parameters()
@require_POST
def renew_codes(request: HttpRequest) -> HttpResponse:
    """Make ten new recovery codes, for a code that counts; the old ones count no more."""
    user, key = person(request), key_in(request)
    codes = taken_up(user, request.POST.get("offer", ""))
    digests = [recovery_digest(each) for each in codes]
    tried = count_code(user, _code_in(request), address_of(request))
    renew_recovery_codes(user.pk, _code_in(request), digests, by=user, key=key)
    tried.succeeded()
    return render(request, "security/recovery_codes.html", {"codes": codes})


def _code_in(request: HttpRequest) -> str:
    """Return the code that was typed; telephones show it with a gap."""
    return "".join(request.POST.get("code", "").split())


@sensitive_post_parameters()
@require_POST
def turn_off(request: HttpRequest) -> HttpResponse:
    """Turn the second factor off, for the password and a code that counts."""
    user = person(request)
    require_password(user, request.POST.get("password", ""), address_of(request))
    tried = count_code(user, _code_in(request), address_of(request))
    turn_off_second_factor(user.pk, _code_in(request), by=user, key=key_in(request))
    tried.succeeded()
    return redirect("security")
