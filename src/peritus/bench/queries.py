"""Find experts, and what they are known to be able to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

from django.db.models import Q, QuerySet

from peritus.accounts.models import User
from peritus.bench.models import Credential, Expert, Qualification, Skill
from peritus.bench.rules import READ_BENCH
from peritus.catalogue.requirements import Leaf


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
    return expert.credentials.filter(in_force(day)).order_by("title", "issued", "pk")


def in_force(day: date) -> Q:
    """Return the condition that a credential counts on a day (see ``Credential.counts_on``)."""
    lasting = Q(expires=None) | Q(expires__gte=day)
    return lasting & Q(state=Credential.State.VERIFIED, issued__lte=day)


def held_for(expert: Expert, at: date | datetime) -> Callable[[Leaf], str]:
    """Return what says by which credential an expert meets a part of a requirement, "" by none."""
    return held_by(list(valid_credentials(expert, at)))


def held_by(valid: Sequence[Credential]) -> Callable[[Leaf], str]:
    """Return what says by which of some valid credentials a part is met, "" by none."""

    def by(leaf: Leaf) -> str:
        met = (each for each in valid if _meets(each, leaf))
        return next((f"{each.title} of {each.issuer}, {each.issued}" for each in met), "")

    return by


def _meets(credential: Credential, leaf: Leaf) -> bool:
    texts = ("title", "field", "jurisdiction")
    wanted = [(getattr(leaf, name), getattr(credential, name)) for name in texts]
    return (
        credential.kind == leaf.kind
        and all(not text or text.lower() == held.lower() for text, held in wanted)
        and credential.level >= leaf.level
        and credential.years >= leaf.years
    )


def is_qualified(expert: Expert, name: str, at: datetime) -> bool:
    """Say whether a passed test of that name was granted and has not lapsed."""
    return Qualification.objects.filter(
        expert=expert, name=name, passed=True, granted_at__lte=at, expires_at__gt=at
    ).exists()


def skills_of(expert: Expert) -> QuerySet[Skill]:
    """Return what was measured of an expert, by pack and question."""
    return expert.skills.order_by("pack", "question")
