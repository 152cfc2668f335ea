"""OpenReview's programmes for assigning reviewers, written anew over OR-Tools' flow.

Run as a program: reads one problem from a file of arrays, prints seconds and pairs.
OR-Tools carries its own HiGHS, which cannot share a process with SciPy's.

Sources: the flow with loads is two flows, minimum loads first (OpenReview's
matcher, "MinMax"); FairFlow: Kobren, Saha & McCallum (2019), KDD, section 5;
FairSequence: Payan & Zick (2022), IJCAI, without the check of envy, which only
removes choices. No line is theirs; arcs are handed over as arrays, which makes
the flows faster than theirs.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
from ortools.graph.python import min_cost_flow

PARTS = 1_000_000
"""Whole costs of OR-Tools for a score of 1."""
HALVINGS = 10
REPEATS = 3


class Task:
    """A problem: scores experts x items, loads, demand, and which pairs are allowed."""

    def __init__(self, path: str) -> None:
        with np.load(path) as stored:
            self.score = stored["score"]
            self.demand, self.capacity = stored["demand"], stored["capacity"]
            self.least = stored["minimum_load"]
            self.allowed = ~stored["forbidden"]


def flow(tails, heads, rooms, costs, supply):
    """Solve one flow; return the flow of each arc, None if there is none."""
    solver = min_cost_flow.SimpleMinCostFlow()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(tails, heads, rooms, costs)
    solver.set_nodes_supplies(np.arange(len(supply)), supply)
    return solver.flows(arcs) if solver.solve() == solver.OPTIMAL else None


def filled(task, chosen, room, wanted, amount):
    """Send `amount` from experts with room to items that want some, at the best scores."""
    experts, items = task.score.shape
    expert, item = np.nonzero(task.allowed & ~chosen)
    source, sink = experts + items, experts + items + 1
    nodes = np.arange(experts + items)
    tails = np.concatenate([np.full(experts, source), expert, nodes[experts:]])
    heads = np.concatenate([nodes[:experts], experts + item, np.full(items, sink)])
    ones = np.ones(len(expert), dtype=np.int64)
    costs = -np.round(task.score[expert, item] * PARTS).astype(np.int64)
    nothing = np.zeros(experts + items + 2, dtype=np.int64)
    supply = nothing.copy()
    supply[source], supply[sink] = amount, -amount
    sent = flow(
        tails,
        heads,
        np.concatenate([room, ones, wanted]),
        np.concatenate([nothing[:experts], costs, nothing[:items]]),
        supply,
    )
    if sent is None:
        return None
    after = chosen.copy()
    used = sent[experts : experts + len(expert)] > 0
    after[expert[used], item[used]] = True
    return after


def two_flows(task, chosen=None):
    """Fill minimum loads, then the rest."""
    chosen = np.zeros(task.score.shape, dtype=bool) if chosen is None else chosen
    owed = np.maximum(task.least - chosen.sum(axis=1), 0)
    if owed.any():
        wanted = np.maximum(task.demand - chosen.sum(axis=0), 0)
        chosen = filled(task, chosen, owed, wanted, min(owed.sum(), wanted.sum()))
        if chosen is None:
            return None
    wanted = np.maximum(task.demand - chosen.sum(axis=0), 0)
    return filled(task, chosen, task.capacity - chosen.sum(axis=1), wanted, wanted.sum())


def one_flow(task):
    """Solve everything as one flow: minimum loads are supplies of their own."""
    experts, items = task.score.shape
    expert, item = np.nonzero(task.allowed)
    costs = -np.round(task.score[expert, item] * PARTS).astype(np.int64)
    source = experts + items
    tails = np.concatenate([np.full(experts, source), expert])
    heads = np.concatenate([np.arange(experts), experts + item])
    rooms = np.concatenate([task.capacity - task.least, np.ones(len(expert), dtype=np.int64)])
    rest = task.demand.sum() - task.least.sum()
    supply = np.concatenate([task.least, -task.demand, [rest]])
    no_cost = np.zeros(experts, dtype=np.int64)
    sent = flow(tails, heads, rooms, np.concatenate([no_cost, costs]), supply)
    if sent is None:
        return None
    chosen = np.zeros(task.score.shape, dtype=bool)
    used = sent[experts:] > 0
    chosen[expert[used], item[used]] = True
    return chosen


def fair_flow(task):
    """Search by halving for the sum that refinements can give to every item."""
    low, high = 0.0, float(task.score.max() * task.demand.max())
    best, best_least = two_flows(task), -np.inf
    best_least = smallest(task, best)
    for _ in range(HALVINGS):
        target = (low + high) / 2
        chosen = refined(task, target)
        if chosen is not None and smallest(task, chosen) >= best_least:
            best, best_least, low = chosen, smallest(task, chosen), target
        else:
            high = target
    return best


def refined(task, target):
    """Move experts from items above the target to items far below, until none is; else None."""
    chosen, before = two_flows(task), None
    while chosen is not None:
        sums = (task.score * chosen).sum(axis=0)
        poor = np.flatnonzero((sums < target - task.score.max()) & (task.demand > 0))
        if not len(poor):
            return chosen
        if len(poor) == before:
            return None
        before = len(poor)
        moved = improved(task, chosen, sums, target)
        chosen = None if moved is None else two_flows(task, moved)
    return None


def improved(task, chosen, sums, target):
    """Let rich items give one expert each to poor ones, directly or through others."""
    experts, items = task.score.shape
    top = float(task.score.max())
    rich = np.flatnonzero(sums >= target)
    poor = np.flatnonzero((sums < target - top) & (task.demand > 0))
    middle = np.flatnonzero((sums < target) & (sums >= target - top))
    chosen = chosen.copy()
    worst = np.where(chosen, task.score, np.inf).argmin(axis=0)
    chosen[worst[poor], poor] = False
    free = task.allowed & ~chosen
    source, sink, gate = experts + items, experts + items + 1, experts + items + 2
    arcs = []

    def add(tails, heads, costs=0):
        tails, heads = np.broadcast_arrays(tails, heads)
        arcs.append((tails, heads, np.broadcast_to(costs, tails.shape)))

    add(source, experts + rich)
    add(experts + poor, sink)
    add(gate + middle, experts + middle)
    giver, from_rich = np.nonzero(chosen[:, rich])
    add(experts + rich[from_rich], giver)
    givers = np.unique(giver)
    to, through = np.nonzero(free[np.ix_(givers, middle)])
    add(givers[to], gate + middle[through])
    least_in = np.full(items, np.inf)
    np.minimum.at(least_in, middle[through], task.score[givers[to], middle[through]])
    holder, at = np.nonzero(chosen[:, middle])
    item = middle[at]
    stays = sums[item] + least_in[item] - task.score[holder, item] >= target - top
    add(experts + item[stays], holder[stays])
    able = np.union1d(givers, holder[stays])
    who, where = np.nonzero(free[np.ix_(able, poor)])
    gain = task.score[able[who], poor[where]]
    lifts = gain + sums[poor[where]] >= target - top
    add(
        able[who],
        experts + poor[where],
        -1 - np.round(gain * np.where(lifts, 1e8, 1e4)).astype(int),
    )
    tails, heads, costs = (
        np.concatenate(part).astype(np.int64) for part in zip(*arcs, strict=True)
    )
    amount = min(len(poor), len(rich))
    supply = np.zeros(gate + items, dtype=np.int64)
    supply[source], supply[sink] = amount, -amount
    sent = flow(tails, heads, np.ones(len(tails), dtype=np.int64), costs, supply)
    if sent is None:
        return None
    used = sent > 0
    back = used & (tails >= experts) & (tails < source) & (heads < experts)
    chosen[heads[back], tails[back] - experts] = False
    forth = used & (tails < experts)
    seat = np.where(heads[forth] >= gate, heads[forth] - gate, heads[forth] - experts)
    chosen[tails[forth], seat] = True
    # An item between may have taken one more than it wants: it lets its worst go.
    for item in np.flatnonzero(chosen.sum(axis=0) > task.demand).tolist():
        extra = int(chosen[:, item].sum() - task.demand[item])
        order = np.where(chosen[:, item], task.score[:, item], np.inf).argsort(kind="stable")
        chosen[order[:extra], item] = False
    return chosen


def fair_sequence(task):
    """Let items pick in turns, the fewest served first, the best pair of a turn first."""
    chosen = np.zeros(task.score.shape, dtype=bool)
    room = task.capacity.copy()
    left, owed = int(task.demand.sum()), task.least.copy()
    restricted = False
    value = np.where(task.allowed, task.score, -np.inf)
    while left:
        served = np.where(task.demand > 0, chosen.sum(axis=0) / np.maximum(task.demand, 1), np.inf)
        turn = np.flatnonzero(served == served.min())
        open_pairs = np.where((room > 0)[:, None] & ~chosen[:, turn], value[:, turn], -np.inf)
        expert, place = np.unravel_index(open_pairs.argmax(), open_pairs.shape)
        if open_pairs[expert, place] == -np.inf:
            return None
        chosen[expert, turn[place]] = True
        room[expert] -= 1
        left -= 1
        owed[expert] = max(owed[expert] - 1, 0)
        if not restricted and owed.sum() >= left:
            room, restricted = owed.copy(), True
    return chosen


def smallest(task, chosen):
    return float((task.score * chosen).sum(axis=0)[task.demand > 0].min())


PROGRAMMES = {
    "one flow": one_flow,
    "two flows": two_flows,
    "FairFlow": fair_flow,
    "FairSequence": fair_sequence,
}


def main(path: str, names: list[str]) -> None:
    task, found = Task(path), {}
    for name in names:
        runs = []
        for _ in range(1 if name.startswith("Fair") else REPEATS):
            start = time.process_time()
            chosen = PROGRAMMES[name](task)
            runs.append(time.process_time() - start)
        ok = chosen is not None and bool(
            (chosen.sum(axis=0) == task.demand).all()
            and (chosen.sum(axis=1) <= task.capacity).all()
            and (chosen.sum(axis=1) >= task.least).all()
            and not (chosen & ~task.allowed).any()
        )
        total = float((task.score * chosen).sum()) if ok else float("nan")
        least = smallest(task, chosen) if ok else float("nan")
        found[name] = {"seconds": min(runs), "total": total, "minimum": least}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
