"""Propose and agree terms, and freeze what a saving is measured against."""

from __future__ import annotations

from decimal import Decimal

from peritus.accounts.models import User
from peritus.billing.errors import BaselineRefused, StatementRefused
from peritus.billing.models import Baseline, StatementOfWork, Term
from peritus.billing.money import CENT
from peritus.billing.queries.terms import currencies_of, statements_seen_by
from peritus.billing.rules import (
    AGREE,
    PROPOSE_TERMS,
    STATE_BASELINE,
    amount_blockers,
    currency_blockers,
    terms_blockers,
)
from peritus.catalogue.identity import uid_of
from peritus.catalogue.packs import TermsSpec
from peritus.engagements.models import Engagement
from peritus.engagements.queries import engagements_seen_by
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.canonical import digest, sha256
from peritus.journal.clock import now


@verb
def propose_statement(
    engagement_id: int, *, text: str, terms: TermsSpec, by: User, key: str
) -> StatementOfWork:
    """Propose the next statement of work; it binds nobody before it is agreed.

    Of ``terms`` the in-house figures are left out: ``freeze_baseline`` takes
    them. Raises StatementRefused with every reason.
    """
    engagement = engagements_seen_by(by).select_for_update(of=("self",)).get(pk=engagement_id)
    PROPOSE_TERMS.require(by, engagement)
    earlier: StatementOfWork | None = earlier_result()
    if earlier:
        return earlier
    blockers = currency_blockers(terms.currency, currencies_of(engagement))
    if blockers := blockers + terms_blockers(terms):
        raise StatementRefused(blockers)
    statement = _statement(engagement, text)
    Term.objects.bulk_create(_terms(statement, terms))
    record(
        "statement.proposed",
        about=statement,
        engagement=engagement,
        data={
            "number": statement.number,
            "terms": digest(amounts_of(terms)),
            "text": sha256(text.encode()),
        },
    )
    return statement


def _statement(engagement: Engagement, text: str) -> StatementOfWork:
    number = StatementOfWork.objects.filter(engagement=engagement).count() + 1
    return StatementOfWork.objects.create(
        uid=uid_of(engagement.uid, "statement", number),
        organisation_id=engagement.organisation_id,
        engagement=engagement,
        number=number,
        text=text,
        proposed_at=now(),
    )


def amounts_of(terms: TermsSpec) -> dict[Term.Unit, Decimal]:
    """Return the amount of each unit; the credit's is a share of the item's price."""
    return {
        Term.Unit.ITEM: terms.price_per_item,
        Term.Unit.JUDGMENT: terms.cost_per_judgment,
        Term.Unit.ADJUDICATION: terms.cost_per_adjudication,
        Term.Unit.AUDIT: terms.cost_per_audit,
        Term.Unit.CREDIT: terms.credit_share,
    }


def _terms(statement: StatementOfWork, terms: TermsSpec) -> list[Term]:
    return [
        Term(
            uid=uid_of(statement.uid, unit.value),
            organisation_id=statement.organisation_id,
            statement=statement,
            unit=unit,
            amount=amount,
            currency=terms.currency,
            assumed=terms.assumed,
        )
        for unit, amount in amounts_of(terms).items()
    ]


@verb
def agree_statement(statement_id: int, *, by: User, key: str) -> StatementOfWork:
    """Agree a statement of work for the client; its terms are then in force.

    Work done before the first agreement falls under it too. Raises
    StatementRefused when it, or a later one, is agreed already.
    """
    statement = statements_seen_by(by).select_for_update(of=("self",)).get(pk=statement_id)
    AGREE.require(by, statement.engagement)
    earlier: StatementOfWork | None = earlier_result()
    if earlier:
        return earlier
    if blockers := agreement_blockers(statement):
        raise StatementRefused(blockers)
    statement.agreed_by, statement.agreed_at = by, now()
    statement.save(update_fields=["agreed_by", "agreed_at"])
    record(
        "statement.agreed",
        about=statement,
        engagement=statement.engagement,
        data={"number": statement.number},
    )
    return statement


def agreement_blockers(statement: StatementOfWork) -> list[str]:
    """Say why a statement cannot be agreed, for the page and the error alike."""
    if statement.agreed_at is not None:
        return [f"{statement} is agreed already; what changes is the next statement's."]
    later = StatementOfWork.objects.filter(
        engagement=statement.engagement_id,
        number__gt=statement.number,
        agreed_at__isnull=False,
    )
    return [f"{each} is agreed and replaces {statement}." for each in later]


@verb
def freeze_baseline(
    engagement_id: int,
    *,
    unit_cost: Decimal,
    spread: Decimal,
    currency: str,
    assumed: bool,
    by: User,
    key: str,
) -> Baseline:
    """Freeze the in-house cost of an item and its standard deviation, once.

    Raises BaselineRefused for a second one: whoever could change it later
    could choose the saving.
    """
    engagement = engagements_seen_by(by).select_for_update(of=("self",)).get(pk=engagement_id)
    STATE_BASELINE.require(by, engagement)
    earlier: Baseline | None = earlier_result()
    if earlier:
        return earlier
    blockers = currency_blockers(currency, currencies_of(engagement))
    if blockers := blockers + _baseline_blockers(engagement, unit_cost, spread):
        raise BaselineRefused(blockers)
    baseline = Baseline.objects.create(
        uid=uid_of(engagement.uid, "baseline"),
        organisation_id=engagement.organisation_id,
        engagement=engagement,
        unit_cost=unit_cost,
        spread=spread,
        currency=currency,
        assumed=assumed,
        frozen_at=now(),
    )
    record(
        "baseline.frozen",
        about=baseline,
        engagement=engagement,
        data={
            "assumed": assumed,
            "currency": currency,
            "spread": spread,
            "unit_cost": unit_cost,
        },
    )
    return baseline


def _baseline_blockers(engagement: Engagement, unit_cost: Decimal, spread: Decimal) -> list[str]:
    if Baseline.objects.filter(engagement=engagement).exists():
        return ["The in-house cost is frozen already; it is not changed after the fact."]
    blockers = amount_blockers("The in-house cost", unit_cost)
    blockers += amount_blockers("Its spread", spread)
    if not blockers and any(amount % CENT for amount in (unit_cost, spread)):
        blockers.append(f"In-house figures are in cents; got {unit_cost} and {spread}.")
    return blockers
