"""One-look bounds against SciPy's hypergeometric and beta distributions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, hypergeom

from peritus.algorithms.certification import error_bound, sample_size


@st.composite
def audits(draw):
    population = draw(st.integers(1, 300))
    sampled = draw(st.integers(0, population))
    return draw(st.integers(0, sampled)), sampled, population


def bound_by_definition(errors, sampled, population, confidence):
    bad = np.arange(population + 1)
    chance = hypergeom.cdf(errors, population, bad, sampled)
    return bad[chance > 1 - confidence + 1e-12].max() / population


@given(audit=audits(), confidence=st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99]))
@settings(max_examples=40, deadline=None)
def test_error_bound_solves_its_definition(audit, confidence):
    bound = error_bound(*audit, confidence=confidence)

    assert bound == bound_by_definition(*audit, confidence)


@given(audit=audits(), confidence=st.floats(0.9, 0.99))
@settings(max_examples=40, deadline=None)
def test_error_bound_stays_below_clopper_pearson_when_most_of_the_sample_is_right(
    audit, confidence
):
    errors, sampled, population = audit
    errors //= 3

    bound = error_bound(errors, sampled, population, confidence=confidence)

    binomial = beta.ppf(confidence, errors + 1, sampled - errors) if errors < sampled else 1.0
    assert bound <= binomial + 1e-12


@given(audit=audits())
@settings(max_examples=40, deadline=None)
def test_error_bound_grows_with_errors_and_shrinks_with_audits(audit):
    errors, sampled, population = audit
    bound = error_bound(errors, sampled, population)

    one_more_wrong = error_bound(min(errors + 1, sampled), sampled, population)
    one_more_right = error_bound(errors, min(sampled + 1, population), population)

    assert errors / population <= one_more_right <= bound <= one_more_wrong <= 1


def test_error_bound_leaves_out_a_probability_of_exactly_the_allowance():
    # P(X = 0 | 1 wrong in 20, 19 drawn) = 1/20 is not above 1 - 0.95, though 1 - .95 > .05
    assert error_bound(0, 19, 20) == 0


def test_error_bound_knows_nothing_before_and_everything_after_the_audit():
    assert error_bound(0, 0, 120) == 1
    assert error_bound(17, 120, 120) == 17 / 120


def test_error_bound_covers_the_truth_over_draws():
    generator = np.random.default_rng(20261101)
    found = generator.hypergeometric(10, 190, 60, size=4_000)

    bounds = np.array([error_bound(errors, 60, 200) for errors in range(11)])
    missed = np.mean(bounds[found] < 10 / 200)

    assert missed <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 4_000)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((1, 0, 10), "errors must be a whole number from 0 to 0, got 1"),
        ((0, 11, 10), "sampled must be a whole number from 0 to 10, got 11"),
        ((0, 0, 0), "population must be whole and >= 1, got 0"),
        ((0.5, 5, 10), "errors must be a whole number from 0 to 5, got 0.5"),
        ((-1, 5, 10), "errors must be a whole number from 0 to 5, got -1"),
    ],
)
def test_error_bound_refuses_impossible_counts(arguments, words):
    with pytest.raises(ValueError, match=words):
        error_bound(*arguments)


@pytest.mark.parametrize("confidence", [0, 1, 95, float("nan")])
def test_error_bound_refuses_a_confidence_that_is_no_chance(confidence):
    with pytest.raises(ValueError, match=r"confidence must lie in \(0, 1\)"):
        error_bound(0, 5, 10, confidence=confidence)


@given(
    population=st.integers(2, 400),
    tolerance=st.floats(0, 0.5),
    expected=st.integers(0, 8),
)
@settings(max_examples=40, deadline=None)
def test_sample_size_is_the_least_that_certifies(population, tolerance, expected):
    tolerated = int(tolerance * population + 1e-9)
    expected = min(expected, tolerated)

    sampled = sample_size(population, tolerance, expected_errors=expected)

    assert error_bound(expected, sampled, population) * population <= tolerated + 1e-9
    one_fewer = sampled - 1
    assert hypergeom.cdf(expected, population, tolerated + 1, one_fewer) > 0.05


def test_sample_size_is_a_census_when_nothing_may_be_wrong_in_a_small_lot():
    assert sample_size(10, 0) == 10


def test_sample_size_refuses_more_expected_errors_than_are_tolerated():
    with pytest.raises(ValueError, match="7 expected errors are more than the 6"):
        sample_size(121, 0.05, expected_errors=7)


def test_sample_size_refuses_a_tolerance_that_lets_everything_be_wrong():
    with pytest.raises(ValueError, match="lets all 10 be wrong"):
        sample_size(10, 1.0)


@pytest.mark.parametrize("tolerance", [-0.01, 5, float("nan")])
def test_sample_size_refuses_a_tolerance_that_is_no_share(tolerance):
    with pytest.raises(ValueError, match=r"tolerance must lie in \[0, 1\)"):
        sample_size(10, tolerance)


def test_tolerated_errors_are_not_lost_to_binary_arithmetic():
    # 0.29 * 100 == 28.999999999999996, and 29 wrong of 100 are within 29 %
    assert sample_size(100, 0.29, expected_errors=29) == 100
