"""Measure whether a bound holds when the checker misses errors, and at what length.

A checker finds a wrong decision with some sensitivity, which is known only from
planted wrong decisions; flags are confirmed by a second person, so that none
is false. Coverage and mean length are exact sums over every outcome, for each
cell of a grid of prevalence, sensitivity and number of plants.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, binom, hypergeom, norm

from benchmarks.report import Curve, Report, Row
from peritus.algorithms.certification import checked_bound, error_bound

POPULATION, SAMPLED = 10_000, 300
PREVALENCE = (0.005, 0.01, 0.02, 0.05, 0.1)
SENSITIVITY = (0.8, 0.85, 0.9, 0.95)
PLANTED = (100, 200, 300)
RARE = 1e-6  # outcomes less likely than this in every cell count as not covered

Bounds = NDArray[np.float64]  # flags x found


class Cell(NamedTuple):
    """One checker and one lot, and what was measured there."""

    planted: int
    prevalence: float
    sensitivity: float
    coverage: float
    length: float  # mean bound over mean bound of a perfect checker
    rogan_gladen: float
    plug_in: float


def measure() -> Report:
    cells = [cell for planted in PLANTED for cell in _cells(planted)]
    rows = [_coverage(cells), *(_length(cells, planted) for planted in reversed(PLANTED))]
    curve = Curve("grid", Cell._fields, [tuple(_rounded(v) for v in cell) for cell in cells])
    return Report("erring_checker", "Bounds when the checker errs too", rows, NOTES, [curve])


NOTES = (
    f"{POPULATION:,} decisions, {SAMPLED} audited, prevalence {PREVALENCE}, sensitivity "
    f"{SENSITIVITY}; exact sums over flags and plants found. Rogan–Gladen: upper limit by their "
    "variance; plug-in: Clopper–Pearson's limit over the sensitivity seen. Length is the mean "
    "bound over that of a checker who finds all."
)


def _coverage(cells: list[Cell]) -> Row:
    least = min(cell.coverage for cell in cells)
    names = ("rogan_gladen", "plug_in")
    spans = [[getattr(cell, name) for cell in cells] for name in names]
    anchor = "; ".join(
        f"{name} {min(span):.1%} to {max(span):.1%}"
        for name, span in zip(("Rogan–Gladen", "plug-in"), spans, strict=True)
    )
    what = f"least coverage of {len(cells)} cells"
    return Row(what, anchor, f"{least:.2%}", "≥ 95 % everywhere", least >= 0.95)


def _length(cells: list[Cell], planted: int) -> Row:
    lengths = [cell.length for cell in cells if cell.planted == planted]
    mean, most = float(np.mean(lengths)), max(lengths)
    goal = "≤ 1.3 × in the mean" if planted == 300 else "as short as may be"
    ours = f"{mean:.2f} × (worst cell {most:.2f} ×)"
    reached = mean <= 1.3 or planted != 300
    return Row(f"length with {planted} planted", "perfect checker: 1", ours, goal, reached)


def _cells(planted: int) -> list[Cell]:
    grid = list(product(PREVALENCE, SENSITIVITY))
    chances = {cell: _chances(planted, *cell) for cell in grid}
    likely = np.max(list(chances.values()), axis=0) > RARE
    ours = _table(likely, lambda x, y: _ours(x, y, planted))
    anchors = [
        _table(likely, lambda x, y, f=f: f(x, y, planted)) for f in (_rogan_gladen, _plug_in)
    ]
    return [
        Cell(planted, *cell, *_measured(ours, chances[cell], cell[0]), *(
            _measured(anchor, chances[cell], cell[0])[0] for anchor in anchors
        ))
        for cell in grid
    ]  # fmt: skip


def _measured(
    bounds: Bounds, chance: NDArray[np.float64], prevalence: float
) -> tuple[float, float]:
    """Return the coverage, and the mean length beside a perfect checker's."""
    covered = float((chance * (bounds >= prevalence - 1e-12)).sum())
    return covered, float((chance * bounds).sum()) / _perfect(prevalence)


def _perfect(prevalence: float) -> float:
    found = np.arange(SAMPLED + 1)
    chance = hypergeom.pmf(found, POPULATION, round(prevalence * POPULATION), SAMPLED)
    likely = np.flatnonzero(chance > RARE)
    return float(sum(chance[x] * error_bound(int(x), SAMPLED, POPULATION) for x in likely))


def _chances(planted: int, prevalence: float, sensitivity: float) -> NDArray[np.float64]:
    drawn = hypergeom.pmf(
        np.arange(SAMPLED + 1), POPULATION, round(prevalence * POPULATION), SAMPLED
    )
    flags = np.arange(SAMPLED + 1)[:, None]
    of_flags = binom.pmf(flags, np.arange(SAMPLED + 1), sensitivity) @ drawn
    return np.outer(of_flags, binom.pmf(np.arange(planted + 1), planted, sensitivity))


def _table(likely: NDArray[np.bool_], bound: Callable[[int, int], float]) -> Bounds:
    table = np.zeros(likely.shape)  # not covered where unlikely
    for x, y in np.argwhere(likely):
        table[x, y] = bound(int(x), int(y))
    return table


def _ours(flags: int, found: int, planted: int) -> float:
    return checked_bound(flags, SAMPLED, POPULATION, known_bad=(found, planted))


def _rogan_gladen(flags: int, found: int, planted: int) -> float:
    rate, seen = flags / SAMPLED, found / planted
    variance = (
        rate * (1 - rate) / SAMPLED + (rate / seen) ** 2 * seen * (1 - seen) / planted
    ) / seen**2
    return float(min(1.0, rate / seen + norm.ppf(0.95) * np.sqrt(variance)))


def _plug_in(flags: int, found: int, planted: int) -> float:
    rate = float(beta.ppf(0.95, flags + 1, SAMPLED - flags))
    return min(1.0, rate * planted / found)


def _rounded(value: float) -> float:
    return round(float(value), 5)
