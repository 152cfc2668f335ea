"""What is known when the next judgments are bought, and what a policy answers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from peritus.algorithms._codes import (
    CodedJudgments,
    Codes,
    coded_judgments,
    refuse_duplicates,
    require_same_length,
    sized_codes,
    whole_vector,
)

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Pairs = tuple[ArrayLike, ArrayLike]


class Stop(IntEnum):
    """Why nothing more is bought for an item in this call."""

    OPEN = 0
    """A judgment is bought now."""
    WAITING = 1
    """More is wanted, but not in this call: answers are pending, or the batch is full."""
    SURE = 2
    """The expected error has come down to what a judgment is worth."""
    HOPELESS = 3
    """No number of the judgments that are left would pay for itself: adjudicate or accept."""
    EXHAUSTED = 4
    """More would pay, but nobody is left to ask: adjudicate or accept."""
    BUDGET = 5
    """More would pay, but the money is spent."""


@dataclass(frozen=True, eq=False)
class State:
    """Judgments so far, and who may still be asked at what price.

    Attributes
    ----------
    item, worker, label : integer codes (n,), 0-based
        One entry per judgment that has arrived.
    available : pair of integer codes (items, workers), optional
        Pairs that may be bought. Everybody on everything unless given; what
        was judged or is pending is left out in any case.
    pending : pair of integer codes (items, workers), optional
        Asked, not yet answered. They count in expectation.
    gold : pair of integer codes (items, labels), optional
        Planted answers: they teach who is skilled, and are bought like any item.
    cost : float > 0, or (workers,)
        Price of one judgment, in any one unit; `budget` is in the same.
    capacity : int >= 0 (workers,), optional
        Judgments that each worker can still take in this call.
    levels : integer codes (workers,), optional
        Kind of expert (say 0 model, 1 junior, 2 senior). A worker of whom
        little is known is taken for the average of his level.
    pseudo : bool (workers,), optional
        Who is no person but a group of models (`pseudo_experts`): known against
        people only, never asked, and not counted among an item's judgments.
    rounds_left : int >= 1, optional
        Calls until the deadline, this one included. None: as many as needed.
    batch : int >= 0, optional
        Most judgments bought in this call.
    n_items, n_workers, n_labels : int, optional
        Sizes; max + 1 over the judgments unless given.
    """

    item: ArrayLike
    worker: ArrayLike
    label: ArrayLike
    available: Pairs | None = None
    pending: Pairs | None = None
    gold: Pairs | None = None
    cost: ArrayLike = 1.0
    capacity: ArrayLike | None = None
    levels: ArrayLike | None = None
    pseudo: ArrayLike | None = None
    rounds_left: int | None = None
    batch: int | None = None
    n_items: int | None = None
    n_workers: int | None = None
    n_labels: int | None = None


@dataclass(frozen=True, eq=False)
class Purchase:
    """What to buy now, and why nothing is bought for the rest.

    Attributes
    ----------
    item, worker : int64 (m,)
        Pairs to ask, most valuable first.
    cost : float64 (m,)
        Price of each.
    stop : int8 (items,)
        A `Stop` for each item.
    labels : int64 (items,)
        Answer as it stands; -1 without judgments and gold.
    error : float64 (items,)
        Chance that this answer is wrong, as the policy believes.
    adjudicate : int64 (k,)
        Items that a better judge than those available should see, largest
        expected error first: hopeless or exhausted, and not sure.
    """

    item: Codes
    worker: Codes
    cost: Floats
    stop: NDArray[np.int8]
    labels: Codes
    error: Floats
    adjudicate: Codes

    @property
    def finished(self) -> bool:
        """Whether no item wants anything more."""
        return bool((self.stop > Stop.WAITING).all())


@dataclass(frozen=True, eq=False)
class Checked:
    """A state whose arrays were checked, with every default settled."""

    judgments: CodedJudgments
    pending: tuple[Codes, Codes]
    open_pairs: tuple[Codes, Codes]
    gold: tuple[Codes, Codes]
    cost: Floats
    capacity: Codes
    level: Codes
    pseudo: Mask
    rounds_left: int | None
    batch: int
    n_levels: int = field(default=1)

    @cached_property
    def bought(self) -> Codes:
        """Count people's judgments of each item, arrived or pending, shape (items,)."""
        asked = np.bincount(self.pending[0], minlength=self.judgments.n_items)
        return self.people.per_item + asked

    @cached_property
    def people(self) -> CodedJudgments:
        """Return the judgments without those of pseudo-experts."""
        return only(self.judgments, ~self.pseudo)


def checked(state: State) -> Checked:
    """Check a state.

    Raises
    ------
    ValueError
        A code is out of range, a pair comes twice, gold names an item twice, a
        cost is not positive and finite, a capacity or `batch` is negative, or
        `rounds_left` is below 1.
    """
    sizes = {"n_items": state.n_items, "n_workers": state.n_workers, "n_labels": state.n_labels}
    judgments = coded_judgments(state.item, state.worker, state.label, **sizes)
    pending = _pairs("pending", state.pending, judgments)
    gold = _gold(state.gold, judgments)
    cost = np.broadcast_to(np.asarray(state.cost, dtype=float), judgments.n_workers)
    if not (np.isfinite(cost) & (cost > 0)).all():
        raise ValueError("each cost must be positive and finite")
    level, n_levels = _levels(state.levels, judgments.n_workers)
    if state.rounds_left is not None and state.rounds_left < 1:
        raise ValueError(f"rounds_left counts this call, so at least 1; got {state.rounds_left}")
    if state.batch is not None and state.batch < 0:
        raise ValueError(f"batch must not be negative, got {state.batch}")
    pseudo = _pseudo(state.pseudo, judgments.n_workers)
    everything = judgments.n_items * judgments.n_workers
    return Checked(
        judgments=judgments,
        pending=pending,
        open_pairs=_open_pairs(state.available, judgments, pending, pseudo),
        gold=gold,
        cost=cost,
        capacity=_capacity(state.capacity, judgments.n_workers, everything),
        level=level,
        pseudo=pseudo,
        rounds_left=state.rounds_left,
        batch=everything if state.batch is None else state.batch,
        n_levels=n_levels,
    )


def _pairs(name: str, pairs: Pairs | None, judgments: CodedJudgments) -> tuple[Codes, Codes]:
    if pairs is None:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    items, _ = sized_codes(f"{name} item", pairs[0], judgments.n_items)
    workers, _ = sized_codes(f"{name} worker", pairs[1], judgments.n_workers)
    require_same_length(items=items, workers=workers)
    refuse_duplicates(items, workers)
    return items, workers


def _open_pairs(
    available: Pairs | None,
    judgments: CodedJudgments,
    pending: tuple[Codes, Codes],
    pseudo: Mask,
) -> tuple[Codes, Codes]:
    """Return what may be bought, without what was: sorted by item, then worker."""
    if available is None:
        wanted = np.arange(judgments.n_items * judgments.n_workers)
    else:
        wanted = _keys(_pairs("available", available, judgments), judgments)
    asked = _keys((judgments.item, judgments.worker), judgments), _keys(pending, judgments)
    keys = np.setdiff1d(wanted, np.concatenate(asked), assume_unique=True)
    items, workers = np.divmod(np.sort(keys), max(judgments.n_workers, 1))
    people = ~pseudo[workers]
    return items[people], workers[people]


def _keys(pairs: tuple[Codes, Codes], judgments: CodedJudgments) -> Codes:
    keys: Codes = pairs[0] * judgments.n_workers + pairs[1]
    return keys


def _gold(gold: Pairs | None, judgments: CodedJudgments) -> tuple[Codes, Codes]:
    if gold is None:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    items, _ = sized_codes("gold item", gold[0], judgments.n_items)
    labels, _ = sized_codes("gold label", gold[1], judgments.n_labels)
    require_same_length(gold_items=items, gold_labels=labels)
    if len(np.unique(items)) < len(items):
        raise ValueError("an item has one gold answer: pass each gold item once")
    return items, labels


def _capacity(capacity: ArrayLike | None, n_workers: int, everything: int) -> Codes:
    if capacity is None:
        return np.full(n_workers, everything, dtype=np.int64)
    counts = whole_vector("capacity", capacity)
    require_same_length(capacity=counts, workers=np.zeros(n_workers))
    if counts.min(initial=0) < 0:
        raise ValueError(f"capacity counts judgments, so 0 or more; got {counts.min()}")
    return counts


def _levels(levels: ArrayLike | None, n_workers: int) -> tuple[Codes, int]:
    if levels is None:
        return np.zeros(n_workers, dtype=np.int64), 1
    codes, size = sized_codes("level", levels, None)
    require_same_length(levels=codes, workers=np.zeros(n_workers))
    return codes, size


def _pseudo(pseudo: ArrayLike | None, n_workers: int) -> Mask:
    if pseudo is None:
        return np.zeros(n_workers, dtype=bool)
    mask: Mask = np.asarray(pseudo)
    if mask.dtype != bool or mask.shape != (n_workers,):
        raise ValueError(
            f"pseudo must be bool of shape ({n_workers},), got {mask.dtype} {mask.shape}"
        )
    return mask


def only(judgments: CodedJudgments, workers: Mask) -> CodedJudgments:
    """Keep the judgments of some workers; the sizes stay."""
    if workers.all():
        return judgments
    kept = workers[judgments.worker]
    return replace(
        judgments,
        item=judgments.item[kept],
        worker=judgments.worker[kept],
        label=judgments.label[kept],
    )
