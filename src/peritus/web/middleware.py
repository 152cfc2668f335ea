"""What stands around every page: policy, refusals, and the gate of roles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from http import HTTPStatus
from secrets import token_hex
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import MiddlewareNotUsed, ObjectDoesNotExist
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect

from peritus.accounts.models import Role, User
from peritus.journal.errors import Blocked, KeyUsedDifferently, NotAllowed
from peritus.journal.sight import EVERYTHING, Sight, has_policies, seeing
from peritus.sign_in.queries import has_second_factor
from peritus.sign_in.rules import asked_roles
from peritus.sign_in.tokens import token_that_counts
from peritus.web.people import viewer
from peritus.web.refusals import denied, in_the_way, not_found
from peritus.web.roles import ANYONE, SETTING_UP, roles_for
from peritus.work.sight import sight_of

Next = Callable[[HttpRequest], HttpResponseBase]

READING = {"GET", "HEAD"}
API = "/api/"  # programs call there: they get no page
SET_UP_FIRST = "Your role asks for a second factor: set it up in the workspace first."
SIGN_IN = "Sign in first: the API wants a token, or the session of the workspace."
DOES_NOT_COUNT = "The token does not count: mistyped, past its time, or revoked. Make another one."

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class ContentPolicy:
    """Send with every answer what a browser may load: nothing from elsewhere."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, and add the headers; pages with client data are never cached."""
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers[name] = value
        response.headers.setdefault("Cache-Control", "no-store")
        return response


class ApiTokens:
    """Let a program that calls the API with a token be its person; a token that is none is told."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer 401 to a token that does not count, whatever cookie comes with it."""
        if not request.path.startswith(API) or "Authorization" not in request.headers:
            return self.get_response(request)
        scheme, _, secret = request.headers["Authorization"].partition(" ")
        token = token_that_counts(secret.strip()) if scheme.lower() == "bearer" else None
        if token is None:
            refused = _as_json(HTTPStatus.UNAUTHORIZED, DOES_NOT_COUNT)
            refused.headers["WWW-Authenticate"] = "Bearer"
            return refused
        request.user = token.user
        request.token = token  # type: ignore[attr-defined]
        return self.get_response(request)


class ClientSight:
    """Have the database show a request its user's clients only, whatever code forgets to ask."""

    def __init__(self, get_response: Next) -> None:
        if not has_policies():
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer; reading is one transaction, which is told once what it may see.

        What changes something is not: each verb's transaction ends with the verb,
        and holds nobody up while a page is drawn.
        """
        reading = transaction.atomic() if request.method in READING else nullcontext()
        sight = _sight_of(request, request.user) if isinstance(request.user, User) else ()
        with seeing(sight), reading:
            return self.get_response(request)


def _sight_of(request: HttpRequest, user: User) -> Sight:
    """Return whose rows are seen: the person's, of which a token may leave one client's."""
    seen, token = sight_of(user), getattr(request, "token", None)
    if token is None or token.organisation_id is None:
        return seen
    only = frozenset({token.organisation_id})
    return only if seen is EVERYTHING else only & seen


class Refusals:
    """Turn what verbs and queries refuse into pages that say why."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on, unless it brings more than is read."""
        if _bytes_brought(request) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return _too_large(request)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer 403 with the rule, 404, or 409 with every blocker."""
        if isinstance(error, NotAllowed):
            return denied(request, str(error))
        if isinstance(error, ObjectDoesNotExist):
            return not_found(request)
        if isinstance(error, Blocked):
            return in_the_way(request, error.blockers)
        if isinstance(error, KeyUsedDifferently):
            return in_the_way(request, [str(error)])
        return None


class RoleGate:
    """Let nobody open an address that the table of roles does not allow them.

    Of whom a second factor is asked, sets one up before anything else opens.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response
        self.asked = asked_roles()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on."""
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: object,  # noqa: ARG002 - Django passes view and arguments
        args: Sequence[Any],  # noqa: ARG002
        kwargs: dict[str, Any],  # noqa: ARG002
    ) -> HttpResponseBase | None:
        """Refuse, or ask to sign in, before the page's own code runs."""
        name = request.resolver_match.view_name if request.resolver_match else ""
        allowed = roles_for(name)
        if allowed == ANYONE:
            return None
        if not isinstance(request.user, User):
            return _sign_in_first(request)
        if allowed.isdisjoint(viewer(request).roles):
            return _denied(request, _rule(allowed))
        return self._set_up_first(request, name)

    def _set_up_first(self, request: HttpRequest, name: str) -> HttpResponseBase | None:
        looking = viewer(request)
        if name in SETTING_UP or self.asked.isdisjoint(looking.roles):
            return None
        if has_second_factor(looking.user):
            return None
        if request.path.startswith(API):
            return _denied(request, SET_UP_FIRST)
        return redirect("set_up_second_factor")


def _bytes_brought(request: HttpRequest) -> int:
    length = request.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else 0  # without a length nothing is read


def _too_large(request: HttpRequest) -> HttpResponse:
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    said = f"Up to {most:,} bytes are read; {_bytes_brought(request):,} came. Send less at once."
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    if request.path.startswith(API):
        return _as_json(status, said)
    return in_the_way(request, [said], status)


def _sign_in_first(request: HttpRequest) -> HttpResponse:
    if request.path.startswith(API):
        return _as_json(HTTPStatus.UNAUTHORIZED, SIGN_IN)
    return redirect_to_login(request.get_full_path())


def _denied(request: HttpRequest, rule: str) -> HttpResponse:
    if request.path.startswith(API):
        return _as_json(HTTPStatus.FORBIDDEN, rule, rule=rule)
    return denied(request, rule)


def _as_json(status: HTTPStatus, error: str, **rule: str) -> JsonResponse:
    """Refuse a call in the API's own shape, which this room may not import."""
    return JsonResponse({"error": error, **rule, "reference": token_hex(4)}, status=status)


def _rule(allowed: frozenset[str]) -> str:
    names = [str(role.label) for role in Role if role in allowed]
    if not names:
        return "This address is not in the table of roles, so nobody opens it."
    return f"This page is for: {', '.join(names)}."
