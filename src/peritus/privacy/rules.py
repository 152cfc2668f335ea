"""Who may erase people and hold what is kept, and what stands in the way."""

from __future__ import annotations

from django.db import models

from peritus.accounts.rules import CLIENT, ENGINE, PROVIDERS_MANAGER, rule

MOST_REASON = 300

ERASE = rule(
    "erase", "Erase who a person was", ENGINE, PROVIDERS_MANAGER,
    refusal="Only a manager of the provider erases people, or its operator when time is over.",
)  # fmt: skip
PLACE_HOLD = rule(
    "hold", "Place a legal hold, and lift it", PROVIDERS_MANAGER, CLIENT,
    refusal="Only a manager of the provider, or the client for what is its own, holds things.",
)  # fmt: skip


class Ground(models.TextChoices):
    """Why somebody is erased: what the journal keeps of it."""

    REQUEST = "request", "The person asked for it (GDPR, Article 17)"
    RETENTION = "retention", "The time for which it was to be kept has ended"
    MISTAKE = "mistake", "It should never have been kept"


def reason_blockers(reason: str) -> list[str]:
    """Say what a hold or its end lacks."""
    if 0 < len(reason.strip()) <= MOST_REASON:
        return []
    return [f"Write the reason in at most {MOST_REASON} characters; it is kept with the hold."]


def ground_blockers(ground: str) -> list[str]:
    """Say why nobody is erased on such a ground."""
    if ground in Ground.values:
        return []
    return [f"A ground is one of {', '.join(Ground.values)}; {ground[:40]!r} came."]
