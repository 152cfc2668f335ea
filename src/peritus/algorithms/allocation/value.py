"""What further judgments are expected to be worth, before they are bought."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, xlogy

from peritus.algorithms._codes import Codes

from .state import Floats


@dataclass(frozen=True, eq=False)
class Rivals:
    """The two answers that an item hangs between, and the odds.

    Attributes
    ----------
    first, second : int64 (items,)
        Most and second most probable label.
    error : float64 (items,)
        Chance that the first is wrong.
    """

    first: Codes
    second: Codes
    error: Floats


def rivals(posterior: Floats) -> Rivals:
    order = np.argsort(-posterior, axis=1, kind="stable")
    second = order[:, min(1, posterior.shape[1] - 1)]
    error = 1 - posterior.max(axis=1)
    return Rivals(order[:, 0], second, np.clip(error, 0, 1))


@dataclass(frozen=True, eq=False)
class Evidence:
    """Mean and variance of the evidence that one judgment of a worker brings.

    Both (workers, labels, labels): for true label a against rival b, of
    log M[a, given] - log M[b, given] when the truth is a.
    """

    mean: Floats
    variance: Floats


def evidence(matrices: Floats) -> Evidence:
    """Tabulate evidence, cost O(workers labels^3)."""
    logs = np.log(matrices)
    ratio = logs[:, :, None, :] - logs[:, None, :, :]
    mean = np.einsum("wag,wabg->wab", matrices, ratio)
    square = np.einsum("wag,wabg->wab", matrices, ratio**2)
    return Evidence(mean, square - mean**2)


@dataclass(frozen=True, eq=False)
class Outlook:
    """Sums of evidence over the judgments that an item may still get, (items,) each."""

    mean_first: Floats
    variance_first: Floats
    mean_second: Floats
    variance_second: Floats

    def plus(self, other: Outlook) -> Outlook:
        """Add up two outlooks of the same items."""
        return Outlook(
            self.mean_first + other.mean_first,
            self.variance_first + other.variance_first,
            self.mean_second + other.mean_second,
            self.variance_second + other.variance_second,
        )

    def times(self, factor: Floats | Codes) -> Outlook:
        """Scale to another number of judgments of the same kind."""
        return Outlook(
            self.mean_first * factor,
            self.variance_first * factor,
            self.mean_second * factor,
            self.variance_second * factor,
        )


def outlook(pairs: tuple[Codes, Codes], odds: Rivals, table: Evidence) -> Outlook:
    """Sum up what pairs (items, workers) would bring, cost O(pairs)."""
    item, worker = pairs
    first, second = odds.first[item], odds.second[item]
    n_items = len(odds.error)

    def total(values: Floats) -> Floats:
        return np.bincount(item, values, n_items).astype(float)

    return Outlook(
        total(table.mean[worker, first, second]),
        total(table.variance[worker, first, second]),
        total(table.mean[worker, second, first]),
        total(table.variance[worker, second, first]),
    )


def error_after(odds: Rivals, ahead: Outlook) -> Floats:
    """Expect the error that is left once the judgments ahead have come in.

    The log odds of the two rivals are taken as normal, all other labels as
    part of the second. Never above the present error.
    """
    second = np.clip(odds.error, 1e-12, 1 - 1e-12)
    start = np.log1p(-second) - np.log(second)
    tiny = 1e-12
    lose_first = ndtr(-(start + ahead.mean_first) / np.sqrt(ahead.variance_first + tiny))
    keep_first = ndtr((start - ahead.mean_second) / np.sqrt(ahead.variance_second + tiny))
    left = (1 - second) * lose_first + second * keep_first
    least: Floats = np.minimum(left, odds.error)
    return least


def information(posterior: Floats, matrices: Floats, pairs: tuple[Codes, Codes]) -> Floats:
    """Expect how many nats one judgment of each pair tells about its item.

    Mutual information of label and judgment, shape (pairs,). Cost
    O(pairs labels + items labels^2 workers).
    """
    items, item = np.unique(pairs[0], return_inverse=True)
    worker, belief = pairs[1], posterior[items]
    n_workers, n_labels = matrices.shape[:2]
    given = belief @ matrices.transpose(1, 0, 2).reshape(n_labels, -1)
    given = given.reshape(-1, n_workers, n_labels)[item, worker]
    noise = belief @ -xlogy(matrices, matrices).sum(axis=2).T
    told: Floats = -xlogy(given, given).sum(axis=1) - noise[item, worker]
    return told
