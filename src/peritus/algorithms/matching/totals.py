"""The matching with the best total, and the proof that none is better."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from .constraints import rows_of
from .dealing import dealt
from .grid import on_grid, step_of
from .guess import guessed_prices
from .prices import Prices, prices_of
from .problem import Flags, Floats, Problem
from .program import Program, Undecided
from .pruning import EXACT, Found, Relaxed, crowding, first_kept, solved, sums_of_best
from .violation import TOLERANCE, least_violation

GAP = 1e-6
"""Relative distance from the bound below which a matching counts as optimal."""
CROWDED = 0.3
"""Share of the demand beyond capacities, each item with its best, from which scores mislead."""
NEAR = 1e-3
"""Relative distance from the bound from which the best scores were a good start."""


@dataclass(frozen=True, eq=False)
class Choice:
    """Chosen pairs, a bound on their total, and whether none is better."""

    chosen: Flags
    bound: float
    proven: bool
    prices: Prices


Best = Callable[[Problem], Choice | None]


def best_total(problem: Problem, node_limit: int) -> Choice | None:
    """Maximise the total; None when no matching exists."""
    if _beyond_reach(problem):
        return None
    return above_single_floors(problem, lambda part: _best_total(part, node_limit))


def _beyond_reach(problem: Problem) -> bool:
    """Tell whether a floor lies above what the item's best experts sum to."""
    asked = np.isfinite(problem.floor) & (problem.demand > 0)
    if not asked.any():
        return False
    return bool((sums_of_best(problem) < problem.floor - TOLERANCE)[asked].any())


def _best_total(problem: Problem, node_limit: int) -> Choice | None:
    relaxed = relaxed_total(problem)
    return None if relaxed is None else whole_total(problem, relaxed, node_limit)


def above_single_floors(problem: Problem, best: Best) -> Choice | None:
    """Rule out the pairs that alone miss a floor, then choose among the others."""
    below = problem.below_single_floor()
    if not below.any():
        return best(problem)
    choice = None if (problem.pinned & below).any() else best(problem.only(~below))
    if choice is None:
        return None
    chosen = np.zeros(len(below), dtype=bool)
    chosen[~below] = choice.chosen
    return replace(choice, chosen=chosen)


def whole_total(problem: Problem, relaxed: Relaxed, node_limit: int) -> Choice | None:
    """Make shares whole: they are, unless floors stand in the way."""
    if not parted(relaxed.shares).any():
        return Choice(relaxed.shares > 0.5, relaxed.bound, True, relaxed.prices)
    return _branched(problem, relaxed, node_limit)


def parted(shares: Floats) -> Flags:
    """Return the pairs that are taken in part."""
    flags: Flags = np.abs(shares - np.round(shares)) > GAP
    return flags


def relaxed_total(
    problem: Problem, start: Relaxed | None = None, *, most_parted: int | None = None
) -> Relaxed | None:
    """Maximise the total in shares; None when even shares cannot meet the constraints.

    Floors join when they are missed: most never bind. `start` is the solution
    with fewer floors, if it is known. Raises Undecided where more pairs than
    `most_parted` are taken in part.
    """
    none = np.full(problem.n_items, -np.inf)
    relaxed = start or _without_floors(replace(problem, floor=none))
    asked = np.zeros(problem.n_items, dtype=bool)

    def asking(shares: Floats) -> Problem | None:
        if most_parted is not None and np.count_nonzero(parted(shares)) > most_parted:
            raise Undecided("too many pairs are taken in part")
        short = problem.item_sums(shares) < problem.floor - TOLERANCE
        short &= (problem.demand > 1) & ~asked
        asked[short] = True
        if not short.any():
            return None
        return replace(problem, floor=np.where(asked, problem.floor, -np.inf))

    while relaxed is not None and (part := asking(relaxed.shares)) is not None:
        kept, guess = relaxed.kept, relaxed.prices
        if relaxed.dealt:
            kept = kept | first_kept(problem, guess)
        relaxed = solved(part, part.worth, _total, kept, guess, asking=asking)
        if relaxed is None:
            part = replace(problem, floor=np.where(asked, problem.floor, -np.inf))
            relaxed = _widened(part, kept, guess)
    return relaxed


def _without_floors(problem: Problem) -> Relaxed | None:
    """Deal where experts are alike; else start from the best scores or, if they mislead, prices."""
    worth = problem.worth
    if (even := dealt(problem)) is not None:
        return even
    kept = first_kept(problem)
    if kept.all():
        return solved(problem, worth, _total, kept)
    if crowding(problem, kept) < CROWDED:
        found = solved(problem, worth, _total, kept, farthest=NEAR)
        if found is not None:
            return found
    guess = guessed_prices(problem)
    kept |= first_kept(problem, guess)
    found = solved(problem, worth, _total, kept, guess)
    return found or _widened(problem, kept, guess)


def _widened(problem: Problem, kept: Flags, guess: Prices) -> Relaxed | None:
    """Add the pairs of the cheapest violation; where there is one, no matching exists."""
    if kept.all():
        return None
    least = least_violation(problem, kept)
    if least.value < -TOLERANCE:
        return None
    found = solved(problem, problem.worth, _total, kept | least.kept, guess)
    if found is not None:
        return found
    return solved(problem, problem.worth, _total, np.ones(len(kept), dtype=bool), guess)


def _total(part: Problem, guess: Prices | None) -> Found | None:
    program = total_program(part)
    found = program.relaxed(None if guess is None else guess.of_rows(part, program.rows))
    if found is None:
        return None
    shares, price = found
    return Found(shares, float(part.worth @ shares), price, prices_of(part, program.rows, price))


def total_program(problem: Problem) -> Program:
    """Write the total as a program."""
    ones = np.ones(len(problem.score))
    return Program(
        value=problem.worth,
        rows=rows_of(problem),
        least=problem.pinned.astype(float),
        most=ones,
        whole_variables=ones,
    )


def _branched(problem: Problem, relaxed: Relaxed, node_limit: int) -> Choice | None:
    """Choose whole pairs: first of the items that share, then of all that could be better.

    A pair that is worth `left` beyond its prices is in no matching of more than
    the bound plus `left`.
    """
    bound = on_grid(relaxed.bound, step_of(problem.worth))
    for open_items in _open_items(problem, relaxed):
        chosen = _others_as_they_are(problem, relaxed, open_items, node_limit)
        if chosen is not None and _is_best(problem, chosen, bound):
            return Choice(chosen, bound, True, relaxed.prices)
    kept = relaxed.kept
    while True:
        found = total_program(problem.only(kept)).whole(node_limit)
        reached = -np.inf if found is None else float(-found.fun)
        could = ~kept & (relaxed.bound + relaxed.left > reached + EXACT)
        if not could.any() or (found is not None and found.status != 0):
            break
        kept = kept | could
    if found is None:
        return None
    chosen = np.zeros(len(kept), dtype=bool)
    chosen[kept] = found.x > 0.5
    outside = relaxed.bound + relaxed.left[~kept].max(initial=-np.inf)
    bound = min(bound, max(float(-found.mip_dual_bound), outside))
    return Choice(chosen, bound, found.status == 0, relaxed.prices)


def _is_best(problem: Problem, chosen: Flags, bound: float) -> bool:
    reached = float(problem.worth[chosen].sum())
    return bound - reached <= GAP * max(1.0, abs(reached))


def _open_items(problem: Problem, relaxed: Relaxed) -> Iterator[Flags]:
    """Yield the items that share experts, then with them the other items of these experts."""
    shared = parted(relaxed.shares)
    items = np.zeros(problem.n_items, dtype=bool)
    items[problem.item[shared]] = True
    yield items
    experts = np.zeros(problem.n_experts, dtype=bool)
    experts[problem.expert[shared]] = True
    items = items.copy()
    items[problem.item[(relaxed.shares > 0) & experts[problem.expert]]] = True
    yield items


def _others_as_they_are(
    problem: Problem, relaxed: Relaxed, open_items: Flags, node_limit: int
) -> Flags | None:
    """Choose whole experts for the open items, the others keep theirs; None if not found."""
    settled = (relaxed.shares > 0.5) & ~open_items[problem.item]
    load = np.bincount(problem.expert[settled], minlength=problem.n_experts)
    part = replace(
        problem,
        demand=np.where(open_items, problem.demand, 0),
        capacity=problem.capacity - load,
        minimum_load=np.maximum(problem.minimum_load - load, 0),
    )
    free = relaxed.kept & open_items[problem.item]
    try:
        found = total_program(part.only(free)).whole(node_limit)
    except Undecided:
        return None
    if found is None:
        return None
    settled[free] = found.x > 0.5
    return settled
