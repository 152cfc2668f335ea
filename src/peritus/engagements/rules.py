"""Who may shape an engagement."""

from __future__ import annotations

from peritus.accounts.models import Role, User
from peritus.accounts.rules import has_role_in, may_set_up
from peritus.engagements.models import Engagement

MOST_REASON = 300


def may_open_engagement(user: User) -> bool:
    """Say whether the user manages for the provider."""
    return may_set_up(user)


def may_manage(user: User, engagement: Engagement) -> bool:
    """Say whether the user runs the engagement; the engine reacts in it."""
    return user.is_engine or user.pk == engagement.manager_id


def may_lead_quality(user: User, engagement: Engagement) -> bool:
    """Say whether the user checks and signs in the engagement."""
    return user.pk == engagement.quality_lead_id


def may_act_as_client(user: User, engagement: Engagement) -> bool:
    """Whoever has the client's role in the engagement's organisation."""
    return has_role_in(user, Role.CLIENT, engagement.organisation_id)


def wall_blockers(reason: str) -> list[str]:
    """Say what a wall lacks: whoever reads it later must know why it stands."""
    if 0 < len(reason.strip()) <= MOST_REASON:
        return []
    return [f"A wall needs its reason in at most {MOST_REASON} characters; nobody was barred."]
