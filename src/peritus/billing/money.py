"""Exact amounts: rounding happens here, once, and sums are of whole numbers."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

from django.db.models import BigIntegerField, F, Sum
from django.db.models.functions import Cast, Round

CENT = Decimal("0.01")
PLACES = 4  # of terms and postings
SMALLEST = Decimal(1).scaleb(-PLACES)


def to_cents(amount: Decimal) -> Decimal:
    """Round an amount to cents, half to even; done on lines and offers only."""
    return amount.quantize(CENT, ROUND_HALF_EVEN)


def in_words(amount: Decimal) -> str:
    """Write an amount with two decimals, or with all it has where it has more."""
    cents = to_cents(amount)
    return f"{cents if cents == amount else amount.normalize():f}"


def is_exact(amount: Decimal) -> bool:
    """Say whether an amount fits a term or posting without rounding."""
    return amount.is_finite() and amount == amount.quantize(SMALLEST)


def sum_of_smallest(field: str) -> Sum:
    """Return the sum of amounts as a whole number of ten-thousandths.

    SQLite would add decimals as floats; whole numbers stay exact.
    """
    return Sum(Cast(Round(F(field) * 10**PLACES), BigIntegerField()))


def amount_of(smallest: int) -> Decimal:
    """Return ten-thousandths as an amount."""
    return Decimal(smallest).scaleb(-PLACES)
