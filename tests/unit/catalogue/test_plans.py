"""Terms of a plan: what cannot stand, and that nothing is lost in between."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from peritus.catalogue.plans import ADAPTIVE, PlanTerms, stated, terms_blockers, terms_from


@pytest.mark.parametrize(
    "terms",
    [
        PlanTerms(),
        PlanTerms(
            budget_per_item=Decimal("2.50"),
            deadline=datetime(2026, 12, 1, 9, tzinfo=UTC),
            pause_at_once=True,
            largest_census=0.08,
        ),
    ],
)
def test_terms_come_back_as_they_were_stated(terms):
    assert terms_from(json.loads(json.dumps(stated(terms)))) == terms


def test_terms_that_were_never_stated_are_the_defaults():
    assert terms_from({}) == PlanTerms()
    assert terms_from({"minimum": 3, "of a later release": 1}) == PlanTerms(minimum=3)


def test_terms_blockers_finds_nothing_in_the_defaults():
    assert terms_blockers(ADAPTIVE, PlanTerms()) == []


def test_terms_blockers_names_every_reason():
    reasons = terms_blockers(
        "loudest",
        PlanTerms(error=0, pause_floor=-1, calibration_judgments=-1, largest_census=1.0),
    )

    assert [reason.split(";")[0] for reason in reasons] == [
        "A redundancy rule is one of unanimous_else_adjudicate, adaptive",
        "The worth of a judgment is a share between 0 and 1",
        "The calibration judgments is at least 0",
        "The pause floor is a share from 0 to 1",
        "The largest census is a share from 0 to below 1",
        "A census needs the adaptive rule: no other foretells what is risky.",
    ]
