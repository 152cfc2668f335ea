"""Loops over judgments compiled by Numba: linear sorting, and one fused EM step.

Importing this module needs the extra `fast`. Judgments lie item by item as
whole codes worker x labels + label, so that an item's evidence, posterior and
expected counts are done in one visit while its codes are in the cache.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

from peritus.algorithms._codes import Codes

from .consensus import Floats

Compiled = TypeVar("Compiled", bound=Callable[..., object])
Places = NDArray[np.uint32]


def compiled(function: Compiled) -> Compiled:
    """Compile at the first call and keep the machine code on disk; release the GIL."""
    dispatcher: Any = numba.njit(nogil=True, cache=True)(function)
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


@compiled
def fused_votes(
    rows: tuple[Codes, Places, Codes],
    bounds: tuple[int, int],
    posterior: Floats,
    counts: Floats,
) -> None:
    """Write vote shares, or the label an item starts at, and add the counts they expect."""
    starts, cells, start = rows
    n_labels = posterior.shape[1]
    for i in range(bounds[0], bounds[1]):
        first, last = starts[i], starts[i + 1]
        for k in range(n_labels):
            posterior[i, k] = 0.0
        if len(start) > 0 and start[i] >= 0 and last > first:
            posterior[i, start[i]] = 1.0
        else:
            for j in range(first, last):
                posterior[i, cells[j] % np.uint32(n_labels)] += 1.0 / (last - first)
        for j in range(first, last):
            for k in range(n_labels):
                counts[cells[j], k] += posterior[i, k]


@compiled
def settle(belief: Floats, held: int) -> float:
    """Turn log weights into probabilities in place; return the log of their sum."""
    if held >= 0:
        for k in range(len(belief)):
            if k != held:
                belief[k] = -np.inf
    peak = belief[0]
    for k in range(1, len(belief)):
        peak = max(peak, belief[k])
    total = 0.0
    for k in range(len(belief)):
        belief[k] = np.exp(belief[k] - peak)
        total += belief[k]
    for k in range(len(belief)):
        belief[k] /= total
    return float(peak + np.log(total))


@compiled
def fused_step(
    rows: tuple[Codes, Places, Codes],
    bounds: tuple[int, int],
    tables: tuple[Floats, Floats],
    posterior: Floats,
    counts: Floats,
) -> float:
    """Write posteriors, add the counts they expect, return the log-likelihood.

    rows: where each item starts, codes, the label an item is held to (-1: none;
    empty: no item is held). tables: logs of matrices (cells, true) and prevalence.
    """
    starts, cells, held = rows
    log_matrices, log_prevalence = tables
    n_labels = len(log_prevalence)
    belief = np.empty(n_labels)
    log_likelihood = 0.0
    for i in range(bounds[0], bounds[1]):
        first, last = starts[i], starts[i + 1]
        if first == last:
            posterior[i] = 0.0
            continue
        for k in range(n_labels):
            belief[k] = log_prevalence[k]
        for j in range(first, last):
            for k in range(n_labels):
                belief[k] += log_matrices[cells[j], k]
        log_likelihood += settle(belief, held[i] if len(held) > 0 else -1)
        posterior[i] = belief
        for j in range(first, last):
            for k in range(n_labels):
                counts[cells[j], k] += belief[k]
    return log_likelihood
