"""Censuses of the riskiest: the promise carried over, the level, the saving."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom

from peritus.algorithms.certification import AuditPlan, UnpromisingLot, census_plan


def sharp_risk(population, errors, share_caught):
    """Return scores of which a twentieth holds a given share of the errors."""
    risky = population // 20
    risk = np.full(population, errors * (1 - share_caught) / (population - risky))
    risk[::20][:risky] = errors * share_caught / risky
    return risk


def test_census_plan_takes_the_riskiest_first_and_ties_by_index():
    risk = np.zeros(400)
    risk[[7, 300, 20]] = [0.5, 0.9, 0.5]

    found = census_plan(risk, 0.02, largest=3 / 400)

    assert found.census.tolist() == [300, 7, 20][: len(found.census)]


def test_census_plan_tolerates_on_the_rest_what_the_whole_lot_may_have():
    found = census_plan(sharp_risk(2_000, 30, 0.9), 0.03)

    assert len(found.census) > 0
    assert found.plan.population == 2_000 - len(found.census)
    assert found.plan.tolerated == 60


def test_census_plan_takes_none_when_the_scores_know_nothing():
    found = census_plan(np.full(2_000, 0.01), 0.03)

    assert found.census.tolist() == []
    assert found.predicted_errors == 20


def test_census_plan_predicts_fewer_checks_than_without_a_census():
    risk = sharp_risk(2_000, 30, 0.9)

    with_census, without = census_plan(risk, 0.03), census_plan(risk, 0.03, largest=0)

    assert with_census.predicted_audits < 0.8 * without.predicted_audits


def test_census_plan_predicts_the_plans_mean_audits_beside_the_census():
    found = census_plan(sharp_risk(2_000, 30, 0.9), 0.03)

    expected = len(found.census) + found.plan.expected_audits(found.predicted_errors)

    assert found.predicted_audits == expected


def test_census_plan_is_long_enough_for_the_chance_asked():
    found = census_plan(np.full(2_000, 0.01), 0.03, chance=0.97)

    assert found.plan.certify_probability(found.predicted_errors) >= 0.97


def test_census_plan_looks_at_most_sixty_times():
    found = census_plan(np.full(4_000, 0.012), 0.02, every=5)

    assert 50 <= len(found.plan.looks) <= 60


def test_census_plan_certifies_a_bad_lot_no_more_often_than_stated_when_scores_lie():
    lying = np.where(np.arange(200) < 150, 0.3, 0.0)  # the errors are where no risk is seen
    found = census_plan(lying, 0.25, largest=0.1, every=20)
    rest, bad = found.plan.population, found.plan.tolerated + 1
    generator = np.random.default_rng(20261125)
    replays, certified = 4_000, 0
    draws = generator.permuted(np.tile(np.arange(rest) < bad, (replays, 1)), axis=1)

    errors = draws.cumsum(axis=1)[:, np.array(found.plan.looks) - 1]
    certified = (errors <= np.array(found.plan.max_errors)).any(axis=1).mean()

    assert found.plan.level <= 0.05
    assert certified <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / replays)


@given(
    st.lists(st.floats(0, 1), min_size=2, max_size=60), st.floats(0, 0.6), st.sampled_from([1, 2])
)
@settings(max_examples=40, deadline=None)
def test_census_plan_never_claims_more_than_promised_whatever_the_scores(risk, tolerance, spending):
    try:
        found = census_plan(risk, tolerance, every=5, spending=spending)
    except UnpromisingLot:
        return

    assert found.plan.tolerated == int(tolerance * len(risk) + 1e-9)
    assert found.plan.population + len(set(found.census.tolist())) == len(risk)
    assert found.plan.level <= 0.05 + 1e-12


def test_census_plan_refuses_a_lot_that_is_predicted_to_be_bad():
    with pytest.raises(UnpromisingLot, match="10 errors outside a census of 8, more than the 2"):
        census_plan(np.full(100, 0.1), 0.02)


@pytest.mark.parametrize(
    ("risk", "options", "words"),
    [
        ([], {}, "number of risk scores must be whole and >= 1"),
        ([[0.1]], {}, "one score per decision, got shape"),
        ([0.1, np.nan], {}, "probabilities from 0 to 1, without NaN"),
        ([0.1, 1.1], {}, "probabilities from 0 to 1, without NaN"),
        ([0.1, 0.1], {"every": 0}, "every must be whole and >= 1"),
        ([0.1, 0.1], {"largest": 1}, r"largest must lie in \[0, 1\), got 1"),
        ([0.1, 0.1], {"chance": 1}, r"chance must lie in \(0, 1\), got 1"),
        ([0.1, 0.1], {"spending": 0}, "spending must be whole and >= 1"),
    ],
)
def test_census_plan_refuses_arguments_out_of_range(risk, options, words):
    with pytest.raises(ValueError, match=words):
        census_plan(risk, 0.5, **options)


def test_audit_plan_spends_no_more_than_the_square_at_an_early_look():
    plan = AuditPlan(1_000, 0.05, looks=[100, 200], spending=2)

    early = hypergeom.cdf(plan.max_errors[0], 1_000, 51, 100)
    next_limit = hypergeom.cdf(plan.max_errors[0] + 1, 1_000, 51, 100)

    assert early <= 0.05 / 4 < next_limit
    assert '"population":1000,"spending":2,"tolerance":0.05' in plan.text
