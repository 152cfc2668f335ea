"""Deal experts who are worth the same on all items: loads first, then seats."""

from __future__ import annotations

import numpy as np

from .constraints import rows_of
from .prices import Prices
from .problem import Flags, Floats, Integers, Problem
from .pruning import EXACT, Relaxed


def dealt(problem: Problem) -> Relaxed | None:
    """Choose the best loads, deal them to items, and prove the total by prices.

    Returns None where an expert's pairs differ in worth, where pins, groups or
    floors bind, and where these loads find no seats: the general way is for those.
    Cost O(pairs + experts x items of an expert).
    """
    if problem.pinned.any() or (problem.group >= 0).any() or np.isfinite(problem.floor).any():
        return None
    worth = _worth_of_experts(problem)
    room = _room(problem)
    loads = None if worth is None else _best_loads(problem, worth, room)
    chosen = None if worth is None or loads is None else _seats(problem, worth, loads)
    if worth is None or loads is None or chosen is None:
        return None
    return _proven(problem, chosen, _prices(problem, worth, room, loads))


def _worth_of_experts(problem: Problem) -> Floats | None:
    """Return what each expert is worth on any item, None if items matter."""
    worth = np.full(problem.n_experts, -np.inf)
    worth[problem.expert] = problem.worth
    return worth if (worth[problem.expert] == problem.worth).all() else None


def _room(problem: Problem) -> Integers:
    """Return how many items each expert can take: capacity, or fewer where walls stand."""
    wanted = problem.demand[problem.item] > 0
    allowed = np.bincount(problem.expert[wanted], minlength=problem.n_experts)
    return np.minimum(problem.capacity, allowed)


def _best_loads(problem: Problem, worth: Floats, room: Integers) -> Integers | None:
    """Give everybody the least load, the best experts more; None if sums do not fit."""
    extra = room - problem.minimum_load
    spare = int(problem.demand.sum() - problem.minimum_load.sum())
    if (extra < 0).any() or not 0 <= spare <= extra.sum() or not problem.demand.any():
        return None
    order = np.argsort(-worth, kind="stable")
    before = np.cumsum(extra[order]) - extra[order]
    loads = problem.minimum_load.copy()
    loads[order] += np.clip(spare - before, 0, extra[order])
    return loads


def _prices(problem: Problem, worth: Floats, room: Integers, loads: Integers) -> Prices:
    """Price items at the worth of the last expert taken, experts at what they are above it."""
    more = loads > problem.minimum_load
    could = room > problem.minimum_load
    least = worth[more].min() if more.any() else worth[could].max(initial=-np.inf)
    last = float(least) if np.isfinite(least) else float(problem.worth.max())
    full = (worth > last) & (room == problem.capacity)
    owing = (worth < last) & (problem.minimum_load > 0)
    # Nobody is wanted where demand is 0: no pair there may seem worth having.
    item = np.where(problem.demand > 0, last, max(last, float(problem.worth.max())))
    expert = np.zeros(problem.n_experts)
    expert[full | owing] = worth[full | owing] - last
    nothing = (np.zeros(0, dtype=np.int64), np.zeros(0))
    return Prices(item, expert, np.zeros(problem.n_items), nothing)


def _proven(problem: Problem, chosen: Flags, prices: Prices) -> Relaxed | None:
    left = prices.left(problem, problem.worth)
    bound = prices.bound(problem, left)
    value = float(problem.worth[chosen].sum())
    if bound - value > EXACT * max(1.0, abs(value)):
        return None
    part = problem.only(chosen)
    row_prices = prices.of_rows(part, rows_of(part))
    return Relaxed(chosen.astype(float), value, bound, row_prices, prices, left, chosen, dealt=True)


def _seats(problem: Problem, worth: Floats, loads: Integers) -> Flags | None:
    """Seat the best experts first, each at the items most in want; None if seats lack.

    Most in want is who lacks most experts, then whose sum is smallest, so that
    sums come out even.
    """
    table = _Table(problem, loads)
    order = np.argsort(-worth, kind="stable")
    for expert in order[loads[order] > 0].tolist():
        table.seat(expert, float(worth[expert]), int(loads[expert]))
    return table.chosen() if all(table.squeeze_in(expert) for expert in table.left_over) else None


class _Table:
    """Who sits where, and how many experts each item lacks."""

    def __init__(self, problem: Problem, loads: Integers) -> None:
        self.problem = problem
        self.lacks = problem.demand.copy()
        self.sums = np.zeros(problem.n_items)
        self.at_item: list[set[int]] = [set() for _ in range(problem.n_items)]
        self.left_over: list[int] = []
        pairs = np.flatnonzero((loads[problem.expert] > 0) & (problem.demand[problem.item] > 0))
        order = np.argsort(problem.expert[pairs], kind="stable")
        self.item = problem.item[pairs[order]]
        count = np.bincount(problem.expert[pairs], minlength=problem.n_experts)
        self.start = np.append(0, np.cumsum(count))

    def seat(self, expert: int, worth: float, load: int) -> None:
        items = self._allowed_items(expert)
        first = items[np.lexsort((self.sums[items], -self.lacks[items]))[:load]]
        first = first[self.lacks[first] > 0]
        self.lacks[first] -= 1
        self.sums[first] += worth
        for item in first.tolist():
            self.at_item[item].add(expert)
        self.left_over += [expert] * (load - len(first))

    def squeeze_in(self, expert: int) -> bool:
        """Seat an expert where another leaves for an item that lacks one; False if nowhere."""
        for short in np.flatnonzero(self.lacks).tolist():
            pairs = slice(*np.searchsorted(self.problem.item, [short, short + 1]))
            may = set(self.problem.expert[pairs].tolist()) - self.at_item[short]
            for item in self._allowed_items(expert).tolist():
                movers = () if expert in self.at_item[item] else self.at_item[item] & may
                if movers:
                    mover = min(movers)
                    self.at_item[item] ^= {mover, expert}
                    self.at_item[short].add(mover)
                    self.lacks[short] -= 1
                    return True
        return False

    def chosen(self) -> Flags:
        size = self.problem.n_experts
        cells = [item * size + e for item, experts in enumerate(self.at_item) for e in experts]
        chosen: Flags = np.isin(self.problem.item * size + self.problem.expert, cells)
        return chosen

    def _allowed_items(self, expert: int) -> Integers:
        return self.item[self.start[expert] : self.start[expert + 1]]
