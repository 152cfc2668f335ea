"""What is known of how somebody signs in."""

from __future__ import annotations

from peritus.accounts.models import User
from peritus.sign_in.models import RecoveryCode, SecondFactor


def has_second_factor(user: User) -> bool:
    """Say whether a password alone does not let the person in."""
    return SecondFactor.objects.filter(user=user).exists()


def codes_left(user: User) -> int:
    """Return how many recovery codes still count."""
    return RecoveryCode.objects.filter(factor__user=user, used_at=None).count()
