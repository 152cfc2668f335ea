"""How often each two judges give the same answer where both gave one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from peritus.algorithms._codes import Codes, coded_judgments


@dataclass(frozen=True, eq=False)
class Pairwise:
    """Agreement of each two of W judges, not corrected for chance.

    Attributes
    ----------
    share : float64, shape (W, W)
        Of the items that both judged, the share with the same answer, in
        [0, 1]; NaN where they share none. Symmetric, 1 on the diagonal.
    items : int64, shape (W, W)
        Items that both judged; on the diagonal, items that one judged.
    """

    share: NDArray[np.float64]
    items: Codes

    @property
    def value(self) -> float:
        """Share of all pairs of answers to one item that are equal; NaN without a pair."""
        above = np.triu_indices(len(self.items), 1)
        pairs = self.items[above]
        if not pairs.sum():
            return float("nan")
        return float(np.nansum(self.share[above] * pairs) / pairs.sum())


def pairwise_agreement(
    item: ArrayLike, worker: ArrayLike, value: ArrayLike, *, n_workers: int | None = None
) -> Pairwise:
    """Return how often each two judges agree, with the items that they share.

    Parameters
    ----------
    item, worker, value : integer codes, shape (n,)
        One judgment each, 0-based; at most one of a worker on an item.
    n_workers : int, optional
        W; by default one more than the largest code.

    Returns
    -------
    Pairwise
        Both of its arrays have the shape (W, W).

    Raises
    ------
    ValueError
        Lengths differ, a code is negative or above its size, a worker judged
        an item twice, or nothing came.

    Notes
    -----
    A sparse product for each value: O(values · W² + pairs of judgments).
    Source: Cohen (1960), Educational and Psychological Measurement 20, 37-46,
    whose observed agreement this is, for every two judges.
    """
    given = coded_judgments(item, worker, value, n_workers=n_workers)
    common = _both(given.item, given.worker, (given.n_items, given.n_workers))
    same = np.zeros_like(common)
    for code in range(given.n_labels):  # values are few, judgments many
        mine = given.label == code
        same += _both(given.item[mine], given.worker[mine], (given.n_items, given.n_workers))
    share = np.where(common > 0, same / np.maximum(common, 1), np.nan)
    return Pairwise(share, common)


def _both(item: Codes, worker: Codes, shape: tuple[int, int]) -> Codes:
    """Count for each two workers the items that both stand beside, shape (W, W)."""
    ones = np.ones(len(item), dtype=np.int64)
    beside = sparse.csr_array((ones, (item, worker)), shape=shape)
    counted: Codes = (beside.T @ beside).toarray()
    return counted
