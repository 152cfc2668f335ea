"""Raise the smallest sum by exchanging experts, one exchange at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .problem import Flags, Floats, Integers, Problem

RISE = 1e-9
"""What an exchange must add to the smallest sum."""
EXCHANGES = 5_000
"""Exchanges after which the search ends, so that it ends."""


def raised(problem: Problem, chosen: Flags) -> Flags:
    """Exchange experts for the item with the smallest sum until none helps it.

    It gets an expert with room, or one of another item's for one of its own, whichever
    leaves the smaller sum of those touched largest. A local optimum: no bound.
    Cost O(pairs of an expert + pairs of an item + chosen pairs) for each exchange.
    """
    state = _State(problem, chosen)
    for _ in range(EXCHANGES):
        worst = state.worst_item()
        moves = [move for place in state.places(worst) for move in state.moves(worst, place)]
        best = max(moves, key=lambda move: move.least, default=None)
        if best is None or best.least <= state.sums[worst] + RISE:
            break
        state.make(best)
    return state.chosen()


@dataclass(frozen=True)
class _Move:
    """Put `expert` at `place`; if they sat at `other`, its expert goes there."""

    least: float
    place: int
    expert: int
    other: int | None


class _State:
    """Who sits where: places are the chosen pairs, sorted by item."""

    def __init__(self, problem: Problem, chosen: Flags) -> None:
        self.problem = problem
        self.item = problem.item[chosen]
        self.expert = problem.expert[chosen]
        self.score = problem.score[chosen]
        self.fixed = problem.pinned[chosen]
        self.sums = problem.item_sums(chosen)
        self.load = np.bincount(self.expert, minlength=problem.n_experts)
        self.by_expert = np.argsort(problem.expert, kind="stable")
        self.expert_start = _starts(problem.expert, problem.n_experts)
        self.item_start = _starts(problem.item, problem.n_items)

    def worst_item(self) -> int:
        return int(np.where(self.problem.demand > 0, self.sums, np.inf).argmin())

    def places(self, item: int) -> list[int]:
        here: list[int] = np.flatnonzero((self.item == item) & ~self.fixed).tolist()
        return here

    def moves(self, worst: int, place: int) -> tuple[_Move, _Move]:
        """Return the best replacement and the best exchange at one place."""
        sums = self._scores_of_item(worst)
        sums += self.sums[worst] - self.score[place]
        sums[self.expert[self.item == worst]] = -np.inf
        sums[self._would_meet_there(worst, place)] = -np.inf
        return self._replacement(place, sums), self._exchange(place, sums)

    def make(self, move: _Move) -> None:
        leaving = int(self.expert[move.place])
        self.load[leaving] -= 1
        self.load[move.expert] += 1
        self._seat(move.place, move.expert)
        if move.other is not None:
            self.load[leaving] += 1
            self.load[move.expert] -= 1
            self._seat(move.other, leaving)

    def chosen(self) -> Flags:
        chosen = np.zeros(len(self.problem.score), dtype=bool)
        for item, expert in zip(self.item.tolist(), self.expert.tolist(), strict=True):
            chosen[self._pair(item, expert)] = True
        return chosen

    def _replacement(self, place: int, sums: Floats) -> _Move:
        """Find the expert with room who leaves the item best off."""
        leaving = int(self.expert[place])
        if self.load[leaving] <= self.problem.minimum_load[leaving]:
            return _Move(-np.inf, place, leaving, None)
        free = np.where(self.load < self.problem.capacity, sums, -np.inf)
        expert = int(free.argmax())
        return _Move(float(free[expert]), place, expert, None)

    def _exchange(self, place: int, sums: Floats) -> _Move:
        """Find the place elsewhere whose expert is best exchanged for this one's."""
        leaving = int(self.expert[place])
        gained = self._scores_of_expert(leaving)
        gained[self.item[self.expert == leaving]] = -np.inf
        after = self.sums[self.item] - self.score + gained[self.item]
        least = np.minimum(sums[self.expert], after)
        least[self.fixed | self._would_meet_here(leaving)] = -np.inf
        least[after < self.problem.floor[self.item]] = -np.inf
        other = int(least.argmax())
        return _Move(float(least[other]), place, int(self.expert[other]), other)

    def _would_meet_there(self, worst: int, place: int) -> Flags:
        """Return the experts who would meet one of their group at the item."""
        group = self.problem.group
        others = self.expert[self.item == worst]
        met = group[others[others != self.expert[place]]]
        flags: Flags = np.isin(group, met[met >= 0])
        return flags

    def _would_meet_here(self, leaving: int) -> Flags:
        """Return the places where the expert would meet one of their group."""
        group = self.problem.group[leaving]
        if group < 0:
            return np.zeros(len(self.item), dtype=bool)
        same = self.problem.group[self.expert] == group
        met = np.bincount(self.item[same], minlength=self.problem.n_items)
        flags: Flags = met[self.item] > same
        return flags

    def _scores_of_item(self, item: int) -> Floats:
        scores = np.full(self.problem.n_experts, -np.inf)
        pairs = slice(self.item_start[item], self.item_start[item + 1])
        scores[self.problem.expert[pairs]] = self.problem.score[pairs]
        return scores

    def _scores_of_expert(self, expert: int) -> Floats:
        scores = np.full(self.problem.n_items, -np.inf)
        pairs = self.by_expert[self.expert_start[expert] : self.expert_start[expert + 1]]
        scores[self.problem.item[pairs]] = self.problem.score[pairs]
        return scores

    def _seat(self, place: int, expert: int) -> None:
        item = int(self.item[place])
        self.expert[place] = expert
        self.score[place] = self.problem.score[self._pair(item, expert)]
        self.sums[item] = self.score[self.item == item].sum()

    def _pair(self, item: int, expert: int) -> int:
        start, end = self.item_start[item], self.item_start[item + 1]
        return int(start + np.searchsorted(self.problem.expert[start:end], expert))


def _starts(code: Integers, size: int) -> Integers:
    return np.append(0, np.cumsum(np.bincount(code, minlength=size)))
