"""Who hands over files, and who may read them."""

from __future__ import annotations

from django.db.models import Q

from peritus.accounts.models import Membership, Organisation, Role, User
from peritus.engagements.models import Engagement
from peritus.engagements.rules import may_manage

MANAGER_RULE = "Only the engagement's manager delivers."
FINANCE_RULE = "Only the provider's finance people deliver invoices."


def may_deliver(user: User, engagement: Engagement) -> bool:
    """Let the engagement's manager hand over what was frozen."""
    return may_manage(user, engagement)


def may_deliver_invoice(user: User) -> bool:
    """Let the provider's finance people hand over invoices."""
    return Membership.objects.filter(
        user=user, role=Role.FINANCE, organisation__kind=Organisation.Kind.PROVIDER
    ).exists()


def readable_files(user: User) -> Q:
    """Return which files of the engagements they see somebody may read.

    Client, manager and quality lead read all; whoever only keeps the books
    reads invoices, which belong to no freeze.
    """
    client_of = Membership.objects.filter(user=user, role=Role.CLIENT).values("organisation")
    works_on = Q(engagement__manager=user) | Q(engagement__quality_lead=user)
    return works_on | Q(organisation__in=client_of) | Q(freeze=None)
