from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peritus.billing.money import amount_of, in_words, is_exact, to_cents


@pytest.mark.parametrize(
    ("amount", "cents"),
    [("2.345", "2.34"), ("2.355", "2.36"), ("-2.345", "-2.34"), ("2.3451", "2.35"), ("7", "7.00")],
)
def test_to_cents_rounds_half_to_even(amount, cents):
    assert str(to_cents(Decimal(amount))) == cents


@pytest.mark.parametrize(
    ("amount", "words"), [("1.2000", "1.20"), ("1.2345", "1.2345"), ("100", "100.00")]
)
def test_in_words_never_rounds(amount, words):
    assert in_words(Decimal(amount)) == words


@given(st.integers(-(10**14), 10**14))
def test_amount_of_whole_numbers_is_exact(smallest):
    amount = amount_of(smallest)

    assert amount * 10_000 == smallest
    assert is_exact(amount)
