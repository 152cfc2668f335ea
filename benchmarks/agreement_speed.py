"""Alpha, kappa and AC1 with intervals beside krippendorff's alpha without.

Both take judgments in no order. krippendorff takes counts of values by item, of
which the making is given apart; ours checks codes and refuses duplicates too.
Seconds are CPU, the best of three runs, each side on one thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import krippendorff
import numpy as np

from benchmarks.aggregation_speed import Judgments, drawn
from benchmarks.report import Report, Row
from peritus.algorithms.agreement import fleiss_kappa, gwet_ac1, krippendorff_alpha

N = 1_000_000
RESAMPLES = 1_000
REPEATS = 3
COEFFICIENTS = {"α": krippendorff_alpha, "κ": fleiss_kappa, "AC1": gwet_ac1}
MISSING = 0.4
"""Share of judgments left out, so that items have between none and five."""


def measure() -> Report:
    cases = [(f"K = {n_labels}", drawn(N, n_labels)) for n_labels in (2, 4, 10)]
    cases.append((f"K = 4, {MISSING:.0%} missing", _thinned(drawn(int(N / (1 - MISSING)), 4))))
    return Report(
        "agreement_speed",
        "Agreement with intervals beside krippendorff",
        [_row(what, judgments) for what, judgments in cases],
        __doc__.split("\n\n", 1)[1].strip(),
    )


def _thinned(judgments: Judgments) -> Judgments:
    kept = np.random.default_rng(3).random(len(judgments[0])) >= MISSING
    item, worker, label = (codes[kept] for codes in judgments)
    return item, worker, label


def _row(what: str, judgments: Judgments) -> Row:
    item, worker, label = judgments

    def with_interval(name: str) -> Any:
        generator = np.random.default_rng(5)
        return COEFFICIENTS[name](item, worker, label, resamples=RESAMPLES, generator=generator)

    counts, counting = best(lambda: value_counts(item, label))
    peer, seconds = best(
        lambda: krippendorff.alpha(value_counts=counts, level_of_measurement="nominal")
    )
    found = {name: best(lambda name=name: with_interval(name)) for name in COEFFICIENTS}
    total = sum(seconds for _, seconds in found.values())
    alpha = found["α"][0]
    apart = abs(alpha.value - peer)
    each = ", ".join(f"{name} {seconds:.2f}" for name, (_, seconds) in found.items())
    return Row(
        f"{len(item):,} judgments, {what}, {RESAMPLES:,} resamples",
        f"α alone: {seconds:.2f} s, {counting:.2f} s to count",
        f"{total:.2f} s ({each}); α {alpha.value:.4f} ({alpha.low:.4f} to {alpha.high:.4f}), "
        f"within {apart:.0e} of theirs",
        "≤ 1 s for all three, within 1e-6",
        bool(total <= 1 and apart <= 1e-6),
    )


def value_counts(item: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Count values by item (items, values), as krippendorff wants them."""
    n_labels = int(label.max()) + 1
    cells = np.bincount(item * n_labels + label, minlength=(int(item.max()) + 1) * n_labels)
    return cells.reshape(-1, n_labels)


def best(act: Callable[[], Any]) -> tuple[Any, float]:
    runs = []
    for _ in range(REPEATS):
        start = time.process_time()
        found = act()
        runs.append(time.process_time() - start)
    return found, min(runs)
