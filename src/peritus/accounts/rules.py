"""Who plays which role; the rooms above combine these."""

from __future__ import annotations

from peritus.accounts.models import Membership, Organisation, Role, User


def has_role_in(user: User, role: Role, organisation_id: int) -> bool:
    """Say whether the user plays the role in that organisation."""
    return Membership.objects.filter(user=user, role=role, organisation_id=organisation_id).exists()


def may_set_up(user: User) -> bool:
    """Say whether the user registers others: the engine, or a provider's manager."""
    return (
        user.is_engine
        or Membership.objects.filter(
            user=user, role=Role.MANAGER, organisation__kind=Organisation.Kind.PROVIDER
        ).exists()
    )
