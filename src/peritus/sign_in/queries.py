"""What is known of how somebody signs in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q, QuerySet

from peritus.accounts.models import User
from peritus.sign_in.models import ApiToken, RecoveryCode, SecondFactor

SHOWN_AFTER_END: Final = timedelta(days=30)


def has_second_factor(user: User) -> bool:
    """Say whether a password alone does not let the person in."""
    return SecondFactor.objects.filter(user=user).exists()


def codes_left(user: User) -> int:
    """Return how many recovery codes still count."""
    return RecoveryCode.objects.filter(factor__user=user, used_at=None).count()


def tokens_of(user: User, at: datetime) -> QuerySet[ApiToken]:
    """Return the tokens of a person that count, and those that ended lately, newest first."""
    late = at - SHOWN_AFTER_END
    shown = Q(revoked_at=None) | Q(revoked_at__gt=late)
    found = ApiToken.objects.filter(shown, user=user, expires_at__gt=late)
    return found.select_related("organisation").order_by("-id")
