"""Matchings beside plain flows, OpenReview's two flows, FairFlow and FairSequence.

The anchors are the same programmes written anew over OR-Tools (`matching_anchors.py` says from
what), with arcs handed over as arrays, and run in a process of their own. Seconds are CPU, the
best of three runs (FairFlow and FairSequence: of one), whole calls: ours from scores to checked
matching with its bound, theirs from arrays to flow, the reading of files not counted. Conflicts
of the real sets are masked, three experts an item.

OpenReview's own code, run once on this machine beside other work, wall: totals in 0.02, 0.5, 4.7
and 155 s (1,791.07 of 1,796.25 on the last), FairFlow in 0.22, 3.0, 28.8 and 136 s, with smallest
sums 0.75, 0.75, 1.25 and 2.9799. The goal of 100 times is held against the faster programme here.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from benchmarks.report import HERE, Report, Row
from benchmarks.sets import DATA
from peritus.algorithms.matching import Matching, assign, next_item

BIDS = {"preflib1": "csconf1", "preflib3": "csconf3", "aamas2015": "aamas2015"}
CONFLICT = (-9, -1)
REPEATS = 3
LONGEST = 1_800
"""Seconds after which an anchor is given up."""


class Task(NamedTuple):
    """A problem: scores experts x items and the limits."""

    name: str
    score: np.ndarray
    limits: dict[str, np.ndarray]

    def assign(self, **more: Any) -> Matching:
        return assign(self.score, **self.limits, **more)


def measure() -> Report:
    rows = []
    for task in (*_real(), _random()):
        print(f"  {task.name}: anchors …", flush=True)
        rows += _rows(task, _anchors(task))
    rows += [*_alike_rows(_alike()), _large(), _pull()]
    return Report(
        "matching",
        "Matching beside plain flow, OpenReview, FairFlow and FairSequence",
        rows,
        __doc__.split("\n\n", 1)[1].strip(),
    )


def _real() -> list[Task]:
    tasks = []
    for name, bids in BIDS.items():
        files = [DATA / "matching" / f"{name}.npz", DATA / "matching" / f"{bids}_bids.npz"]
        if missing := [file.name for file in files if not file.exists()]:
            print(f"  {name} is skipped: {', '.join(missing)} missing in {DATA.name}/matching")
            continue
        stored, raw = (np.load(file) for file in files)
        score = stored["scores"].astype(float)
        # The bids of preflib1 stand in another order; its conflicts are its scores of 0.
        conflict = score == 0 if name == "preflib1" else np.isin(raw["bids"], CONFLICT)
        limits = {
            "demand": stored["paper_coverage"].astype(np.int64),
            "capacity": stored["reviewer_max"].astype(np.int64),
            "minimum_load": np.zeros(len(score), dtype=np.int64),
            "forbidden": conflict,
        }
        tasks.append(Task(name, score, limits))
    return tasks


def _random() -> Task:
    score = np.random.default_rng(0).random((1_000, 600))
    limits = {
        "demand": np.full(600, 3),
        "capacity": np.full(1_000, 6),
        "minimum_load": np.ones(1_000, dtype=np.int64),
        "forbidden": np.zeros(score.shape, dtype=bool),
    }
    return Task("1,000 × 600 at random, loads 1 to 6", score, limits)


def _alike() -> Task:
    drawn = np.random.default_rng(3)
    score = np.repeat(drawn.uniform(0.5, 0.99, (1_000, 1)), 600, axis=1)
    forbidden = np.zeros(score.shape, dtype=bool)
    forbidden[drawn.choice(1_000, 50, False)] = True
    forbidden[drawn.integers(0, 1_000, 250), drawn.integers(0, 600, 250)] = True
    limits = {
        "demand": np.full(600, 3),
        "capacity": np.full(1_000, 6),
        "minimum_load": np.zeros(1_000, dtype=np.int64),
        "forbidden": forbidden,
    }
    return Task("1,000 × 600, experts alike on all items", score, limits)


def _anchors(
    task: Task, names: tuple[str, ...] = ("one flow", "two flows", "FairSequence", "FairFlow")
) -> dict[str, dict[str, float]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "task.npz"
        np.savez(path, score=task.score, **task.limits)
        command = [sys.executable, str(HERE / "matching_anchors.py"), str(path), *names]
        done = subprocess.run(command, capture_output=True, check=True, timeout=LONGEST)
    return json.loads(done.stdout)


def _rows(task: Task, anchors: dict[str, dict[str, float]]) -> list[Row]:
    total, seconds = _timed(task.assign)
    fair, fair_seconds = _timed(lambda: task.assign(objective="max_min"))
    plain, two = anchors["one flow"], anchors["two flows"]
    proven = abs(total.bound - total.total) <= 1e-6 * max(1, abs(total.total))
    return [
        Row(
            f"{task.name}: total",
            f"one flow {plain['total']:.3f} in {plain['seconds']:.3f} s; "
            f"two flows {two['total']:.3f} in {two['seconds']:.3f} s",
            f"{total.total:.3f} in {seconds:.3f} s, bound met within "
            f"{total.bound - total.total:.0e}",
            "bound met, ≥ both (1e-6 of costs in whole numbers), ≤ 0.3 s",
            bool(
                proven
                and total.total >= max(plain["total"], two["total"]) - 1e-3
                and seconds <= 0.3
            ),
        ),
        *(
            _fair_row(task, name, anchors[name], fair, fair_seconds)
            for name in ("FairFlow", "FairSequence")
        ),
    ]


def _alike_rows(task: Task) -> list[Row]:
    print(f"  {task.name}: anchor …", flush=True)
    plain = _anchors(task, ("one flow",))["one flow"]
    total, seconds = _timed(task.assign)
    fair, fair_seconds = _timed(lambda: task.assign(objective="max_min"))
    gap = (total.bound - total.total) / total.total
    fair_gap = (fair.bound - fair.minimum) / fair.minimum
    anchor = (
        f"one flow {plain['total']:.3f}, smallest sum {plain['minimum']:.4f}, "
        f"in {plain['seconds']:.3f} s"
    )
    return [
        Row(
            f"{task.name}: total",
            anchor,
            f"{total.total:.3f} in {seconds:.3f} s, bound met within {gap:.0e}, relative",
            "bound met (1e-6), ≥ the flow (1e-6 of costs in whole numbers), ≤ 0.3 s",
            bool(gap <= 1e-6 and total.total >= plain["total"] - 1e-3 and seconds <= 0.3),
        ),
        Row(
            f"{task.name}: smallest sum",
            anchor,
            f"{fair.minimum:.4f} of at most {fair.bound:.4f} ({fair_gap:.0e}, relative), "
            f"total {fair.total:.3f}, {fair_seconds:.3f} s",
            "≥ the flow's, within 1e-3 of the bound, ≤ 3 s",
            bool(fair.minimum >= plain["minimum"] and fair_gap <= 1e-3 and fair_seconds <= 3),
        ),
    ]


def _fair_row(
    task: Task, name: str, anchor: dict[str, float], fair: Matching, seconds: float
) -> Row:
    with_floor, floor_seconds = _timed(lambda: task.assign(floor=anchor["minimum"] - 1e-9))
    times = anchor["seconds"] / seconds
    fast = times >= 100 if name == "FairFlow" else True
    return Row(
        f"{task.name}: smallest sum",
        f"{name} {anchor['minimum']:.4f}, total {anchor['total']:.2f}, {anchor['seconds']:.2f} s",
        f"{fair.minimum:.4f} of at most {fair.bound:.4f}, total {fair.total:.2f}, {seconds:.3f} s "
        f"({times:.0f} ×); with their smallest sum as floor total {with_floor.total:.2f}, "
        f"{floor_seconds:.3f} s",
        "≥ theirs, total ≥ theirs" + (", ≥ 100 × faster" if name == "FairFlow" else ""),
        bool(
            fair.minimum >= anchor["minimum"] - 1e-9
            and with_floor.total >= anchor["total"] - 1e-6
            and fast
        ),
    )


def _large() -> Row:
    experts, items, each = 10_000, 5_000, 100
    drawn = np.random.default_rng(1)
    rows = np.concatenate([np.sort(drawn.choice(experts, each, False)) for _ in range(items)])
    table = (drawn.random(items * each), rows, np.arange(items + 1) * each)
    score = sparse.csc_array(table, shape=(experts, items))
    found, seconds = _timed(lambda: assign(score, 3, 2, minimum_load=1))
    gap = (found.bound - found.total) / found.total
    return Row(
        "10,000 × 5,000, 100 candidates each, loads 1 to 2: total",
        "none",
        f"{found.total:.3f} in {seconds:.2f} s, bound met within {gap:.0e}, relative",
        "bound met (1e-6), ≤ 5 s",
        bool(gap <= 1e-6 and seconds <= 5),
    )


def _pull() -> Row:
    items = 100_000
    drawn = np.random.default_rng(2)
    rows = drawn.integers(0, 200, size=(3, items))
    columns = np.broadcast_to(np.arange(items), rows.shape)
    score = sparse.coo_array((drawn.random(rows.size), (rows.ravel(), columns.ravel())))
    plan = assign(score.tocsc(), 1, items)
    mine = drawn.random(items)
    open_slots = np.ones(items, dtype=np.int64)
    _, seconds = _timed(lambda: [next_item(plan, mine, 7, open_slots) for _ in range(20)])
    open_slots[plan.items[plan.experts == 7]] = 0
    _, beyond = _timed(lambda: [next_item(plan, mine, 7, open_slots) for _ in range(20)])
    slower = max(seconds, beyond) / 20 * 1_000
    return Row(
        f"the next of {items:,} open slots",
        "none",
        f"{slower:.2f} ms, planned or beyond the plan",
        "≤ 10 ms",
        bool(slower <= 10),
    )


def _timed(act: Callable[[], Any]) -> tuple[Any, float]:
    runs = []
    for _ in range(REPEATS):
        start = time.process_time()
        found = act()
        runs.append(time.process_time() - start)
    return found, min(runs)
