import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peritus.journal.canonical import canonical, digest, plain, sha256


class Colour(Enum):
    RED = "red"


@dataclass(frozen=True)
class Point:
    x: int
    y: Decimal


def test_canonical_follows_the_standards_example():
    # Source: RFC 8785 (2020), section 3.2.2, input and expected output of serialisation.
    value = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
        "literals": [None, True, False],
    }

    assert canonical(value).decode() == (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (Decimal("1.10"), "1.10"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (date(2026, 3, 10), "2026-03-10"),
        (datetime(2026, 3, 10, 12, tzinfo=UTC), "2026-03-10T12:00:00+00:00"),
        (Colour.RED, "red"),
        (2**53 - 1, 2**53 - 1),
        (2**53, "9007199254740992"),
        (b"abc", hashlib.sha256(b"abc").hexdigest()),
        (Point(1, Decimal("2.5")), {"x": 1, "y": "2.5"}),
        ((1, [2]), [1, [2]]),
        ({1: True}, {"1": True}),
    ],
)
def test_plain_turns_what_acts_are_called_with_into_json_types(value, wanted):
    assert plain(value) == wanted


@pytest.mark.parametrize("value", [object(), {1, 2}, Point])
def test_plain_refuses_what_has_no_one_form(value):
    with pytest.raises(TypeError, match="has no canonical JSON form"):
        plain(value)


def test_sha256_and_digest_are_hexadecimal():
    # Source: FIPS 180-4 example, SHA-256 of "abc".
    wanted = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    assert sha256(b"abc") == wanted
    assert digest("abc") == sha256(b'"abc"')


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.decimals(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(max_size=4), values, max_size=5))
def test_canonical_does_not_depend_on_the_order_of_names(value):
    turned = dict(reversed(value.items()))

    assert canonical(turned) == canonical(value)
