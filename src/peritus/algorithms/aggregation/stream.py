"""Judgments that arrive one by one, between two fits to all of them."""

from __future__ import annotations

import operator
from typing import SupportsIndex

import numpy as np

from peritus.algorithms._codes import CodedJudgments

from .consensus import Consensus, Floats, settled_consensus
from .methods import MODELS, Fits, shrunk_model
from .rows import Rows, lengthened
from .sums import expected_counts

LARGEST_CODE = 100_000_000
"""Codes count from 0 without large gaps: tables are as long as the largest one."""


class Stream:
    """Go on from a consensus as judgments arrive, and fit all of them when asked.

    `add` weighs the judgments of one item anew and lets the skill of its
    experts follow; `sweep` fits everything, to what the batch says of the same
    judgments.

    Parameters
    ----------
    consensus : Consensus
        Where to go on from. Items and workers may grow beyond its sizes, labels
        may not: one of no judgments is made with `n_labels`.

    Notes
    -----
    Between sweeps each expert's matrix is drawn towards the pooled one of the
    last fit with the weight of 4 judgments, whatever the method, and the
    prevalence towards equal shares with the weight of one item: a newcomer's
    first vote counts as anybody's. `sweep` fits the consensus's own method, or
    shrunk Dawid-Skene where that has no matrices. Gold is not carried on.
    Source: Neal & Hinton (1998), A View of the EM Algorithm that Justifies
    Incremental, Sparse, and Other Variants, section 3: one item at a time,
    with expected counts that stay exact.
    """

    def __init__(self, consensus: Consensus) -> None:
        known = consensus.method in MODELS
        self._method = consensus.method if known else "dawid_skene_shrunk"
        judgments = consensus.judgments
        self._n_labels = judgments.n_labels
        self._arrived = np.stack([judgments.item, judgments.worker, judgments.label], axis=1)
        self._n = len(judgments)
        cells = judgments.worker * judgments.n_labels + judgments.label
        self._of_item = Rows(judgments.item, cells, judgments.n_items)
        self._go_on_from(consensus)

    def __len__(self) -> int:
        return self._n

    def add(self, item: SupportsIndex, worker: SupportsIndex, label: SupportsIndex) -> Floats:
        """Take one judgment; return the belief in each label of its item (labels,).

        Raises
        ------
        ValueError
            A code is no whole number in its range, or the worker has judged the
            item. Nothing has changed then.

        Notes
        -----
        Cost O(judgments of the item x labels^2), but for arrays that double now
        and then.
        """
        i = _code("item", item, LARGEST_CODE)
        w = _code("worker", worker, LARGEST_CODE)
        g = _code("label", label, self._n_labels)
        if i < self._n_items and (self._of_item[i] // self._n_labels == w).any():
            raise ValueError(
                f"worker {w} judged item {i} more than once: pass only the judgment that stands"
            )
        self._make_room(i, w)
        self._arrived[self._n] = (i, w, g)
        self._n += 1
        self._of_item.append(i, w * self._n_labels + g)
        return self._weigh(i)

    def sweep(self) -> Consensus:
        """Fit all judgments to convergence, go on from there, and return the fit.

        It begins at the vote shares, not at what `add` has come to: the answer
        is the batch's, whatever the order in which judgments arrived. Cost as
        the batch's, O(judgments x labels) for each iteration.
        """
        fitted = Fits(self._judgments()).fit(self._method)
        self._go_on_from(fitted)
        return fitted

    @property
    def consensus(self) -> Consensus:
        """What the judgments so far support, without a new fit; O(items + workers)."""
        matrices = self._model.matrices(self._counts[: self._n_workers])
        return settled_consensus(
            self._judgments(),
            self._posterior[: self._n_items].copy(),
            matrices.transpose(0, 2, 1),
            self._prevalence(),
            log_likelihood=[],
            converged=False,
            method=self._method,
        )

    def _go_on_from(self, fitted: Consensus) -> None:
        judgments = fitted.judgments
        self._n_items, self._n_workers = judgments.n_items, judgments.n_workers
        self._model = shrunk_model(judgments)
        judged = judgments.per_item > 0
        self._posterior = np.where(judged[:, None], fitted.posterior, 0.0)
        self._totals = self._posterior.sum(axis=0)
        self._counts = expected_counts(judgments, self._posterior)

    def _judgments(self) -> CodedJudgments:
        item, worker, label = np.ascontiguousarray(self._arrived[: self._n].T)
        return CodedJudgments(item, worker, label, self._n_items, self._n_workers, self._n_labels)

    def _make_room(self, item: int, worker: int) -> None:
        self._n_items = max(self._n_items, item + 1)
        self._n_workers = max(self._n_workers, worker + 1)
        self._arrived = lengthened(self._arrived, self._n + 1)
        self._posterior = lengthened(self._posterior, self._n_items)
        self._counts = lengthened(self._counts, self._n_workers)

    def _weigh(self, item: int) -> Floats:
        """Weigh one item's judgments, and move its share of the expected counts."""
        cells = self._of_item[item]
        worker, given = np.divmod(cells, self._n_labels)
        before = self._posterior[item].copy()
        matrices = self._model.matrices(self._counts[worker])
        joint = np.log(matrices[np.arange(len(cells)), given]).sum(axis=0)
        joint += np.log(self._prevalence())
        weight = np.exp(joint - joint.max())
        now: Floats = weight / weight.sum()
        moved = now - before
        self._counts[worker[:-1], given[:-1]] += moved
        self._counts[worker[-1], given[-1]] += now
        self._totals += moved
        self._posterior[item] = now
        return now

    def _prevalence(self) -> Floats:
        prevalence: Floats = (self._totals + 1 / self._n_labels) / (self._totals.sum() + 1)
        return prevalence


def _code(name: str, value: SupportsIndex, size: int) -> int:
    try:
        code = operator.index(value)
    except TypeError:
        raise ValueError(f"{name} must be a whole number, got {value!r}") from None
    if not 0 <= code < size:
        raise ValueError(f"{name} codes must lie in 0..{size - 1}, got {code}")
    return code
