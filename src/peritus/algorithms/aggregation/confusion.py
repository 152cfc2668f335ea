"""How confusion matrices are fitted to expected counts (workers, given, true)."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from peritus.algorithms._codes import CodedJudgments

from .consensus import Floats

MODEST_SKILL = 0.75
COMPAT_FLOOR = 1e-10


class ConfusionModel(Protocol):
    """How matrices come from expected counts (workers, given, true)."""

    def matrices(self, counts: Floats) -> Floats: ...

    def log_prior(self, matrices: Floats, /) -> float: ...


class Likelihood:
    """Matrices of highest likelihood; a column without counts is uniform."""

    def __init__(self, judgments: CodedJudgments) -> None:
        self.uniform = 1 / max(judgments.n_labels, 1)

    def matrices(self, counts: Floats) -> Floats:
        total = counts.sum(axis=1, keepdims=True)
        known = total > 0
        return np.where(known, counts / np.where(known, total, 1), self.uniform)

    def log_prior(self, _matrices: Floats, /) -> float:
        return 0.0


class Clipped(Likelihood):
    """Counts are at least 1e-10 over the labels that a worker used."""

    def __init__(self, judgments: CodedJudgments) -> None:
        super().__init__(judgments)
        used = np.zeros((judgments.n_workers, judgments.n_labels), dtype=bool)
        used[judgments.worker, judgments.label] = True
        self.used = used[:, :, None]

    def matrices(self, counts: Floats) -> Floats:
        return super().matrices(np.where(self.used, np.maximum(counts, COMPAT_FLOOR), 0))


class OneCoin:
    """One share of right answers for each worker, whatever the item's true label.

    Wrong answers fall on the other labels alike. A worker without counts is as
    good as chance.
    """

    def matrices(self, counts: Floats) -> Floats:
        n_labels = counts.shape[1]
        right, total = np.einsum("wkk->w", counts), counts.sum(axis=(1, 2))
        known = total > 0
        share = np.where(known, right / np.where(known, total, 1), 1 / max(n_labels, 1))
        wrong = (1 - share) / max(n_labels - 1, 1)
        same = np.eye(n_labels, dtype=bool)
        matrices: Floats = np.where(same, share[:, None, None], wrong[:, None, None])
        return matrices if n_labels > 1 else np.ones_like(matrices)

    def log_prior(self, _log_matrices: Floats, /) -> float:
        return 0.0


class Shrunk:
    """Matrices drawn to a prior: counts (given, true) that each worker starts with."""

    def __init__(self, prior: Floats) -> None:
        self.prior = prior

    def matrices(self, counts: Floats) -> Floats:
        raised = counts + self.prior
        matrices: Floats = raised / raised.sum(axis=1, keepdims=True)
        return matrices

    def log_prior(self, matrices: Floats, /) -> float:
        return float((self.prior * np.log(matrices)).sum())


def modest_matrix(n_labels: int) -> Floats:
    others = (1 - MODEST_SKILL) / max(n_labels - 1, 1)
    return np.where(np.eye(n_labels, dtype=bool), MODEST_SKILL if n_labels > 1 else 1.0, others)
