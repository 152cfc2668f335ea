"""Expectation and maximisation over all judgments at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from peritus.algorithms._codes import CodedJudgments, Codes, sized_judgments

from .confusion import Clipped, ConfusionModel, Likelihood
from .consensus import Consensus, Floats, settled_consensus
from .sums import Step, Sums, sums_over


def dawid_skene(
    item: ArrayLike,
    worker: ArrayLike,
    label: ArrayLike,
    *,
    iterations: int = 100,
    tolerance: float = 1e-6,
    compat: bool = False,
    n_items: int | None = None,
    n_workers: int | None = None,
    n_labels: int | None = None,
) -> Consensus:
    """Weigh each worker by a confusion matrix learnt from the judgments alone.

    Parameters
    ----------
    item, worker, label : integer codes (n,), 0-based
        One entry per judgment; absent pairs are missing judgments.
    iterations : int >= 1
        Most EM iterations, begun at the vote shares.
    tolerance : float
        Converged when an iteration adds at most this many nats per judgment;
        a negative one never stops early.
    compat : bool
        Answer as crowd-kit 1.4.2 does after the same number of iterations:
        counts clipped at 1e-10 over the labels that a worker used, and
        matrices one step ahead of the posterior.
    n_items, n_workers, n_labels : int, optional
        Sizes; max + 1 unless given. An empty input needs all three.

    Returns
    -------
    Consensus
        `log_likelihood` is that of the returned matrices and prevalence at its
        last entry, and never falls (with `compat`, but for the clipping).

    Raises
    ------
    ValueError
        As `majority_vote`, or `iterations` is below 1.

    Notes
    -----
    Each iteration costs O(n labels). Products are taken in logs: they underflow
    from some forty judgments an item on.
    Source: Dawid & Skene (1979), Applied Statistics 28, 20-28.
    """
    sizes = {"n_items": n_items, "n_workers": n_workers, "n_labels": n_labels}
    judgments = sized_judgments(item, worker, label, **sizes)
    sums = sums_over(judgments)
    sums.refuse_duplicates()
    model = Clipped(judgments) if compat else Likelihood(judgments)
    return expectation_maximisation(
        judgments,
        model,
        iterations=iterations,
        tolerance=tolerance,
        matrices_ahead=compat,
        sums=sums,
    )


def expectation_maximisation(
    judgments: CodedJudgments,
    model: ConfusionModel,
    *,
    iterations: int = 100,
    tolerance: float = 1e-6,
    matrices_ahead: bool = False,
    held: tuple[Codes, Codes] | None = None,
    sums: Sums | None = None,
    begin: Step | None = None,
) -> Consensus:
    """Iterate to a stationary point of the model's objective.

    An iteration fits matrices to the posterior, then the posterior to them, so
    that all that is returned belongs together. With `matrices_ahead` the
    matrices are fitted once more to the last posterior. Items of `held` keep
    their label whatever is judged. `sums` are those of the judgments, where
    they are there already; the iteration begins at `begin`, else at the votes.
    """
    if iterations < 1:
        raise ValueError(f"at least one iteration is needed, got {iterations}")
    sums = sums_over(judgments) if sums is None else sums
    held_labels = _label_of_each(held, judgments)
    found = sums.begin(held_labels) if begin is None else begin
    judged = max(int(np.count_nonzero(judgments.per_item)), 1)
    steps = iterations + 1 if matrices_ahead else iterations
    history: list[float] = []
    before = fitted = _fitted(model, found, judged)
    while True:
        found = sums.step(*fitted, held_labels)
        history.append(found.log_likelihood + model.log_prior(fitted[0]))
        gain = history[-1] - history[-2] if len(history) > 1 else np.inf
        converged = gain <= tolerance * max(len(judgments), 1)
        if converged or len(history) == steps:
            break
        before, fitted = fitted, _fitted(model, found, judged)
    matrices, prevalence = fitted
    if matrices_ahead:
        found = sums.step(*before, held_labels)
        history = history[1:]
    return settled_consensus(
        judgments,
        found.posterior,
        matrices.transpose(0, 2, 1),
        prevalence,
        log_likelihood=history,
        converged=bool(converged),
        method="dawid_skene",
    )


def _fitted(model: ConfusionModel, found: Step, judged: int) -> tuple[Floats, Floats]:
    if not found.totals.any():
        prevalence = np.full(len(found.totals), 1 / max(len(found.totals), 1))
    else:
        prevalence = found.totals / judged
    return model.matrices(found.counts), prevalence


def _label_of_each(given: tuple[Codes, Codes] | None, judgments: CodedJudgments) -> Codes | None:
    if given is None:
        return None
    labels = np.full(judgments.n_items, -1, dtype=np.int64)
    labels[given[0]] = given[1]
    return labels
