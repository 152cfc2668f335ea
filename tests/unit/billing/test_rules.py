from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peritus.billing.rules import (
    currency_blockers,
    terms_blockers,
)
from tests.factories.billing import terms_spec


@pytest.mark.parametrize(
    ("currency", "others", "blockers"),
    [
        ("EUR", set(), []),
        ("EUR", {"EUR"}, []),
        ("eur", set(), ["A currency has three capital letters, such as EUR; got 'eur'."]),
        ("USD", {"EUR"}, ["This engagement is kept in EUR; got USD."]),
    ],
)
def test_currency_blockers_keep_one_currency(currency, others, blockers):
    assert currency_blockers(currency, others) == blockers


@pytest.mark.parametrize(
    ("changes", "blockers"),
    [
        ({}, []),
        ({"price_per_item": Decimal(-1)}, ["The price of an item must lie between 0 and"]),
        ({"cost_per_audit": Decimal("NaN")}, ["The cost of an audit needs at most four decimals"]),
        ({"cost_per_judgment": Decimal("0.33333")}, ["The cost of a judgment needs at most"]),
        ({"credit_share": Decimal("1.5")}, ["The credit is a share of the price, 0 to 1"]),
        (
            {"credit_share": Decimal("0.3333"), "price_per_item": Decimal("6.55")},
            ["The credit of an item would be 2.183115: choose at most four decimals."],
        ),
    ],
)
def test_terms_blockers_name_each_amount_that_cannot_stand(changes, blockers):
    found = terms_blockers(terms_spec(**changes))

    assert len(found) == len(blockers)
    assert all(said.startswith(wanted) for said, wanted in zip(found, blockers, strict=True))


@settings(max_examples=50, deadline=None)
@given(
    price=st.decimals(0, 10_000, places=4),
    share=st.decimals(0, 1, places=4),
    items=st.integers(1, 10_000),
)
def test_terms_that_pass_credit_a_lot_without_rounding_an_item(price, share, items):
    terms = terms_spec(price_per_item=price, credit_share=share)

    if not terms_blockers(terms):
        unit = (price * share).quantize(Decimal("0.0001"))
        assert unit * items == price * items * share
