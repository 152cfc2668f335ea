"""Bounds for lots audited in parts: errors in all, precision and recall."""

import math
from collections.abc import Sequence
from functools import reduce

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from peritus.algorithms.certification.arguments import allowance, whole
from peritus.algorithms.certification.one_look import error_bound
from peritus.algorithms.certification.tails import largest_where, pmf

Audited = tuple[int, int, int]  # errors found, sampled, population


def stratified_bound(strata: Sequence[Audited], *, confidence: float = 0.95) -> float:
    """Bound the share of errors in a lot whose strata were sampled apart.

    Parameters
    ----------
    strata : sequence of (errors, sampled, population), at least one
        What was found wrong, audited, and held by each stratum; each was drawn
        for itself, with any number that did not depend on what was found.
    confidence : float in (0, 1)
        Chance, over draws, that the bound covers the true share. One look only.

    Returns
    -------
    float
        Share of all decisions, in [0, 1].

    Raises
    ------
    ValueError
        A count or `confidence` is out of range, or there is no stratum.

    Notes
    -----
    Given how many are wrong in each stratum, P(at most as many found) is
    stochastically no smaller than uniform, independently in each, so their
    product is below q with a chance of at most that of Fisher's combination. The bound
    is the largest total of numbers whose product is above the q of
    1 - confidence: as the true numbers are among these but for that chance, it
    covers whichever way the errors lie. With one stratum it is `error_bound`.
    The largest total is found by adding one stratum after another, O(b**2) for
    bounds of b errors.
    Source: Fisher (1932), Statistical Methods for Research Workers, 21.1;
    Ottoboni, Stark, Lindeman & McBurnett (2018), Risk-limiting audits by
    stratified union-intersection tests, section 3, for its use on strata.
    """
    audits = [_audited("strata", stratum) for stratum in strata]
    if not audits:
        raise ValueError("strata must name at least one stratum, got none")
    budget = _budget(len(audits), confidence)
    least_cost = reduce(_cheapest_totals, (_costs(audit, budget) for audit in audits))
    total = int(np.flatnonzero(least_cost <= budget)[-1])
    return total / sum(population for _, _, population in audits)


def least_precision(positive: Audited, *, confidence: float = 0.95) -> float:
    """Return the smallest share of positive decisions that may be right.

    `positive` is (errors, sampled, population) among decisions for the class
    in question. Raises ValueError as `error_bound`, whose complement this is:
    the same definition, one look.
    """
    return 1 - error_bound(*positive, confidence=confidence)


def least_recall(positive: Audited, negative: Audited, *, confidence: float = 0.95) -> float:
    """Return the smallest share of the class that may have been decided for it.

    Parameters
    ----------
    positive, negative : (errors, sampled, population)
        Audits of the decisions for the class, an error being one that does not
        belong to it, and of those against it, an error being one that does.
        Each was drawn for itself.
    confidence : float in (0, 1)
        Chance, over draws, that recall is no smaller. One look only.

    Returns
    -------
    float
        Share in [0, 1]; 0 where no decision for the class need be right.

    Raises
    ------
    ValueError
        A count or `confidence` is out of range.

    Notes
    -----
    The least recall over the pairs of errors that `stratified_bound` does not
    rule out. A negative set so large that a few errors in it outweigh the class
    needs many audits: that is so, and no choice of method changes it.
    Source: as of `stratified_bound`.
    """
    audits = _audited("positive", positive), _audited("negative", negative)
    budget = _budget(2, confidence)
    false_cost, missed_cost = (_costs(audit, budget) for audit in audits)
    false = np.flatnonzero(false_cost <= budget)
    missed = np.searchsorted(missed_cost, budget - false_cost[false], side="right") - 1
    right = positive[2] - false
    with np.errstate(invalid="ignore"):  # 0 / 0: nothing belongs to the class, nothing is shown
        recall = np.where(right > 0, right / (right + missed), 0.0)
    return float(recall.min())


def _audited(name: str, counts: Audited) -> Audited:
    population = whole(f"{name}: population", counts[2], 0)
    sampled = whole(f"{name}: sampled", counts[1], 0, population)
    return whole(f"{name}: errors", counts[0], 0, sampled), sampled, population


def _budget(strata: int, confidence: float) -> float:
    """Return -log of the product that Fisher's combination just rules out."""
    return float(chi2.isf(float(allowance(confidence)), 2 * strata)) / 2


def _costs(audit: Audited, budget: float) -> NDArray[np.float64]:
    """Return -log P(at most as many found) for 0, 1, ... wrong, while within the budget."""
    errors, sampled, population = audit

    def cost(bad: int) -> float:
        chance = float(pmf(sampled, bad, population, errors).sum())
        return -math.log(min(chance, 1.0)) if chance else math.inf

    most = largest_where(lambda bad: cost(bad) <= budget, errors, population - sampled + errors)
    costs = [0.0] * errors + [cost(bad) for bad in range(errors, most + 1)]
    return np.maximum.accumulate(costs)  # rounding must not let a cost fall


def _cheapest_totals(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the least cost of each total of two strata."""
    least = np.full(len(one) + len(other) - 1, np.inf)
    for bad, cost in enumerate(one):
        part = least[bad : bad + len(other)]
        np.minimum(part, cost + other, out=part)
    return least
