"""Write amounts and shares as people read them."""

from __future__ import annotations

from decimal import Decimal


def euros(amount: Decimal, currency: str) -> str:
    """Return an amount with two decimals and its currency."""
    return f"{currency} {amount:,.2f}"


def share(value: float) -> str:
    """Return a share between 0 and 1 in percent, one decimal."""
    return f"{value:.1%}".replace("%", " %")
