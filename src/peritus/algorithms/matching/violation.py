"""The cheapest way to break constraints, which shows whether they can hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse

from .constraints import Kind, Rows, pin_rows, rows_of, stacked
from .prices import Prices, prices_of
from .problem import Flags, Problem
from .program import Program
from .pruning import Found, Relaxed, solved

TOLERANCE = 1e-7
"""Violation, in items or in shares of the largest score, that is rounding."""
COST = {Kind.DEMAND: 1.2, Kind.LOAD: 1.0, Kind.FLOOR: 1.0, Kind.PIN: 1.1}
"""What one unit of breaking costs: more work before a released pin before fewer experts."""


def least_violation(problem: Problem, kept: Flags) -> Relaxed:
    """Break constraints as cheaply as shares of pairs can; `value` is minus the cost."""
    found = solved(problem, np.zeros(len(problem.score)), _broken, kept | problem.pinned)
    if found is None:
        raise AssertionError("a program where every row may give way has a solution")
    return found


def violation_of(problem: Problem, rows: Rows) -> float:
    """Return the cheapest cost of breaking these rows."""
    elastic = _elastic(problem, rows)
    found = elastic.relaxed()
    if found is None:
        raise AssertionError("a program where every row may give way has a solution")
    return float(-elastic.value @ found[0])


def all_rows(problem: Problem) -> Rows:
    """Return the rows of a problem, pins among them."""
    return stacked([rows_of(problem), pin_rows(problem)])


def cheapest_whole(problem: Problem, node_limit: int) -> Flags:
    """Choose whole pairs that break constraints as cheaply as found in time."""
    elastic = _elastic(problem, all_rows(_able(problem)))
    found = elastic.whole(node_limit)
    if found is None:
        raise AssertionError("a program where every row may give way has a solution")
    chosen: Flags = found.x[: len(problem.score)] > 0.5
    return chosen


def _able(problem: Problem) -> Problem:
    """Owe nobody more than can be taken: one row cannot give way on both sides."""
    return replace(problem, minimum_load=np.minimum(problem.minimum_load, problem.capacity))


def _broken(part: Problem, guess: Prices | None) -> Found | None:
    rows = all_rows(_able(part))
    elastic = _elastic(part, rows)
    found = elastic.relaxed(None if guess is None else guess.of_rows(part, rows))
    if found is None:
        return None
    x, price = found
    value, shares = float(elastic.value @ x), x[: len(part.score)]
    return Found(shares, value, price, prices_of(part, rows, price))


def _elastic(problem: Problem, rows: Rows) -> Program:
    """Let rows give way at a cost, except those of groups and experts beyond demand."""
    pairs = len(problem.score)
    stiff = rows.are(Kind.GROUP)
    above = np.flatnonzero(np.isfinite(rows.upper) & ~stiff & ~rows.are(Kind.DEMAND))
    below = np.flatnonzero(np.isfinite(rows.lower) & ~stiff)
    slack = np.concatenate([above, below])
    sign = np.concatenate([-np.ones(len(above)), np.ones(len(below))])
    shape = (len(rows.lower), len(slack))
    columns = sparse.csr_array((sign, (slack, np.arange(len(slack)))), shape=shape)
    cost = np.array([COST.get(kind, 0.0) for kind in Kind])
    return Program(
        value=np.concatenate([np.zeros(pairs), -cost[rows.kind[slack]]]),
        rows=replace(rows, matrix=sparse.hstack([rows.matrix, columns], format="csr")),
        least=np.zeros(pairs + len(slack)),
        most=np.concatenate([np.ones(pairs), np.full(len(slack), np.inf)]),
        whole_variables=np.concatenate([np.ones(pairs), np.zeros(len(slack))]),
    )
