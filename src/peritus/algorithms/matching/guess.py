"""Prices that are nearly right, from a smooth version of the program."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .prices import Prices
from .problem import Floats, Integers, Problem

ShortFloats = NDArray[np.float32]

LEVELS = tuple(0.1 / 2**level for level in range(7))
"""Smoothness of each level, in shares of the range of scores: half the last."""
STEPS = 4
REACH = 14.0
"""Distances below zero, in units of smoothness, at which a pair still counts."""
LONGEST = 3.0
"""The longest step of a price, in units of smoothness."""


def guessed_prices(problem: Problem) -> Prices:
    """Guess the prices of demand and loads.

    Each pair is taken with share 1 / (1 + exp(-left / smoothness)). Newton steps
    of items and experts in turn bring the shares near demand and loads, while
    the smoothness falls (Sinkhorn & Knopp 1967, with limits on both sides). A
    guess only: it speeds up the program, and proves nothing.
    """
    low, high = float(problem.worth.min()), float(problem.worth.max())
    unit = (high - low) or 1.0
    score = ((problem.worth - low) / unit).astype(np.float32)
    item = np.full(problem.n_items, 1.0)
    expert = np.zeros(problem.n_experts)
    for smoothness in LEVELS:
        left = score - item[problem.item] - expert[problem.expert]
        near = np.flatnonzero(left > -REACH * smoothness)
        level = _Level(score[near], problem.item[near], problem.expert[near], smoothness)
        for _ in range(STEPS):
            item = level.step_of_items(problem, item, expert)
            expert = level.step_of_experts(problem, item, expert)
    nothing = (np.zeros(0, dtype=np.int64), np.zeros(0))
    return Prices(item * unit + low, expert * unit, np.zeros(problem.n_items), nothing)


@dataclass(frozen=True, eq=False)
class _Level:
    """The pairs that count at one smoothness."""

    score: ShortFloats
    item: Integers
    expert: Integers
    smoothness: float

    def step_of_items(self, problem: Problem, item: Floats, expert: Floats) -> Floats:
        taken, slope = self._sums(self.item, item, expert)
        return item + self._step(taken - problem.demand, slope)

    def step_of_experts(self, problem: Problem, item: Floats, expert: Floats) -> Floats:
        """Move an expert's price towards a limit; without one it ends at zero."""
        taken, slope = self._sums(self.expert, item, expert)
        least, most = problem.minimum_load, problem.capacity
        limit = np.where(expert > 0, most, np.where(expert < 0, least, np.clip(taken, least, most)))
        moved = expert + self._step(taken - limit, slope)
        return np.where(moved * expert < 0, 0.0, moved)

    def _sums(self, code: Integers, item: Floats, expert: Floats) -> tuple[Floats, Floats]:
        """Sum shares, and how fast they fall with a price, by code."""
        left = self.score - item.astype(np.float32)[self.item]
        left -= expert.astype(np.float32)[self.expert]
        share = 1 / (1 + np.exp(np.clip(left / -self.smoothness, -REACH * 2, REACH * 2)))
        size = len(item) if code is self.item else len(expert)
        taken = np.bincount(code, weights=share, minlength=size).astype(float)
        return taken, taken - np.bincount(code, weights=share * share, minlength=size).astype(float)

    def _step(self, excess: Floats, slope: Floats) -> Floats:
        step = excess / np.maximum(slope, 1e-2)
        return self.smoothness * np.clip(step, -LONGEST, LONGEST)
