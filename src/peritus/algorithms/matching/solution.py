"""Exact matchings by HiGHS, each with a bound that anybody can check."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from .blocking import refusal
from .fairness import best_minimum
from .naming import NamePair
from .problem import Floats, Integers, Pairs, Problem, Scores, checked_problem
from .totals import GAP, Choice, best_total

Objective = Literal["total", "max_min"]
Status = Literal["optimal", "bounded"]


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
    item_prices : float64 (items,)
        What one expert more for an item would add to the total.
    expert_prices : float64 (experts,)
        What one item more of an expert's capacity would add; negative where the
        minimum load binds. Where no floor or group binds, a matched pair's score
        is at least the sum of its two prices, any other's at most (1e-6). Empty
        in a matching that `assign` did not make.
    """

    experts: Integers
    items: Integers
    total: float
    minimum: float
    bound: float
    status: Status
    item_prices: Floats = field(default_factory=lambda: np.zeros(0))
    expert_prices: Floats = field(default_factory=lambda: np.zeros(0))


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
    best = best_total if objective == "total" else best_minimum
    choice = None if len(problem.refused) else best(scaled, node_limit)
    if choice is None:
        raise refusal(scaled, node_limit)
    return matching_of(problem, choice, objective, scaled.unit)


def matching_of(problem: Problem, choice: Choice, objective: Objective, scale: float) -> Matching:
    """Return a choice in the unit of the scores."""
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
        item_prices=choice.prices.item * scale,
        expert_prices=choice.prices.expert * scale,
    )
