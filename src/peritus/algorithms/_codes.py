"""Checks of coded judgments, shared by the algorithms' public doors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

Codes = NDArray[np.int64]
LARGEST_PAIR = 2**62
"""Pairs of codes stand for one whole number below this."""


@dataclass(frozen=True, eq=False)
class CodedJudgments:
    """Judgments as checked parallel arrays (n,) with the size of each code."""

    item: Codes
    worker: Codes
    label: Codes
    n_items: int
    n_workers: int
    n_labels: int

    def __len__(self) -> int:
        return len(self.item)

    @cached_property
    def per_item(self) -> Codes:
        """Count the judgments of each item, shape (items,)."""
        return np.bincount(self.item, minlength=self.n_items).astype(np.int64)


def coded_judgments(
    item: ArrayLike,
    worker: ArrayLike,
    label: ArrayLike,
    *,
    n_items: int | None = None,
    n_workers: int | None = None,
    n_labels: int | None = None,
) -> CodedJudgments:
    """Check judgments and settle the sizes, each max + 1 unless given.

    Raises
    ------
    ValueError
        An array is no vector of codes >= 0 below its size, lengths differ, a
        pair (item, worker) comes twice, or the input is empty without sizes.
    """
    judgments = sized_judgments(
        item, worker, label, n_items=n_items, n_workers=n_workers, n_labels=n_labels
    )
    refuse_duplicates(judgments.item, judgments.worker)
    return judgments


def sized_judgments(
    item: ArrayLike,
    worker: ArrayLike,
    label: ArrayLike,
    *,
    n_items: int | None = None,
    n_workers: int | None = None,
    n_labels: int | None = None,
) -> CodedJudgments:
    """Check judgments as `coded_judgments`, but for pairs that come twice."""
    items, item_size = sized_codes("item", item, n_items)
    workers, worker_size = sized_codes("worker", worker, n_workers)
    labels, label_size = sized_codes("label", label, n_labels)
    require_same_length(item=items, worker=workers, label=labels)
    return CodedJudgments(items, workers, labels, item_size, worker_size, label_size)


def sized_codes(name: str, values: ArrayLike, size: int | None) -> tuple[Codes, int]:
    """Return codes as int64 (n,) and their size, refusing what is out of range."""
    codes = whole_vector(name, values)
    if codes.size == 0:
        if size is None:
            raise ValueError(f"no judgments came: give n_{name}s, or at least one {name}")
        return codes, size
    lowest, highest = int(codes.min()), int(codes.max())
    size = highest + 1 if size is None else size
    if not (lowest >= 0 and highest < size):
        raise ValueError(f"{name} codes must lie in 0..{size - 1}, got {lowest}..{highest}")
    return codes, size


def whole_vector(name: str, values: ArrayLike) -> Codes:
    """Return whole numbers as int64 (n,)."""
    array = np.asarray(values)
    if array.ndim != 1:
        raise ValueError(f"{name} must have shape (n,), got {array.shape}")
    if array.size and array.dtype.kind not in "iub":
        raise ValueError(f"{name} must hold integer codes, got {array.dtype}")
    return array.astype(np.int64, copy=False)


def require_same_length(**arrays: NDArray[np.generic]) -> None:
    """Refuse arrays of different lengths."""
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"one entry per judgment is wanted in each array, got lengths {lengths}")


def refuse_duplicates(item: Codes, worker: Codes) -> None:
    """Refuse a second judgment of a worker on an item.

    One sort of whole numbers that stand for pairs, since it is five times as
    fast as one that orders two keys.
    """
    if not len(item):
        return
    names, who = np.arange(0), worker
    if int(item.max()) >= LARGEST_PAIR // (int(worker.max()) + 1):
        names, who = np.unique(worker, return_inverse=True)
    n_workers = int(who.max()) + 1
    pair = np.sort(item * n_workers + who)
    again = np.flatnonzero(pair[1:] == pair[:-1])
    if len(again):
        i, w = divmod(int(pair[again[0]]), n_workers)
        raise ValueError(
            f"worker {names[w] if len(names) else w} judged item {i} more than once: "
            "pass only the judgment that stands"
        )
