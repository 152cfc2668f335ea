"""Rows that are, and are not, a pair of two known licences."""

import pytest

from peritus.packs.licence_compliance import PACK

BLOCKERS = PACK.items.blockers


@pytest.mark.parametrize(
    ("inbound", "outbound"),
    [("MIT", "GPL-2.0-only"), ("GPL-2.0-only", "GPL-2.0-or-later"), ("0BSD", "EUPL-1.2")],
)
def test_blockers_take_two_known_licences(inbound, outbound):
    assert BLOCKERS({"inbound": inbound, "outbound": outbound}) == []


def test_blockers_refuse_the_same_licence_on_both_sides():
    assert BLOCKERS({"inbound": "MIT", "outbound": "MIT"}) == [
        "Inbound and outbound must be two licences; both are MIT."
    ]


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        ("GPL-2.0", "perhaps GPL-2.0-only or GPL-2.0-or-later."),
        ("gpl-2.0-only", "perhaps GPL-2.0-only."),
        (" MIT ", "perhaps MIT."),
        ("Own-Licence-7", "write an SPDX identifier such as GPL-2.0-only."),
        ("=cmd()", "write an SPDX identifier such as GPL-2.0-only."),
    ],
)
def test_blockers_name_what_may_have_been_meant(given, advice):
    (reason,) = BLOCKERS({"inbound": given, "outbound": "Apache-2.0"})

    assert reason.startswith(f"The inbound licence {given!r} is not known; ")
    assert reason.endswith(advice)


@pytest.mark.parametrize("row", [{}, {"inbound": "", "outbound": " "}])
def test_blockers_say_which_licence_is_missing(row):
    assert BLOCKERS(row) == [
        "The inbound licence is missing; an SPDX identifier is wanted.",
        "The outbound licence is missing; an SPDX identifier is wanted.",
    ]


def test_blockers_quote_no_more_than_a_line_of_what_came():
    (reason,) = BLOCKERS({"inbound": "x" * 10_000, "outbound": "MIT"})

    assert len(reason) < 200
