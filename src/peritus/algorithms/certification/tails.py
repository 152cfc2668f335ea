"""Probabilities of errors found when a lot is sampled without replacement.

Counting is of *ordered* draws: of perm(population, sampled) equally likely
ones, perm(bad, s) * perm(good, sampled - s) show s errors in given places.
These integers are exact at any size; floats only decide what is not close.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import comb, perm

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

_CLOSE = 1e-6  # log-gamma is good to 1e-9 here up to lots of a million


def ordered_draws(
    paths: Sequence[int], lowest: int, sampled: int, bad: int, population: int
) -> int:
    """Count the ordered draws that follow given paths of errors found.

    `paths[j]` is the number of ways in which `lowest + j` errors can lie among
    the `sampled` places. Cost O(len(paths)) products of long integers.
    """
    good = population - bad
    if not paths:
        return 0
    highest = lowest + len(paths) - 1
    of_good = perm(good, sampled - highest)
    of_bad = [perm(bad, lowest)]
    for errors in range(lowest, highest):
        of_bad.append(of_bad[-1] * (bad - errors))
    total = 0
    for errors in range(highest, lowest - 1, -1):  # downwards, so that of_good only grows
        total += paths[errors - lowest] * of_bad[errors - lowest] * of_good
        of_good *= good - (sampled - errors)
    return total


def pmf(sampled: int, bad: int, population: int, highest: int) -> NDArray[np.float64]:
    """Return the probabilities of 0 .. `highest` errors found, (highest + 1,)."""
    found = np.arange(highest + 1)
    possible = (found <= min(bad, sampled)) & (sampled - found <= population - bad)
    s = found[possible]
    log_p = (
        _log_comb(bad, s)
        + _log_comb(population - bad, sampled - s)
        - _log_comb(population, np.asarray(sampled))
    )
    p = np.zeros(highest + 1)
    p[possible] = np.exp(log_p)
    return p


def exceeds(share: Fraction, errors: int, sampled: int, bad: int, population: int) -> bool:
    """Say whether P(at most `errors` found, given `bad`) is above a share."""
    p, limit = float(pmf(sampled, bad, population, errors).sum()), float(share)
    if abs(p - limit) > _CLOSE * limit:
        return p > limit
    paths = [comb(sampled, s) for s in range(errors + 1)]
    draws = ordered_draws(paths, 0, sampled, bad, population)
    return draws * share.denominator > share.numerator * perm(population, sampled)


def largest_where(holds: Callable[[int], bool], low: int, high: int) -> int:
    """Return the largest number in [low, high] for which a claim holds.

    The claim must hold at `low` and, once false, stay false. O(log) calls.
    """
    while low < high:
        middle = (low + high + 1) // 2
        if holds(middle):
            low = middle
        else:
            high = middle - 1
    return low


def _log_comb(n: int, k: NDArray[np.int64]) -> NDArray[np.float64]:
    log_comb: NDArray[np.float64] = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return log_comb
