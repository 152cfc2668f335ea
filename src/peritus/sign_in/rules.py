"""Who may change how somebody signs in, and of whom a second factor is asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

from peritus.accounts.models import Role
from peritus.accounts.rules import ENGINE, ONESELF, PROVIDERS_MANAGER, rule

CHOOSE_PASSWORD = rule(
    "choose_password", "Choose a password", ONESELF,
    refusal="Everybody chooses their own password, and nobody else's.",
)  # fmt: skip
SECURE = rule(
    "secure", "Change how one signs in oneself, and sign out elsewhere", ONESELF,
    refusal="Everybody keeps their own sign-in, and nobody else's.",
)  # fmt: skip
RESET_FACTOR = rule(
    "reset_factor", "Reset somebody's second factor", ENGINE, PROVIDERS_MANAGER,
    refusal="A manager of the provider resets second factors, of others only, or its operator.",
    never=(ONESELF,),
)  # fmt: skip

EVERY_ROLE: Final = "all"


class Because(models.TextChoices):
    """Why a second factor is reset: what the journal keeps of it."""

    LOST = "lost", "Their telephone and their recovery codes are lost"
    COPIED = "copied", "Somebody may have copied it"
    MISTAKE = "mistake", "It was set up by mistake"


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
