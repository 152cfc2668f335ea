"""Signing in: a password, then a second factor where one is set up."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth import views as auth_views
from django.core import signing
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from peritus.accounts.models import Role, User
from peritus.sign_in.errors import CodeRefused, TooManyTries
from peritus.sign_in.proving import prove
from peritus.sign_in.queries import has_second_factor
from peritus.web.forms import SignInForm
from peritus.web.origin import address_of, browser_of

BACKEND: Final = "django.contrib.auth.backends.ModelBackend"
HALF: Final = "half_signed_in"  # name of the cookie between the two steps
HALF_SECONDS: Final = 300


@dataclass(frozen=True)
class DemoSignIn:
    """Somebody whose sign-in a demo shows."""

    name: str
    label: str
    email: str
    password: str


def demo_sign_ins() -> list[DemoSignIn]:
    """Return the sign-ins of a demo; none where this installation is no demo."""
    path = Path(settings.HOME) / "demo.json"
    if not path.is_file():
        return []
    rows = json.loads(path.read_text(encoding="utf-8"))
    return [
        DemoSignIn(row["name"], Role(row["role"]).label, row["email"], row["password"])
        for row in rows
    ]


class SignIn(auth_views.LoginView):
    """Sign in by e-mail and password, the first step; a demo shows its people."""

    template_name = "public/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: BaseForm) -> HttpResponse:
        """Let in whose password was right, or ask for their second factor."""
        return led_in(self.request, form.get_user(), self.get_success_url())  # type: ignore[attr-defined]

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        """Add the demo's people."""
        return super().get_context_data(people=demo_sign_ins(), **kwargs)


def led_in(request: HttpRequest, user: User, target: str) -> HttpResponse:
    """Sign in somebody whose password was right, or lead them to the second step."""
    if not has_second_factor(user):
        return _signed_in(request, user, target)
    response = redirect("second_step")
    said = {"user": str(user.uid), "password": user.get_session_auth_hash(), "target": target}
    response.set_cookie(
        HALF, signing.dumps(said, salt=HALF), max_age=HALF_SECONDS, path=reverse("sign_in"),
        httponly=True, samesite="Lax", secure=request.is_secure(),
    )  # fmt: skip
    return response


def _signed_in(request: HttpRequest, user: User, target: str) -> HttpResponse:
    """Begin a session that its person can tell from others."""
    login(request, user, BACKEND)
    request.session["address"] = address_of(request)
    request.session["browser"] = browser_of(request)
    return redirect(target)


@dataclass(frozen=True)
class HalfSignedIn:
    """Somebody whose password was right, and where they were going."""

    user: User
    target: str


def _half_signed_in(request: HttpRequest) -> HalfSignedIn | None:
    """Return who took the first step less than five minutes ago, by the same password."""
    try:
        said = signing.loads(request.COOKIES.get(HALF, ""), salt=HALF, max_age=HALF_SECONDS)
    except signing.BadSignature:
        return None
    user = User.objects.filter(uid=said["user"], is_active=True).first()
    if user is None or user.get_session_auth_hash() != said["password"]:
        return None
    return HalfSignedIn(user, said["target"])


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """Ask for a code after the password, and sign in."""
    half = _half_signed_in(request)
    if half is None:
        return redirect("sign_in")
    if request.method == "GET":
        return render(request, "public/second_step.html")
    try:
        prove(half.user, request.POST.get("code", ""), address_of(request))
    except (CodeRefused, TooManyTries) as refused:
        found = {"fault": str(refused)}
        return render(request, "public/second_step.html", found, status=HTTPStatus.CONFLICT)
    response = _signed_in(request, half.user, half.target)
    response.delete_cookie(HALF, path=reverse("sign_in"), samesite="Lax")
    return response
