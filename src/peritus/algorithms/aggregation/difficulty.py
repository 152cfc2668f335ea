"""How hard items are, apart from who judged them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.special import expit

from peritus.algorithms._codes import CodedJudgments, Codes, coded_judgments

from .consensus import Floats

ROUNDS = 30
"""Times at most that both spreads are learnt anew."""
SETTLED = 0.03
"""Relative change of the spreads that counts as settled."""
LEAST_SPREAD = 1e-3
"""Variance on the logit below which items, or workers, are alike."""


@dataclass(frozen=True, eq=False)
class Difficulty:
    """Skill of workers and difficulty of items on one scale, in logits.

    Attributes
    ----------
    level : float
        Logit of the chance that a worker of mean skill is right on an item of
        mean difficulty.
    skill, skill_error : float64 (workers,)
        What a worker adds to the logit, and its standard error; 0 and the
        spread of workers for one without judgments.
    difficulty, difficulty_error : float64 (items,)
        What an item takes from the logit, likewise.
    converged : bool
        False when the spreads still moved after the last round.
    """

    level: float
    skill: Floats
    skill_error: Floats
    difficulty: Floats
    difficulty_error: Floats
    converged: bool

    def chance(self, item: ArrayLike, worker: ArrayLike) -> Floats:
        """Return the chance that a worker is right on an item, broadcast over both."""
        i, w = np.asarray(item), np.asarray(worker)
        chance: Floats = expit(self.level + self.skill[w] - self.difficulty[i])
        return chance

    @property
    def fair_share(self) -> Floats:
        """Share of all items (workers,) that each would have right, had they judged all."""
        workers = np.arange(len(self.skill))
        items = np.arange(len(self.difficulty))
        return np.array([self.chance(items, worker).mean() for worker in workers.tolist()])


def item_difficulty(
    item: ArrayLike,
    worker: ArrayLike,
    right: ArrayLike,
    *,
    n_items: int | None = None,
    n_workers: int | None = None,
) -> Difficulty:
    """Part how hard items are from how able their judges are.

    For routing (hard items to whom they need) and for scores that do not
    depend on who was given which items.

    Parameters
    ----------
    item, worker : integer codes (n,), 0-based
        One entry per judgment; absent pairs are missing judgments.
    right : bool, or float in [0, 1] (n,)
        Whether a judgment is right, or the chance that it is where truth is
        not known: what the *other* judgments of its item say.
    n_items, n_workers : int, optional
        Sizes; max + 1 unless given. An empty input needs both.

    Returns
    -------
    Difficulty
        Items judged by nobody have difficulty 0, with the spread as error.

    Raises
    ------
    ValueError
        As `majority_vote`, or a chance lies outside [0, 1] or is NaN.

    Notes
    -----
    Most probable values of the Rasch model under normal priors around 0,
    whose spreads are learnt by expected squares (Laplace): where judgments do
    not tell items apart, all are as hard. Cost O(n) for each of some hundred
    steps.
    Source: Rasch (1960), Probabilistic Models for Some Intelligence and
    Attainment Tests; spreads: MacKay (1992), Neural Computation 4, 415-447.
    """
    chances = np.asarray(right, dtype=float)
    if chances.ndim != 1 or not ((chances >= 0) & (chances <= 1)).all():
        raise ValueError("right must hold booleans or chances in [0, 1], shape (n,)")
    labels = np.zeros(len(chances), dtype=np.int64)
    sizes = {"n_items": n_items, "n_workers": n_workers, "n_labels": 1}
    judgments = coded_judgments(item, worker, labels, **sizes)
    return _fitted(_Rasch(judgments, chances))


class _Rasch:
    """The penalised likelihood of level, skills and difficulties, in one vector."""

    def __init__(self, judgments: CodedJudgments, right: Floats) -> None:
        self.judgments, self.right = judgments, right
        self.size = 1 + judgments.n_workers + judgments.n_items

    def parts(self, values: Floats) -> tuple[float, Floats, Floats]:
        workers = self.judgments.n_workers
        return float(values[0]), values[1 : 1 + workers], values[1 + workers :]

    def penalty(self, spreads: tuple[float, float]) -> Floats:
        """Return what a squared value costs, (size,); the level has a wide prior."""
        of_each = (1, self.judgments.n_workers, self.judgments.n_items)
        return np.repeat([0.01, 1 / spreads[0], 1 / spreads[1]], of_each)

    def loss(self, values: Floats, penalty: Floats) -> tuple[float, Floats]:
        level, skill, difficulty = self.parts(values)
        logit = level + skill[self.judgments.worker] - difficulty[self.judgments.item]
        missed = expit(logit) - self.right
        nats = np.logaddexp(0, logit) - self.right * logit
        slope = np.concatenate(([missed.sum()], self.summed(missed, -missed)))
        loss = float(nats.sum() + (penalty * values**2).sum() / 2)
        return loss, slope + penalty * values

    def variances(self, values: Floats, penalty: Floats) -> Floats:
        """Return the variance of each value, the others held."""
        level, skill, difficulty = self.parts(values)
        p = expit(level + skill[self.judgments.worker] - difficulty[self.judgments.item])
        known = p * (1 - p)
        curvature = np.concatenate(([known.sum()], self.summed(known, known)))
        variances: Floats = 1 / (curvature + penalty)
        return variances

    def summed(self, by_worker: Floats, by_item: Floats) -> Floats:
        def total(code: Codes, values: Floats, size: int) -> Floats:
            return np.bincount(code, weights=values, minlength=size).astype(float)

        judgments = self.judgments
        return np.concatenate(
            (
                total(judgments.worker, by_worker, judgments.n_workers),
                total(judgments.item, by_item, judgments.n_items),
            )
        )


def _fitted(model: _Rasch) -> Difficulty:
    values, spreads, converged = np.zeros(model.size), (1.0, 1.0), False
    ones = np.ones(len(model.judgments))
    seen = model.summed(ones, ones) > 0
    for _ in range(ROUNDS):
        penalty = model.penalty(spreads)
        found = minimize(model.loss, values, (penalty,), jac=True, method="L-BFGS-B")
        values, before = found.x, spreads
        variances = model.variances(values, penalty)
        squares = np.where(seen, values[1:] ** 2 + variances[1:], np.nan)
        _, workers, items = model.parts(np.append(0.0, squares))
        spreads = (_mean_of_seen(workers), _mean_of_seen(items))
        converged = bool(np.allclose(spreads, before, rtol=SETTLED))
        if converged:
            break
    level, skill, difficulty = model.parts(values)
    _, skill_error, difficulty_error = model.parts(np.sqrt(variances))
    return Difficulty(level, skill, skill_error, difficulty, difficulty_error, converged)


def _mean_of_seen(squares: Floats) -> float:
    seen = squares[~np.isnan(squares)]
    return max(float(seen.mean()), LEAST_SPREAD) if len(seen) else 1.0
