"""Terms, postings, invoices, payouts, baselines; parents share one client."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from peritus.billing.models import (
    Baseline,
    ChangeOrder,
    Invoice,
    InvoiceLine,
    Payout,
    Posting,
    StatementOfWork,
    Term,
)
from peritus.catalogue.packs import TermsSpec
from peritus.engagements.models import Engagement
from tests.factories.accounts import number, uid
from tests.factories.bench import expert
from tests.factories.engagements import START, engagement
from tests.factories.quality import freeze, guideline_proposal


def terms_spec(**changes: Any) -> TermsSpec:
    """Return the terms of the licence sample."""
    given = {
        "currency": "EUR",
        "price_per_item": Decimal("6.50"),
        "cost_per_judgment": Decimal("1.20"),
        "cost_per_adjudication": Decimal("6.00"),
        "cost_per_audit": Decimal("3.00"),
        "credit_share": Decimal("1.00"),
        "in_house_per_item": Decimal("8.00"),
        "in_house_spread": Decimal("0.80"),
    }
    return TermsSpec(**given | changes)


def _engagement(changes: dict[str, Any]) -> Engagement:
    client = changes.pop("organisation", None)
    parent: Engagement | None = changes.pop("engagement", None)
    return parent or engagement(organisation=client)


def statement(**changes: Any) -> StatementOfWork:
    """Return an agreed statement of work without terms (see ``agreed_terms``)."""
    parent = _engagement(changes)
    given = {
        "uid": uid(),
        "organisation": parent.organisation,
        "engagement": parent,
        "number": parent.statements.count() + 1,
        "text": "What is done, and for how much.",
        "agreed_by": parent.manager,
        "proposed_at": START - timedelta(hours=2),
        "agreed_at": START - timedelta(hours=1),
    }
    return StatementOfWork.objects.create(**given | changes)


def term(**changes: Any) -> Term:
    client = changes.pop("organisation", None)
    parent = changes.pop("statement", None) or statement(organisation=client)
    given = {
        "uid": uid(),
        "organisation": parent.organisation,
        "statement": parent,
        "unit": Term.Unit.ITEM,
        "amount": Decimal("6.50"),
        "currency": "EUR",
    }
    return Term.objects.create(**given | changes)


def agreed_terms(**changes: Any) -> StatementOfWork:
    """Return an agreed statement of work with the terms of ``terms_spec``.

    ``amounts`` replaces amounts by unit.
    """
    amounts = {
        Term.Unit.ITEM: Decimal("6.50"),
        Term.Unit.JUDGMENT: Decimal("1.20"),
        Term.Unit.ADJUDICATION: Decimal("6.00"),
        Term.Unit.AUDIT: Decimal("3.00"),
        Term.Unit.CREDIT: Decimal("1.00"),
    } | changes.pop("amounts", {})
    agreed = statement(**changes)
    for unit, amount in amounts.items():
        term(statement=agreed, unit=unit, amount=amount)
    return agreed


def change_order(**changes: Any) -> ChangeOrder:
    client = changes.pop("organisation", None)
    parent = changes.pop("proposal", None) or guideline_proposal(organisation=client)
    given = {
        "uid": uid(),
        "organisation": parent.organisation,
        "engagement": parent.engagement,
        "proposal": parent,
        "cause": parent.cause,
        "items": 1,
        "judgments": 3,
        "price": Decimal("3.60"),
        "currency": "EUR",
        "days": 1,
        "proposed_at": START,
    }
    return ChangeOrder.objects.create(**given | changes)


def posting(**changes: Any) -> Posting:
    """Return one side of an entry about the engagement itself."""
    parent = _engagement(changes)
    given = {
        "uid": uid(),
        "organisation": parent.organisation,
        "engagement": parent,
        "entry": uid(),
        "account": "expert cost",
        "amount": Decimal("1.20"),
        "currency": "EUR",
        "fact_type": "engagements.engagement",
        "fact_uid": parent.uid,
        "memo": "Judgment",
        "posted_at": START,
    }
    return Posting.objects.create(**given | changes)


def invoice(**changes: Any) -> Invoice:
    """Return an invoice over nothing, until it has lines."""
    parent = _engagement(changes)
    given = {
        "uid": uid(),
        "organisation": parent.organisation,
        "engagement": parent,
        "number": f"INVOICE-{number()}",
        "currency": "EUR",
        "total": Decimal("0.00"),
        "specimen": parent.specimen,
        "issued_at": START,
    }
    return Invoice.objects.create(**given | changes)


def invoice_line(**changes: Any) -> InvoiceLine:
    """Return a charge for a freeze; the invoice's total follows."""
    client = changes.pop("organisation", None)
    frozen = changes.pop("freeze", None) or freeze(organisation=client)
    bill = changes.pop("invoice", None) or invoice(engagement=frozen.engagement)
    price = changes.pop("term", None) or term(statement=statement(engagement=frozen.engagement))
    given = {
        "uid": uid(),
        "organisation": frozen.organisation,
        "invoice": bill,
        "freeze": frozen,
        "term": price,
        "place": bill.lines.count() + 1,
        "kind": InvoiceLine.Kind.CHARGE,
        "text": f"{frozen.lot}, items decided",
        "quantity": frozen.population,
        "unit_price": price.amount,
        "amount": frozen.population * price.amount,
    }
    line = InvoiceLine.objects.create(**given | changes)
    bill.total += line.amount
    bill.save(update_fields=["total"])
    return line


def payout(**changes: Any) -> Payout:
    parent = _engagement(changes)
    given = {
        "uid": uid(),
        "organisation": parent.organisation,
        "engagement": parent,
        "judgments": 1,
        "amount": Decimal("1.2000"),
        "currency": "EUR",
        "specimen": parent.specimen,
        "stated_at": START,
    } | changes
    given["expert"] = given.get("expert") or expert()
    return Payout.objects.create(**given)


def baseline(**changes: Any) -> Baseline:
    parent = _engagement(changes)
    given = {
        "uid": uid(),
        "organisation": parent.organisation,
        "engagement": parent,
        "unit_cost": Decimal("8.00"),
        "spread": Decimal("0.80"),
        "currency": "EUR",
        "assumed": True,
        "frozen_at": START,
    }
    return Baseline.objects.create(**given | changes)
