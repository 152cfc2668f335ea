"""Find screenings, and whose processes a user may screen."""

from __future__ import annotations

from django.db.models import QuerySet

from peritus.accounts.models import Membership, Organisation, Role, User
from peritus.accounts.rules import SET_UP
from peritus.screening.models import Screening


def organisations_seen_by(user: User) -> QuerySet[Organisation]:
    """Return all organisations for a manager of the provider, else one's own."""
    if SET_UP.allows(user):
        return Organisation.objects.all()
    mine = Membership.objects.filter(user=user).values("organisation")
    return Organisation.objects.filter(pk__in=mine)


def screenings_seen_by(user: User) -> QuerySet[Screening]:
    """Return the screenings that a user may read, the last one first."""
    screenings = Screening.objects.order_by("-asked_at", "-pk")
    if SET_UP.allows(user):
        return screenings
    client_of = Membership.objects.filter(user=user, role=Role.CLIENT).values("organisation")
    return screenings.filter(organisation__in=client_of)
