"""The bound for every look, against all orders of small lots and replays."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import betabinom, hypergeom

from peritus.algorithms.certification import ErrorSequence, error_bound


def shuffled_lot(population, bad, generator):
    return generator.permutation(np.arange(population) < bad)


def excludes(population, bad, outcomes):
    sequence = ErrorSequence(population)
    for outcome in outcomes:
        sequence.update([outcome])
        if sequence.upper < bad / population:
            return True
    return False


def test_upper_is_one_before_the_first_audit():
    assert ErrorSequence(120).upper == 1


@given(st.lists(st.booleans(), min_size=1, max_size=60))
@settings(max_examples=50, deadline=None)
def test_upper_never_rises_and_ends_at_the_errors_of_a_census(outcomes):
    sequence, population = ErrorSequence(len(outcomes)), len(outcomes)

    for outcome in outcomes:
        before = sequence.upper
        sequence.update([outcome])
        # errors that were found are certain, also if the bound had been refuted
        assert sequence.errors / population <= sequence.upper
        assert sequence.upper <= max(before, sequence.errors / population)

    assert sequence.upper == sum(outcomes) / population
    assert (sequence.errors, sequence.sampled) == (sum(outcomes), population)


def test_upper_never_rises_over_seeded_draws():
    generator = np.random.default_rng(20261103)
    sequence, uppers = ErrorSequence(400), []

    for outcome in shuffled_lot(400, 12, generator)[:200]:
        sequence.update([outcome])
        uppers.append(sequence.upper)

    assert np.all(np.diff(uppers) <= 0)
    assert 12 / 400 <= uppers[-1] < 1.3 * error_bound(sequence.errors, 200, 400)


@given(
    outcomes=st.lists(st.booleans(), max_size=40),
    cut=st.integers(0, 40),
    spare=st.integers(0, 40),
)
@settings(max_examples=40, deadline=None)
def test_upper_is_the_same_however_outcomes_are_parcelled(outcomes, cut, spare):
    population = len(outcomes) + spare + 1
    at_once, in_parts = ErrorSequence(population), ErrorSequence(population)

    at_once.update(outcomes)
    in_parts.update(outcomes[:cut])
    in_parts.update(outcomes[cut:])

    assert at_once.upper == in_parts.upper


def test_upper_is_what_the_ratio_of_averages_says():
    # The definition, term by term: 30 right in 30 drawn of 100; SciPy's beta-binomial weights.
    likelihood = hypergeom.pmf(0, 100, np.arange(101), 30)
    weight = betabinom.pmf(np.arange(101), 100, 0.5, 10)
    stands = [
        bad
        for bad in range(1, 71)
        if weight[:bad] @ likelihood[:bad] / weight[:bad].sum() < 20 * likelihood[bad]
    ]
    sequence = ErrorSequence(100)

    sequence.update([False] * 30)

    assert sequence.upper == max(stands) / 100


def test_upper_pays_for_every_look_but_not_much():
    sequence = ErrorSequence(1_000)

    sequence.update([False] * 200)

    assert error_bound(0, 200, 1_000) < sequence.upper <= 1.25 * error_bound(0, 200, 1_000)


@pytest.mark.slow
@pytest.mark.parametrize("bad", [1, 2, 3])
def test_truth_is_excluded_in_at_most_five_percent_of_all_orders(bad):
    population = 18
    orders = list(combinations(range(population), bad))

    excluded = sum(
        excludes(population, bad, [place in order for place in range(population)])
        for order in orders
    )

    assert excluded / len(orders) <= 0.05


@pytest.mark.slow
def test_truth_is_seldom_excluded_when_looked_at_after_every_audit():
    generator = np.random.default_rng(20261104)
    replays, population, bad = 600, 200, 10

    excluded = sum(
        excludes(population, bad, shuffled_lot(population, bad, generator)[:100])
        for _ in range(replays)
    )

    assert excluded / replays <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / replays)


def test_refuted_sequence_never_claims_less_than_the_errors_found():
    # 90 right ones first rule out many errors; then nothing but errors comes.
    sequence = ErrorSequence(100)
    sequence.update([False] * 90)
    refuted = sequence.upper

    sequence.update([True] * 9)

    assert refuted < 0.09
    assert 0.09 <= sequence.upper <= 0.1


def test_update_refuses_more_outcomes_than_decisions_and_takes_none():
    sequence = ErrorSequence(10)
    sequence.update([True] * 4)

    with pytest.raises(ValueError, match="7 outcomes came, but of 10 decisions only 6"):
        sequence.update([False] * 7)

    assert (sequence.sampled, sequence.errors) == (4, 4)


@pytest.mark.parametrize("outcome", [2, -1, 0.0, "no", None])
def test_update_refuses_an_outcome_that_is_no_yes_or_no(outcome):
    sequence = ErrorSequence(10)

    with pytest.raises(ValueError, match="an outcome must be True"):
        sequence.update([True, outcome])

    assert sequence.sampled == 0


@pytest.mark.parametrize("confidence", [0, 1, -0.5])
def test_sequence_refuses_a_confidence_that_is_no_chance(confidence):
    with pytest.raises(ValueError, match="confidence must lie in"):
        ErrorSequence(10, confidence=confidence)
