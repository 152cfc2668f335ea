"""A coefficient of agreement and its bootstrap interval over items."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from peritus.algorithms._codes import Codes

from .table import Floats, Table

Coefficient = Callable[[Floats], Floats]
"""Weights of the distinct rows (resamples, rows) -> coefficients (resamples,)."""
RESAMPLES_AT_ONCE = 64
SPARE_DEVIATIONS = 4.0
"""Standard deviations of a sum that Poisson counts stay below the items in the mean."""


@dataclass(frozen=True)
class Agreement:
    """Agreement beyond chance: 1 is perfect, 0 is what chance gives.

    Attributes
    ----------
    value : float
        The coefficient, at most 1; NaN when every judgment names the same
        class, since agreement by chance is then certain and nothing is known.
    low, high : float or None
        Percentile bootstrap interval over items; None without resamples. NaN
        where no resample has a value.
    items, judgments : int
        What the value rests on. For alpha, items with two judgments or more;
        for kappa and AC1, all items with a judgment (class shares use them).
    """

    value: float
    low: float | None
    high: float | None
    items: int
    judgments: int


def agreement_of(
    table: Table,
    coefficient: Coefficient,
    *,
    confidence: float,
    resamples: int,
    generator: np.random.Generator | None,
) -> Agreement:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie in (0, 1), got {confidence}")
    if resamples < 0:
        raise ValueError(f"resamples must be 0 or more, got {resamples}")
    if resamples and generator is None:
        raise ValueError("an interval needs a generator: pass numpy.random.default_rng(seed)")
    multiplicity = table.multiplicity
    value = float(coefficient(multiplicity[None, :].astype(float))[0])
    low, high = None, None
    if generator is not None and resamples:
        drawn = _resampled(coefficient, multiplicity, resamples, generator)
        low, high = _percentiles(drawn, confidence)
    judgments = int(multiplicity @ table.per_row)
    return Agreement(value, low, high, int(multiplicity.sum()), judgments)


def _resampled(
    coefficient: Coefficient, multiplicity: Codes, resamples: int, generator: np.random.Generator
) -> Floats:
    drawn = []
    # In blocks, since all weights at once are resamples x rows.
    for done in range(0, resamples, RESAMPLES_AT_ONCE):
        size = min(RESAMPLES_AT_ONCE, resamples - done)
        drawn.append(coefficient(drawn_counts(multiplicity, size, generator).astype(float)))
    return np.concatenate(drawn)


def drawn_counts(multiplicity: Codes, size: int, generator: np.random.Generator) -> Codes:
    """Draw all items with replacement, `size` times; count rows (size, rows).

    The counts are multinomial. Poisson counts are so too, given their sum, and
    take half the time: they are drawn to fall short, and the items that lack
    are drawn one by one.
    """
    rows, items = len(multiplicity), int(multiplicity.sum())
    short = max(items - SPARE_DEVIATIONS * items**0.5, 0.0) / items
    counts = generator.poisson(multiplicity * short, size=(size, rows))
    lacking = items - counts.sum(axis=1)
    while len(over := np.flatnonzero(lacking < 0)):
        counts[over] = generator.poisson(multiplicity * short, size=(len(over), rows))
        lacking[over] = items - counts[over].sum(axis=1)
    row = np.repeat(np.arange(rows), multiplicity)[generator.integers(items, size=lacking.sum())]
    cell = np.repeat(np.arange(size), lacking) * rows + row
    return counts + np.bincount(cell, minlength=size * rows).reshape(size, rows)


def _percentiles(drawn: Floats, confidence: float) -> tuple[float, float]:
    known = drawn[~np.isnan(drawn)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.quantile(known, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def share(part: Floats, whole: Floats) -> Floats:
    """Divide, NaN where there is nothing to divide by."""
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1), np.nan)
