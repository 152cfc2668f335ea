"""What the client saved against its frozen in-house cost, and how sure that is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
from django.db.models import Exists, OuterRef, Sum

from peritus.algorithms import economics
from peritus.billing.errors import BaselineRefused
from peritus.billing.models import Baseline, Invoice, InvoiceLine, Term
from peritus.billing.money import SMALLEST, amount_of, sum_of_smallest, to_cents
from peritus.engagements.models import Engagement
from peritus.quality.models import Acceptance, Certificate

CONFIDENCE = 0.95
BASIS = (
    "Only items of lots that are certified, accepted and not credited count as bought; "
    "fees are all that was invoiced, less credits."
)


@dataclass(frozen=True)
class SavingReport:
    """What was saved against doing the bought items in-house; below zero is a loss.

    ``low`` and ``high`` hold with probability ``confidence`` (0 to 1), given
    the spread of the in-house cost; ``break_even`` is the in-house cost of an
    item at which nothing is saved, None while nothing is bought.
    """

    currency: str
    bought_items: int
    fees: Decimal
    unit_cost: Decimal
    spread: Decimal
    in_house: Decimal
    value: Decimal
    low: Decimal
    high: Decimal
    confidence: float
    break_even: Decimal | None
    unit_cost_assumed: bool
    prices_assumed: bool
    basis: str = BASIS


def saving_of(engagement: Engagement) -> SavingReport:
    """Return the saving against the frozen in-house cost.

    Raises BaselineRefused while none is frozen: a saving against nothing
    would be made up.
    """
    baseline = _baseline(engagement)
    return _report(engagement, baseline, baseline.unit_cost, assumed=baseline.assumed)


def saving_at(engagement: Engagement, unit_cost: Decimal) -> SavingReport:
    """Return the saving that another in-house cost would mean; marked as assumed."""
    return _report(engagement, _baseline(engagement), unit_cost, assumed=True)


def _baseline(engagement: Engagement) -> Baseline:
    baseline = Baseline.objects.filter(engagement=engagement).first()
    if baseline is None:
        raise BaselineRefused(["No in-house cost is frozen; state it before asking for savings."])
    return baseline


def _report(
    engagement: Engagement, baseline: Baseline, unit_cost: Decimal, *, assumed: bool
) -> SavingReport:
    bought, fees = bought_items(engagement), fees_of(engagement)
    estimate = economics.realised_saving(
        economics.Baseline(float(unit_cost), float(baseline.spread), engagement.items.count()),
        accepted=bought,
        paid=float(fees),
        confidence=CONFIDENCE,
        generator=_generator(engagement),
    )
    prices = Term.objects.filter(statement__engagement=engagement)
    return SavingReport(
        currency=baseline.currency,
        bought_items=bought,
        fees=fees,
        unit_cost=unit_cost,
        spread=baseline.spread,
        in_house=bought * unit_cost,
        value=bought * unit_cost - fees,
        low=to_cents(Decimal(estimate.low)),
        high=to_cents(Decimal(estimate.high)),
        confidence=CONFIDENCE,
        break_even=_break_even(bought, fees),
        unit_cost_assumed=assumed,
        prices_assumed=prices.filter(assumed=True).exists(),
    )


def _generator(engagement: Engagement) -> np.random.Generator:
    """Return the same stream for the same engagement in every run."""
    seed = hashlib.sha256(f"saving of {engagement.uid}".encode()).digest()
    return np.random.default_rng(int.from_bytes(seed))


def _break_even(bought: int, fees: Decimal) -> Decimal | None:
    return (fees / bought).quantize(SMALLEST, ROUND_HALF_EVEN) if bought else None


def bought_items(engagement: Engagement) -> int:
    """Count the items of lots that are charged, certified, accepted and not credited."""
    of_freeze = {"freeze": OuterRef("freeze")}
    credited = InvoiceLine.objects.filter(kind=InvoiceLine.Kind.CREDIT, **of_freeze)
    lines = InvoiceLine.objects.filter(
        ~Exists(credited),
        Exists(Certificate.objects.filter(**of_freeze)),
        Exists(Acceptance.objects.filter(**of_freeze)),
        invoice__engagement=engagement,
        kind=InvoiceLine.Kind.CHARGE,
    )
    return lines.aggregate(items=Sum("quantity"))["items"] or 0


def fees_of(engagement: Engagement) -> Decimal:
    """Return what was invoiced, less credits."""
    invoices = Invoice.objects.filter(engagement=engagement)
    total = invoices.aggregate(total=sum_of_smallest("total"))["total"]
    return to_cents(amount_of(total or 0))
