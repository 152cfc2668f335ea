"""Who a person is to an engagement, and who may shape one."""

from __future__ import annotations

from typing import Any

from peritus.accounts.rules import ENGINE, PROVIDERS_MANAGER, Relation, rule
from peritus.engagements.models import Engagement

MOST_REASON = 300


def _engagement(about: Any) -> Engagement:  # noqa: ANN401 - whatever belongs to one
    found: Engagement = about if isinstance(about, Engagement) else about.engagement
    return found


MANAGER = Relation(
    "the engagement's manager", lambda user, about: user.pk == _engagement(about).manager_id
)
LEAD = Relation(
    "the engagement's quality lead",
    lambda user, about: user.pk == _engagement(about).quality_lead_id,
)

OPEN_ENGAGEMENT = rule(
    "open_engagement", "Open an engagement", ENGINE, PROVIDERS_MANAGER,
    refusal="Only a manager of the provider opens engagements.",
)  # fmt: skip
MANAGE = rule(
    "manage", "Run an engagement: its questions, guideline, lots, items, models and walls",
    ENGINE, MANAGER,
    refusal="Only the engagement's manager does this.",
)  # fmt: skip


def wall_blockers(reason: str) -> list[str]:
    """Say what a wall lacks: whoever reads it later must know why it stands."""
    if 0 < len(reason.strip()) <= MOST_REASON:
        return []
    return [f"A wall needs its reason in at most {MOST_REASON} characters; nobody was barred."]
