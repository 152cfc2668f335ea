"""Judgments as counts of values per item, equal items kept once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from peritus.algorithms._codes import Codes, refuse_duplicates, require_same_length, sized_codes

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


def table_of_counts(
    item: ArrayLike, worker: ArrayLike, value: ArrayLike, *, least: int, distinct: bool
) -> Table:
    """Count values per item with at least `least` judgments."""
    items, values = _checked(item, worker, value)
    names, code = np.unique(values, return_inverse=True)
    size = np.bincount(items)
    if not (size >= 2).any():
        raise ValueError("agreement needs an item with two judgments; none has more than one")
    kept = size[items] >= least
    names, code = np.unique(names[code[kept]], return_inverse=True)
    _, row = np.unique(items[kept], return_inverse=True)
    multiplicity = np.ones(row.max() + 1, dtype=np.int64)
    if distinct:
        row, code, multiplicity = _distinct_rows(row, code)
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
    return items[present], values[present]


def _distinct_rows(row: Codes, code: Codes) -> tuple[Codes, Codes, Codes]:
    """Keep one item of those that show the same values, and count them.

    Sorted values, padded with -1, stand for a row: as wide as the most
    judgments of an item, not as the number of values.
    """
    order = np.lexsort((code, row))
    row, code = row[order], code[order]
    size = np.bincount(row)
    place = np.arange(len(row)) - np.repeat(np.cumsum(size) - size, size)
    padded = np.full((len(size), size.max()), -1, dtype=np.int64)
    padded[row, place] = code
    rows, multiplicity = np.unique(padded, axis=0, return_counts=True)
    found, at = np.nonzero(rows >= 0)
    return found.astype(np.int64), rows[found, at], multiplicity.astype(np.int64)
