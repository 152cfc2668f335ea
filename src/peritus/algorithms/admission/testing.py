"""Test that a mean of -1, 0 and 1 lies below an allowance."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, t

Method = Literal["exact", "t"]
NUISANCE = 1e-3
"""Chance that is set aside for not knowing how often the two differ at all."""
_LAWS = 65


def excess_p_value(
    difference: NDArray[np.int64], epsilon: float, method: Method = "exact"
) -> float:
    """Return the p-value of "the mean is `epsilon` or more", against "it is less".

    Parameters
    ----------
    difference : int64, shape (n,)
        One of -1, 0, 1 for each item; n >= 2.
    epsilon : float in [0, 1)
        The allowance.
    method : {"exact", "t"}
        "t" is Student's test. "exact" is the largest chance of as small a sum
        over all trinomial laws with that mean whose share of items that are
        not 0 lies in a 99.9 % interval (65 of them, evenly), plus the 0.1 % outside.

    Returns
    -------
    float
        In [0, 1]. Of "exact", P(p <= a) <= a at every n and a.

    Raises
    ------
    ValueError
        `method` is none of the two.

    Notes
    -----
    Source: Berger & Boos (1994), JASA 89, 1012-1016 (largest p-value over an
    interval of the nuisance parameter); Clopper & Pearson (1934) for that.
    """
    if method not in {"exact", "t"}:
        raise ValueError(f"method must be exact or t, got {method!r}")
    n, total = len(difference), int(difference.sum())
    if method == "t":
        return _student(difference, epsilon)
    low, high = _interval(int(np.count_nonzero(difference)), n)
    low = max(low, epsilon)  # a mean of epsilon needs as many items that differ
    if low > high:
        return NUISANCE
    differing = np.linspace(low, high, _LAWS)
    up, down = (differing + epsilon) / 2, (differing - epsilon) / 2
    return min(1.0, float(_sum_at_most(total, n, up, down).max()) + NUISANCE)


def _student(difference: NDArray[np.int64], epsilon: float) -> float:
    spread = float(difference.std(ddof=1))
    away = float(difference.mean()) - epsilon
    if spread == 0:
        return float(away >= 0)
    return float(t.cdf(away / (spread / np.sqrt(len(difference))), len(difference) - 1))


def _interval(k: int, n: int) -> tuple[float, float]:
    low = float(beta.ppf(NUISANCE / 2, k, n - k + 1)) if k else 0.0
    high = float(beta.ppf(1 - NUISANCE / 2, k + 1, n - k)) if k < n else 1.0
    return low, high


def _sum_at_most(
    total: int, n: int, up: NDArray[np.float64], down: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return P(sum of n draws <= total) under each law, by its characteristic function.

    The sum lies in -n..n, so 2n + 1 frequencies give its law without aliasing.
    """
    turn = np.exp(2j * np.pi * np.arange(2 * n + 1) / (2 * n + 1))
    law = (1 - up - down)[:, None] + up[:, None] * turn + down[:, None] / turn
    # Shifted by n, so that the first n + total + 1 places are the sums up to total.
    chances = np.fft.fft(law**n * turn**n, axis=1).real / (2 * n + 1)
    return np.asarray(chances[:, : n + total + 1].sum(axis=1).clip(0, 1))
