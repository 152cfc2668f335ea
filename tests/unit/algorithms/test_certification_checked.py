"""Bounds for a checker who errs, against SciPy and seeded replays."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, binom, hypergeom

from peritus.algorithms.certification import checked_bound, error_bound


@st.composite
def checked_audits(draw):
    population = draw(st.integers(1, 120))
    sampled = draw(st.integers(0, population))
    planted = draw(st.integers(0, 150))
    audit = draw(st.integers(0, sampled)), sampled, population
    return audit, (draw(st.integers(0, planted)), planted)


@cache
def bound_of(flags, known_bad, known_good):
    return checked_bound(flags, 100, 200, known_bad=known_bad, known_good=known_good)


def replayed_misses(replays, *, with_good):
    """Return how often the bound misses 12 wrong of 200, seen at 80 %, 2 % false flags."""
    generator = np.random.default_rng(20261105)
    missed = 0
    for _ in range(replays):
        drawn = generator.hypergeometric(12, 188, 100)
        flags = generator.binomial(drawn, 0.8) + generator.binomial(100 - drawn, 0.02)
        known_bad = (int(generator.binomial(60, 0.8)), 60)
        known_good = (int(generator.binomial(60, 0.02)), 60) if with_good else None
        missed += bound_of(int(flags), known_bad, known_good) < 12 / 200
    return missed


@given(checked_audits())
@settings(max_examples=25, deadline=None)
def test_checked_bound_is_at_least_the_bound_of_a_checker_who_never_errs(case):
    audit, known_bad = case

    bound = checked_bound(*audit, known_bad=known_bad)

    assert error_bound(*audit) <= bound <= 1


@given(checked_audits())
@settings(max_examples=25, deadline=None)
def test_checked_bound_grows_with_flags_and_shrinks_with_plants_found(case):
    (errors, sampled, population), (found, planted) = case
    bound = checked_bound(errors, sampled, population, known_bad=(found, planted))

    more = checked_bound(min(errors + 1, sampled), sampled, population, known_bad=(found, planted))
    keener = checked_bound(
        errors, sampled, population, known_bad=(min(found + 1, planted), planted)
    )

    assert keener <= bound <= more


def test_checked_bound_with_good_plants_inverts_the_thinned_hypergeometric():
    sensitivity = beta.ppf(0.05 / 3, 80, 21)
    wrong, drawn = np.arange(401), np.arange(61)
    few = hypergeom.pmf(drawn, 400, wrong[:, None], 60) @ binom.cdf(2, drawn, sensitivity)

    bound = checked_bound(2, 60, 400, known_bad=(80, 100), known_good=(0, 100))

    assert bound == wrong[few > 0.05 / 3].max() / 400


def buehler_chance(wrong, flags, found, sensitivity):
    """Return the chance of an outcome no higher: 30 of 120 sampled, 20 planted, by SciPy."""
    rates = np.append(beta.ppf(0.95, np.arange(30) + 1, 30 - np.arange(30)), 1.0)
    medians = beta.ppf(0.5, np.arange(1, 21), 20 - np.arange(1, 21) + 1)
    with np.errstate(divide="ignore"):
        order = rates[:, None] / np.append(0.0, medians)
    drawn = np.arange(31)
    thinned = binom.pmf(drawn[:, None], drawn, sensitivity) @ hypergeom.pmf(drawn, 120, wrong, 30)
    chance = np.outer(thinned, binom.pmf(np.arange(21), 20, sensitivity))
    return chance[order <= order[flags, found] * (1 + 1e-9)].sum()


@pytest.mark.parametrize(("flags", "found"), [(0, 18), (2, 15), (4, 20)])
def test_checked_bound_is_buehlers_for_its_order_of_outcomes(flags, found):
    bound = round(120 * checked_bound(flags, 30, 120, known_bad=(found, 20)))

    grid = np.linspace(0.3, 1, 141)
    likeliest = [
        max(buehler_chance(wrong, flags, found, s) for s in grid)
        for wrong in (bound + 1, bound - 1)
    ]
    assert likeliest[0] <= 0.05 < likeliest[1]  # sharp to one decision of the lot


def test_checked_bound_is_shorter_than_the_quotient_of_limits_at_half_the_allowance_each():
    flagged_rate, sensitivity = beta.ppf(0.975, 4, 297), beta.ppf(0.025, 80, 21)

    bound = checked_bound(3, 300, 1_000_000, known_bad=(80, 100))

    assert bound < 0.8 * flagged_rate / sensitivity


@pytest.mark.slow
def test_checked_bound_covers_every_lot_for_every_sensitivity():
    drawn = np.arange(13)
    bounds = np.array(
        [[checked_bound(x, 12, 40, known_bad=(y, 10)) for y in range(11)] for x in range(13)]
    )
    for sensitivity in np.linspace(0.02, 1, 50):
        flags = binom.pmf(drawn[:, None], drawn, sensitivity)
        found = binom.pmf(np.arange(11), 10, sensitivity)
        for wrong in range(41):
            chance = np.outer(flags @ hypergeom.pmf(drawn, 40, wrong, 12), found)
            assert chance[bounds < wrong / 40 - 1e-12].sum() <= 0.05


def test_checked_bound_admits_misses_even_after_a_census():
    # P(one wrong is missed) is likely .2 > .05, so "nothing flagged" proves nothing less
    assert checked_bound(0, 50, 50, known_bad=(80, 100)) > 0


def test_checked_bound_answers_where_the_allowance_is_tiny():
    bound = checked_bound(0, 30, 120, known_bad=(18, 20), confidence=0.99999999)

    assert checked_bound(0, 30, 120, known_bad=(18, 20), confidence=0.9999) < bound < 1


def test_checked_bound_knows_nothing_of_an_untested_checker():
    assert checked_bound(0, 100, 200, known_bad=(0, 0)) == 1


def test_checked_bound_knows_nothing_of_a_checker_who_flags_at_random():
    assert checked_bound(5, 100, 200, known_bad=(20, 100), known_good=(30, 100)) == 1


def test_checked_bound_subtracts_false_flags_that_were_measured():
    ignoring = checked_bound(20, 300, 10_000, known_bad=(95, 100))

    subtracting = checked_bound(20, 300, 10_000, known_bad=(95, 100), known_good=(50, 1_000))

    assert subtracting < ignoring


def test_checked_bound_refuses_fewer_flags_than_false_ones_are_due():
    with pytest.raises(ValueError, match="fewer than the false flags that known_good"):
        checked_bound(0, 300, 10_000, known_bad=(95, 100), known_good=(50, 1_000))


@pytest.mark.slow
def test_checked_bound_covers_the_truth_over_seeded_replays():
    replays = 200

    missed = replayed_misses(replays, with_good=False)

    assert missed / replays <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / replays)


@pytest.mark.slow
def test_checked_bound_covers_the_truth_when_false_flags_are_subtracted():
    replays = 200

    missed = replayed_misses(replays, with_good=True)

    assert missed / replays <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / replays)


@pytest.mark.parametrize(
    ("known_bad", "known_good", "words"),
    [
        ((11, 10), None, r"known_bad\[0\], flagged, must be a whole number from 0 to 10, got 11"),
        ((1, -1), None, r"known_bad\[1\], planted, must be whole and >= 0, got -1"),
        ((9, 10), (0.5, 10), r"known_good\[0\], flagged, must be a whole number from 0 to 10"),
    ],
)
def test_checked_bound_refuses_impossible_plants(known_bad, known_good, words):
    with pytest.raises(ValueError, match=words):
        checked_bound(0, 5, 10, known_bad=known_bad, known_good=known_good)


@pytest.mark.parametrize(
    ("audit", "words"),
    [
        ((0, 5, 0), "population must be whole and >= 1, got 0"),
        ((0, 11, 10), "sampled must be a whole number from 0 to 10, got 11"),
        ((6, 5, 10), "errors must be a whole number from 0 to 5, got 6"),
    ],
)
def test_checked_bound_refuses_impossible_audits(audit, words):
    with pytest.raises(ValueError, match=f"^{words}"):
        checked_bound(*audit, known_bad=(9, 10))
