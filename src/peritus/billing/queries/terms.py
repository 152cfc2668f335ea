"""Find statements of work, and which terms a piece of work falls under."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db.models import QuerySet

from peritus.accounts.models import User
from peritus.billing.errors import TermsNotAgreed
from peritus.billing.models import Baseline, ChangeOrder, StatementOfWork, Term
from peritus.billing.money import to_cents
from peritus.engagements.models import Engagement
from peritus.engagements.queries import engagements_seen_by


def statements_seen_by(user: User) -> QuerySet[StatementOfWork]:
    """Return the statements of work of the engagements that the user sees."""
    return StatementOfWork.objects.filter(engagement__in=engagements_seen_by(user))


def change_orders_seen_by(user: User) -> QuerySet[ChangeOrder]:
    """Return the change orders of the engagements that the user sees."""
    return ChangeOrder.objects.filter(engagement__in=engagements_seen_by(user))


def currencies_of(engagement: Engagement) -> set[str]:
    """Return the currency that terms and baseline are in, if any stands yet."""
    terms = Term.objects.filter(statement__engagement=engagement)
    baseline = Baseline.objects.filter(engagement=engagement)
    return set(terms.values_list("currency", flat=True)) | set(
        baseline.values_list("currency", flat=True)
    )


class Price(NamedTuple):
    """What judgments are charged at, in cents, with the amount of one of them."""

    total: Decimal
    each: Decimal
    currency: str


@dataclass(frozen=True)
class Agreed:
    """The terms of one agreed statement of work, by unit."""

    at: datetime
    terms: dict[str, Term]

    def amount(self, unit: str) -> Decimal:
        """Return what a unit is charged at or costs."""
        return self.terms[unit].amount


@dataclass(frozen=True)
class RateCard:
    """All that an engagement agreed, in the order of agreement."""

    agreed: tuple[Agreed, ...]

    def in_force(self, at: datetime) -> Agreed:
        """Return the terms last agreed at a time.

        Work that was done before anything was agreed falls under the first
        terms agreed. Raises TermsNotAgreed while there are none: a cost is
        neither guessed nor left out.
        """
        if not self.agreed:
            raise TermsNotAgreed(
                ["No statement of work is agreed; let the client agree one, then try again."]
            )
        return next((each for each in reversed(self.agreed) if each.at <= at), self.agreed[0])


def rate_card(engagement_id: int) -> RateCard:
    """Return what an engagement agreed, read in one query."""
    terms = Term.objects.filter(
        statement__engagement=engagement_id, statement__agreed_at__isnull=False
    )
    by_statement: dict[int, Agreed] = {}
    for term in terms.select_related("statement").order_by("statement__number", "id"):
        agreed = by_statement.setdefault(term.statement_id, Agreed(term.statement.agreed_at, {}))
        agreed.terms[term.unit] = term
    return RateCard(tuple(by_statement.values()))


def price_of_judgments(engagement_id: int, judgments: int, at: datetime) -> Price:
    """Return what so many judgments are charged at; raises TermsNotAgreed."""
    term = rate_card(engagement_id).in_force(at).terms.get(Term.Unit.JUDGMENT)
    if term is None:
        raise TermsNotAgreed(["The terms name no cost of a judgment, so its price is not known."])
    return Price(to_cents(judgments * term.amount), term.amount, term.currency)
