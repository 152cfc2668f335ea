"""Write numbers, shares, money and times as documents show them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

MINUS = "−"


def percent(share: float) -> str:
    """Return a share as percent with one decimal, "5.0 %"."""
    return f"{100 * share:.1f} %"


def level_percent(confidence: float) -> str:
    """Return a confidence as percent without needless decimals, "95 %"."""
    return f"{100 * confidence:.10g} %"


def signed(value: float) -> str:
    """Return a number with two decimals and a true minus, "−0.05"."""
    shown = f"{abs(value):.2f}"
    return f"{MINUS}{shown}" if value < 0 and float(shown) else shown


def money(amount: Decimal, currency: str) -> str:
    """Return an exact amount with its currency, "EUR −1,391.00"."""
    cents = f"{abs(amount):,.2f}"
    exact = f"{abs(amount.normalize()):,f}"
    shown = cents if Decimal(cents.replace(",", "")) == abs(amount) else exact
    return f"{currency} {MINUS if amount < 0 else ''}{shown}"


def moment(at: datetime) -> str:
    """Return a time to the minute with its zone, "5 January 2026, 09:30 UTC"."""
    return f"{day(at)}, {at:%H:%M} UTC"


def day(at: date) -> str:
    """Return a date in words, "5 January 2026"."""
    return f"{at.day} {at:%B %Y}"
