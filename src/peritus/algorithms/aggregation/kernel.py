"""Loops over judgments compiled by Numba: linear sorting, and both halves of an EM step.

Importing this module needs the extra `fast`. Judgments lie item by item as
whole codes worker x labels + label. The loops over labels are compiled for their
number, which halves their time, and weights are multiplied: only items whose
product would leave the range of a float are done again in logs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

from peritus.algorithms._codes import Codes

from .consensus import Floats

Compiled = TypeVar("Compiled", bound=Callable[..., object])
Places = NDArray[np.uint32]
SAFE_PRODUCT = 1e-200
"""Products below this are done again in logs."""
SAFE_EVIDENCE = 1e-100
"""Evidence is multiplied over items until it falls below this, then logged: logs cost most."""


def compiled(function: Compiled) -> Compiled:
    """Compile at the first call and keep the machine code on disk; release the GIL.

    Divisors are never 0 here, so that none is asked for.
    """
    dispatcher: Any = numba.njit(nogil=True, cache=True, error_model="numpy")(function)
    return cast("Compiled", dispatcher)


def inlined(function: Compiled) -> Compiled:
    """Compile into the caller, so that a number which is constant there unrolls loops here."""
    dispatcher: Any = numba.njit(inline="always")(function)
    return cast("Compiled", dispatcher)


@compiled
def count_items(item: Codes, bounds: tuple[int, int], counts: Places) -> None:
    """Count the judgments within bounds of each item into counts (items,)."""
    for j in range(bounds[0], bounds[1]):
        counts[item[j]] += np.uint32(1)


@compiled
def place_judgments(
    codes: tuple[Codes, Codes, Codes],
    n_labels: int,
    bounds: tuple[int, int],
    at: Places,
    to: Places,
) -> None:
    """Write the judgments within bounds to their items' places; `at` moves on."""
    item, worker, label = codes
    for j in range(bounds[0], bounds[1]):
        i = item[j]
        to[at[i]] = np.uint32(worker[j] * n_labels + label[j])
        at[i] += np.uint32(1)


@compiled
def sort_row(row: Places) -> None:
    """Sort the codes of one item: by insertion, over gaps first where they are many."""
    gap = 1
    while gap < len(row) // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for j in range(gap, len(row)):
            moved = row[j]
            k = j
            while k >= gap and row[k - gap] > moved:
                row[k] = row[k - gap]
                k -= gap
            row[k] = moved
        gap //= 3


@compiled
def sort_rows(starts: Codes, bounds: tuple[int, int], cells: Places, n_labels: int) -> int:
    """Sort each item's codes; return the last item that a worker judged twice, or -1."""
    twice = -1
    for i in range(bounds[0], bounds[1]):
        first, last = starts[i], starts[i + 1]
        sort_row(cells[first:last])
        for j in range(first + 1, last):
            if cells[j] // np.uint32(n_labels) == cells[j - 1] // np.uint32(n_labels):
                twice = i
    return twice


@inlined
def share_votes(cells: Places, ends: tuple[int, int], belief: Floats, n_labels: int) -> None:
    for k in range(n_labels):
        belief[k] = 0.0
    for j in range(ends[0], ends[1]):
        belief[cells[j] % np.uint32(n_labels)] += 1.0 / (ends[1] - ends[0])


@inlined
def put_all_on(label: int, belief: Floats, n_labels: int) -> None:
    """Leave belief in one label only; -1 leaves all as it is."""
    if label >= 0:
        for k in range(n_labels):
            if k != label:
                belief[k] = 0.0


@inlined
def weigh(
    cells: Places,
    ends: tuple[int, int],
    tables: tuple[Floats, Floats],
    belief: Floats,
    n_labels: int,
) -> None:
    """Multiply prevalence with the row of every judgment.

    Four rows are multiplied for each write to belief, which leaves the
    processor room to fetch the next ones.
    """
    matrices, prevalence = tables
    for k in range(n_labels):
        belief[k] = prevalence[k]
    fours = ends[0] + (ends[1] - ends[0]) // 4 * 4
    for j in range(ends[0], fours, 4):
        one, two, three, four = cells[j], cells[j + 1], cells[j + 2], cells[j + 3]
        for k in range(n_labels):
            belief[k] *= (matrices[one, k] * matrices[two, k]) * (
                matrices[three, k] * matrices[four, k]
            )
    for j in range(fours, ends[1]):
        cell = cells[j]
        for k in range(n_labels):
            belief[k] *= matrices[cell, k]


@inlined
def normalise(belief: Floats, n_labels: int) -> float:
    """Divide by the sum, if it is safe, and return it."""
    total = 0.0
    for k in range(n_labels):
        total += belief[k]
    if total >= SAFE_PRODUCT:
        share = 1.0 / total
        for k in range(n_labels):
            belief[k] *= share
    return total


@compiled
def weigh_in_logs(
    cells: Places,
    ends: tuple[int, int],
    tables: tuple[Floats, Floats],
    belief: Floats,
    held: int,
) -> float:
    """Weigh and normalise where products underflow; return the log of the sum."""
    matrices, prevalence = tables
    for k in range(len(belief)):
        belief[k] = np.log(prevalence[k]) if held in {-1, k} else -np.inf
        for j in range(ends[0], ends[1]):
            belief[k] += np.log(matrices[cells[j], k])
    peak = belief.max()
    belief[:] = np.exp(belief - peak)
    total = belief.sum()
    belief /= total
    return float(peak + np.log(total))


class Loops(NamedTuple):
    """The loops for one number of labels, over the items within bounds.

    `rows` are where each item starts, its codes, and the label of each item or
    -1 (empty where no item has one). `votes` and `weights` write posterior
    (items, labels), 0 for items without judgments; `weights` takes tables,
    matrices (cells, true) and prevalence (labels,), and returns the
    log-likelihood. `counts` adds posterior to counts (cells, true) and totals
    (labels,); its table and that of `weights` have the cache to themselves.
    """

    votes: Callable[..., None]
    weights: Callable[..., float]
    counts: Callable[..., None]


@cache
def loops_for(n_labels: int) -> Loops:
    """Compile the loops for a number of labels, once a process and once a machine."""
    return Loops(_votes_for(n_labels), _weights_for(n_labels), _counts_for(n_labels))


def _votes_for(n_labels: int) -> Callable[..., None]:
    @compiled
    def votes(
        rows: tuple[Codes, Places, Codes], bounds: tuple[int, int], posterior: Floats
    ) -> None:
        starts, cells, start = rows
        for i in range(bounds[0], bounds[1]):
            ends = (starts[i], starts[i + 1])
            share_votes(cells, ends, posterior[i], n_labels)
            if len(start) > 0 and start[i] >= 0 and ends[0] < ends[1]:
                posterior[i, start[i]] = 1.0
                put_all_on(start[i], posterior[i], n_labels)

    return votes


def _weights_for(n_labels: int) -> Callable[..., float]:
    @compiled
    def weights(
        rows: tuple[Codes, Places, Codes],
        bounds: tuple[int, int],
        tables: tuple[Floats, Floats],
        posterior: Floats,
    ) -> float:
        starts, cells, held = rows
        log_likelihood, evidence = 0.0, 1.0
        for i in range(bounds[0], bounds[1]):
            ends = (starts[i], starts[i + 1])
            if ends[0] == ends[1]:
                posterior[i] = 0.0
                continue
            label = held[i] if len(held) > 0 else -1
            weigh(cells, ends, tables, posterior[i], n_labels)
            put_all_on(label, posterior[i], n_labels)
            total = normalise(posterior[i], n_labels)
            if total < SAFE_PRODUCT:
                log_likelihood += weigh_in_logs(cells, ends, tables, posterior[i], label)
            else:
                evidence *= total
            if evidence < SAFE_EVIDENCE:
                log_likelihood += np.log(evidence)
                evidence = 1.0
        return float(log_likelihood + np.log(evidence))

    return weights


def _counts_for(n_labels: int) -> Callable[..., None]:
    @compiled
    def counts(
        rows: tuple[Codes, Places, Codes],
        bounds: tuple[int, int],
        posterior: Floats,
        sums: tuple[Floats, Floats],
    ) -> None:
        starts, cells, _ = rows
        expected, totals = sums
        for i in range(bounds[0], bounds[1]):
            for k in range(n_labels):
                totals[k] += posterior[i, k]
            for j in range(starts[i], starts[i + 1]):
                cell = cells[j]
                for k in range(n_labels):
                    expected[cell, k] += posterior[i, k]

    return counts
