"""A matching problem, checked once, as the list of pairs that are allowed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from .naming import NamePair, Names, checked_names

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Pairs = Sequence[tuple[int, int]] | NDArray[np.integer]
Scores: TypeAlias = "ArrayLike | sparse.sparray | sparse.spmatrix"


FLOOR_SLACK = 1e-9
"""What a sum of scores, scaled to 1, may fall below its floor by rounding."""


class Infeasible(ValueError):
    """No matching meets every constraint.

    Attributes
    ----------
    blocking : tuple of str
        Sentences, each naming one of a small set of constraints that cannot
        hold together.
    repairs : tuple of str
        Sentences, each a change of a limit. With all of them a matching exists;
        they cost least where a change by one costs 1 for a load, 1.1 for a pin,
        1.2 for a demand, and a floor's by the largest score 1.
    """

    def __init__(self, blocking: tuple[str, ...], repairs: tuple[str, ...] = ()) -> None:
        super().__init__(" ".join(blocking))
        self.blocking = blocking
        self.repairs = repairs


@dataclass(frozen=True, eq=False)
class Problem:
    """Allowed pairs, sorted by item, then expert, and what binds them.

    Attributes
    ----------
    expert, item, score, pinned : arrays (pairs,)
        One entry per allowed pair; pinned pairs must be used.
    demand, floor : arrays (items,)
        Experts wanted; least sum of scores, -inf where none is asked.
    capacity, minimum_load, group : arrays (experts,)
        Most and fewest items; group code, negative for none.
    names : Names
        What sentences call experts and items.
    refused : int64 (refused pins, 2)
        Pinned pairs (expert, item) that are forbidden.
    unit : float
        What a score of 1 stands for.
    rules_out : bool
        Where one expert is wanted, a floor rules out pairs instead of being a sum:
        that keeps the program a network, so that its solution stays whole.
    bonus : float64 (pairs,), optional
        What a pair is worth beyond its score, which floors do not count.
    """

    expert: Integers
    item: Integers
    score: Floats
    pinned: Flags
    demand: Integers
    floor: Floats
    capacity: Integers
    minimum_load: Integers
    group: Integers
    names: Names
    refused: Integers
    unit: float = 1.0
    rules_out: bool = True
    bonus: Floats | None = None

    @property
    def n_experts(self) -> int:
        return len(self.capacity)

    @property
    def n_items(self) -> int:
        return len(self.demand)

    @property
    def worth(self) -> Floats:
        """Return what each pair adds to the total that is maximised, shape (pairs,)."""
        return self.score if self.bonus is None else self.score + self.bonus

    def scaled(self) -> Problem:
        """Return the problem with its largest score at 1 or -1."""
        largest = float(np.abs(self.score).max(initial=0.0)) or 1.0
        return replace(
            self, score=self.score / largest, floor=self.floor / largest, unit=self.unit * largest
        )

    def only(self, kept: Integers | Flags) -> Problem:
        """Return the problem with some of its pairs, by index or mask."""
        return replace(
            self,
            expert=self.expert[kept],
            item=self.item[kept],
            score=self.score[kept],
            pinned=self.pinned[kept],
            bonus=None if self.bonus is None else self.bonus[kept],
        )

    def below_single_floor(self) -> Flags:
        """Return the pairs that alone miss the floor of an item that wants one expert."""
        least = np.where(self.single(), self.floor, -np.inf)
        flags: Flags = self.score < least[self.item] - FLOOR_SLACK
        return flags

    def floor_weight(self) -> Floats:
        """Return what each pair counts in its item's floor: below it or not, or its score."""
        return np.where(self.single()[self.item], self.below_single_floor(), self.score)

    def single(self) -> Flags:
        """Return the items whose floor rules out pairs."""
        flags: Flags = (self.demand == 1) & self.rules_out
        return flags

    def item_sums(self, shares: Flags | Floats) -> Floats:
        """Sum the scores of chosen pairs, or of shares, for each item, shape (items,)."""
        some = np.flatnonzero(shares)
        weights = self.score[some] * shares[some]
        sums = np.bincount(self.item[some], weights=weights, minlength=self.n_items)
        return sums.astype(float)

    def smallest_sum(self, chosen: Flags) -> float:
        """Return the smallest sum over items with demand, NaN if there are none."""
        sums = self.item_sums(chosen)[self.demand > 0]
        return float(sums.min()) if len(sums) else float("nan")


def checked_problem(
    score: Scores,
    demand: ArrayLike,
    capacity: ArrayLike,
    *,
    forbidden: ArrayLike | None = None,
    minimum_load: ArrayLike = 0,
    pinned: Pairs | None = None,
    groups: ArrayLike | None = None,
    floor: ArrayLike | None = None,
    names: NamePair | None = None,
) -> Problem:
    """Check the arguments of `assign` and list the allowed pairs."""
    expert, item, value, (experts, items) = _allowed_pairs(score, forbidden)
    called = checked_names(names, experts, items)
    pins = _checked_pins(pinned, experts, items)
    pinned_pairs, refused = _located_pins(pins, _cells(expert, item, experts), experts)
    return Problem(
        expert=expert,
        item=item,
        score=value,
        pinned=pinned_pairs,
        demand=_counts("demand", demand, items),
        floor=_floors(floor, items),
        capacity=_counts("capacity", capacity, experts),
        minimum_load=_counts("minimum_load", minimum_load, experts),
        group=_group_codes(groups, experts),
        names=called,
        refused=pins[refused],
    )


def _allowed_pairs(
    score: Scores, forbidden: ArrayLike | None
) -> tuple[Integers, Integers, Floats, tuple[int, int]]:
    if sparse.issparse(score):
        table = sparse.csc_array(score, dtype=float, copy=True)
        table.sum_duplicates()
        shape = table.shape
        expert, value = table.indices.astype(np.int64), table.data
        item = np.repeat(np.arange(shape[1]), np.diff(table.indptr))
    else:
        dense = np.asarray(score, dtype=float)
        if dense.ndim != 2:
            raise ValueError(f"score must be experts x items, got shape {dense.shape}")
        value, shape = np.ascontiguousarray(dense.T).ravel(), dense.shape
        expert = np.tile(np.arange(shape[0]), shape[1])
        item = np.repeat(np.arange(shape[1]), shape[0])
    _refuse_infinite(expert, item, value)
    if forbidden is not None:
        allowed = ~_mask(forbidden, shape)[expert, item]
        expert, item, value = expert[allowed], item[allowed], value[allowed]
    return expert, item, value, (int(shape[0]), int(shape[1]))


def _refuse_infinite(expert: Integers, item: Integers, value: Floats) -> None:
    bad = ~np.isfinite(value)
    if bad.any():
        first = int(bad.argmax())
        raise ValueError(
            f"scores must be finite: row {expert[first]}, column {item[first]} is {value[first]}; "
            "forbid a pair by `forbidden`, not by NaN or inf"
        )


def _mask(forbidden: ArrayLike, shape: tuple[int, ...]) -> Flags:
    mask = np.asarray(forbidden)
    if mask.shape != shape or mask.dtype != bool:
        raise ValueError(
            f"forbidden must be a bool mask of shape {shape}, got {mask.dtype} {mask.shape}"
        )
    return mask


def _checked_pins(pinned: Pairs | None, experts: int, items: int) -> Integers:
    pins = np.asarray([] if pinned is None else pinned, dtype=np.int64).reshape(-1, 2)
    inside = (pins >= 0) & (pins < np.array([experts, items]))
    if not inside.all():
        raise ValueError(
            f"pinned pairs are (expert, item) below ({experts}, {items}), got "
            f"{tuple(pins[~inside.all(axis=1)][0].tolist())}"
        )
    return pins


def _located_pins(pins: Integers, allowed: Integers, experts: int) -> tuple[Flags, Flags]:
    """Return which of the allowed cells, all sorted, are pinned, and which pins are not there."""
    cells = _cells(pins[:, 0], pins[:, 1], experts)
    at = np.searchsorted(allowed, cells)
    refused = np.append(allowed, -1)[at] != cells
    pinned = np.zeros(len(allowed), dtype=bool)
    pinned[at[~refused]] = True
    return pinned, refused


def _cells(expert: Integers, item: Integers, experts: int) -> Integers:
    return item * experts + expert


def _counts(name: str, values: ArrayLike, size: int) -> Integers:
    array = np.asarray(values)
    if array.dtype.kind not in "iu" or array.shape not in ((), (size,)):
        raise ValueError(
            f"{name} must be a whole number >= 0, or {size} of them, got {array.dtype} "
            f"of shape {array.shape}"
        )
    if (array < 0).any():
        row = int((array < 0).argmax())
        raise ValueError(f"{name} must be 0 or more: row {row} is {array.ravel()[row]}")
    return np.broadcast_to(array, size).astype(np.int64)


def _group_codes(groups: ArrayLike | None, experts: int) -> Integers:
    if groups is None:
        return np.full(experts, -1, dtype=np.int64)
    codes = np.asarray(groups)
    if codes.dtype.kind not in "iu" or codes.shape != (experts,):
        raise ValueError(f"groups must be {experts} integer codes, got shape {codes.shape}")
    return codes.astype(np.int64)


def _floors(floor: ArrayLike | None, items: int) -> Floats:
    if floor is None:
        return np.full(items, -np.inf)
    least = np.asarray(floor, dtype=float)
    if least.shape not in ((), (items,)):
        raise ValueError(f"floor must be one number or {items} of them, got shape {least.shape}")
    if not (least < np.inf).all():
        row = int((~(least < np.inf)).argmax())
        raise ValueError(
            f"floor must be a number below infinity: row {row} is {least.ravel()[row]}"
        )
    return np.broadcast_to(least, items).astype(float)
