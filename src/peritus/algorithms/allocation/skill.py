"""What judgments teach about experts, and what they then say about items."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from peritus.algorithms._codes import CodedJudgments
from peritus.algorithms.aggregation.confusion import modest_matrix

from .state import Checked, Floats, Mask, only

MODEST_WEIGHT = 20.0
"""Judgments that modest skill weighs when the matrix of a level is learnt."""


@dataclass(frozen=True)
class Learning:
    """How carefully matrices are learnt.

    Attributes
    ----------
    teaches_from : int
        Judgments from which on an item teaches anything.
    shrinkage : float
        Judgments that what is expected of a worker weighs in each row.
    individual : float > 0, or infinity
        Judgments that his level's skill weighs in what is expected of a worker.
        Infinity: nothing else is expected.
    modest_weight : float
        Judgments that modest skill weighs in each level's matrix.
    iterations : int
        Most EM iterations.
    """

    teaches_from: int = 2
    shrinkage: float = 4.0
    individual: float = np.inf
    modest_weight: float = MODEST_WEIGHT
    iterations: int = 30
    tolerance: float = 1e-3


CAREFUL = Learning()
"""How skill is learnt to buy by: nobody stands out before many of his judgments say so."""
ANSWERING = Learning(individual=4.0)
"""How skill is learnt to answer by what was bought."""


@dataclass(frozen=True, eq=False)
class Belief:
    """What is believed of items and workers.

    Attributes
    ----------
    posterior : float64 (items, labels)
    strength : float64 (workers, labels, labels)
        Dirichlet counts, worker x true x given; their means are the matrices.
    """

    posterior: Floats
    strength: Floats

    @property
    def matrices(self) -> Floats:
        """Mean confusion matrices, shape (workers, true, given)."""
        return rows_to_one(self.strength)


def rows_to_one(counts: Floats) -> Floats:
    shares: Floats = counts / counts.sum(axis=-1, keepdims=True)
    return shares


def believe(state: Checked, learning: Learning) -> Belief:
    """Learn matrices from items with several judgments, then judge every item.

    EM with each worker's matrix shrunk to what is expected of him, that to the
    matrix of his level, and that to modest skill. Gold counts as known while
    learning; pseudo-experts speak last. Cost O(n labels) per iteration.
    Source: Dawid & Skene (1979), Applied Statistics 28, 20-28, with Dirichlet
    priors as in Kim & Ghahramani (2012), AISTATS, section 2.
    """
    judgments = state.people
    teaches = judgments.per_item >= learning.teaches_from
    teaches[state.gold[0]] = True
    incidence = _Incidence(judgments, teaches)
    posterior = _vote_shares(judgments)
    known = np.eye(judgments.n_labels)[state.gold[1]]
    for _ in range(learning.iterations):
        before = posterior
        posterior[state.gold[0]] = known
        strength = _strength(state, incidence.expected_counts(posterior), learning)
        prevalence = _prevalence(posterior, teaches)
        posterior = _posterior(incidence, strength, prevalence)
        if np.abs(posterior - before).max(initial=0) < learning.tolerance:
            break
    people = Belief(posterior, strength)
    return people if not state.pseudo.any() else _with_pseudo(state, people, prevalence, learning)


def _with_pseudo(state: Checked, people: Belief, prevalence: Floats, learning: Learning) -> Belief:
    """Learn pseudo-experts against people, then let both speak.

    Only items that a person judged teach. People's matrices stay as they are:
    models that err together would teach everybody their errors.
    """
    teaches = state.people.per_item > 0
    teaches[state.gold[0]] = True
    posterior = people.posterior.copy()
    posterior[state.gold[0]] = np.eye(posterior.shape[1])[state.gold[1]]
    voices = _Incidence(only(state.judgments, state.pseudo), teaches)
    counts = voices.expected_counts(posterior)
    modest = learning.shrinkage * modest_matrix(posterior.shape[1])
    strength = np.where(state.pseudo[:, None, None], counts + modest, people.strength)
    everybody = _Incidence(state.judgments, teaches)
    return Belief(_posterior(everybody, strength, prevalence), strength)


class _Incidence:
    """Sums over judgments as sparse products: (worker, given) x item."""

    def __init__(self, judgments: CodedJudgments, teaches: Mask) -> None:
        self.shape = (judgments.n_workers, judgments.n_labels, judgments.n_labels)
        cell = judgments.worker * judgments.n_labels + judgments.label
        shape = (judgments.n_workers * judgments.n_labels, judgments.n_items)
        weight = teaches[judgments.item].astype(float)
        self.teaching = sparse.csr_array((weight, (cell, judgments.item)), shape=shape)
        ones = np.ones(len(judgments))
        self.by_item = sparse.csr_array((ones, (judgments.item, cell)), shape=shape[::-1])

    def expected_counts(self, posterior: Floats) -> Floats:
        """Count (workers, true, given) under the posterior, over items that teach."""
        counts: Floats = self.teaching @ posterior
        return counts.reshape(self.shape).transpose(0, 2, 1)

    def log_evidence(self, matrices: Floats) -> Floats:
        logs = np.log(matrices).transpose(0, 2, 1).reshape(-1, self.shape[2])
        evidence: Floats = self.by_item @ logs
        return evidence


def _vote_shares(judgments: CodedJudgments) -> Floats:
    cell = judgments.item * judgments.n_labels + judgments.label
    votes = np.bincount(cell, minlength=judgments.n_items * judgments.n_labels)
    smoothed = votes.reshape(judgments.n_items, judgments.n_labels) + 1 / judgments.n_labels
    return rows_to_one(smoothed.astype(float))


def _strength(state: Checked, counts: Floats, learning: Learning) -> Floats:
    """Return Dirichlet counts: the worker's own, and what is expected of him."""
    n_labels = state.judgments.n_labels
    pooled = np.zeros((state.n_levels, n_labels, n_labels))
    np.add.at(pooled, state.level, counts)
    matrix = rows_to_one(pooled + learning.modest_weight * modest_matrix(n_labels))
    expected = _expected(counts, matrix[state.level], learning.individual)
    strength: Floats = counts + learning.shrinkage * expected
    return strength


def _expected(counts: Floats, level: Floats, weight: float) -> Floats:
    """Turn the matrix of a worker's level to his own share of right answers.

    With many labels a row rests on a handful of judgments, the share on all of
    them. The odds of being right change by one factor for every true label;
    wrong answers keep their proportions.
    """
    n_labels = level.shape[-1]
    if n_labels == 1 or np.isinf(weight):
        return level
    right = np.einsum("wkk->wk", level)
    judged = counts.sum(axis=2)
    total = judged.sum(axis=1)
    usual = ((judged + 1e-9) * right).sum(axis=1) / (judged + 1e-9).sum(axis=1)
    share = (np.einsum("wkk->w", counts) + weight * usual) / (total + weight)
    # Half the way to chance at most: else a whole crowd may swap two labels, and agree on it.
    halfway = (usual + 1 / n_labels) / 2
    share = np.maximum(share, np.minimum(usual, halfway))
    factor = share / (1 - share) * (1 - usual) / usual
    odds = right / (1 - right) * factor[:, None]
    turned = odds / (1 + odds)
    wrong = level * ((1 - turned) / (1 - right))[:, :, None]
    matrices: Floats = np.where(np.eye(n_labels, dtype=bool), turned[:, :, None], wrong)
    return matrices


def _prevalence(posterior: Floats, teaches: Mask) -> Floats:
    n_labels = posterior.shape[1]
    total: Floats = (posterior[teaches].sum(axis=0) + 1.0) / (np.count_nonzero(teaches) + n_labels)
    return total


def _posterior(incidence: _Incidence, strength: Floats, prevalence: Floats) -> Floats:
    joint = incidence.log_evidence(rows_to_one(strength)) + np.log(prevalence)
    weight = np.exp(joint - joint.max(axis=1, keepdims=True))
    return rows_to_one(weight)
