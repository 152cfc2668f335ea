"""The smallest changes that would make a matching possible, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .naming import number
from .problem import FLOOR_SLACK, Flags, Problem
from .program import Undecided
from .pruning import Relaxed
from .violation import cheapest_whole

WHOLE = 50_000
"""Pairs up to which the cheapest changes are sought among all of them."""


def repairs_of(problem: Problem, least: Relaxed, node_limit: int) -> tuple[str, ...]:
    """Name changes of limits under which a matching exists.

    They are the cheapest where the search ends within the node limit, and none
    are named where it ends before it finds any.
    """
    part = problem if len(problem.score) <= WHOLE else problem.only(least.kept | problem.pinned)
    try:
        chosen = cheapest_whole(part, node_limit)
    except Undecided:
        return ()
    return (
        *_released_pins(part, chosen),
        *_changed_loads(part, chosen),
        *_lowered_demand(part, chosen),
        *_lowered_floors(part, chosen),
    )


def _released_pins(problem: Problem, chosen: Flags) -> Iterator[str]:
    released = problem.pinned & ~chosen
    pairs = np.column_stack((problem.expert, problem.item))[released]
    for expert, item in (*problem.refused.tolist(), *pairs.tolist()):
        yield f"Unpin {problem.names.expert(expert)} from {problem.names.item(item)}."


def _changed_loads(problem: Problem, chosen: Flags) -> Iterator[str]:
    load = np.bincount(problem.expert[chosen], minlength=problem.n_experts)
    for expert in np.flatnonzero(load > problem.capacity).tolist():
        more = number(int(load[expert] - problem.capacity[expert]), "more item")
        yield f"Let {problem.names.expert(expert)} take {more}."
    for expert in np.flatnonzero(load < problem.minimum_load).tolist():
        least = number(int(load[expert]), "item")
        owed = int(problem.minimum_load[expert])
        yield f"Let {problem.names.expert(expert)} take at least {least} instead of {owed}."


def _lowered_demand(problem: Problem, chosen: Flags) -> Iterator[str]:
    given = np.bincount(problem.item[chosen], minlength=problem.n_items)
    for item in np.flatnonzero(given < problem.demand).tolist():
        less = number(int(problem.demand[item] - given[item]), "expert")
        yield f"Ask for {less} less on {problem.names.item(item)}."


def _lowered_floors(problem: Problem, chosen: Flags) -> Iterator[str]:
    given = np.bincount(problem.item[chosen], minlength=problem.n_items)
    sums = problem.item_sums(chosen)
    short = (given > 0) & (sums < problem.floor - FLOOR_SLACK)
    for item in np.flatnonzero(short).tolist():
        floor, reached = problem.floor[item] * problem.unit, sums[item] * problem.unit
        name = problem.names.item(item)
        yield f"Lower the floor of {name} from {floor:g} to {_below(float(reached))}."


def _below(value: float) -> str:
    """Write a number shortly, not above its value by more than rounding."""
    short = f"{value:g}"
    return short if float(short) <= value + FLOOR_SLACK * abs(value) else repr(value)
