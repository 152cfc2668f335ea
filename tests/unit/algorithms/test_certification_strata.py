"""Bounds over strata, precision and recall, against enumeration by SciPy."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import combine_pvalues, hypergeom

from peritus.algorithms.certification import (
    error_bound,
    least_precision,
    least_recall,
    stratified_bound,
)


@st.composite
def audited(draw):
    population = draw(st.integers(1, 60))
    sampled = draw(st.integers(0, population))
    return draw(st.integers(0, sampled)), sampled, population


def not_ruled_out(strata, confidence):
    """Return every combination of errors that Fisher's test of SciPy leaves standing."""
    spans = [range(x, population - n + x + 1) for x, n, population in strata]
    for wrong in product(*spans):
        chances = [hypergeom.cdf(x, p, d, n) for d, (x, n, p) in zip(wrong, strata, strict=True)]
        if combine_pvalues(np.minimum(chances, 1), method="fisher").pvalue > 1 - confidence:
            yield wrong


@given(audited(), st.sampled_from([0.8, 0.95, 0.99]))
@settings(max_examples=40, deadline=None)
def test_stratified_bound_of_one_stratum_is_the_bound_of_a_lot(audit, confidence):
    assert stratified_bound([audit], confidence=confidence) == error_bound(
        *audit, confidence=confidence
    )


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_stratified_bound_is_the_largest_total_that_fishers_test_leaves(confidence):
    strata = [(1, 8, 20), (0, 5, 9), (0, 6, 12)]

    bound = stratified_bound(strata, confidence=confidence)

    assert round(bound * 41) == max(sum(wrong) for wrong in not_ruled_out(strata, confidence))


def test_stratified_bound_is_shorter_than_bounds_at_half_the_allowance_each():
    strata = [(1, 100, 2_000), (2, 150, 3_000)]

    apart = sum(error_bound(*each, confidence=0.975) * each[2] for each in strata) / 5_000

    assert stratified_bound(strata) < 0.9 * apart


@given(st.lists(audited(), min_size=2, max_size=3))
@settings(max_examples=15, deadline=None)
def test_stratified_bound_lies_between_what_was_found_and_all(strata):
    errors, total = sum(s[0] for s in strata), sum(s[2] for s in strata)
    unseen_right = sum(n - x for x, n, _ in strata)

    bound = stratified_bound(strata)

    assert errors <= round(bound * total) <= total - unseen_right


@pytest.mark.parametrize("wrong", list(product([0, 1, 3, 6], [0, 2, 5, 9])))
def test_stratified_bound_covers_every_division_of_errors_over_all_draws(wrong):
    sizes = [(5, 12), (4, 10)]
    missed = 0.0
    for found in product(*(range(n + 1) for n, _ in sizes)):
        chance = np.prod(
            [hypergeom.pmf(x, p, d, n) for x, d, (n, p) in zip(found, wrong, sizes, strict=True)]
        )
        if chance > 0:
            bound = bound_of_two(found)
            missed += chance * (bound < sum(wrong) / 22 - 1e-12)

    assert missed <= 0.05


def bound_of_two(found):
    return stratified_bound([(found[0], 5, 12), (found[1], 4, 10)])


def test_least_precision_is_what_the_bound_on_errors_leaves():
    assert least_precision((2, 60, 400)) == 1 - error_bound(2, 60, 400)
    assert least_precision((2, 60, 400), confidence=0.8) == 1 - error_bound(
        2, 60, 400, confidence=0.8
    )


@pytest.mark.parametrize(
    ("positive", "negative"), [((1, 8, 20), (0, 10, 30)), ((0, 20, 20), (2, 15, 25))]
)
def test_least_recall_is_the_smallest_that_fishers_test_leaves(positive, negative):
    pairs = not_ruled_out([positive, negative], 0.95)

    smallest = min((20 - false) / (20 - false + missed) for false, missed in pairs)

    assert least_recall(positive, negative) == pytest.approx(smallest)


def test_least_recall_is_exact_after_a_census_of_both():
    assert least_recall((2, 12, 12), (5, 30, 30)) == pytest.approx(10 / 15)
    assert least_recall((11, 12, 12), (0, 30, 30)) == 1.0  # the one that is left is right
    assert least_recall((3, 3, 3), (0, 10, 10)) == 0.0  # nothing belongs to the class


@pytest.mark.slow
def test_least_recall_covers_over_seeded_draws():
    generator = np.random.default_rng(20261128)
    replays, truth, missed = 400, 90 / 98, 0
    for _ in range(replays):
        false = int(generator.hypergeometric(10, 90, 40))
        lost = int(generator.hypergeometric(8, 392, 150))
        missed += least_recall((false, 40, 100), (lost, 150, 400)) > truth

    assert missed / replays <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / replays)


@pytest.mark.parametrize("positive", [(0, 0, 0), (0, 0, 5), (3, 3, 3)])
def test_least_recall_is_none_where_nothing_need_be_right(positive):
    assert least_recall(positive, (0, 10, 40)) == 0.0


def test_stratified_bound_refuses_impossible_counts():
    with pytest.raises(ValueError, match=r"^strata must name at least one stratum, got none"):
        stratified_bound([])
    with pytest.raises(ValueError, match="strata: errors must be a whole number from 0 to 5"):
        stratified_bound([(6, 5, 10)])
    with pytest.raises(ValueError, match=r"^positive: population must be whole and >= 0"):
        least_recall((0, 0, -1), (0, 10, 10))
    with pytest.raises(ValueError, match="negative: sampled must be a whole number from 0 to 10"):
        least_recall((0, 5, 10), (0, 11, 10))
