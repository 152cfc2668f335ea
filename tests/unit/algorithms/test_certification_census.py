"""Censuses of the riskiest: the promise carried over, the level, the saving."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom

from peritus.algorithms.certification import (
    AuditPlan,
    UnpromisingLot,
    census_batch,
    census_plan,
    plan_after_census,
)

WEIGHTS = np.arange(10) / 10
TWICE_WRONG = (1 - WEIGHTS - (1 - WEIGHTS) / 20) * (1 - WEIGHTS) / 20  # likelihood of both


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


def after_census(risk, wrong, tolerance, **options):
    """Follow a census to its end, as a checker who errs never would."""
    outcomes = []
    while (found := census_plan(risk, tolerance, outcomes=outcomes, **options)).batch.size:
        outcomes += wrong[found.batch].tolist()
    return found


def test_census_plan_names_the_next_batch_until_the_census_is_complete():
    risk = sharp_risk(2_000, 30, 0.9)
    first = census_plan(risk, 0.03, every=20)

    second = census_plan(risk, 0.03, every=20, outcomes=[True] * 8 + [False] * 12)

    assert first.batch.tolist() == first.census[:20].tolist()
    assert second.batch.tolist() == second.census[20:40].tolist()
    assert first.census[:20].tolist() == second.census[:20].tolist()
    assert after_census(risk, risk > 0.2, 0.03, every=20).batch.tolist() == []


def test_census_plan_trusts_scores_as_bayes_theorem_says():
    risk = np.array([0.9, 0.6, *[0.0625] * 40])
    weights, prior = np.arange(11) / 10, np.array([*[0.02] * 10, 0.8])
    mean = risk.mean()

    likelihood = (weights * 0.9 + (1 - weights) * mean) * (1 - weights * 0.6 - (1 - weights) * mean)

    trust = census_plan(risk, 0.5, outcomes=[True, False]).trust
    assert trust == pytest.approx(weights @ (prior * likelihood) / (prior @ likelihood))


def test_census_plan_costs_hardly_more_than_the_plan_alone_when_the_scores_know_nothing():
    risk = np.random.default_rng(20261128).permutation(sharp_risk(2_000, 30, 0.9))
    wrong = np.arange(2_000) % 67 == 0  # 30 errors, nowhere near the risk

    found = after_census(risk, wrong, 0.03)

    alone = census_plan(np.full(2_000, 0.015), 0.03)
    assert found.trust < 0.1
    assert len(found.census) + found.plan.looks[-1] <= 1.1 * alone.plan.looks[-1]
    assert found.plan.certify_probability(int(wrong.sum())) >= 0.85


def test_census_plan_trusts_no_score_of_one_that_was_right_among_scores_of_zero():
    found = census_plan([1.0, *[0.0] * 19], 0.5, outcomes=[False, True])

    assert found.trust == pytest.approx(WEIGHTS @ TWICE_WRONG / TWICE_WRONG.sum())


def test_census_plan_trusts_nothing_when_all_was_ruled_out_beforehand():
    assert census_plan(np.zeros(20), 0.5, outcomes=[True]).trust == 0.0


@pytest.mark.slow
@given(st.integers(0, 2**32), st.sampled_from([0.05, 0.1, 0.2, 0.3]), st.sampled_from([5, 10]))
@settings(max_examples=40, deadline=None)
def test_census_that_ends_by_what_it_finds_keeps_the_level_of_every_lot(seed, tolerance, every):
    generator = np.random.default_rng(seed)
    risk = 2 * tolerance * generator.random(40) ** 3
    tempting = generator.random(40) < 3 * risk  # the census is led to go on, or not
    wrong = tempting | (generator.random(40) < tolerance * generator.choice([0, 2]))
    try:
        found = after_census(risk, wrong, tolerance, every=every, largest=0.5)
    except UnpromisingLot:
        return  # nothing is certified

    left = int(np.delete(wrong, found.census).sum())

    if left > tolerance * 40 + 1e-9:  # bad as corrected, whatever the census saw
        assert certified_by_draws(found.plan, left) <= 0.05 + 1e-12


def certified_by_draws(plan, bad):
    """Return the chance of a certificate, look by look with SciPy, no code of ours."""
    going, chance, before = np.eye(1, bad + 1)[0], 0.0, 0
    for look, limit in zip(plan.looks, plan.max_errors, strict=True):
        after = np.zeros(bad + 1)
        for errors in np.flatnonzero(going):
            more = np.arange(bad + 1 - errors)
            new = hypergeom.pmf(more, plan.population - before, bad - errors, look - before)
            after[errors:] += going[errors] * new
        chance += after[: limit + 1].sum()
        going, before = np.where(np.arange(bad + 1) > limit, after, 0), look
    return chance


def test_census_plan_replayed_from_census_to_last_look_keeps_the_level():
    generator = np.random.default_rng(20261128)
    risk = np.sort(generator.random(120) ** 4)[::-1]
    wrong = np.zeros(120, dtype=bool)
    wrong[[*range(12), *range(60, 77)]] = True  # scores that convince, then 17 unseen: 16 may stay
    found = after_census(risk, wrong, 16 / 120, every=5, largest=0.3)
    left = np.delete(wrong, found.census)
    replays = 20_000

    draws = generator.permuted(np.tile(left, (replays, 1)), axis=1).cumsum(axis=1)
    certified = (draws[:, np.array(found.plan.looks) - 1] <= found.plan.max_errors).any(axis=1)

    assert left.sum() == 17
    assert certified.mean() <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / replays)


def test_census_plan_refuses_more_outcomes_than_a_census_may_have():
    with pytest.raises(ValueError, match="5 outcomes came, but the census is of at most 4"):
        census_plan(np.full(10, 0.1), 0.5, outcomes=[False] * 5)


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
        ([0.1] * 6, {"outcomes": [2]}, "an outcome must be True"),
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


def test_census_batch_is_the_batch_of_the_plan_and_ends_with_it():
    risk = np.r_[np.full(6, 0.4), np.full(24, 0.01)]
    terms = {"confidence": 0.95, "every": 3, "largest": 0.4}

    for outcomes in ([], [True, True, False], [True, True, False, True, True]):
        batch = census_batch(risk, 0.1, outcomes, **terms)

        assert batch.tolist() == census_plan(risk, 0.1, outcomes=outcomes, **terms).batch.tolist()
    assert batch.size == 0


def test_census_batch_is_empty_once_nothing_is_likely_to_certify():
    risk = np.full(100, 0.1)

    assert census_batch(risk, 0.02, [True] * 3, confidence=0.95, every=3, largest=0.08).size == 0


@given(st.integers(2, 80), st.floats(0, 0.6), st.data())
@settings(max_examples=60, deadline=None)
def test_plan_after_census_tolerates_in_the_rest_what_the_whole_may_have(n, tolerance, data):
    census = data.draw(st.integers(0, n - 1))

    found = plan_after_census(n, tolerance, census, confidence=0.95, looks=[1])

    assert found.population == n - census
    assert found.tolerated == min(int(tolerance * n + 1e-9), n - census - 1)
    assert found.level <= 0.05 + 1e-12


def test_plan_after_no_census_is_the_lots_own_plan():
    own = AuditPlan(1_000, 0.0123, looks=[100, 200])

    assert (
        plan_after_census(1_000, 0.0123, 0, confidence=0.95, looks=[100, 200]).digest == own.digest
    )


def test_plan_after_census_refuses_a_lot_of_which_nothing_is_left():
    with pytest.raises(ValueError, match="decisions outside of the census"):
        plan_after_census(10, 0.1, 10, confidence=0.95, looks=[1])
