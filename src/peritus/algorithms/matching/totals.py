"""The matching with the best total, and the proof that none is better."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .constraints import rows_of
from .guess import guessed_prices
from .prices import Prices, prices_of
from .problem import Flags, Problem
from .program import Program
from .pruning import EXACT, Found, Relaxed, crowding, first_kept, solved
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


def best_total(problem: Problem, node_limit: int) -> Choice | None:
    """Maximise the total; None when no matching exists."""
    below = problem.below_single_floor()
    if below.any():
        return _best_above_single_floors(problem, below, node_limit)
    relaxed = _relaxed_total(problem)
    if relaxed is None:
        return None
    chosen = relaxed.shares > 0.5
    if np.abs(relaxed.shares - chosen).max(initial=0.0) < GAP:
        return Choice(chosen, relaxed.bound, True, relaxed.prices)
    return _branched(problem, relaxed, node_limit)


def _best_above_single_floors(problem: Problem, below: Flags, node_limit: int) -> Choice | None:
    """Rule out the pairs that alone miss a floor."""
    if (problem.pinned & below).any():
        return None
    choice = best_total(problem.only(~below), node_limit)
    if choice is None:
        return None
    chosen = np.zeros(len(below), dtype=bool)
    chosen[~below] = choice.chosen
    return replace(choice, chosen=chosen)


def _relaxed_total(problem: Problem) -> Relaxed | None:
    """Start from the best scores; where they mislead, from guessed prices."""
    score = problem.score
    kept = first_kept(problem)
    if kept.all():
        return solved(problem, score, _total, kept)
    if crowding(problem, kept) < CROWDED:
        found = solved(problem, score, _total, kept, farthest=NEAR)
        if found is not None:
            return found
    guess = guessed_prices(problem)
    kept |= first_kept(problem, guess)
    found = solved(problem, score, _total, kept, guess)
    return found or _widened(problem, kept, guess)


def _widened(problem: Problem, kept: Flags, guess: Prices) -> Relaxed | None:
    """Add the pairs of the cheapest violation; where there is one, no matching exists."""
    least = least_violation(problem, kept)
    if least.value < -TOLERANCE:
        return None
    found = solved(problem, problem.score, _total, kept | least.kept, guess)
    if found is not None:
        return found
    return solved(problem, problem.score, _total, np.ones(len(kept), dtype=bool), guess)


def _total(part: Problem, guess: Prices | None) -> Found | None:
    program = total_program(part)
    found = program.relaxed(None if guess is None else guess.of_rows(part, program.rows))
    if found is None:
        return None
    shares, price = found
    return Found(shares, float(part.score @ shares), price, prices_of(part, program.rows, price))


def total_program(problem: Problem) -> Program:
    """Write the total as a program."""
    ones = np.ones(len(problem.score))
    return Program(
        value=problem.score,
        rows=rows_of(problem),
        least=problem.pinned.astype(float),
        most=ones,
        whole_variables=ones,
    )


def _branched(problem: Problem, relaxed: Relaxed, node_limit: int) -> Choice | None:
    """Choose whole pairs among those kept, then among all that could be better.

    A pair that is worth `left` beyond its prices is in no matching of more than
    the bound plus `left`.
    """
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
    bound = min(relaxed.bound, max(float(-found.mip_dual_bound), outside))
    return Choice(chosen, bound, found.status == 0, relaxed.prices)
