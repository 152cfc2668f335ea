"""From wishes to pairs, within capacity, batch and budget."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from peritus.algorithms._codes import Codes

from .state import Checked, Floats, Mask, Stop


@dataclass(frozen=True, eq=False)
class Wish:
    """What is wanted before capacity, batch and money are looked at.

    Attributes
    ----------
    wanted : int64 (items,)
        Judgments wanted in this call.
    urgency : float64 (items,)
        Items of larger urgency are served first.
    score : float64 (pairs,)
        How good each open pair is.
    """

    wanted: Codes
    urgency: Floats
    score: Floats


def choose(state: Checked, wish: Wish, budget: float) -> tuple[Codes, Codes, Codes]:
    """Return pairs to buy, most urgent first, and a `Stop` for each wishing item."""
    item, worker = state.open_pairs
    candidates = np.flatnonzero(wish.wanted[item] > 0)
    # Best pair of the most urgent item first; stable, so that ties go to the lowest code.
    order = np.lexsort((-wish.score[candidates], -wish.urgency[item[candidates]]))
    candidates = candidates[order]
    taken = _within_capacity(item[candidates], worker[candidates], wish.wanted, state.capacity)
    chosen = candidates[taken]
    affordable = np.cumsum(state.cost[worker[chosen]]) <= budget * (1 + 1e-12)
    served = affordable & (np.arange(len(chosen)) < state.batch)
    reason = np.full(state.judgments.n_items, Stop.WAITING, dtype=np.int64)
    reason[item[chosen[~affordable]]] = Stop.BUDGET
    chosen = chosen[served]
    reason[item[chosen]] = Stop.OPEN
    return item[chosen], worker[chosen], reason


def _within_capacity(item: Codes, worker: Codes, wanted: Codes, capacity: Codes) -> Mask:
    """Take pairs in their order while item and worker still have room.

    Each pass takes, of every item that lacks something, its next pairs; those
    beyond a worker's capacity are struck out, and the items look again. Ends
    after at most as many passes as there are workers.
    """
    taken = np.zeros(len(item), dtype=bool)
    alive = np.ones(len(item), dtype=bool)
    room, lack = capacity.copy(), wanted.copy()
    while True:
        asked = np.flatnonzero(alive & ~taken & (lack[item] > 0) & (room[worker] > 0))
        asked = asked[_rank(item[asked]) < lack[item[asked]]]
        if not len(asked):
            return taken
        fits = _rank(worker[asked]) < room[worker[asked]]
        taken[asked[fits]] = True
        alive[asked[~fits]] = False
        np.subtract.at(lack, item[asked[fits]], 1)
        np.subtract.at(room, worker[asked[fits]], 1)


def _rank(codes: Codes) -> Codes:
    """Count, for each entry, the earlier entries of the same code."""
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    starts = np.flatnonzero(np.diff(ordered, prepend=-1) != 0)
    lengths = np.diff(np.append(starts, len(codes)))
    rank = np.empty(len(codes), dtype=np.int64)
    rank[order] = np.arange(len(codes)) - np.repeat(starts, lengths)
    return rank
