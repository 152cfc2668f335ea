"""The rows of a matching problem: each one constraint that a sentence can name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from scipy import sparse

from .problem import FLOOR_SLACK, Flags, Floats, Integers, Problem


class Kind(IntEnum):
    """What a row is about."""

    DEMAND = 0
    LOAD = 1
    GROUP = 2
    FLOOR = 3
    PIN = 4


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows (rows, pairs) with lower and upper limits on the chosen pairs.

    Attributes
    ----------
    kind, whom, group : int64 (rows,)
        What a row is about; its item, expert or, among pins, place; the group, -1 for none.
    """

    matrix: sparse.csr_array
    lower: Floats
    upper: Floats
    kind: Integers
    whom: Integers
    group: Integers

    def only(self, kept: Flags) -> Rows:
        """Return the rows of a mask."""
        return Rows(
            self.matrix[kept],
            self.lower[kept],
            self.upper[kept],
            self.kind[kept],
            self.whom[kept],
            self.group[kept],
        )

    def among(self, others: Rows) -> Flags:
        """Return which rows are about the same as one of the others."""
        mine, theirs = (
            np.column_stack((rows.kind, rows.whom, rows.group)) for rows in (self, others)
        )
        wanted = {tuple(key) for key in theirs.tolist()}
        return np.array([tuple(key) in wanted for key in mine.tolist()], dtype=bool)

    def are(self, kind: Kind) -> Flags:
        """Return which rows are of a kind."""
        flags: Flags = self.kind == kind
        return flags


def rows_of(problem: Problem) -> Rows:
    """Write demand, loads, groups and floors as rows."""
    parts = [
        _sums(Kind.DEMAND, problem.item, problem.demand, problem.demand),
        _sums(Kind.LOAD, problem.expert, problem.minimum_load, problem.capacity),
    ]
    if (problem.group >= 0).any():
        parts.append(_group_rows(problem))
    if np.isfinite(problem.floor).any():
        parts.append(floor_rows(problem))
    return stacked(parts)


def stacked(parts: list[Rows]) -> Rows:
    """Put rows under each other."""
    return Rows(
        sparse.vstack([part.matrix for part in parts], format="csr"),
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("lower", "upper", "kind", "whom", "group")
        ),
    )


def _sums(kind: Kind, code: Integers, lower: Integers, upper: Integers) -> Rows:
    size = (len(lower), len(code))
    matrix = sparse.csr_array((np.ones(len(code)), (code, np.arange(len(code)))), shape=size)
    return _rows(kind, matrix, lower.astype(float), upper.astype(float), np.arange(len(lower)))


def _rows(
    kind: Kind, matrix: sparse.csr_array, lower: Floats, upper: Floats, whom: Integers
) -> Rows:
    none = np.full(len(whom), -1)
    return Rows(matrix, lower, upper, np.full(len(whom), int(kind)), whom, none)


def _group_rows(problem: Problem) -> Rows:
    """Limit each group to one expert of an item, where two could meet."""
    group = problem.group[problem.expert]
    grouped = np.flatnonzero(group >= 0)
    keys = np.column_stack((problem.item[grouped], group[grouped]))
    meetings, row, size = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    matrix = sparse.csr_array(
        (np.ones(len(grouped)), (row, grouped)), shape=(len(meetings), len(group))
    )
    lower, upper = np.full(len(size), -np.inf), np.ones(len(size))
    kind = np.full(len(size), int(Kind.GROUP))
    return Rows(matrix, lower, upper, kind, meetings[:, 0], meetings[:, 1]).only(size > 1)


def floor_rows(problem: Problem) -> Rows:
    """Ask each item that wants experts for its least sum of scores."""
    single = problem.single()
    pairs = np.arange(len(problem.item))
    matrix = sparse.csr_array(
        (problem.floor_weight(), (problem.item, pairs)), shape=(problem.n_items, len(pairs))
    )
    lower = np.where(single, -np.inf, problem.floor - FLOOR_SLACK)
    upper = np.where(single, 0.0, np.inf)
    asked = np.isfinite(problem.floor) & (problem.demand > 0)
    return _rows(Kind.FLOOR, matrix, lower, upper, np.arange(problem.n_items)).only(asked)


def pin_rows(problem: Problem) -> Rows:
    """Write each pinned pair as a row, for finding what blocks."""
    pinned = np.flatnonzero(problem.pinned)
    ones = np.ones(len(pinned))
    shape = (len(pinned), len(problem.item))
    matrix = sparse.csr_array((ones, (np.arange(len(pinned)), pinned)), shape=shape)
    return _rows(Kind.PIN, matrix, ones, np.full(len(pinned), np.inf), np.arange(len(pinned)))
