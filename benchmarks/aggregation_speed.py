"""Dawid-Skene against crowd-kit: CPU time and memory to the same log-likelihood.

Each side runs in a process of its own, so that its peak memory is its own. Ours
takes the three arrays; crowd-kit takes the data frame that it asks for, whose
making is not counted. Eleven of our iterations and ten of theirs fit equally
many matrices; both are compared by one log-likelihood, computed here.
With ten labels the matrices of 2,000 workers fill 1.6 MB, and so do their sums:
each iteration reads them at random a million times. That memory is the limit
there: with 100 workers the same loops take half the time.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import re
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from crowdkit.aggregation import DawidSkene
from numpy.typing import NDArray

from benchmarks.report import Report, Row
from peritus.algorithms.aggregation import dawid_skene

PER_ITEM = 5
WORKERS = 2000
ITERATIONS = 10
NEVER = -1e9
"""A tolerance that never stops early."""
REPEATS = 3
LARGE_PEER = "209 s, 2.6 GB (published for this size)"

Judgments = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


class Run(NamedTuple):
    """CPU and wall seconds, MB beyond inputs and outputs, log-likelihood."""

    cpu: float
    wall: float
    megabytes: float
    log_likelihood: float


def drawn(n: int, n_labels: int, seed: int = 7) -> Judgments:
    """Draw judgments of workers of unequal skill, in no order."""
    generator = np.random.default_rng(seed)
    n_items = n // PER_ITEM
    truth = generator.integers(0, n_labels, n_items)
    item = np.repeat(np.arange(n_items), PER_ITEM)
    first = generator.integers(0, WORKERS, n_items)
    worker = ((first[:, None] + 37 * np.arange(PER_ITEM)) % WORKERS).ravel()
    skill = generator.beta(8, 3, WORKERS)
    right = generator.random(len(item)) < skill[worker]
    label = np.where(right, truth[item], generator.integers(0, n_labels, len(item)))
    order = generator.permutation(len(item))
    return item[order], worker[order], label[order]


def log_likelihood(judgments: Judgments, confusion: NDArray, prevalence: NDArray) -> float:
    """Return nats per set of matrices (workers, true, given), taken item by item."""
    item, worker, label = judgments
    with np.errstate(divide="ignore"):
        joint = np.broadcast_to(np.log(prevalence), (item.max() + 1, len(prevalence))).copy()
        logs = np.log(confusion)
    for k in range(len(prevalence)):
        joint[:, k] += np.bincount(item, logs[worker, k, label], minlength=len(joint))
    peak = joint.max(axis=1)
    return float((peak + np.log(np.exp(joint - peak[:, None]).sum(axis=1))).sum())


def ours(judgments: Judgments, iterations: int) -> Run:
    few = tuple(codes[:300_000] for codes in judgments)
    dawid_skene(*few, iterations=1, tolerance=NEVER, n_labels=int(judgments[2].max()) + 1)
    found, run = measured(lambda: dawid_skene(*judgments, iterations=iterations, tolerance=NEVER))
    outputs = (found.labels.nbytes + found.posterior.nbytes + found.confusion.nbytes) / 1e6
    nats = log_likelihood(judgments, found.confusion, found.prevalence)
    return run._replace(megabytes=run.megabytes - outputs, log_likelihood=nats)


def theirs(judgments: Judgments, iterations: int) -> Run:
    item, worker, label = judgments
    frame = pd.DataFrame({"task": item, "worker": worker, "label": label})
    n_labels = int(label.max()) + 1
    found, run = measured(lambda: DawidSkene(n_iter=iterations, tol=NEVER).fit(frame))
    confusion = np.zeros((int(worker.max()) + 1, n_labels, n_labels))
    errors = found.errors_.reindex(columns=range(n_labels)).fillna(0.0)
    who, given = (errors.index.get_level_values(level).to_numpy() for level in (0, 1))
    confusion[who, :, given] = errors.to_numpy()
    prevalence = found.priors_.reindex(range(n_labels)).to_numpy()
    outputs = (found.probas_.to_numpy().nbytes + errors.to_numpy().nbytes) / 1e6
    nats = log_likelihood(judgments, confusion, prevalence)
    return run._replace(megabytes=run.megabytes - outputs, log_likelihood=nats)


def measured(act: Callable[[], Any]) -> tuple[Any, Run]:
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew at what is held now
    before, cpu, wall = _megabytes("VmRSS"), time.process_time(), time.perf_counter()
    found = act()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return found, Run(cpu, wall, _megabytes("VmHWM") - before, float("nan"))


def _megabytes(what: str) -> float:
    found = re.search(rf"{what}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024


def apart(side: str, n: int, n_labels: int, iterations: int) -> Run:
    """Run one side in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_run, (side, n, n_labels, iterations))


def _run(side: str, n: int, n_labels: int, iterations: int) -> Run:
    return {"ours": ours, "theirs": theirs}[side](drawn(n, n_labels), iterations)


def measure() -> Report:
    rows = []
    for n_labels in (2, 4, 10):
        peer = apart("theirs", 1_000_000, n_labels, ITERATIONS)
        runs = [apart("ours", 1_000_000, n_labels, ITERATIONS + 1) for _ in range(REPEATS)]
        rows += _rows(n_labels, peer, runs)
    large = [apart("ours", 10_000_000, 4, ITERATIONS) for _ in range(REPEATS)]
    wall, extra = statistics.median(run.wall for run in large), max(run.megabytes for run in large)
    rows.append(
        Row(
            "10^7 judgments, K = 4, 10 iterations, wall, two threads",
            LARGE_PEER,
            f"{wall:.2f} s, {extra:.0f} MB beyond inputs and outputs",
            "≤ 2 s, ≤ 200 MB",
            wall <= 2 and extra <= 200,
        )
    )
    return Report(
        "aggregation_speed", "Dawid–Skene beside crowd-kit 1.4.2", rows, __doc__.split("\n\n", 1)[1]
    )


def _rows(n_labels: int, peer: Run, runs: list[Run]) -> list[Row]:
    cpu = statistics.median(run.cpu for run in runs)
    extra = max(run.megabytes for run in runs)
    apart_by = max(abs(run.log_likelihood / peer.log_likelihood - 1) for run in runs)
    what = f"10^6 judgments, K = {n_labels}"
    return [
        Row(
            f"{what}, CPU, preparation included",
            f"{peer.cpu:.1f} s",
            f"{cpu:.3f} s, {peer.cpu / cpu:.0f} ×; log-likelihoods within {apart_by:.0e}",
            "≥ 50 × (100 ×), within 1e-6",
            peer.cpu / cpu >= 50 and apart_by <= 1e-6,
        ),
        Row(
            f"{what}, memory beyond outputs",
            f"{peer.megabytes:.0f} MB",
            f"{extra:.0f} MB",
            "≤ 1/10",
            extra <= peer.megabytes / 10,
        ),
    ]
