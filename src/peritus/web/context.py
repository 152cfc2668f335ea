"""What the frame around every page shows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.http import HttpRequest

import peritus
from peritus.accounts.models import Role, User
from peritus.engagements.models import Engagement
from peritus.engagements.queries import engagements_seen_by
from peritus.notices.queries import notices_of
from peritus.web.navigation import entries_of
from peritus.web.people import viewer

THEMES = ("auto", "light", "dark")
MOST_ENGAGEMENTS = 20


@dataclass(frozen=True)
class Place:
    """One entry at the left."""

    label: str
    address: str
    here: bool


@dataclass(frozen=True)
class RoleChoice:
    """A role that the person may look through."""

    code: str
    label: str


class Workspace:
    """The frame's own facts; each is read when a page first shows it."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @property
    def is_open(self) -> bool:
        """Say whether somebody is signed in."""
        return isinstance(getattr(self.request, "user", None), User)

    @property
    def version(self) -> str:
        """The program's version."""
        return peritus.__version__

    @property
    def theme(self) -> str:
        """The theme chosen, remembered in a cookie."""
        chosen = self.request.COOKIES.get("theme", "auto")
        return chosen if chosen in THEMES else "auto"

    @cached_property
    def role(self) -> RoleChoice | None:
        """The role looked through."""
        chosen = viewer(self.request).role
        return RoleChoice(chosen, Role(chosen).label) if chosen else None

    @cached_property
    def roles(self) -> list[RoleChoice]:
        """All roles of the person."""
        return [RoleChoice(role, Role(role).label) for role in viewer(self.request).roles]

    @cached_property
    def places(self) -> list[Place]:
        """The entries at the left."""
        match = self.request.resolver_match
        here = match.view_name if match else ""
        return [
            Place(entry.label, entry.address, here in {entry.address, *entry.also})
            for entry in entries_of(viewer(self.request).role)
        ]

    @cached_property
    def engagements(self) -> list[Engagement]:
        """The engagements that can be switched to."""
        seen = engagements_seen_by(viewer(self.request).user).select_related("organisation")
        return list(seen.order_by("-opened_at", "id")[:MOST_ENGAGEMENTS])

    @cached_property
    def honesty(self) -> list[str]:
        """The honest words of all engagements in sight, each once."""
        lines = (line for engagement in self.engagements for line in engagement.honesty)
        return list(dict.fromkeys(lines))

    @cached_property
    def unread(self) -> int:
        """Notices that wait."""
        return notices_of(viewer(self.request).user).filter(read_at=None).count()


def workspace(request: HttpRequest) -> dict[str, Workspace]:
    """Give templates the frame under the name ``workspace``."""
    return {"workspace": Workspace(request)}
