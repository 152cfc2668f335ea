"""Who hands over files, and who may read them."""

from __future__ import annotations

from django.db.models import Q

from peritus.accounts.models import Membership, Role, User
from peritus.accounts.rules import ENGINE, PROVIDERS_FINANCE, rule
from peritus.engagements.rules import MANAGER

DELIVER = rule(
    "deliver", "Hand over what was frozen", ENGINE, MANAGER,
    refusal="Only the engagement's manager delivers.",
)  # fmt: skip
DELIVER_INVOICE = rule(
    "deliver_invoice", "Hand over invoices", PROVIDERS_FINANCE,
    refusal="Only the provider's finance people deliver invoices.",
)  # fmt: skip


def readable_files(user: User) -> Q:
    """Return which files of the engagements they see somebody may read.

    Client, manager and quality lead read all; whoever only keeps the books
    reads invoices, which belong to no freeze.
    """
    client_of = Membership.objects.filter(user=user, role=Role.CLIENT).values("organisation")
    works_on = Q(engagement__manager=user) | Q(engagement__quality_lead=user)
    return works_on | Q(organisation__in=client_of) | Q(freeze=None)
