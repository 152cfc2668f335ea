"""Exact matchings by HiGHS, each with a bound that anybody can check."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from .blocking import refusal
from .constraints import Rows, rows_of
from .naming import NamePair
from .problem import Flags, Floats, Integers, Pairs, Problem, Scores, checked_problem
from .program import Program, Undecided
from .totals import GAP, Choice, best_total

Objective = Literal["total", "max_min"]
Status = Literal["optimal", "bounded"]

GRID_ERROR = 1e-9
GRIDS = (1, 2, 3, 4, 5, 10, 20, 100, 1000)
"""Parts of the smallest score that all scores are tried to be multiples of."""


@dataclass(frozen=True, eq=False)
class Matching:
    """Who judges what.

    Attributes
    ----------
    experts, items : int64 (pairs,)
        Matched pairs, sorted by item, then expert.
    total : float
        Sum of the matched scores.
    minimum : float
        Smallest sum of matched scores over items with demand; NaN without any.
    bound : float
        No matching does better than this in the stated objective.
    status : {"optimal", "bounded"}
        "optimal" if nothing better exists (1e-6, relative); else "bounded".
    """

    experts: Integers
    items: Integers
    total: float
    minimum: float
    bound: float
    status: Status


def assign(
    score: Scores,
    demand: ArrayLike,
    capacity: ArrayLike,
    *,
    forbidden: ArrayLike | None = None,
    minimum_load: ArrayLike = 0,
    pinned: Pairs | None = None,
    groups: ArrayLike | None = None,
    floor: ArrayLike | None = None,
    objective: Objective = "total",
    node_limit: int = 1_000,
    names: NamePair | None = None,
) -> Matching:
    """Match experts to items as well as the constraints allow.

    Parameters
    ----------
    score : float array or SciPy sparse (experts, items)
        Worth of each pair, in any unit. Cells absent from a sparse array are
        forbidden; a stored zero is a score.
    demand : int or ints (items,)
        Experts that each item gets, exactly.
    capacity, minimum_load : int or ints (experts,)
        Most and fewest items of each expert.
    forbidden : bool (experts, items), optional
        Pairs that must not be used.
    pinned : pairs (expert, item), optional
        Pairs that must be used.
    groups : int (experts,), optional
        At most one expert of a group judges an item; negative codes are in none.
    floor : float or floats (items,), optional
        Least sum of matched scores of an item; -inf asks for none.
    objective : {"total", "max_min"}
        Maximise the sum of scores, or first the smallest sum of an item, then
        the sum of all.
    node_limit : int >= 1
        Branching steps before a search stops, "bounded" (floors and "max_min"
        only). Steps, not seconds: the same input has the same output.
    names : (names of experts, names of items), optional
        What the sentences of `Infeasible` call them.

    Returns
    -------
    Matching
        A pair is used at most once.

    Raises
    ------
    Infeasible
        No matching meets the constraints; `blocking` names a few that collide,
        `repairs` changes under which one exists.
    Undecided
        The node limit came before any matching was found.
    ValueError
        A shape, count or code is out of range; a score is NaN or infinite.

    Notes
    -----
    Without floors the constraints form a network, so that the linear program
    has a whole solution (Hoffman & Kruskal 1956); its dual prices give `bound`.
    Floors and "max_min" may need branching, exponential at worst. Scores are
    scaled by the largest; floors hold up to 1e-6 of it.
    Source: Garg, Kavitha, Kumar, Mehlhorn & Mestre (2010), Algorithmica 58,
    119-136, on fair assignment; Stelmakh, Shah & Singh (2021), JMLR 22(163).
    """
    if objective not in ("total", "max_min"):
        raise ValueError(f"objective must be total or max_min, got {objective!r}")
    if node_limit < 1:
        raise ValueError(f"node_limit must be 1 or more, got {node_limit}")
    problem = checked_problem(
        score,
        demand,
        capacity,
        forbidden=forbidden,
        minimum_load=minimum_load,
        pinned=pinned,
        groups=groups,
        floor=floor,
        names=names,
    )
    scaled = problem.scaled()
    if not problem.demand.any():
        objective = "total"  # nobody is wanted: there is no smallest sum to raise
    best = best_total if objective == "total" else _best_minimum
    choice = None if len(problem.refused) else best(scaled, node_limit)
    if choice is None:
        raise refusal(scaled, node_limit)
    return _matching(problem, choice, objective, scaled.unit)


def _matching(problem: Problem, choice: Choice, objective: Objective, scale: float) -> Matching:
    total = float(problem.score[choice.chosen].sum())
    minimum = problem.smallest_sum(choice.chosen)
    reached = minimum if objective == "max_min" else total
    # The bound is computed in scaled floats: it may fall below by rounding.
    bound = max(choice.bound * scale, reached)
    optimal = choice.proven and bound - reached <= GAP * max(scale, abs(reached))
    return Matching(
        experts=problem.expert[choice.chosen],
        items=problem.item[choice.chosen],
        total=total,
        minimum=minimum,
        bound=bound,
        status="optimal" if optimal else "bounded",
    )


def _best_minimum(problem: Problem, node_limit: int) -> Choice | None:
    """Maximise the smallest sum, then the total; None when no matching exists."""
    fallback = best_total(problem, node_limit)
    if fallback is None:
        return None
    program = _minimum_program(problem)
    relaxed = program.relaxed()
    ceiling = float(problem.demand.max()) if relaxed is None else float(relaxed[0][-1])
    ceiling = _on_grid(ceiling, problem.score)
    choice = _best_total_above(problem, ceiling, node_limit)
    if choice is None:
        chosen, ceiling = _searched_minimum(problem, program, fallback.chosen, ceiling, node_limit)
        least = problem.smallest_sum(chosen)
        choice = _best_total_above(problem, least, node_limit) or replace(
            fallback, chosen=chosen, bound=ceiling, proven=False
        )
    return replace(choice, bound=ceiling)


def _best_total_above(problem: Problem, least: float, node_limit: int) -> Choice | None:
    """Maximise the total with every sum at `least` or more; None if not found."""
    raised = replace(problem, floor=np.maximum(problem.floor, least))
    try:
        return best_total(raised, node_limit)
    except Undecided:
        return None


def _searched_minimum(
    problem: Problem, program: Program, fallback: Flags, ceiling: float, node_limit: int
) -> tuple[Flags, float]:
    """Branch for the largest smallest sum; return the best found and a bound."""
    try:
        found = program.whole(node_limit)
    except Undecided:
        found = None
    if found is None:
        return fallback, ceiling
    ceiling = min(ceiling, _on_grid(-found.mip_dual_bound, problem.score))
    return max(fallback, found.x[:-1] > 0.5, key=problem.smallest_sum), ceiling


def _minimum_program(problem: Problem) -> Program:
    """Add a last variable that no sum of an item with demand may fall below."""
    rows = rows_of(problem)
    wanted = np.flatnonzero(problem.demand > 0)
    pairs = np.arange(len(problem.score))
    sums = sparse.csr_array(
        (problem.score, (problem.item, pairs)), shape=(problem.n_items, len(pairs))
    )
    matrix = sparse.vstack(
        [
            sparse.hstack([rows.matrix, sparse.csr_array((rows.matrix.shape[0], 1))]),
            sparse.hstack([sums[wanted], -np.ones((len(wanted), 1))]),
        ],
        format="csr",
    )
    lower = np.concatenate([rows.lower, np.zeros(len(wanted))])
    upper = np.concatenate([rows.upper, np.full(len(wanted), np.inf)])
    most = float(problem.demand.max())
    return Program(
        value=np.append(np.zeros(len(pairs)), 1.0),
        rows=Rows(matrix, lower, upper, *(np.zeros(len(lower), dtype=np.int64),) * 3),
        least=np.append(problem.pinned.astype(float), -most),
        most=np.append(np.ones(len(pairs)), most),
        whole_variables=np.append(np.ones(len(pairs)), 0),
    )


def _on_grid(bound: float, score: Floats) -> float:
    """Lower a bound to a sum that whole multiples of a step can reach."""
    step = _step(score)
    return bound if step is None else float(np.floor(bound / step + GAP) * step)


def _step(score: Floats) -> float | None:
    """Return the step that all scores are multiples of, None if there is none."""
    sizes = np.unique(np.abs(score))
    sizes = sizes[sizes > 0]
    for parts in GRIDS:
        multiples = sizes / sizes.min(initial=1.0) * parts
        if np.abs(multiples - np.round(multiples)).max(initial=0.0) < GRID_ERROR:
            return float(sizes.min(initial=1.0)) / parts
    return None
