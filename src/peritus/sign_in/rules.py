"""Who may change how somebody signs in, and of whom a second factor is asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

from peritus.accounts.models import Role
from peritus.accounts.rules import ENGINE, ONESELF, PROVIDERS_MANAGER, rule
from peritus.sign_in.models import Scope

CHOOSE_PASSWORD = rule(
    "choose_password", "Choose a password", ONESELF,
    refusal="Everybody chooses their own password, and nobody else's.",
)  # fmt: skip
SECURE = rule(
    "secure", "Change how one signs in oneself, sign out elsewhere, make API tokens", ONESELF,
    refusal="Everybody keeps their own sign-in, and nobody else's.",
)  # fmt: skip
RESET_FACTOR = rule(
    "reset_factor", "Reset somebody's second factor", ENGINE, PROVIDERS_MANAGER,
    refusal="A manager of the provider resets second factors, of others only, or its operator.",
    never=(ONESELF,),
)  # fmt: skip

REVOKE_TOKEN = rule(
    "revoke_token", "Revoke an API token", ONESELF, PROVIDERS_MANAGER,
    refusal="Everybody revokes their own tokens, and a manager of the provider anybody's.",
)  # fmt: skip

LONGEST_TOKEN_NAME: Final = 80
MOST_DAYS: Final = 365

EVERY_ROLE: Final = "all"


class Because(models.TextChoices):
    """Why a second factor is reset: what the journal keeps of it."""

    LOST = "lost", "Their telephone and their recovery codes are lost"
    COPIED = "copied", "Somebody may have copied it"
    MISTAKE = "mistake", "It was set up by mistake"


def token_blockers(name: str, scopes: Sequence[str], days: int, *, is_bound: bool) -> list[str]:
    """Say why no token can be made so."""
    blockers = []
    if not 0 < len(name.strip()) <= LONGEST_TOKEN_NAME:
        blockers.append(f"A name has 1 to {LONGEST_TOKEN_NAME} characters: say what will use it.")
    if not scopes or not set(scopes) <= set(Scope.values):
        blockers.append(f"A token is for at least one of: {', '.join(Scope.values)}.")
    if not 0 < days <= MOST_DAYS:
        blockers.append(f"A token lasts 1 to {MOST_DAYS} days.")
    if is_bound and Scope.JUDGE in scopes:
        blockers.append("Slots come from every client: a token of one client reads only.")
    return blockers


def because_blockers(because: str) -> list[str]:
    """Say why nothing is reset for such a reason."""
    if because in Because.values:
        return []
    return [f"A reason is one of {', '.join(Because.values)}; {because[:40]!r} came."]


def asked_roles() -> frozenset[str]:
    """Return the roles of which this installation asks a second factor.

    Raises ImproperlyConfigured for a role that there is not: it would ask nobody.
    """
    asked = frozenset(settings.SECOND_FACTOR)
    if unknown := asked - {EVERY_ROLE, *Role.values}:
        raise ImproperlyConfigured(
            f"PERITUS_SECOND_FACTOR names roles ({', '.join(Role.values)}) or {EVERY_ROLE}; "
            f"{', '.join(sorted(unknown))} is none."
        )
    return frozenset(Role.values) if EVERY_ROLE in asked else asked


def is_asked_of(roles: Iterable[str]) -> bool:
    """Say whether somebody with these roles must have a second factor."""
    return not asked_roles().isdisjoint(roles)
