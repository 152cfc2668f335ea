"""The steps of an unknown sensitivity: they cover it, and bound what SciPy sums."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import beta, binom

from peritus.algorithms.certification.buehler import chance_of_such, outcomes_no_higher

ENDS = np.sin(np.arange(129) * np.pi / 256) ** 2


def test_outcomes_no_higher_are_those_whose_quotient_is_no_larger():
    rates = [*beta.ppf(0.95, np.arange(12) + 1, 12 - np.arange(12)), 1.0]
    medians = [0.0, *beta.ppf(0.5, np.arange(1, 9), 8 - np.arange(1, 9) + 1)]

    most = outcomes_no_higher(3, 12, 6, 8, 0.05)

    seen = rates[3] / medians[6] * (1 + 1e-9)
    expected = [sum(rate <= seen * median for rate in rates) - 1 for median in medians]
    assert most.tolist() == expected
    assert most[6] == 3


@pytest.mark.parametrize(("sampled", "planted"), [(12, 8), (900, 20)])
def test_chance_of_such_takes_the_lower_end_for_flags_and_the_higher_for_plants(sampled, planted):
    most = outcomes_no_higher(3, sampled, planted - 2, planted, 0.05)
    drawn = np.arange(sampled + 1)

    found = chance_of_such(most, sampled, planted, 0.0)

    every = [
        binom.pmf(np.arange(planted + 1), planted, high) @ binom.cdf(most[:, None], drawn, low)
        for low, high in pairwise(ENDS)
    ]
    possible = np.array(every)[-len(found) :]  # on the others no such outcome can occur
    assert len(found) > 100
    assert (found >= possible - 1e-12).all()
    assert found == pytest.approx(possible, abs=1e-9)


def test_chance_of_such_leaves_out_steps_that_cannot_reach_the_allowance():
    most = outcomes_no_higher(0, 50, 18, 20, 0.05)

    every, likely = (chance_of_such(most, 50, 20, allowed) for allowed in (0.0, 0.05))

    kept = every[:, 0] > 0.05  # with none wrong drawn, all depends on the plants
    assert likely == pytest.approx(every[kept])


def test_chance_of_such_counts_as_few_what_plants_make_next_to_impossible():
    most = outcomes_no_higher(9, 50, 18, 20, 0.05)

    exact, bounded = (chance_of_such(most, 50, 20, allowed) for allowed in (0.0, 0.3))

    above = bounded - exact[-len(bounded) :]
    assert 0 < above.max() <= 0.3e-4
    assert above.min() >= -1e-12
