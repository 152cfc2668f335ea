"""What was agreed, posted, invoiced, paid and saved. Money is exact."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models

from peritus.accounts.models import ClientOwned, User, owned, owned_key
from peritus.bench.models import Expert

ENGAGEMENT, FREEZE = "engagements.Engagement", "quality.Freeze"


def money_field() -> models.DecimalField[Decimal, Decimal]:
    """Return a field for an exact amount, in the currency beside it."""
    return models.DecimalField(max_digits=14, decimal_places=2)


class StatementOfWork(ClientOwned):
    """What both sides accepted: the terms, by number."""

    engagement = owned_key(ENGAGEMENT, related_name="statements")
    number = models.PositiveSmallIntegerField()
    text = models.TextField()
    agreed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField()
    agreed_at = models.DateTimeField(null=True)

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(engagement=ENGAGEMENT),
            models.UniqueConstraint(fields=["engagement", "number"], name="statement_number"),
        ]

    def __str__(self) -> str:
        return f"Statement of work {self.number}"


class Term(ClientOwned):
    """What a unit of work is charged at or costs; a row of the rate card."""

    class Unit(models.TextChoices):
        ITEM = "item", "Item decided and frozen"
        JUDGMENT = "judgment", "Judgment"
        ADJUDICATION = "adjudication", "Adjudication"
        AUDIT = "audit", "Audit"
        CREDIT = "credit", "Credit for a lot that is not certified (share of price)"

    statement = owned_key("billing.StatementOfWork", related_name="terms")
    unit = models.CharField(max_length=15, choices=Unit)
    amount = models.DecimalField(max_digits=12, decimal_places=4)
    currency = models.CharField(max_length=3)
    assumed = models.BooleanField(default=False)

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(statement="billing.StatementOfWork"),
            models.UniqueConstraint(fields=["statement", "unit"], name="one_term_per_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.get_unit_display()}: {self.amount} {self.currency}"


class ChangeOrder(ClientOwned):
    """A change of the statement of work: cause, items touched, price and days."""

    engagement = owned_key(ENGAGEMENT, related_name="change_orders")
    proposal = owned_key("quality.GuidelineProposal", related_name="change_orders")
    cause = models.TextField()
    items = models.PositiveIntegerField()
    judgments = models.PositiveIntegerField()
    price = money_field()
    currency = models.CharField(max_length=3)
    days = models.PositiveSmallIntegerField()
    in_price = models.TextField(default="", help_text="What price and days hold, and what not.")
    proposed_at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = owned(engagement=ENGAGEMENT, proposal="quality.GuidelineProposal")

    def __str__(self) -> str:
        return f"Change order: {self.items} items, {self.price} {self.currency}"


class Posting(ClientOwned):
    """One side of a double entry, with the fact that caused it.

    Debits are positive, credits negative; the sides of one ``entry`` sum to 0.
    """

    engagement = owned_key(ENGAGEMENT, related_name="postings")
    entry = models.UUIDField()
    account = models.CharField(max_length=40)
    amount = models.DecimalField(max_digits=14, decimal_places=4)
    currency = models.CharField(max_length=3)
    fact_type = models.CharField(max_length=60)
    fact_uid = models.UUIDField()
    memo = models.CharField(max_length=200)
    expert = models.ForeignKey(Expert, models.PROTECT, null=True, related_name="+")
    posted_at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = owned(engagement=ENGAGEMENT)
        indexes: ClassVar = [models.Index(fields=["fact_uid"], name="postings_by_fact")]

    def __str__(self) -> str:
        return f"{self.account} {self.amount} {self.currency}"


class Invoice(ClientOwned):
    """What a client is asked to pay; each line cites a freeze."""

    engagement = owned_key(ENGAGEMENT, related_name="invoices")
    number = models.CharField(max_length=40, unique=True)
    currency = models.CharField(max_length=3)
    total = money_field()
    specimen = models.BooleanField()
    issued_at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = owned(engagement=ENGAGEMENT)

    def __str__(self) -> str:
        return f"Invoice {self.number}"


class InvoiceLine(ClientOwned):
    """Items of one freeze at one term, or the credit for them."""

    class Kind(models.TextChoices):
        CHARGE = "charge", "Charge"
        CREDIT = "credit", "Service credit"

    invoice = owned_key("billing.Invoice", related_name="lines")
    freeze = owned_key(FREEZE, related_name="invoice_lines")
    term = owned_key("billing.Term")
    place = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    text = models.CharField(max_length=300)
    quantity = models.PositiveIntegerField()
    unit_price = models.DecimalField(max_digits=12, decimal_places=4)
    amount = money_field()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(invoice="billing.Invoice", freeze=FREEZE, term="billing.Term"),
            models.UniqueConstraint(fields=["invoice", "place"], name="line_place"),
            models.UniqueConstraint(fields=["freeze", "kind"], name="freeze_billed_once"),
        ]

    def __str__(self) -> str:
        return self.text


class Payout(ClientOwned):
    """What an expert's work in an engagement comes to, unrounded as in the ledger."""

    engagement = owned_key(ENGAGEMENT, related_name="payouts")
    expert = models.ForeignKey(Expert, models.PROTECT, related_name="payouts")
    judgments = models.PositiveIntegerField()
    amount = models.DecimalField(max_digits=14, decimal_places=4)
    currency = models.CharField(max_length=3)
    specimen = models.BooleanField()
    stated_at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(engagement=ENGAGEMENT),
            models.UniqueConstraint(fields=["engagement", "expert"], name="one_payout_each"),
        ]

    def __str__(self) -> str:
        return f"{self.expert}: {self.amount} {self.currency}"


class Baseline(ClientOwned):
    """The frozen in-house cost that a saving is measured against."""

    engagement = models.OneToOneField(
        ENGAGEMENT, models.PROTECT, db_constraint=False, related_name="baseline"
    )
    unit_cost = money_field()
    spread = models.DecimalField(
        max_digits=12, decimal_places=2, help_text="One standard deviation of the unit cost."
    )
    currency = models.CharField(max_length=3)
    assumed = models.BooleanField()
    frozen_at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = owned(engagement=ENGAGEMENT)

    def __str__(self) -> str:
        return f"In-house {self.unit_cost} {self.currency} an item"
