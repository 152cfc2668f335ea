"""What judgments agree on, and the vote that is its simplest form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from peritus.algorithms._codes import CodedJudgments, Codes, coded_judgments

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Consensus:
    """The answer that judgments support, and how far.

    Attributes
    ----------
    labels : int64 (items,)
        Most probable label, ties to the lowest code; -1 without judgments.
    posterior : float64 (items, labels)
        Share of belief in each label; rows sum to 1.
    confusion : float64 (workers, labels, labels) or None
        Worker x true label x given label; rows sum to 1. A row that no
        judgment informs is uniform. None where the method has none.
    prevalence : float64 (labels,)
        Share of each label among items with judgments; uniform without any.
    log_likelihood : float64 (iterations,)
        Objective in nats after each full iteration; empty for votes and mixtures.
    converged : bool
        False when iterations ran out before the objective settled.
    method : str
        The method that stands, by its name in `aggregate`.
    judgments : CodedJudgments
        What was aggregated, as it was passed; `Stream` goes on from it.
    weights : mapping of str to float
        Share of each method in a mixture; empty for one method.
    """

    labels: Codes
    posterior: Floats
    confusion: Floats | None
    prevalence: Floats
    log_likelihood: Floats
    converged: bool
    method: str
    judgments: CodedJudgments = field(repr=False)
    weights: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def part(self) -> Codes:
        """The part of the work that each belongs to (workers,); -1 without judgments.

        Workers of two parts share no item, not even through others: judgments
        cannot tell who of them is better, nor whether their labels mean the
        same. A part of one worker was checked by nobody.
        """
        return parts_of(self.judgments)


def majority_vote(
    item: ArrayLike,
    worker: ArrayLike,
    label: ArrayLike,
    *,
    n_items: int | None = None,
    n_workers: int | None = None,
    n_labels: int | None = None,
) -> Consensus:
    """Give each item the label that most of its workers chose.

    Parameters
    ----------
    item, worker, label : integer codes (n,), 0-based
        One entry per judgment; absent pairs are missing judgments.
    n_items, n_workers, n_labels : int, optional
        Sizes; max + 1 unless given. An empty input needs all three.

    Returns
    -------
    Consensus
        `posterior` holds vote shares, `confusion` is None. Cost O(n log n).

    Raises
    ------
    ValueError
        A code is out of range, a pair (item, worker) comes twice, or the input
        is empty without sizes.
    """
    sizes = {"n_items": n_items, "n_workers": n_workers, "n_labels": n_labels}
    return majority(coded_judgments(item, worker, label, **sizes))


def parts_of(judgments: CodedJudgments) -> Codes:
    """Give each worker the number of its connected part, parts by their first worker."""
    size = judgments.n_workers + judgments.n_items
    edges = (np.ones(len(judgments)), (judgments.worker, judgments.n_workers + judgments.item))
    _, part = connected_components(sparse.coo_array(edges, shape=(size, size)), directed=False)
    judged = np.flatnonzero(np.bincount(judgments.worker, minlength=judgments.n_workers))
    numbers = np.full(judgments.n_workers, -1, dtype=np.int64)
    _, first, number = np.unique(part[judged], return_index=True, return_inverse=True)
    numbers[judged] = np.argsort(np.argsort(first))[number]
    return numbers


def majority(judgments: CodedJudgments) -> Consensus:
    return shared_consensus(judgments, vote_shares(judgments), method="majority")


def shared_consensus(
    judgments: CodedJudgments, posterior: Floats, *, method: str, converged: bool = True
) -> Consensus:
    """Settle shares of belief that come without matrices and an objective."""
    prevalence = prevalence_of(posterior, judgments)
    return settled_consensus(
        judgments,
        posterior,
        None,
        prevalence,
        log_likelihood=[],
        converged=converged,
        method=method,
    )


def vote_shares(judgments: CodedJudgments) -> Floats:
    cell = judgments.item * judgments.n_labels + judgments.label
    votes = np.bincount(cell, minlength=judgments.n_items * judgments.n_labels)
    shares = votes.reshape(judgments.n_items, judgments.n_labels).astype(float)
    return shares / np.maximum(judgments.per_item, 1)[:, None]


def prevalence_of(posterior: Floats, judgments: CodedJudgments) -> Floats:
    judged = judgments.per_item > 0
    if not judged.any():
        return np.full(judgments.n_labels, 1 / max(judgments.n_labels, 1))
    shares: Floats = posterior[judged].mean(axis=0)
    return shares


def settled_consensus(
    judgments: CodedJudgments,
    posterior: Floats,
    confusion: Floats | None,
    prevalence: Floats,
    *,
    log_likelihood: list[float],
    converged: bool,
    method: str,
) -> Consensus:
    """Settle what items without judgments get: -1 and the prevalence.

    Where there are none, `posterior` itself is kept: it must be the caller's to give.
    """
    judged = judgments.per_item > 0
    labels = posterior.argmax(axis=1)
    if not judged.all():
        posterior = np.where(judged[:, None], posterior, prevalence)
        labels[~judged] = -1
    history = np.array(log_likelihood, dtype=float)
    return Consensus(
        labels, posterior, confusion, prevalence, history, converged, method, judgments
    )
