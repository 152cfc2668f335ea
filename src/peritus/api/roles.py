"""Who may call what: one table, and what is not in it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpRequest
from ninja.security import SessionAuth

from peritus.accounts.models import Role, User
from peritus.accounts.queries import roles_of
from peritus.journal.errors import NotAllowed

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


def require_caller(user: User, address: str) -> None:
    """Raise NotAllowed unless one of the user's roles may call the address."""
    callers = CALLERS.get(address, ())
    names = ", ".join(str(role.label) for role in callers)
    rule = f"This call is for: {names}." if names else "Nobody may call this address."
    if roles_of(user).isdisjoint(map(str, callers)):
        raise NotAllowed(rule)


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
