"""The methods by name, each with what known answers teach it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from peritus.algorithms._codes import CodedJudgments, coded_judgments

from .confusion import ConfusionModel, Likelihood, OneCoin, Shrunk, modest_matrix
from .consensus import Consensus, majority
from .expectation import expectation_maximisation
from .gold import KnownAnswers, released
from .sums import Sums, sums_over
from .voting import weighted

SHRINKAGE = 4.0
"""Judgments that the pooled matrix weighs in each worker's row."""
POOLED_WEIGHT = 20.0
"""Judgments that modest skill weighs when the pooled matrix is learnt."""


def shrunk_model(judgments: CodedJudgments) -> Shrunk:
    """Learn the pooled matrix as if one worker had judged everything.

    Only items with two judgments or more teach it: a single vote agrees with
    itself, and would make everybody look perfect.
    """
    several = judgments.per_item[judgments.item] >= 2
    pooled_worker = replace(
        judgments,
        item=judgments.item[several],
        worker=np.zeros(np.count_nonzero(several), dtype=np.int64),
        label=judgments.label[several],
        n_workers=1,
    )
    modest = Shrunk(POOLED_WEIGHT * modest_matrix(judgments.n_labels))
    confusion = expectation_maximisation(pooled_worker, modest).confusion
    return Shrunk(SHRINKAGE * np.asarray(confusion, dtype=float)[0].T)


MODELS: dict[str, Callable[[CodedJudgments], ConfusionModel]] = {
    "dawid_skene_shrunk": shrunk_model,
    "dawid_skene": Likelihood,
    "one_coin": lambda _judgments: OneCoin(),
}
"""Methods that learn matrices, by how matrices follow from counts."""
METHODS = ("majority", "weighted_vote", *MODELS)


class Fits:
    """Fits of several methods to the same judgments, which are sorted once."""

    def __init__(self, judgments: CodedJudgments) -> None:
        self.judgments = judgments
        self._models: dict[str, ConfusionModel] = {}
        self._sums: Sums | None = None
        self._untaught: dict[str, Consensus] = {}

    def fit(self, method: str) -> Consensus:
        """Fit one method to judgments alone."""
        if method not in self._untaught:
            self._untaught[method] = self.taught(method, None)
        return self._untaught[method]

    def taught(self, method: str, gold: KnownAnswers | None) -> Consensus:
        """Fit one method. Gold teaches it how workers err, and overrules no judgment."""
        if method == "majority":
            return majority(self.judgments)
        if method == "weighted_vote":
            return weighted(self.judgments, gold)
        if method not in MODELS:
            raise ValueError(f"method must be auto, mixture, {', '.join(METHODS)}; got {method!r}")
        if method not in self._models:
            self._models[method] = MODELS[method](self.judgments)
        if self._sums is None:
            self._sums = sums_over(self.judgments)
        fitted = expectation_maximisation(
            self.judgments, self._models[method], held=gold, sums=self._sums
        )
        fitted = replace(fitted, method=method)
        return fitted if gold is None else released(fitted, gold)


def one_coin(
    item: ArrayLike,
    worker: ArrayLike,
    label: ArrayLike,
    *,
    n_items: int | None = None,
    n_workers: int | None = None,
    n_labels: int | None = None,
) -> Consensus:
    """Weigh each worker by one share of right answers learnt from the judgments alone.

    Parameters
    ----------
    item, worker, label : integer codes (n,), 0-based
        One entry per judgment; absent pairs are missing judgments.
    n_items, n_workers, n_labels : int, optional
        Sizes; max + 1 unless given. An empty input needs all three.

    Returns
    -------
    Consensus
        `confusion` has each worker's share on the diagonal and the rest spread
        alike; `log_likelihood` never falls.

    Raises
    ------
    ValueError
        As `majority_vote`.

    Notes
    -----
    Dawid-Skene with one parameter a worker, for sets where rows of a matrix
    would rest on a handful of judgments. Each iteration costs O(n labels).
    Source: Dawid & Skene (1979), Applied Statistics 28, 20-28, in the form of
    Zhang, Chen, Zhou & Jordan (2016), Journal of Machine Learning Research 17,
    section 2 ("one-coin").
    """
    sizes = {"n_items": n_items, "n_workers": n_workers, "n_labels": n_labels}
    return Fits(coded_judgments(item, worker, label, **sizes)).fit("one_coin")
