"""Judgments as counts of values per item, equal items kept once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from peritus.algorithms._codes import (
    LARGEST_PAIR,
    Codes,
    refuse_duplicates,
    require_same_length,
    sized_codes,
)

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Table:
    """Distinct rows of counts (rows, values), and how many items show each."""

    counts: sparse.csr_array
    values: Floats
    multiplicity: Codes

    @property
    def per_row(self) -> Floats:
        return np.asarray(self.counts.sum(axis=1), dtype=float)


def table_of_counts(item: ArrayLike, worker: ArrayLike, value: ArrayLike, *, least: int) -> Table:
    """Count values per item with at least `least` judgments; items that show the same are one."""
    items, values = _checked(item, worker, value)
    size = np.bincount(items)
    if not (size >= 2).any():
        raise ValueError("agreement needs an item with two judgments; none has more than one")
    if (size[size > 0] < least).any():
        kept = size[items] >= least
        items, values = items[kept], values[kept]
    names = np.unique(values)
    row, code, multiplicity = _distinct_rows(items, np.searchsorted(names, values), len(names))
    shape = (len(multiplicity), len(names))
    # Equal cells are summed: this is where judgments become counts.
    counts = sparse.coo_array((np.ones(len(row)), (row, code)), shape=shape).tocsr()
    return Table(counts, names, multiplicity)


def _checked(item: ArrayLike, worker: ArrayLike, value: ArrayLike) -> tuple[Codes, Floats]:
    items, _ = sized_codes("item", item, None)
    workers, _ = sized_codes("worker", worker, None)
    values = np.asarray(value, dtype=float)
    if values.ndim != 1 or np.isinf(values).any():
        raise ValueError("value must be finite numbers (n,), NaN where missing")
    require_same_length(item=items, worker=workers, value=values)
    refuse_duplicates(items, workers)
    present = ~np.isnan(values)
    return (items, values) if present.all() else (items[present], values[present])


def _distinct_rows(item: Codes, code: Codes, n_codes: int) -> tuple[Codes, Codes, Codes]:
    """Keep one item of those that show the same values, and count them.

    Items with equally many judgments are compared by their values in order.
    """
    item, code = np.divmod(np.sort(item * n_codes + code), n_codes)
    begin = np.flatnonzero(np.append(True, item[1:] != item[:-1]))
    size = np.diff(np.append(begin, len(item)))
    rows, codes, multiplicity = [], [], []
    done = 0
    for each in np.unique(size):  # few: n judgments have items of at most sqrt(2n) sizes
        table = code[begin[size == each, None] + np.arange(each)]
        _, first, count = np.unique(
            _numbered(table, n_codes), return_index=True, return_counts=True
        )
        rows.append(done + np.repeat(np.arange(len(first)), each))
        codes.append(table[first].ravel())
        multiplicity.append(count)
        done += len(first)
    return np.concatenate(rows), np.concatenate(codes), np.concatenate(multiplicity)


def _numbered(table: Codes, n_codes: int) -> Codes:
    """Give each row of codes (rows, places) a whole number; equal rows have the same."""
    number, below = table[:, 0], n_codes
    for place in range(1, table.shape[1]):
        if below >= LARGEST_PAIR // n_codes:
            number = np.unique(number, return_inverse=True)[1]
            below = int(number.max()) + 1
        number, below = number * n_codes + table[:, place], below * n_codes
    return number
