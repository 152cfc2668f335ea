"""Votes that count by how often their worker goes with the others."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from peritus.algorithms._codes import CodedJudgments, coded_judgments

from .confusion import MODEST_SKILL
from .consensus import Consensus, Floats, shared_consensus, vote_shares
from .gold import KnownAnswers

MODEST_WEIGHT = 4.0
"""Judgments that modest skill weighs in a worker's share of agreement."""
MOST_ROUNDS = 100
SETTLED = 1e-9


def weighted_vote(
    item: ArrayLike,
    worker: ArrayLike,
    label: ArrayLike,
    *,
    n_items: int | None = None,
    n_workers: int | None = None,
    n_labels: int | None = None,
) -> Consensus:
    """Count each vote by how far its worker agrees with the outcome beyond chance.

    Parameters
    ----------
    item, worker, label : integer codes (n,), 0-based
        One entry per judgment; absent pairs are missing judgments.
    n_items, n_workers, n_labels : int, optional
        Sizes; max + 1 unless given. An empty input needs all three.

    Returns
    -------
    Consensus
        `posterior` holds shares of the weighted votes, `confusion` is None.
        `converged` is False if shares still moved after 100 rounds. Cost O(n)
        for each round.

    Raises
    ------
    ValueError
        As `majority_vote`.

    Notes
    -----
    A worker's weight is labels x agreement - 1, at least 0, with agreement
    drawn to 3/4 by the weight of 4 judgments; votes and weights are found in
    turn. Where nobody's vote weighs anything, votes count alike.
    Source: Li & Yu (2014), Error Rate Bounds and Iterative Weighted Majority
    Voting for Crowdsourcing, arXiv:1411.4086, algorithm 1; its agreement with
    the winning label is taken as agreement with the shares.
    """
    sizes = {"n_items": n_items, "n_workers": n_workers, "n_labels": n_labels}
    return weighted(coded_judgments(item, worker, label, **sizes), None)


def weighted(judgments: CodedJudgments, gold: KnownAnswers | None) -> Consensus:
    """Weigh votes; agreement on gold items is agreement with their answers."""
    votes = shares = vote_shares(judgments)
    converged = False
    for _ in range(MOST_ROUNDS):
        before = shares
        shares = _reweighted(judgments, _agreement(judgments, shares, gold), votes)
        converged = bool(np.abs(shares - before).max(initial=0.0) <= SETTLED)
        if converged:
            break
    return shared_consensus(judgments, shares, method="weighted_vote", converged=converged)


def _agreement(judgments: CodedJudgments, shares: Floats, gold: KnownAnswers | None) -> Floats:
    """Return how often each worker (workers,) goes with the shares, drawn to 3/4."""
    if gold is not None:
        shares = shares.copy()
        shares[gold[0]] = np.eye(judgments.n_labels)[gold[1]]
    agreed = np.bincount(
        judgments.worker,
        weights=shares[judgments.item, judgments.label],
        minlength=judgments.n_workers,
    )
    n = np.bincount(judgments.worker, minlength=judgments.n_workers)
    agreement: Floats = (agreed + MODEST_WEIGHT * MODEST_SKILL) / (n + MODEST_WEIGHT)
    return agreement


def _reweighted(judgments: CodedJudgments, agreement: Floats, votes: Floats) -> Floats:
    weight = np.maximum(judgments.n_labels * agreement - 1, 0)
    cell = judgments.item * judgments.n_labels + judgments.label
    weighed = np.bincount(cell, weights=weight[judgments.worker], minlength=votes.size)
    table = weighed.reshape(votes.shape)
    total = table.sum(axis=1, keepdims=True)
    some = total > 0
    return np.where(some, table / np.where(some, total, 1), votes)
