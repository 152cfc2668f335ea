from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from peritus.delivery.figures import level_percent, moment, money, percent, signed


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "EUR 0.00"),
        ("1391", "EUR 1,391.00"),
        ("-780.0000", "EUR −780.00"),
        ("6.5000", "EUR 6.50"),
        ("0.0125", "EUR 0.0125"),
        ("1234567.891", "EUR 1,234,567.891"),
    ],
)
def test_money_is_exact_and_names_its_currency(amount, text):
    assert money(Decimal(amount), "EUR") == text


@pytest.mark.parametrize(("share", "text"), [(0.05, "5.0 %"), (0, "0.0 %"), (1, "100.0 %")])
def test_percent_has_one_decimal(share, text):
    assert percent(share) == text


@pytest.mark.parametrize(("level", "text"), [(0.95, "95 %"), (0.999, "99.9 %"), (0.5, "50 %")])
def test_level_percent_has_no_needless_decimals(level, text):
    assert level_percent(level) == text


@pytest.mark.parametrize(
    ("value", "text"), [(-0.046, "−0.05"), (0.5, "0.50"), (-0.001, "0.00"), (1, "1.00")]
)
def test_signed_has_a_true_minus_and_no_negative_nought(value, text):
    assert signed(value) == text


def test_moment_gives_the_zone():
    assert moment(datetime(2026, 1, 5, 9, 3, tzinfo=UTC)) == "5 January 2026, 09:03 UTC"
