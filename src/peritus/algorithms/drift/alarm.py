"""A change alarm that may be looked at after every answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

WORSE = (1.5, 2.0, 3.0, 5.0)  # times the reference's odds of a wrong answer


@dataclass(frozen=True)
class ChangeAlarm:
    """What a sequence of answers says about a fall below the reference rate.

    Attributes
    ----------
    log_evidence : float64 array, shape (n,)
        Natural logarithm of the evidence after each answer.
    threshold : float
        The alarm is given when `log_evidence` reaches it first: log(every).
    at : int or None
        Answers seen when the alarm was given, from 1; None without an alarm.
    since : int or None
        The answer, from 1, at which the fall most likely began.
    """

    log_evidence: NDArray[np.float64]
    threshold: float
    at: int | None
    since: int | None


def change_alarm(right: ArrayLike, *, reference: float, every: float = 200.0) -> ChangeAlarm:
    """Watch for a fall of the rate of right answers below a reference.

    Parameters
    ----------
    right : bool or 0/1 array, shape (n,)
        Whether each answer was right, in the order given; may be empty.
    reference : float in (0, 1)
        The rate that is still good.
    every : float > 1
        While every answer is right with a chance of at least `reference`, given
        all answers before, an alarm comes on average after `every` answers or
        more; the chance of one within the first m answers is at most m / every.

    Returns
    -------
    ChangeAlarm

    Raises
    ------
    ValueError
        `right` is not one-dimensional or has values other than 0 and 1 (NaN
        included), or `reference` or `every` is out of range.

    Notes
    -----
    Mixture of Shiryaev-Roberts e-detectors: for each alternative q < reference
    the likelihood ratio of one answer has a mean of at most 1 whenever its
    chance to be right is `reference` or more, so the sum over all moments of
    change minus n is a supermartingale. That needs neither independent answers
    nor a known rate, which a Bernoulli CUSUM with an average run length from a
    Markov chain does; the price is a longer delay. O(n).
    Source: Shin, Ramdas & Rinaldo (2023), E-detectors, New England Journal of
    Statistics in Data Science 2, sections 2.3 and 3 (theorem 2.4); m / every
    by Markov's inequality at the alarm.
    """
    given = np.asarray(right, dtype=np.float64)
    if given.ndim != 1 or not np.isin(given, (0.0, 1.0)).all():
        raise ValueError("right must be one-dimensional, 0 or 1 for each answer")
    if not 0 < reference < 1:
        raise ValueError(f"reference must lie in (0, 1), got {reference}")
    if not every > 1:
        raise ValueError(f"every must be above 1, got {every}")
    walks = _log_likelihood_ratios(given, reference)
    evidence = _log_mean(walks[1:] + np.logaddexp.accumulate(-walks[:-1], axis=0))
    threshold = float(np.log(every))
    reached = np.flatnonzero(evidence >= threshold)
    if not reached.size:
        return ChangeAlarm(evidence, threshold, None, None)
    at = int(reached[0]) + 1
    since = int(np.argmax(_log_mean(walks[at] - walks[:at]))) + 1
    return ChangeAlarm(evidence, threshold, at, since)


def _log_likelihood_ratios(right: NDArray[np.float64], reference: float) -> NDArray[np.float64]:
    """Return the sums over the first 0, 1, ... answers, one column an alternative."""
    odds = (1 - reference) / reference * np.array(WORSE)
    worse = 1 / (1 + odds)
    hit, miss = np.log(worse / reference), np.log((1 - worse) / (1 - reference))
    steps = right[:, None] * hit + (1 - right[:, None]) * miss
    return np.vstack([np.zeros((1, len(WORSE))), np.cumsum(steps, axis=0)])


def _log_mean(logs: NDArray[np.float64]) -> NDArray[np.float64]:
    mean: NDArray[np.float64] = np.logaddexp.reduce(logs, axis=1) - np.log(logs.shape[1])
    return mean
