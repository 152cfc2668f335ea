"""Judgments one by one: what each costs beside a new fit, and where a sweep ends.

`add` is timed at 10^6 judgments, each call alone; the anchor fits all of them
anew. On the published sets every judgment arrives in a drawn order from nothing.
"""

from __future__ import annotations

import time
from typing import NamedTuple

import numpy as np

from benchmarks.aggregation_speed import Judgments, drawn
from benchmarks.report import Curve, Report, Row
from benchmarks.sets import WITH_TRUTH, recorded
from peritus.algorithms.aggregation import Consensus, Stream, aggregate, majority_vote
from peritus.algorithms.aggregation.expectation import expectation_maximisation
from peritus.algorithms.aggregation.methods import shrunk_model
from peritus.algorithms.aggregation.sums import Step

N = 1_000_000
ARRIVING = 20_000
METHOD = "dawid_skene_shrunk"
SEEDS = 5
SWEEPS = 10
"""Sweeps on the way, evenly spaced, of the stream that is swept now and then."""


class Large(NamedTuple):
    """Milliseconds of each add, seconds of sweep and batch, and how far they part."""

    adds: np.ndarray
    sweep: float
    batch: float
    apart: tuple[float, float]


def large(n_labels: int) -> Large:
    judgments = drawn(N + ARRIVING, n_labels)
    n_items = int(judgments[0].max()) + 1
    first = tuple(codes[:N] for codes in judgments)
    aggregate(*first, method=METHOD, n_items=n_items)  # compiles on a new machine
    start = time.perf_counter()
    fitted = aggregate(*first, method=METHOD, n_items=n_items)
    batch = time.perf_counter() - start
    stream = Stream(fitted)
    adds = np.empty(ARRIVING)
    for at, judgment in enumerate(zip(*(codes[N:].tolist() for codes in judgments), strict=True)):
        start = time.perf_counter()
        stream.add(*judgment)
        adds[at] = time.perf_counter() - start
    start = time.perf_counter()
    swept = stream.sweep()
    sweep = time.perf_counter() - start
    return Large(1e3 * adds, sweep, batch, parted(swept, aggregate(*judgments, method=METHOD)))


def parted(one: Consensus, other: Consensus) -> tuple[float, float]:
    """Return how far log-likelihoods part, relatively, and the share of equal labels."""
    by = abs(one.log_likelihood[-1] / other.log_likelihood[-1] - 1)
    return float(by), float((one.labels == other.labels).mean())


class Small(NamedTuple):
    """One set in one order: share of the batch's labels, and accuracy, by each way."""

    live: tuple[float, float]
    now_and_then: tuple[float, float]
    batch: float
    swept: tuple[float, float]
    warm: tuple[float, float]


def small(name: str, seed: int) -> Small:
    data = recorded(name)
    known = data.truth >= 0
    batch = aggregate(data.item, data.worker, data.label, method=METHOD, **data.sizes)
    order = np.random.default_rng(seed).permutation(len(data.item))
    judgments = (data.item[order], data.worker[order], data.label[order])

    def beside(found: Consensus) -> tuple[float, float]:
        right = (found.labels == data.truth)[known].mean()
        return float((found.labels == batch.labels).mean()), float(right)

    stream = streamed(judgments, data.sizes, sweeps=1)
    live = stream.consensus
    warm = expectation_maximisation(
        live.judgments, shrunk_model(live.judgments), begin=step_at(live)
    )
    return Small(
        beside(live),
        beside(streamed(judgments, data.sizes, sweeps=SWEEPS).consensus),
        beside(batch)[1],
        parted(stream.sweep(), batch),
        parted(warm, batch),
    )


def step_at(consensus: Consensus) -> Step:
    """Return the beliefs of a consensus with their sums, to begin an iteration at."""
    judgments = consensus.judgments
    counts = np.zeros((judgments.n_workers, judgments.n_labels, judgments.n_labels))
    np.add.at(counts, (judgments.worker, judgments.label), consensus.posterior[judgments.item])
    judged = consensus.labels >= 0
    return Step(consensus.posterior, 0.0, counts, consensus.posterior[judged].sum(axis=0))


def streamed(judgments: Judgments, sizes: dict[str, int], *, sweeps: int) -> Stream:
    """Let judgments arrive, with a sweep after each part but the last."""
    stream = Stream(majority_vote([], [], [], **sizes))
    each = -(-len(judgments[0]) // sweeps)
    for judgment in zip(*(codes.tolist() for codes in judgments), strict=True):
        if len(stream) and len(stream) % each == 0:
            stream.sweep()
        stream.add(*judgment)
    return stream


def measure() -> Report:
    rows = [row for n_labels in (2, 4, 10) for row in _rows(n_labels, large(n_labels))]
    sets = {name: [small(name, seed) for seed in range(SEEDS)] for name in WITH_TRUTH}
    runs = [run for found in sets.values() for run in found]
    by = max(run.swept[0] for run in runs)
    least = min(run.swept[1] for run in runs)
    elsewhere = [name for name, found in sets.items() if any(_elsewhere(r.warm) for r in found)]
    rows.append(
        Row(
            f"{len(sets)} published sets, {SEEDS} orders each, from nothing: a sweep at the end",
            f"begun at what add has come to: elsewhere on {', '.join(elsewhere)}",
            f"log-likelihood within {by:.0e}, {least:.1%} of labels equal",
            "within 1e-6, or ≥ 99.5 % of labels",
            not any(_elsewhere(run.swept) for run in runs),
        )
    )
    return Report("stream", "Judgments as they arrive", rows, _notes(sets), [_curve(sets)])


def _elsewhere(apart: tuple[float, float]) -> bool:
    return apart[0] > 1e-6 and apart[1] < 0.995


def _rows(n_labels: int, found: Large) -> list[Row]:
    half, most, longest = np.quantile(found.adds, [0.5, 0.99, 1])
    by, equal = found.apart
    return [
        Row(
            f"add at 10^6 judgments, K = {n_labels}",
            f"a new fit: {1e3 * found.batch:,.0f} ms",
            f"{half:.3f} ms p50, {most:.3f} ms p99, {longest:.0f} ms when arrays double",
            "≤ 1 ms p99",
            bool(most <= 1),
        ),
        Row(
            f"sweep at 10^6 judgments, K = {n_labels}",
            f"the batch: {1e3 * found.batch:,.0f} ms",
            f"{1e3 * found.sweep:,.0f} ms, log-likelihood within {by:.0e}, {equal:.2%} of labels",
            "within 1e-6, or ≥ 99.5 % of labels",
            not _elsewhere(found.apart),
        ),
    ]


def _notes(sets: dict[str, list[Small]]) -> str:
    runs = [run for found in sets.values() for run in found]
    live, seldom = ([getattr(run, way)[0] for run in runs] for way in ("live", "now_and_then"))
    right = {
        way: np.mean([getattr(run, way)[1] for run in runs]) for way in ("live", "now_and_then")
    }
    batch = np.mean([run.batch for run in runs])
    return (
        f"{N:,} judgments fitted, then {ARRIVING:,} added one by one. Without any sweep, what add "
        f"alone comes to from nothing has {np.mean(live):.1%} of the batch's labels in the mean "
        f"({min(live):.1%} at worst) and is right on {right['live']:.1%} (batch {batch:.1%}); with "
        f"a sweep after each tenth, {np.mean(seldom):.1%} ({min(seldom):.1%} at worst) and "
        f"{right['now_and_then']:.1%}. A sweep begins at the votes, since one that begins at what "
        f"add has come to ends at another maximum on some sets, by the order of arrival."
    )


def _curve(sets: dict[str, list[Small]]) -> Curve:
    points: list[tuple[float | str, ...]] = []
    for name, found in sets.items():
        for seed, run in enumerate(found):
            values = (*run.live, *run.now_and_then, run.batch, *run.swept, *run.warm)
            points.append((name, seed, *(float(f"{value:.6g}") for value in values)))
    columns = (
        "set", "seed", "live_equal", "live_right", "tenths_equal", "tenths_right", "batch_right",
        "sweep_nats_apart", "sweep_equal", "warm_nats_apart", "warm_equal",
    )  # fmt: skip
    return Curve("orders", columns, points)
