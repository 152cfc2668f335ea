"""Match again after a change, without moving more published pairs than it is worth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypedDict, Unpack

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from .blocking import refusal
from .constraints import Kind, Rows, stacked
from .naming import NamePair, number
from .problem import Flags, Floats, Infeasible, Integers, Pairs, Problem, Scores, checked_problem
from .program import Undecided
from .solution import Matching, matching_of
from .totals import GAP, Choice, best_total, total_program

HALVINGS = 40
"""Prices of a move that are tried before whole pairs are searched."""


class ReassignLimits(TypedDict, total=False):
    """The other constraints, named as in `assign`."""

    forbidden: ArrayLike | None
    minimum_load: ArrayLike
    pinned: Pairs | None
    groups: ArrayLike | None
    floor: ArrayLike | None
    names: NamePair | None


@dataclass(frozen=True, eq=False)
class Reassigned:
    """A matching that knows what was published before.

    Attributes
    ----------
    matching : Matching
        Its `bound` bounds the total of every matching with no more moves.
    added, removed : int64 (pairs, 2)
        Pairs (expert, item) that are new, and published ones that are used no more.
    moves : int
        Published pairs given up although they are still allowed.
    loss : float
        Total of the best matching that heeds nothing published, less this total.
    """

    matching: Matching
    added: Integers
    removed: Integers
    moves: int
    loss: float


def reassign(
    score: Scores,
    demand: ArrayLike,
    capacity: ArrayLike,
    *,
    kept: Pairs,
    move_price: float | None = None,
    moves: int | None = None,
    node_limit: int = 1_000,
    **limits: Unpack[ReassignLimits],
) -> Reassigned:
    """Match again, giving up published pairs only where it pays or must be.

    Parameters
    ----------
    score, demand, capacity, node_limit, **limits
        As for `assign`, as they are now.
    kept : pairs (expert, item)
        Pairs already published. Those that are not allowed any longer are no moves.
    move_price : float >= 0
        What giving up a published pair costs, in the unit of scores.
    moves : int >= 0
        Instead of a price: how many published pairs may be given up at most.

    Raises
    ------
    Infeasible
        No matching meets the constraints, or none with so few moves.
    ValueError
        Neither or both of `move_price` and `moves` are given, or one is negative.

    Notes
    -----
    A price is a bonus for each published pair, so the program stays what it is.
    A limit of moves is priced by halving; where no price meets it exactly, whole
    pairs are searched among those that the prices leave open.
    """
    if (move_price is None) == (moves is None) or min(move_price or 0, moves or 0) < 0:
        raise ValueError("give either move_price or moves, 0 or more")
    problem = checked_problem(score, demand, capacity, **limits)
    scaled = problem.scaled()
    published = _published(problem, kept)
    free = None if len(problem.refused) else best_total(scaled, node_limit)
    if free is None:
        raise refusal(scaled, node_limit)
    search = _Moves(scaled, published, node_limit)
    if moves is None:
        choice = search.priced((move_price or 0.0) / scaled.unit)
    else:
        choice = search.at_most(moves)
    return _reassigned(problem, choice, published, np.asarray(kept).reshape(-1, 2), free)


def move_curve(
    score: Scores,
    demand: ArrayLike,
    capacity: ArrayLike,
    *,
    kept: Pairs,
    points: int = 20,
    node_limit: int = 1_000,
    **limits: Unpack[ReassignLimits],
) -> Floats:
    """Return (moves, best total) from the fewest moves to the best total of all.

    Shape (rows, 2); every number of moves, or as many as `points` spread over them.
    Raises what `reassign` raises.
    """
    problem = checked_problem(score, demand, capacity, **limits)
    scaled = problem.scaled()
    search = _Moves(scaled, _published(problem, kept), node_limit)
    if len(problem.refused) or best_total(scaled, node_limit) is None:
        raise refusal(scaled, node_limit)
    fewest = search.given_up(search.priced(search.dearest()).chosen)
    most = search.given_up(search.priced(GAP).chosen)
    counts = np.unique(np.linspace(fewest, most, min(points, most - fewest + 1)).round())
    totals = [problem.score[search.at_most(int(count)).chosen].sum() for count in counts]
    return np.column_stack((counts, totals)).astype(float)


class _Moves:
    """Best totals under a price of moves, or a limit of them."""

    def __init__(self, problem: Problem, published: Flags, node_limit: int) -> None:
        self.problem = problem
        self.published = published
        self.node_limit = node_limit

    def given_up(self, chosen: Flags) -> int:
        return int(np.count_nonzero(self.published & ~chosen))

    def dearest(self) -> float:
        """Return a price at which no move is made for a better total."""
        return 2.0 * float(self.problem.demand.sum()) + 1

    def priced(self, price: float) -> Choice:
        """Maximise the total less the price of moves; bound those with no more moves."""
        bonus = np.where(self.published, price, 0.0)
        choice = best_total(replace(self.problem, bonus=bonus), self.node_limit)
        if choice is None:
            raise Undecided("a matching exists, but none was found in time: raise node_limit")
        kept = np.count_nonzero(self.published & choice.chosen)
        return replace(choice, bound=choice.bound - price * kept)

    def at_most(self, moves: int) -> Choice:
        """Maximise the total with a limit of moves."""
        few, many = self.priced(self.dearest()), self.priced(0.0)
        if self.given_up(few.chosen) > moves:
            least = number(self.given_up(few.chosen), "published pair")
            raise Infeasible((f"At least {least} must be given up, {moves} may be.",))
        if self.given_up(many.chosen) <= moves:
            return many
        low, high, best, bound = 0.0, self.dearest(), few, many.bound
        for _ in range(HALVINGS):
            price = (low + high) / 2 if low or high <= 1 else min(high / 4, 1.0)
            choice = self.priced(price)
            over = self.given_up(choice.chosen) - moves
            bound = min(bound, choice.bound - price * over)
            low, high = (price, high) if over > 0 else (low, price)
            best = best if over > 0 else max(best, choice, key=self._total)
            if bound - self._total(best) <= GAP or high - low < GAP:
                break
        if bound - self._total(best) <= GAP:
            return replace(best, bound=bound)
        return self._branched(moves, best, bound, (choice, price))

    def _total(self, choice: Choice) -> float:
        return float(self.problem.score[choice.chosen].sum())

    def _branched(
        self, moves: int, best: Choice, bound: float, priced: tuple[Choice, float]
    ) -> Choice:
        """Search whole pairs among those that could beat the best so far."""
        at, price = priced
        worth = self.problem.score + price * self.published
        left = at.prices.left(self.problem, worth)
        most = at.prices.bound(self.problem, left) - price * (self.published.sum() - moves)
        core = best.chosen | self.problem.pinned | (most + left >= self._total(best) - GAP)
        part, published = self.problem.only(core), self.published[core]
        program = total_program(part)
        limit = _at_least(published, int(self.published.sum()) - moves)
        program = replace(program, rows=stacked([program.rows, limit]))
        found = program.whole(self.node_limit)
        if found is None:
            raise Undecided("a matching exists, but none was found: raise node_limit")
        chosen = np.zeros(len(core), dtype=bool)
        chosen[core] = found.x > 0.5
        searched = max(float(-found.mip_dual_bound), self._total(best))
        return replace(best, chosen=chosen, bound=min(bound, searched), proven=found.status == 0)


def _at_least(published: Flags, fewest: int) -> Rows:
    """Ask for as many of the published pairs."""
    one = np.full(1, -1)
    matrix = sparse.csr_array(published.astype(float)[None, :])
    kind = np.full(1, int(Kind.PIN))
    return Rows(matrix, np.full(1, float(fewest)), np.full(1, np.inf), kind, one, one)


def _published(problem: Problem, kept: Pairs) -> Flags:
    pairs = np.asarray(kept, dtype=np.int64).reshape(-1, 2)
    cells = problem.item * problem.n_experts + problem.expert
    inside = ((pairs >= 0) & (pairs < [problem.n_experts, problem.n_items])).all(axis=1)
    wanted = pairs[inside, 1] * problem.n_experts + pairs[inside, 0]
    flags: Flags = np.isin(cells, wanted)
    return flags


def _reassigned(
    problem: Problem, choice: Choice, published: Flags, kept: Integers, free: Choice
) -> Reassigned:
    matching = matching_of(problem, choice, "total", problem.scaled().unit)
    used = {*zip(matching.experts.tolist(), matching.items.tolist(), strict=True)}
    before = {(int(expert), int(item)) for expert, item in kept.tolist()}
    return Reassigned(
        matching=matching,
        added=_pairs(used - before),
        removed=_pairs(before - used),
        moves=int(np.count_nonzero(published & ~choice.chosen)),
        loss=float(problem.score[free.chosen].sum()) - matching.total,
    )


def _pairs(pairs: set[tuple[int, int]]) -> Integers:
    listed = sorted(pairs, key=lambda pair: pair[::-1])
    return np.array(listed, dtype=np.int64).reshape(-1, 2)
