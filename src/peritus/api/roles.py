"""Who may call what: one table, and what is not in it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from ninja.security import HttpBearer, SessionAuth

from peritus.accounts.models import Role, User
from peritus.accounts.queries import roles_of
from peritus.journal.errors import NotAllowed
from peritus.sign_in.models import ApiToken, Scope

DESK: Final = (Role.CLIENT, Role.MANAGER, Role.QUALITY, Role.FINANCE)
MONEY: Final = (Role.CLIENT, Role.MANAGER, Role.FINANCE)
AT_WORK: Final = (Role.EXPERT, Role.QUALITY)

CALLERS: Final[Mapping[str, tuple[Role, ...]]] = {
    "api_engagements": DESK,
    "api_lots": DESK,
    "api_lot": DESK,
    "api_decisions": DESK,
    "api_certificate": DESK,
    "api_invoice": MONEY,
    "api_next_assignment": AT_WORK,
    "api_judgment": AT_WORK,
    "api_openapi": tuple(Role),
    "api_unknown": tuple(Role),
}


# What a token must be for; each call is named, so that a new one is refused until it is.
SCOPES: Final[Mapping[str, Scope]] = {
    "api_engagements": Scope.READ,
    "api_lots": Scope.READ,
    "api_lot": Scope.READ,
    "api_decisions": Scope.READ,
    "api_certificate": Scope.READ,
    "api_invoice": Scope.READ,
    "api_next_assignment": Scope.JUDGE,
    "api_judgment": Scope.JUDGE,
}


def require_scope(token: ApiToken, address: str) -> None:
    """Raise NotAllowed unless the token is for such a call."""
    wanted = SCOPES.get(address)
    if wanted not in token.scopes:
        rule = f"This token is for: {', '.join(token.scopes)}. The call wants: {wanted}."
        raise NotAllowed(rule)


def require_caller(user: User, address: str) -> None:
    """Raise NotAllowed unless one of the user's roles may call the address."""
    callers = CALLERS.get(address, ())
    names = ", ".join(str(role.label) for role in callers)
    rule = f"This call is for: {names}." if names else "Nobody may call this address."
    if roles_of(user).isdisjoint(map(str, callers)):
        raise NotAllowed(rule)


class TokenOfCaller(HttpBearer):
    """Whoever made the token that a program brings; no CSRF token is wanted."""

    openapi_description = "A token made under “Sign-in and security”: Authorization: Bearer …"

    def authenticate(self, request: HttpRequest, token: str) -> User | None:  # noqa: ARG002 - ninja's
        """Return its person, None where the middleware found no token; scope before rule."""
        found: ApiToken | None = getattr(request, "token", None)
        if found is None:
            return None
        match = request.resolver_match
        address = match.view_name if match else ""
        require_scope(found, address)
        require_caller(found.user, address)
        return found.user


class SessionOfCaller(SessionAuth):
    """Whoever is signed in, by session cookie; writes bring the CSRF token."""

    def __call__(self, request: HttpRequest) -> Any | None:  # noqa: ANN401 - ninja's signature
        """Return the user, None for nobody; refuse a role that may not call."""
        user = super().__call__(request)
        if isinstance(user, User):
            match = request.resolver_match
            require_caller(user, match.view_name if match else "")
        return user


def caller(request: HttpRequest) -> User:
    """Return the signed-in user."""
    if not isinstance(request.user, User):
        raise TypeError("Nobody is signed in; the API lets no such request through.")
    return request.user


Row = TypeVar("Row", bound=Model)


def within(request: HttpRequest, rows: QuerySet[Row]) -> QuerySet[Row]:
    """Return of what the caller sees what their token is for: all, or one client's."""
    token: ApiToken | None = getattr(request, "token", None)
    if token is None or token.organisation_id is None:
        return rows
    return rows.filter(organisation_id=token.organisation_id)
