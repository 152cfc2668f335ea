"""The smallest changes that would make a matching possible, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from .naming import number
from .problem import FLOOR_SLACK, Flags, Problem
from .program import Undecided
from .pruning import first_kept
from .totals import best_total
from .violation import cheapest_whole, least_violation

SEARCHED = {False: 50_000, True: 4_000}
"""Pairs up to which the cheapest changes are sought among all, without floors and with."""


def repairs_of(problem: Problem, node_limit: int) -> tuple[str, ...]:
    """Name changes of limits under which a matching exists.

    They are the cheapest on small problems where the search ends within the node
    limit. On large ones floors come last: they are lowered to what the best total,
    or the cheapest change of the other limits, reaches. None are named where a
    search ends before it finds any.
    """
    floors = bool(np.isfinite(problem.floor).any())
    try:
        if len(problem.score) <= SEARCHED[floors]:
            chosen = cheapest_whole(problem, node_limit)
        else:
            chosen = _floors_last(problem, node_limit)
    except Undecided:
        return ()
    return (
        *_released_pins(problem, chosen),
        *_changed_loads(problem, chosen),
        *_lowered_demand(problem, chosen),
        *_lowered_floors(problem, chosen),
    )


def _floors_last(problem: Problem, node_limit: int) -> Flags:
    """Break the other limits as cheaply as can be, and only those that must be."""
    bare = replace(problem, floor=np.full(problem.n_items, -np.inf))
    choice = best_total(bare, node_limit)
    if choice is not None:
        return choice.chosen
    kept = least_violation(bare, first_kept(bare)).kept | bare.pinned
    chosen = np.zeros(len(kept), dtype=bool)
    chosen[kept] = cheapest_whole(bare.only(kept), node_limit)
    return chosen


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
