"""Who is looking, and in which of their roles."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

from peritus.accounts.models import Role, User
from peritus.accounts.queries import roles_of

ROLE_CHOICE = "role"  # name in the session


@dataclass(frozen=True)
class Viewer:
    """A signed-in person, all their roles in order, and the one they chose."""

    user: User
    roles: tuple[str, ...]
    role: str

    @property
    def is_client(self) -> bool:
        """Say whether they look as the client: experts are letters to them."""
        return self.role == Role.CLIENT


def viewer(request: HttpRequest) -> Viewer:
    """Return who is looking; asks the database once for each request."""
    known: Viewer | None = getattr(request, "viewer", None)
    if known is None:
        known = _viewer(request)
        request.viewer = known  # type: ignore[attr-defined]
    return known


def _viewer(request: HttpRequest) -> Viewer:
    if not isinstance(request.user, User):
        raise TypeError("Nobody is signed in; the role gate lets no such request through.")
    held = roles_of(request.user)
    roles = tuple(str(role) for role in Role if role in held)
    chosen = request.session.get(ROLE_CHOICE, "")
    role = chosen if chosen in roles else next(iter(roles), "")
    return Viewer(request.user, roles, role)


def person(request: HttpRequest) -> User:
    """Return the signed-in user."""
    return viewer(request).user
