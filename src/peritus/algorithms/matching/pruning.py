"""Solve a program on few pairs, and prove by prices that the others add nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .prices import Prices
from .problem import Flags, Floats, Integers, Problem

SMALL = 4_000
"""Pairs up to which all are kept from the start."""
SPARE_OF_ITEM, SPARE_OF_EXPERT = 8, 4
"""Pairs kept beyond what is likely needed."""
EXACT = 1e-10
"""Difference from the bound, relative, at which a program counts as solved."""
SPREAD = 1e-6
"""How much of the range of scores is used to spread ties over experts."""


@dataclass(frozen=True, eq=False)
class Found:
    """A program solved in shares of the pairs at hand, with prices."""

    shares: Floats
    value: float
    row_prices: Floats
    prices: Prices


@dataclass(frozen=True, eq=False)
class Relaxed:
    """A program solved in shares of all pairs.

    Attributes
    ----------
    shares, left : float64 (pairs,)
        Share of each pair; what it is worth beyond its prices.
    bound : float
        No shares are worth more.
    row_prices : float64 (rows,)
        Price of each row of the last program.
    kept : bool (pairs,)
        The pairs that the last program had.
    dealt : bool
        No program was needed: `kept` are the pairs taken, and leave no choice.
    """

    shares: Floats
    value: float
    bound: float
    row_prices: Floats
    prices: Prices
    left: Floats
    kept: Flags
    dealt: bool = False


Asking = Callable[[Floats], Problem | None]
Solve = Callable[[Problem, Prices | None], Found | None]


def solved(
    problem: Problem,
    worth: Floats,
    solve: Solve,
    kept: Flags,
    guess: Prices | None = None,
    *,
    farthest: float = np.inf,
    asking: Asking | None = None,
) -> Relaxed | None:
    """Solve on the kept pairs, add those that could improve, until none could.

    The best of the kept pairs is then the best of all, since prices bound what
    any choice of pairs is worth. Returns None if the kept pairs have no solution,
    or one that is `farthest`, relative, from the bound or more. `asking` may add
    floors that the shares miss, in the same rounds.
    """
    while True:
        found = solve(problem.only(kept), guess)
        if found is None:
            return None
        guess = found.prices
        left = found.prices.left(problem, worth)
        bound = found.prices.bound(problem, left)
        better = ~kept & (left > EXACT)
        gap = (bound - found.value) / max(1.0, abs(found.value))
        if gap >= farthest:
            return None
        shares = np.zeros(len(kept))
        shares[kept] = found.shares
        more = None if asking is None else asking(shares)
        if more is not None:
            problem = more
        elif gap <= EXACT or not better.any():
            return Relaxed(shares, found.value, bound, found.row_prices, found.prices, left, kept)
        among = np.flatnonzero(better)
        kept = kept.copy()
        kept[among[_best(problem.only(among), left[among])]] = True


def first_kept(problem: Problem, prices: Prices | None = None) -> Flags:
    """Keep the best pairs of each item and of each expert, by score or beyond prices."""
    if len(problem.score) <= SMALL:
        return np.ones(len(problem.score), dtype=bool)
    worth = problem.worth if prices is None else prices.left(problem, problem.worth)
    kept = problem.pinned.copy()
    kept[_best(problem, worth)] = True
    return kept


def crowding(problem: Problem, kept: Flags) -> float:
    """Return the share of the demand beyond capacities if each item took its best."""
    part = problem.only(kept)
    best = _first_of_each(part.item, _places(part, part.worth), part.demand)
    load = np.bincount(part.expert[best], minlength=part.n_experts)
    beyond = np.maximum(load - part.capacity, 0).sum()
    return float(beyond / max(1, part.demand.sum()))


def sums_of_best(problem: Problem) -> Floats:
    """Return what each item's best experts would sum to, were they free, shape (items,)."""
    place = _shares_below_best(problem.score)
    best = _first_of_each(problem.item, place, problem.demand)
    chosen = np.zeros(len(problem.score), dtype=bool)
    chosen[best] = True
    return problem.item_sums(chosen)


def _best(problem: Problem, worth: Floats) -> Integers:
    """Choose the pairs of most worth for each item and for each expert, by index."""
    load = int(np.ceil(2 * problem.demand.sum() / max(1, problem.n_experts)))
    place = _places(problem, worth)
    for_expert = np.clip(problem.capacity, problem.minimum_load, load) + SPARE_OF_EXPERT
    return np.concatenate(
        [
            _first_of_each(problem.item, place, 2 * problem.demand + SPARE_OF_ITEM),
            _first_of_each(problem.expert, place, for_expert),
        ]
    )


def _places(problem: Problem, worth: Floats) -> Floats:
    """Map worths into [0, 1), the best to 0; ties are spread over experts."""
    mixed = (problem.item * 7919 + problem.expert * 104_729) % 65_521
    return (_shares_below_best(worth) + SPREAD / 65_521 * mixed) / (1 + SPREAD)


def _shares_below_best(worth: Floats) -> Floats:
    """Return how far below the best each worth is, from 0 to just below 1."""
    low, high = float(worth.min(initial=np.inf)), float(worth.max(initial=-np.inf))
    below = (high - worth) / (high - low) if high > low else np.zeros(len(worth))
    return below * (1 - SPREAD)


def _first_of_each(code: Integers, place: Floats, wanted: Integers) -> Integers:
    """Return the indices of as many pairs of each code as wanted, first places first."""
    order = np.argsort(code + place)
    count = np.bincount(code, minlength=len(wanted))
    start = np.cumsum(count) - count
    taken = np.minimum(wanted, count)
    before = np.cumsum(taken) - taken
    chosen: Integers = order[np.arange(taken.sum()) + np.repeat(start - before, taken)]
    return chosen
