"""Find experts, and what they are known to be able to do."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Q, QuerySet

from peritus.accounts.models import User
from peritus.bench.models import Credential, Expert, Qualification, Skill
from peritus.bench.rules import READ_BENCH


def experts_on_bench() -> QuerySet[Expert]:
    """Return every expert with its account, by handle."""
    return Expert.objects.select_related("user").order_by("handle")


def experts_seen_by(user: User) -> QuerySet[Expert]:
    """Return the experts a user may look up: the provider all, an expert itself.

    Clients see none: to them experts are A and B.
    """
    if READ_BENCH.allows(user):
        return Expert.objects.all()
    return Expert.objects.filter(user=user)


def credentials_seen_by(user: User) -> QuerySet[Credential]:
    """Return the credentials of the experts that the user sees."""
    return Credential.objects.filter(expert__in=experts_seen_by(user))


def valid_credentials(expert: Expert, at: date | datetime) -> QuerySet[Credential]:
    """Return what was verified and had been issued, through its day of expiry."""
    day = at.date() if isinstance(at, datetime) else at
    return expert.credentials.filter(
        Q(expires=None) | Q(expires__gte=day),
        state=Credential.State.VERIFIED,
        issued__lte=day,
    ).order_by("title", "issued", "pk")


def is_qualified(expert: Expert, name: str, at: datetime) -> bool:
    """Say whether a passed test of that name was granted and has not lapsed."""
    return Qualification.objects.filter(
        expert=expert, name=name, passed=True, granted_at__lte=at, expires_at__gt=at
    ).exists()


def skills_of(expert: Expert) -> QuerySet[Skill]:
    """Return what was measured of an expert, by pack and question."""
    return expert.skills.order_by("pack", "question")
