"""Shares with what their counts allow to say: intervals, differences, shrinking."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import beta, fisher_exact

Shares = NDArray[np.float64]


def exact_interval(
    count: ArrayLike, of: ArrayLike, *, confidence: float = 0.95
) -> tuple[Shares, Shares]:
    """Return the exact two-sided interval of a share.

    Parameters
    ----------
    count, of : whole numbers, broadcast to shape (...)
        Times it was so, and times it could have been; 0 <= count <= of.
    confidence : float in (0, 1)
        Least chance that the interval covers the true share. One look only.

    Returns
    -------
    low, high : float64 arrays, shape (...)
        Shares in [0, 1]; 0 and 1 where nothing was counted.

    Raises
    ------
    ValueError
        A count is not whole or out of range, or `confidence` is.

    Notes
    -----
    Source: Clopper & Pearson (1934), Biometrika 26, 404-413.
    """
    k, n = _counts(count, of)
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie in (0, 1), got {confidence}")
    tail = (1 - confidence) / 2
    low, high = np.zeros(k.shape), np.ones(k.shape)
    some, rest = k > 0, k < n
    low[some] = beta.ppf(tail, k[some], n[some] - k[some] + 1)
    high[rest] = beta.ppf(1 - tail, k[rest] + 1, n[rest] - k[rest])
    return low, high


def _counts(count: ArrayLike, of: ArrayLike) -> tuple[Shares, Shares]:
    k, n = np.broadcast_arrays(np.asarray(count, float), np.asarray(of, float))
    if not ((0 <= k) & (k <= n) & (k % 1 == 0) & (n % 1 == 0)).all():
        raise ValueError("count and of must be whole, 0 <= count <= of")
    return k, n


def chance_of_higher(one: tuple[int, int], other: tuple[int, int]) -> float:
    """Return how likely so much a higher share is where both are the same.

    Parameters
    ----------
    one, other : (count, of)
        Two samples, 0 <= count <= of.

    Returns
    -------
    float
        Exact one-sided p-value in (0, 1] that the first share is not higher;
        1 where either sample is empty.

    Raises
    ------
    ValueError
        A count is not whole or out of range.

    Notes
    -----
    Source: Fisher (1935), The Design of Experiments, section 21 (exact test).
    """
    _counts([one[0], other[0]], [one[1], other[1]])
    table = [[one[0], one[1] - one[0]], [other[0], other[1] - other[0]]]
    return float(fisher_exact(table, alternative="greater").pvalue)


def adjusted(chances: ArrayLike) -> Shares:
    """Return p-values adjusted for having looked at all of them.

    Parameters
    ----------
    chances : float array, shape (m,), in [0, 1]

    Returns
    -------
    float64 array, shape (m,)
        A value at or below a means: at level a for the whole family.

    Raises
    ------
    ValueError
        A value lies outside [0, 1].

    Notes
    -----
    Source: Holm (1979), Scandinavian Journal of Statistics 6, 65-70.
    """
    values = np.asarray(chances, dtype=np.float64)
    if not ((0 <= values) & (values <= 1)).all():
        raise ValueError("chances must lie in [0, 1]")
    order = np.argsort(values, kind="stable")
    steps = values[order] * np.arange(len(values), 0, -1)
    found = np.empty_like(values)
    found[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return found


@dataclass(frozen=True)
class ShrunkShares:
    """Shares of a group's members, each drawn towards the group's.

    Attributes
    ----------
    share, low, high : float64 arrays, shape (m,)
        Posterior mean and equal-tailed interval of each member, in [0, 1].
    weight : float64 array, shape (m,)
        Answers that the member's own record is worth today.
    group : float
        The share to which they are drawn, in (0, 1).
    """

    share: Shares
    low: Shares
    high: Shares
    weight: Shares
    group: float


def shrunk_shares(
    member: ArrayLike,
    right: ArrayLike,
    age_days: ArrayLike,
    *,
    half_life_days: float = 180.0,
    strength: float = 10.0,
    confidence: float = 0.95,
) -> ShrunkShares:
    """Estimate each member's share of right answers today.

    Parameters
    ----------
    member : int array, shape (n,)
        Whose answer it is, codes from 0.
    right : 0/1 array, shape (n,)
    age_days : float array, shape (n,), >= 0
        How old each answer is.
    half_life_days : float > 0
        After so many days an answer weighs half.
    strength : float > 0
        Answers that the group's share is worth for each member.
    confidence : float in (0, 1)
        Posterior chance of the interval.

    Returns
    -------
    ShrunkShares
        For members 0 .. max(member); empty where n is 0 (group 0.5).

    Raises
    ------
    ValueError
        Shapes differ, or a value is out of range.

    Notes
    -----
    A beta posterior on weighted counts; the prior's mean is the group's own
    weighted share with one right and one wrong answer added. O(n).
    Source: Efron & Morris (1975), JASA 70, 311-319 (shrinking towards the
    group); weights as in West & Harrison (1997), Bayesian Forecasting, 2.3.2.
    """
    codes = np.asarray(member, dtype=np.int64)
    hits, ages = np.asarray(right, dtype=np.float64), np.asarray(age_days, dtype=np.float64)
    if not (codes.ndim == 1 and codes.shape == hits.shape == ages.shape):
        raise ValueError("member, right and age_days must be one-dimensional and of one length")
    if not ((codes >= 0).all() and np.isin(hits, (0.0, 1.0)).all() and (ages >= 0).all()):
        raise ValueError("member must be codes from 0, right 0 or 1, age_days not negative")
    if not (half_life_days > 0 and strength > 0 and 0 < confidence < 1):
        raise ValueError("half_life_days and strength must be above 0, confidence in (0, 1)")
    weights = np.exp2(-ages / half_life_days)
    good = np.bincount(codes, weights * hits)
    all_of_them = np.bincount(codes, weights).astype(np.float64)
    group = float((good.sum() + 1) / (all_of_them.sum() + 2))
    a = strength * group + good
    b = strength * (1 - group) + all_of_them - good
    tail = (1 - confidence) / 2
    low, high = beta.ppf(tail, a, b), beta.ppf(1 - tail, a, b)
    return ShrunkShares(a / (a + b), low, high, all_of_them, group)
