"""What demand, loads, groups and floors are worth, and what that proves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .constraints import Kind, Rows
from .problem import Floats, Integers, Problem


@dataclass(frozen=True, eq=False)
class Prices:
    """Dual prices of a matching problem, for all its pairs.

    Attributes
    ----------
    item : float64 (items,)
        What one expert more for the item would add.
    expert : float64 (experts,)
        What one item more of capacity would add; negative where the minimum
        load binds.
    floor : float64 (items,)
        What one unit more of an item's floor would add; at most 0, at least 0
        where an item that wants one expert rules out pairs below its floor.
    meeting : (keys int64, prices float64)
        Keys ``item * groups + group``, sorted, with the price of each.
    pin : float64 (pins,) or None
        What releasing each pinned pair would add, where pins may be released.
    """

    item: Floats
    expert: Floats
    floor: Floats
    meeting: tuple[Integers, Floats]
    pin: Floats | None = None

    def left(self, problem: Problem, worth: Floats) -> Floats:
        """Return what each pair is worth beyond its prices, shape (pairs,)."""
        left = worth - self.item[problem.item]
        left -= self.expert[problem.expert]
        if self.floor.any():
            left -= self.floor[problem.item] * problem.floor_weight()
        if len(self.meeting[0]):
            left -= self._meeting_price(problem)
        if self.pin is not None:
            left[problem.pinned] -= self.pin
        return left

    def bound(self, problem: Problem, left: Floats) -> float:
        """Bound what any matching is worth: valid whatever the solver's accuracy."""
        used = np.maximum(left, 0)
        if self.pin is None:
            used[problem.pinned] = left[problem.pinned]
        limits = np.where(problem.single(), 0.0, problem.floor)
        asked = self.floor != 0
        return float(
            used.sum()
            + self.item @ problem.demand
            + np.maximum(self.expert, 0) @ problem.capacity
            + np.minimum(self.expert, 0) @ problem.minimum_load
            + self.floor[asked] @ limits[asked]
            + self.meeting[1].sum()
            + (0.0 if self.pin is None else self.pin.sum())
        )

    def of_rows(self, problem: Problem, rows: Rows) -> Floats:
        """Return the price of each row."""
        price = np.zeros(len(rows.lower))
        for kind, values in (
            (Kind.DEMAND, self.item),
            (Kind.LOAD, self.expert),
            (Kind.FLOOR, self.floor),
            (Kind.PIN, self.pin),
        ):
            where = rows.are(kind)
            if values is not None and where.any():
                price[where] = values[rows.whom[where]]
        met = rows.are(Kind.GROUP)
        price[met] = self._met(rows.whom[met] * groups_of(problem) + rows.group[met])
        return price

    def _meeting_price(self, problem: Problem) -> Floats:
        group = problem.group[problem.expert]
        return self._met(np.where(group >= 0, problem.item * groups_of(problem) + group, -1))

    def _met(self, wanted: Integers) -> Floats:
        keys, prices = self.meeting
        if not len(keys):
            return np.zeros(len(wanted))
        at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        return np.where(keys[at] == wanted, prices[at], 0.0)


def prices_of(problem: Problem, rows: Rows, price: Floats) -> Prices:
    """Sort the prices of rows by what they are about."""

    def placed(kind: Kind, size: int) -> Floats:
        where = rows.are(kind)
        values = np.zeros(size)
        values[rows.whom[where]] = price[where]
        return values

    met = rows.are(Kind.GROUP)
    keys = rows.whom[met] * groups_of(problem) + rows.group[met]
    order = np.argsort(keys)
    pins = rows.are(Kind.PIN)
    return Prices(
        item=placed(Kind.DEMAND, problem.n_items),
        expert=placed(Kind.LOAD, problem.n_experts),
        floor=placed(Kind.FLOOR, problem.n_items),
        meeting=(keys[order], np.maximum(price[met][order], 0)),
        pin=price[pins] if pins.any() else None,
    )


def groups_of(problem: Problem) -> int:
    """Return one more than the largest group code."""
    return int(problem.group.max(initial=-1)) + 1
