"""The rows of a matching problem: each one constraint that a sentence can name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import sparse

from .problem import Flags, Floats, Integers, Problem

FLOOR_SLACK = 1e-9
"""What a sum of scores, scaled to 1, may fall below its floor by rounding."""


class Constraint(NamedTuple):
    """One row: what it is about, for whom, and, for a group, which one."""

    kind: str
    whom: int
    group: int = -1


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows (rows, pairs) with lower and upper limits on the chosen pairs."""

    matrix: sparse.csr_array
    lower: Floats
    upper: Floats
    constraints: tuple[Constraint, ...]

    def only(self, kept: Flags) -> Rows:
        """Return the rows of a mask."""
        names = tuple(name for name, keep in zip(self.constraints, kept, strict=True) if keep)
        return Rows(self.matrix[kept], self.lower[kept], self.upper[kept], names)


def rows_of(problem: Problem) -> Rows:
    """Write demand, loads, groups and floors as rows."""
    return stacked(
        [
            _sums("demand", problem.item, problem.demand, problem.demand),
            _sums("load", problem.expert, problem.minimum_load, problem.capacity),
            _group_rows(problem),
            _floor_rows(problem),
        ]
    )


def stacked(parts: list[Rows]) -> Rows:
    """Put rows under each other."""
    return Rows(
        sparse.vstack([part.matrix for part in parts], format="csr"),
        np.concatenate([part.lower for part in parts]),
        np.concatenate([part.upper for part in parts]),
        tuple(name for part in parts for name in part.constraints),
    )


def _sums(kind: str, code: Integers, lower: Integers, upper: Integers) -> Rows:
    pairs = np.arange(len(code))
    matrix = sparse.csr_array((np.ones(len(code)), (code, pairs)), shape=(len(lower), len(code)))
    names = tuple(Constraint(kind, index) for index in range(len(lower)))
    return Rows(matrix, lower.astype(float), upper.astype(float), names)


def _group_rows(problem: Problem) -> Rows:
    """Limit each group to one expert of an item, where two could meet."""
    group = problem.group[problem.expert]
    grouped = np.flatnonzero(group >= 0)
    keys = np.column_stack((problem.item[grouped], group[grouped]))
    meetings, row, size = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    matrix = sparse.csr_array(
        (np.ones(len(grouped)), (row, grouped)), shape=(len(meetings), len(group))
    )
    names = tuple(Constraint("group", item, code) for item, code in meetings.tolist())
    rows = Rows(matrix, np.full(len(size), -np.inf), np.ones(len(size)), names)
    return rows.only(size > 1)


def _floor_rows(problem: Problem) -> Rows:
    """Ask each item that wants experts for its least sum of scores.

    Where one expert is wanted, the pairs below the floor are ruled out instead:
    that keeps the program a network, so that its solution stays whole.
    """
    least = problem.floor[problem.item] - FLOOR_SLACK
    single = problem.demand == 1
    weight = np.where(single[problem.item], problem.score < least, problem.score)
    pairs = np.arange(len(problem.item))
    matrix = sparse.csr_array((weight, (problem.item, pairs)), shape=(problem.n_items, len(pairs)))
    names = tuple(Constraint("floor", index) for index in range(problem.n_items))
    lower = np.where(single, -np.inf, problem.floor - FLOOR_SLACK)
    upper = np.where(single, 0.0, np.inf)
    asked = np.isfinite(problem.floor) & (problem.demand > 0)
    return Rows(matrix, lower, upper, names).only(asked)


def pin_rows(problem: Problem) -> Rows:
    """Write each pinned pair as a row, for finding what blocks."""
    pinned = np.flatnonzero(problem.pinned)
    ones = np.ones(len(pinned))
    shape = (len(pinned), len(problem.item))
    matrix = sparse.csr_array((ones, (np.arange(len(pinned)), pinned)), shape=shape)
    names = tuple(Constraint("pin", index) for index in pinned.tolist())
    return Rows(matrix, ones, np.full(len(pinned), np.inf), names)
