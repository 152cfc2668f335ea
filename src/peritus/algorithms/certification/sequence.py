"""A bound on errors that stays true however often it is looked at."""

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, gammaln

from peritus.algorithms.certification.arguments import allowance, outcome_of, whole

_PRIOR = (0.5, 10.0)


class ErrorSequence:
    """Follow an audit and bound the errors in its lot at every moment.

    Parameters
    ----------
    population : int
        Decisions in the frozen lot, at least 1.
    confidence : float in (0, 1)
        Chance, over draws, that the bound is true at every look, all together,
        planned or not, and whenever one stops.

    Attributes
    ----------
    sampled, errors : int
        Audits so far, and how many of them found an error.
    upper : float
        Largest share of the population that may be wrong; 1 before the first
        audit, errors/population, exact, after a census.

    Raises
    ------
    ValueError
        An argument is out of range.

    Notes
    -----
    For each number D of errors the outcomes' likelihood, averaged over the
    smaller numbers, is divided by their likelihood under D. Under D that ratio
    is a martingale that starts at 1 (drawing without replacement, in an order
    that nobody could steer), so by Ville's inequality it ever reaches
    1/(1 - confidence) with a chance of at most 1 - confidence; then D is struck
    out for good. `upper` is the largest D that stands. Averaging over smaller
    numbers only makes it one-sided: nothing is spent on a lower bound.

    `upper` never rises, with one exception: when all that stood has been
    refuted, which has a chance of at most 1 - confidence, it is still never
    below the errors found, since these are certain.

    The average's weights are beta-binomial (1/2, 10), mean 4.8 %. Tried on 30
    draws each from lots of 1,000 with 0, 0.5, 2, 5 and 10 % wrong beside the
    uniform (1, 1), (1/2, 1/2) and others, it is nowhere far from the best: at
    200 audits the uniform is wider by 19, 11, 3, 0 and -3 %. Sharper ones
    ((1/4, 10), (1/2, 40)) gain 6-12 % without errors, lose 3-7 % at 5-10 %.

    Cost O(population * upper) an audit, from tables of O(population).
    Source: Waudby-Smith & Ramdas (2020), Confidence sequences for sampling
    without replacement, section 2 (prior-posterior ratio), made one-sided.
    """

    def __init__(self, population: int, *, confidence: float = 0.95) -> None:
        self.population = whole("population", population, 1)
        self.confidence = float(confidence)
        self.sampled = 0
        self.errors = 0
        self._evidence_wanted = -math.log(allowance(confidence))
        self._highest = self.population
        self._standing = np.ones(self.population + 1, dtype=bool)
        self._log_factorial: NDArray[np.float64] = gammaln(np.arange(self.population + 1) + 1.0)
        self._log_weight = _log_weights(self.population)
        self._log_weight_upto = np.logaddexp.accumulate(self._log_weight)

    @property
    def upper(self) -> float:
        """Largest share of the population that may be wrong."""
        return self._highest / self.population

    def update(self, new_outcomes: Iterable[bool]) -> None:
        """Take further audits, in the order drawn; True is an error found.

        The bound is the same however the outcomes are parcelled out. Raises
        ValueError, and takes nothing, if an outcome is not true or false or
        if there are more than decisions not yet audited.
        """
        outcomes = [outcome_of(outcome) for outcome in new_outcomes]
        if self.sampled + len(outcomes) > self.population:
            raise ValueError(
                f"{len(outcomes)} outcomes came, but of {self.population} decisions only "
                f"{self.population - self.sampled} are not yet audited"
            )
        for outcome in outcomes:  # each audit may strike out a number that later ones would not
            self.sampled += 1
            self.errors += outcome
            self._strike_out()

    def _strike_out(self) -> None:
        """Strike out the numbers of errors that the outcomes refute."""
        least = self.errors
        most = self.population - self.sampled + self.errors
        ceiling = min(self._highest, most)
        if least < ceiling:
            refuted = self._evidence(least, ceiling) >= self._evidence_wanted
            self._standing[least + 1 : ceiling + 1] &= ~refuted
        left = np.flatnonzero(self._standing[least : ceiling + 1])
        self._highest = least + int(left[-1]) if left.size else max(least, ceiling)

    def _evidence(self, least: int, ceiling: int) -> NDArray[np.float64]:
        """Return the log-martingales of least + 1 .. ceiling errors in the lot."""
        log_likelihood = self._log_draws(least, ceiling)
        log_joint = log_likelihood + self._log_weight[least : ceiling + 1]
        scale = log_joint.max()
        with np.errstate(divide="ignore"):  # far below the likely numbers: evidence of -inf
            log_below = np.log(np.cumsum(np.exp(log_joint - scale))[:-1]) + scale
        evidence: NDArray[np.float64] = (
            log_below - self._log_weight_upto[least:ceiling] - log_likelihood[1:]
        )
        return evidence

    def _log_draws(self, least: int, ceiling: int) -> NDArray[np.float64]:
        """Return log(perm(D, errors) * perm(N - D, correct)) for D in the span."""
        f, good = self._log_factorial, self.population - self.sampled + self.errors
        d = np.arange(least, ceiling + 1)
        return f[d] - f[d - self.errors] + f[self.population - d] - f[good - d]


def _log_weights(population: int) -> NDArray[np.float64]:
    """Return the log of the beta-binomial weights of 0 .. population errors."""
    a, b = _PRIOR
    d = np.arange(population + 1.0)
    choices = gammaln(population + 1) - gammaln(d + 1) - gammaln(population - d + 1)
    weights: NDArray[np.float64] = choices + betaln(d + a, population - d + b) - betaln(a, b)
    return weights
