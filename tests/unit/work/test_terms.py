from datetime import date
from decimal import Decimal
from math import inf, nan

import pytest

from peritus.engagements.verbs import raise_wall, restrict_engagement
from peritus.work.errors import StaffingRefused
from peritus.work.staffing import Terms
from peritus.work.verbs import draft_staffing
from tests.factories.bench import expert, pay_rate
from tests.factories.rows import rows_of_all


@pytest.fixture
def asked(things, course):
    """Ask Ada and Bob to judge three items, under some terms."""
    for handle in ("ada", "bob"):
        pay_rate(expert=expert(handle=handle), per="judgment", valid_from=date(2020, 1, 1))

    def draft(key="bad", **terms):
        there = {"ada": None, "bob": None}
        return draft_staffing(
            things[0].lot_id, there, terms=Terms(**terms), by=course.manager, key=key
        )

    return draft


@pytest.mark.parametrize(
    ("terms", "says"),
    [
        ({"floor": nan}, "0 or more; nan came"),
        ({"floor": -0.5}, "0 or more; -0.5 came"),
        ({"floor": inf}, "0 or more; inf came"),
        ({"familiar": nan}, "A known family is worth 0"),
        ({"familiar": inf}, "A known family is worth 0"),
        ({"familiar": 1e308}, "A known family is worth 0"),
        ({"move_price": nan}, "A move's price is 0"),
        ({"move_price": -1.0}, "A move's price is 0"),
        ({"move_price": 1e308}, "A move's price is 0"),
        ({"worth": Decimal("NaN"), "currency": "EUR"}, "worth is"),
        ({"worth": Decimal("sNaN"), "currency": "EUR"}, "worth is"),
        ({"worth": Decimal("Infinity"), "currency": "EUR"}, "worth is"),
        ({"worth": Decimal("1E-400"), "currency": "EUR"}, "worth is"),
        ({"worth": Decimal(-5), "currency": "EUR"}, "worth is"),
        ({"worth": Decimal(5), "currency": "euro"}, "worth is"),
        ({"each": 0}, "At least one judgment"),
        ({"each": -2}, "At least one judgment"),
        ({"each": 3}, "only 2 are allowed"),
        ({"each": 10**30}, "at most"),
        ({"most": 10**30}, "at most"),
        ({"least": 10**30}, "at most"),
        ({"least": -1}, "no fewer than 0"),
        ({"most": 1, "least": 2}, "at least 2 items; at most 1 came"),
        ({"objective": "best"}, "total or max_min; 'best' came"),
        ({"pins": (("eve", "q0"),)}, "Nobody on the bench is called eve"),
        ({"pins": (("ada", "q9"),)}, "The lot has no item q9"),
        ({"apart": (("eve", "q0"),)}, "Nobody on the bench is called eve"),
        ({"pins": (("ada", "q0"),), "apart": (("ada", "q0"),)}, "ada is both pinned to q0"),
    ],
    ids=str,
)
def test_terms_that_cannot_be_are_refused_and_nothing_is_written(asked, terms, says):
    before = rows_of_all()

    with pytest.raises(StaffingRefused) as no:
        asked(**terms)

    assert says in str(no.value)
    assert rows_of_all() == before


def test_a_pin_that_is_said_twice_is_one_pin(asked):
    drafted = asked(each=1, pins=(("ada", "q0"), ("ada", "q0")))

    assert ["ada", "q0"] in drafted.pairs
    assert len(drafted.pairs) == 3


def test_two_walls_before_the_same_expert_are_one_to_a_draft(asked, course, things):
    ada = expert(handle="cid")
    for key in ("one", "two"):
        raise_wall(course.pk, ada.pk, reason="Advises them.", by=course.manager, key=key)

    drafted = draft_staffing(
        things[0].lot_id, {"bob": None, "cid": None}, by=course.manager, key="k"
    )

    assert drafted.left_out == [["cid", "wall", 3]]
    assert {handle for handle, _ in drafted.pairs} == {"bob"}


def test_restrictions_that_let_nobody_in_are_said_of_a_draft(asked, course):
    restrict_engagement(
        course.pk, "location", ["DE"], reason="The data.", basis="Clause 4", by=course.manager,
        key="de",
    )  # fmt: skip
    restrict_engagement(
        course.pk, "export", ["US"], reason="The export.", basis="EAR", by=course.manager, key="us"
    )
    before = rows_of_all()

    with pytest.raises(StaffingRefused) as no:
        asked(each=1)

    assert str(no.value) == "3 items have nobody who may judge them: q0, q1, q2."
    assert rows_of_all() == before
