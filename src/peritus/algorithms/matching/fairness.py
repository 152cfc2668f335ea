"""The matching whose smallest sum is largest, and among those the best total."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import numpy as np
from scipy import sparse

from .constraints import floor_rows, rows_of, stacked
from .evening import evened
from .exchange import raised
from .grid import on_grid, step_of
from .prices import Prices, prices_of
from .problem import Flags, Problem
from .program import Program, Undecided
from .pruning import EXACT, SMALL, Found, Relaxed, first_kept, solved, sums_of_best
from .totals import (
    GAP,
    Choice,
    above_single_floors,
    parted,
    relaxed_total,
    whole_total,
)

MANY_PARTED = 100
"""Pairs taken in part beyond which no search for whole ones is begun."""
MANY_PAIRS = 6_000
"""The same for the pairs that a search for the largest smallest sum must look at."""
ROUNDING = 2e-6
"""How far the solver of whole pairs lets a sum miss the smallest sum by rounding."""
STEPS = 6_000
"""Steps of the solver after which the bound on the smallest sum stays what it is."""
TRIES = 8
"""Smallest sums that are tried one after the other."""
NEAR = 1e-3
"""Relative distance from the ceiling that is near enough where experts are alike.

Shares make sums even there, whole experts hardly ever do, and the search is long.
"""


def best_minimum(problem: Problem, node_limit: int) -> Choice | None:
    """Maximise the smallest sum, then the total; None when no matching exists."""
    search = _Search(problem, node_limit)
    if not search.begin():
        return None
    search.exchange()
    if not search.closed() and not search.near() and search.bound_by_shares():
        search.try_sums(1 if search.step is None else TRIES)
        search.branch()
        search.try_sums(TRIES)
    return search.best()


class _Search:
    """The best smallest sum so far, and what none exceeds."""

    def __init__(self, problem: Problem, node_limit: int) -> None:
        self.problem = problem
        self.node_limit = node_limit
        self.step = step_of(problem.score)
        self.start: Relaxed | None = None
        self.relaxed: Relaxed | None = None
        self.choice: Choice | None = None
        self.fallback: Choice | None = None
        self.chosen = np.zeros(len(problem.score), dtype=bool)
        self.least = -np.inf
        self.ceiling = np.inf

    def begin(self) -> bool:
        """Start from the best total; False when no matching exists."""
        choice = above_single_floors(self.problem, self._best_total)
        if choice is None:
            return False
        self.fallback = choice
        self._keep(choice.chosen, choice)
        wanted = self.problem.demand > 0
        alone = float(sums_of_best(self.problem)[wanted].min())
        even = choice.bound / np.count_nonzero(wanted)
        self.ceiling = on_grid(min(alone, even, _least_with_owing(self.problem)), self.step)
        return True

    def closed(self) -> bool:
        return self.ceiling - self.least <= GAP

    def near(self) -> bool:
        """Tell whether dealt experts come so near the ceiling that a search is not worth it."""
        many = len(self.problem.score) > SMALL
        gap = self.ceiling - self.least
        return many and self._is_dealt() and gap <= NEAR * self.ceiling

    def exchange(self) -> None:
        if self._is_dealt() and not np.isfinite(self.problem.floor).any():
            self._keep(raised(self.problem, evened(self.problem, self.chosen)))
        if not self.near():
            self._keep(raised(self.problem, self.chosen))

    def bound_by_shares(self) -> bool:
        """Lower the ceiling to what shares of experts could reach; False if not known."""
        with suppress(Undecided):
            self.relaxed = _relaxed_minimum(self.problem, self.chosen)
        if self.relaxed is None:
            return False
        self.ceiling = min(self.ceiling, on_grid(self.relaxed.bound, self.step))
        return True

    def try_sums(self, tries: int) -> None:
        """Ask for the ceiling; where it cannot be, lower the ceiling and ask again."""
        target = self.ceiling
        for _ in range(tries):
            if self.closed():
                return
            try:
                found = self._above(target)
            except Undecided:
                return
            if found is not None:
                self._keep(found.chosen, found)
            elif self.step is not None:
                self.ceiling = on_grid(target - self.step, self.step)
            else:
                self.ceiling = target
            target = self.ceiling if self.step is not None else (self.least + self.ceiling) / 2

    def branch(self) -> None:
        """Branch on the pairs that a larger smallest sum could use."""
        if self.relaxed is None or self.closed():
            return
        core = self.problem.pinned | (self.relaxed.bound + self.relaxed.left >= self.least)
        if np.count_nonzero(core) > MANY_PAIRS or parted(self.relaxed.shares).sum() > MANY_PARTED:
            return
        try:
            found = _minimum_program(self.problem.only(core)).whole(self.node_limit)
        except Undecided:
            return
        if found is None:
            return
        chosen = np.zeros(len(core), dtype=bool)
        chosen[core] = found.x[:-1] > 0.5
        self._keep(chosen)
        ceiling = on_grid(float(-found.mip_dual_bound), self.step)
        ceiling = self.least if ceiling - self.least <= ROUNDING else ceiling
        self.ceiling = min(self.ceiling, ceiling)

    def best(self) -> Choice | None:
        """Return the best total with the smallest sum that was reached."""
        fallback = self.fallback
        if fallback is None:
            return None
        if self.choice is None and self._is_best_total(fallback):
            self.choice = replace(fallback, chosen=self.chosen)
        if self.choice is None:
            with suppress(Undecided):
                self.choice = self._above(self.least)
        choice = self.choice or replace(fallback, chosen=self.chosen, proven=False)
        return replace(choice, bound=self.ceiling)

    def _is_dealt(self) -> bool:
        return self.start is not None and self.start.dealt

    def _is_best_total(self, best: Choice) -> bool:
        """Tell whether exchanges have left the best total of all what it was."""
        total = float(self.problem.worth[self.chosen].sum())
        return best.proven and best.bound - total <= EXACT * max(1.0, abs(total))

    def _keep(self, chosen: Flags, choice: Choice | None = None) -> None:
        least = self.problem.smallest_sum(chosen)
        if least > self.least:
            self.chosen, self.least, self.choice = chosen, least, choice

    def _above(self, least: float) -> Choice | None:
        """Maximise the total with every sum at `least` or more; None if impossible.

        Raises Undecided where the search would be long.
        """
        floor = np.maximum(self.problem.floor, least)
        return above_single_floors(replace(self.problem, floor=floor), self._whole_total)

    def _best_total(self, problem: Problem) -> Choice | None:
        self.start = relaxed_total(problem)
        if self.start is None:
            return None
        return whole_total(problem, self.start, self.node_limit)

    def _whole_total(self, problem: Problem) -> Choice | None:
        start = self.start
        if start is not None and len(start.shares) != len(problem.score):
            start = None  # floors have ruled out other pairs since
        elif start is not None and self.relaxed is not None:
            # These shares reach the ceiling, so that few pairs beside them are needed.
            kept = (start.shares > 0) | (self.relaxed.shares > 0)
            start = replace(start, kept=kept | first_kept(problem, start.prices))
        relaxed = relaxed_total(problem, start, most_parted=MANY_PARTED)
        if relaxed is None:
            return None
        return whole_total(problem, relaxed, self.node_limit)


def _least_with_owing(problem: Problem) -> float:
    """Bound the smallest sum by where each expert who owes a load could sit best.

    An item's sum with an expert is at most his score and its other seats' best scores.
    """
    others = replace(problem, demand=np.maximum(problem.demand - 1, 0))
    with_expert = problem.score + sums_of_best(others)[problem.item]
    with_expert[problem.demand[problem.item] == 0] = -np.inf
    best = np.full(problem.n_experts, -np.inf)
    np.maximum.at(best, problem.expert, with_expert)
    return float(best[problem.minimum_load > 0].min(initial=np.inf))


def _relaxed_minimum(problem: Problem, chosen: Flags) -> Relaxed | None:
    """Maximise the smallest sum in shares of pairs."""
    nothing = np.zeros(len(problem.score))
    return solved(_even(problem), nothing, _least_sum, first_kept(problem) | chosen)


def _even(problem: Problem) -> Problem:
    """Ask each item that wants experts for a sum of zero, and for no other floor."""
    floor = np.where(problem.demand > 0, 0.0, -np.inf)
    return replace(problem, floor=floor, rules_out=False)


def _least_sum(part: Problem, guess: Prices | None) -> Found | None:
    del guess
    program = _minimum_program(replace(part, floor=np.full(part.n_items, -np.inf)))
    found = program.relaxed(steps=STEPS)
    if found is None:
        return None
    x, price = found
    return Found(x[:-1], float(x[-1]), price, prices_of(part, program.rows, price))


def _minimum_program(problem: Problem) -> Program:
    """Add a last variable that no sum of an item with demand may fall below."""
    sums = floor_rows(_even(problem))
    rows = stacked([rows_of(problem), sums])
    count = len(rows.lower) - len(sums.lower)
    below = np.concatenate([np.zeros(count), -np.ones(len(sums.lower))])
    matrix = sparse.hstack([rows.matrix, sparse.csr_array(below[:, None])], format="csr")
    pairs, most = len(problem.score), float(problem.demand.max())
    return Program(
        value=np.append(np.zeros(pairs), 1.0),
        rows=replace(rows, matrix=matrix),
        least=np.append(problem.pinned.astype(float), -most),
        most=np.append(np.ones(pairs), most),
        whole_variables=np.append(np.ones(pairs), 0),
    )
