"""Expectation and maximisation over all judgments at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from peritus.algorithms._codes import CodedJudgments, Codes, coded_judgments

from .confusion import Clipped, ConfusionModel, Likelihood
from .consensus import Consensus, Floats, prevalence_of, settled_consensus, vote_shares


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
    judgments = coded_judgments(item, worker, label, **sizes)
    model = Clipped(judgments) if compat else Likelihood(judgments)
    return expectation_maximisation(
        judgments, model, iterations=iterations, tolerance=tolerance, matrices_ahead=compat
    )


class _Incidence:
    """Sums over judgments as sparse products: (worker, given) x item."""

    def __init__(self, judgments: CodedJudgments) -> None:
        self.shape = (judgments.n_workers, judgments.n_labels, judgments.n_labels)
        cells = judgments.n_workers * judgments.n_labels
        row = judgments.worker * judgments.n_labels + judgments.label
        ones = np.ones(len(judgments))
        self.by_cell = sparse.csr_array(
            (ones, (row, judgments.item)), shape=(cells, judgments.n_items)
        )
        self.by_item = self.by_cell.T.tocsr()

    def expected_counts(self, posterior: Floats) -> Floats:
        counts: Floats = self.by_cell @ posterior
        return counts.reshape(self.shape)

    def log_evidence(self, log_matrices: Floats) -> Floats:
        evidence: Floats = self.by_item @ log_matrices.reshape(-1, self.shape[2])
        return evidence


def expectation_maximisation(
    judgments: CodedJudgments,
    model: ConfusionModel,
    *,
    iterations: int = 100,
    tolerance: float = 1e-6,
    matrices_ahead: bool = False,
    gold: tuple[Codes, Codes] | None = None,
    held: tuple[Codes, Codes] | None = None,
) -> Consensus:
    """Iterate to a stationary point of the model's objective.

    An iteration fits matrices to the posterior, then the posterior to them, so
    that all that is returned belongs together. With `matrices_ahead` the
    matrices are fitted once more to the last posterior. The iteration begins
    at `gold`; items of `held` keep their label whatever is judged.
    """
    if iterations < 1:
        raise ValueError(f"at least one iteration is needed, got {iterations}")
    incidence = _Incidence(judgments)
    posterior = _starting_posterior(judgments, held or gold)
    steps = iterations + 1 if matrices_ahead else iterations
    history: list[float] = []
    converged = False
    while len(history) < steps and not converged:
        before = posterior
        prevalence = prevalence_of(posterior, judgments)
        matrices = model.matrices(incidence.expected_counts(posterior))
        posterior, objective = _posterior(
            incidence, judgments, model, matrices, prevalence, held=held
        )
        converged = bool(history) and _settled(objective - history[-1], judgments, tolerance)
        history.append(objective)
    return settled_consensus(
        judgments,
        before if matrices_ahead else posterior,
        matrices.transpose(0, 2, 1),
        prevalence,
        log_likelihood=history[1:] if matrices_ahead else history,
        converged=converged,
        method="dawid_skene",
    )


def _settled(gain: float, judgments: CodedJudgments, tolerance: float) -> bool:
    return gain <= tolerance * max(len(judgments), 1)


def _starting_posterior(judgments: CodedJudgments, gold: tuple[Codes, Codes] | None) -> Floats:
    posterior = vote_shares(judgments)
    if gold is not None:
        posterior[gold[0]] = np.eye(judgments.n_labels)[gold[1]]
    return posterior


def _posterior(
    incidence: _Incidence,
    judgments: CodedJudgments,
    model: ConfusionModel,
    matrices: Floats,
    prevalence: Floats,
    *,
    held: tuple[Codes, Codes] | None,
) -> tuple[Floats, float]:
    """Return the posterior under the matrices, and the objective in nats."""
    # An impossible answer has log 0 = -inf; some label is always possible for an item.
    with np.errstate(divide="ignore"):
        log_matrices = np.log(matrices)
        log_prevalence = np.log(prevalence)
    joint = incidence.log_evidence(log_matrices) + log_prevalence
    if held is not None:
        joint = _only_held_labels(joint, held)
    peak = joint.max(axis=1, keepdims=True)
    weight = np.exp(joint - peak)
    total = weight.sum(axis=1, keepdims=True)
    judged = judgments.per_item > 0
    log_likelihood = float((peak + np.log(total))[judged, 0].sum())
    return weight / total, log_likelihood + model.log_prior(log_matrices)


def _only_held_labels(joint: Floats, held: tuple[Codes, Codes]) -> Floats:
    items, labels = held
    kept = joint[items, labels]
    joint[items] = -np.inf
    joint[items, labels] = kept
    return joint
