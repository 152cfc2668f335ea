"""Find what waits for somebody."""

from __future__ import annotations

from django.db.models import QuerySet

from peritus.accounts.models import User
from peritus.notices.models import Notice


def notices_of(user: User) -> QuerySet[Notice]:
    """Return a user's notices, newest first."""
    return Notice.objects.filter(user=user).order_by("-at", "-id")
