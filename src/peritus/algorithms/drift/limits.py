"""Exact limits of a control chart whose reference rate was itself measured."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import hypergeom

Counts = NDArray[np.int64]


def control_limits(
    measured: ArrayLike, reference: tuple[int, int], *, confidence: float = 0.99
) -> tuple[Counts, Counts]:
    """Return the counts between which a group stays while nothing changed.

    Parameters
    ----------
    measured : int array, shape (g,)
        Answers in each group, each at least 1.
    reference : (int, int)
        Right answers and answers in the reference period, 0 <= right <= n, n >= 1.
    confidence : float in (0, 1)
        Least chance, for one group, to stay within both limits.

    Returns
    -------
    lower, upper : int64 arrays, shape (g,)
        The least and the most right answers that are no signal; a group with
        fewer than `lower` signals a fall. 0 and `measured` where none could.

    Raises
    ------
    ValueError
        A count is not whole or out of range, or `confidence` is.

    Notes
    -----
    Prediction limits: given the right answers of both periods together, those
    of the group are hypergeometric whatever the rate is, so the chance of a
    false signal on either side is at most (1 - confidence) / 2 for every rate,
    the reference's own error included. Binomial limits around an estimated
    rate are too narrow. O(sum of measured) evaluations.
    Source: Thatcher (1964), Journal of the Royal Statistical Society B 26,
    176-192, section 2.
    """
    sizes = np.asarray(measured)
    right, n = reference
    if sizes.ndim != 1 or not np.all(sizes == np.floor(sizes)) or np.any(sizes < 1):
        raise ValueError(f"measured must be whole numbers from 1 in a row; got {measured!r}")
    if not (0 <= right <= n and n >= 1 and right == int(right) and n == int(n)):
        raise ValueError(f"reference must be (right, n) with 0 <= right <= n; got {reference}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie in (0, 1), got {confidence}")
    pairs = {int(size): _limits(int(size), right, n, (1 - confidence) / 2) for size in sizes}
    lower = np.array([pairs[int(size)][0] for size in sizes], dtype=np.int64)
    upper = np.array([pairs[int(size)][1] for size in sizes], dtype=np.int64)
    return lower, upper


def _limits(size: int, right: int, n: int, allowance: float) -> tuple[int, int]:
    counts = np.arange(size + 1)
    below = hypergeom.cdf(counts, size + n, counts + right, size)
    above = hypergeom.sf(counts - 1, size + n, counts + right, size)
    return int(np.argmax(below > allowance)), int(size - np.argmax(above[::-1] > allowance))
