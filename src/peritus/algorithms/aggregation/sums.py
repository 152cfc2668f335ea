"""Sums over judgments, which are what an EM iteration costs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any, NamedTuple, Protocol

import numpy as np
from scipy import sparse

from peritus.algorithms._codes import CodedJudgments, Codes, refuse_duplicates

from .consensus import Floats, vote_shares

FUSED_FROM = 200_000
"""Judgments from which compiled loops win back the second that importing Numba costs."""
MOST_CELLS = 2**32
"""Codes (worker, label) that the compiled loops can tell apart."""
Places = np.ndarray[Any, np.dtype[np.uint32]]
Rows = tuple[Codes, Places, Codes]


class Step(NamedTuple):
    """What one EM step gives: beliefs, and the sums that the next step fits to.

    `posterior` (items, labels) is 0 for items without judgments; `counts`
    (workers, given, true) and `totals` (labels,) are its sums over judgments
    and over items.
    """

    posterior: Floats
    log_likelihood: float
    counts: Floats
    totals: Floats


class Sums(Protocol):
    """Sums over judgments, whichever loops do them.

    `start` and `held` are the label of each item (items,), -1 where none is
    given; `matrices` has shape (workers, given, true). A step may write its
    posterior over that of the step before, back to the last `begin`.
    """

    def refuse_duplicates(self) -> None: ...

    def begin(self, start: Codes | None, /) -> Step: ...

    def step(self, matrices: Floats, prevalence: Floats, held: Codes | None, /) -> Step: ...


def sums_over(judgments: CodedJudgments) -> Sums:
    """Choose the compiled loops where they are installed and pay."""
    cells = judgments.n_workers * judgments.n_labels
    if len(judgments) < FUSED_FROM or cells > MOST_CELLS:
        return SparseSums(judgments)
    try:
        from . import kernel  # noqa: PLC0415  (Numba is optional and takes a second)
    except ImportError:
        return SparseSums(judgments)
    return FusedSums(judgments, kernel)


class SparseSums:
    """Sums as sparse products: (worker, given) x item."""

    def __init__(self, judgments: CodedJudgments) -> None:
        self.judgments = judgments
        self.judged = judgments.per_item > 0
        self.shape = (judgments.n_workers, judgments.n_labels, judgments.n_labels)
        cells = judgments.n_workers * judgments.n_labels
        row = judgments.worker * judgments.n_labels + judgments.label
        ones = np.ones(len(judgments))
        self.by_cell = sparse.csr_array(
            (ones, (row, judgments.item)), shape=(cells, judgments.n_items)
        )
        self.by_item = self.by_cell.T.tocsr()

    def refuse_duplicates(self) -> None:
        refuse_duplicates(self.judgments.item, self.judgments.worker)

    def begin(self, start: Codes | None, /) -> Step:
        posterior = vote_shares(self.judgments)
        if start is not None:
            given = self.judged & (start >= 0)
            posterior[given] = np.eye(self.shape[1])[start[given]]
        return self._with_sums(posterior, 0.0)

    def step(self, matrices: Floats, prevalence: Floats, held: Codes | None, /) -> Step:
        # An impossible answer has log 0 = -inf; some label is always possible for an item.
        with np.errstate(divide="ignore"):
            joint: Floats = self.by_item @ np.log(matrices).reshape(-1, self.shape[2])
            joint += np.log(prevalence)
        if held is not None:
            others = np.arange(self.shape[2]) != held[:, None]
            joint[(held >= 0)[:, None] & others & self.judged[:, None]] = -np.inf
        peak = joint.max(axis=1, keepdims=True)
        weight = np.exp(joint - peak)
        total = weight.sum(axis=1, keepdims=True)
        log_likelihood = float((peak + np.log(total))[self.judged, 0].sum())
        return self._with_sums(weight / total * self.judged[:, None], log_likelihood)

    def _with_sums(self, posterior: Floats, log_likelihood: float) -> Step:
        counts: Floats = self.by_cell @ posterior
        return Step(posterior, log_likelihood, counts.reshape(self.shape), posterior.sum(axis=0))


class FusedSums:
    """Sums by compiled loops over the judgments of one item after the other.

    Two halves of the items are summed apart, in two threads, and then added:
    the result does not depend on how many processors there are.
    """

    def __init__(self, judgments: CodedJudgments, kernel: ModuleType) -> None:
        self.judgments, self.kernel = judgments, kernel
        self.loops = kernel.loops_for(judgments.n_labels)
        self.shape = (judgments.n_workers, judgments.n_labels, judgments.n_labels)
        self.posterior = np.empty((judgments.n_items, judgments.n_labels))
        self.starts, self.cells = self._placed()
        half = int(np.searchsorted(self.starts, len(judgments) // 2))
        self.halves = ((0, half), (half, judgments.n_items))
        self.twice = max(
            _in_two(
                lambda bounds: kernel.sort_rows(
                    self.starts, bounds, self.cells, judgments.n_labels
                ),
                self.halves,
            )
        )

    def _placed(self) -> tuple[Codes, Places]:
        """Sort by counting; each half of the judgments knows where its part begins."""
        judgments, n = self.judgments, len(self.judgments)
        halves = ((0, n // 2), (n // 2, n))
        counts = np.zeros((2, judgments.n_items), dtype=np.uint32)
        _in_two(
            lambda part: self.kernel.count_items(judgments.item, halves[part], counts[part]),
            (0, 1),
        )
        starts = np.zeros(judgments.n_items + 1, dtype=np.int64)
        np.cumsum(counts.sum(axis=0, dtype=np.int64), out=starts[1:])
        at = counts
        at[1] = starts[:-1] + counts[0]
        at[0] = starts[:-1]
        cells = np.empty(n, dtype=np.uint32)
        codes = tuple(
            np.ascontiguousarray(c) for c in (judgments.item, judgments.worker, judgments.label)
        )
        _in_two(
            lambda part: self.kernel.place_judgments(
                codes, judgments.n_labels, halves[part], at[part], cells
            ),
            (0, 1),
        )
        return starts, cells

    def refuse_duplicates(self) -> None:
        if self.twice >= 0:
            of_item = self.judgments.item == self.twice
            refuse_duplicates(self.judgments.item[of_item], self.judgments.worker[of_item])

    def begin(self, start: Codes | None, /) -> Step:
        rows = (self.starts, self.cells, _labels_or_none(start))
        self.posterior = np.empty_like(self.posterior)  # the last one belongs to its reader

        def half(bounds: tuple[int, int]) -> float:
            self.loops.votes(rows, bounds, self.posterior)
            return 0.0

        return self._summed(rows, half)

    def step(self, matrices: Floats, prevalence: Floats, held: Codes | None, /) -> Step:
        rows = (self.starts, self.cells, _labels_or_none(held))
        tables = (np.ascontiguousarray(matrices).reshape(-1, self.shape[2]), prevalence)

        def half(bounds: tuple[int, int]) -> float:
            return float(self.loops.weights(rows, bounds, tables, self.posterior))

        return self._summed(rows, half)

    def _summed(self, rows: Rows, half: Callable[[tuple[int, int]], float]) -> Step:
        """Let both halves write their posterior, then sum it."""

        def both(bounds: tuple[int, int]) -> tuple[float, Floats, Floats]:
            counts = np.zeros((self.shape[0] * self.shape[1], self.shape[2]))
            totals = np.zeros(self.shape[2])
            found = half(bounds)
            self.loops.counts(rows, bounds, self.posterior, (counts, totals))
            return found, counts, totals

        one, other = _in_two(both, self.halves)
        counts = one[1]
        counts += other[1]
        return Step(
            self.posterior, one[0] + other[0], counts.reshape(self.shape), one[2] + other[2]
        )


def expected_counts(judgments: CodedJudgments, posterior: Floats) -> Floats:
    """Sum beliefs over judgments into counts (workers, given, true)."""
    cell = judgments.worker * judgments.n_labels + judgments.label
    size = judgments.n_workers * judgments.n_labels
    counts = np.empty((size, judgments.n_labels))
    for true in range(judgments.n_labels):  # labels are few, judgments many
        counts[:, true] = np.bincount(cell, weights=posterior[judgments.item, true], minlength=size)
    return counts.reshape(judgments.n_workers, judgments.n_labels, judgments.n_labels)


def _labels_or_none(labels: Codes | None) -> Codes:
    return np.empty(0, dtype=np.int64) if labels is None else labels


def _in_two(act: Callable[[Any], Any], parts: tuple[Any, Any]) -> list[Any]:
    with ThreadPoolExecutor(2) as threads:
        return list(threads.map(act, parts))
