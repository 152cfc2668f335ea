"""The coefficients: alpha, kappa and AC1."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from .disagreement import DISAGREEMENT, Disagreement
from .resampling import Agreement, Coefficient, agreement_of, share
from .table import Floats, Table, table_of_counts

Level = Literal["nominal", "ordinal", "interval", "ratio"]


def krippendorff_alpha(
    item: ArrayLike,
    worker: ArrayLike,
    value: ArrayLike,
    *,
    level: Level = "nominal",
    confidence: float = 0.95,
    resamples: int = 0,
    generator: np.random.Generator | None = None,
) -> Agreement:
    """Return Krippendorff's alpha: one minus observed over expected disagreement.

    Parameters
    ----------
    item, worker : integer codes (n,), 0-based
        One entry per judgment; an absent pair, or NaN as value, is missing.
    value : numbers (n,)
        What was judged, in its own unit.
    level : {"nominal", "ordinal", "interval", "ratio"}
        What a distance between two values means.
    confidence : float in (0, 1)
        Share of resampled values between `low` and `high`.
    resamples : int >= 0
        Bootstrap resamples of items; 0 gives no interval.
    generator : numpy.random.Generator
        Needed when `resamples` > 0.

    Returns
    -------
    Agreement
        Items with one judgment cannot be paired and are left out. Cost
        O(n log n + resamples x distinct rows); "ratio" adds values squared.

    Raises
    ------
    ValueError
        No item has two judgments, a pair (item, worker) comes twice, a value
        is infinite (or negative, for "ratio"), or an option is out of range.

    Notes
    -----
    Ordinal distances are interval distances of mid-ranks, taken anew in each
    resample.
    Source: Krippendorff (2004), Content Analysis, 2nd ed., chapter 11;
    resampling of units: Gwet (2014), Handbook of Inter-Rater Reliability, 4th ed.
    """
    if level not in DISAGREEMENT:
        raise ValueError(f"level must be one of {', '.join(DISAGREEMENT)}, got {level!r}")
    table = table_of_counts(item, worker, value, least=2)
    if level == "ratio" and (table.values < 0).any():
        raise ValueError("a ratio scale starts at 0: values must not be negative")
    disagreement = DISAGREEMENT[level](table)
    return agreement_of(
        table,
        lambda weights: _alpha(weights, table, disagreement),
        confidence=confidence,
        resamples=resamples,
        generator=generator,
    )


def fleiss_kappa(
    item: ArrayLike,
    worker: ArrayLike,
    value: ArrayLike,
    *,
    confidence: float = 0.95,
    resamples: int = 0,
    generator: np.random.Generator | None = None,
) -> Agreement:
    """Return Fleiss' kappa for classes, whoever judged which item.

    Parameters
    ----------
    item, worker, value, confidence, resamples, generator
        As `krippendorff_alpha`; values are class names in numbers.

    Returns
    -------
    Agreement
        Class shares average over items with at least one judgment, observed
        agreement over items with at least two. Cost as `krippendorff_alpha`.

    Raises
    ------
    ValueError
        As `krippendorff_alpha`.

    Notes
    -----
    Source: Fleiss (1971), Psychological Bulletin 76, 378-382; with missing
    judgments: Gwet (2014), Handbook of Inter-Rater Reliability, 4th ed.
    """
    table = table_of_counts(item, worker, value, least=1)

    def chance(shares: Floats) -> Floats:
        expected: Floats = (shares**2).sum(axis=1)
        return expected

    coefficient = _chance_corrected(table, chance)
    return agreement_of(
        table, coefficient, confidence=confidence, resamples=resamples, generator=generator
    )


def gwet_ac1(
    item: ArrayLike,
    worker: ArrayLike,
    value: ArrayLike,
    *,
    n_labels: int | None = None,
    confidence: float = 0.95,
    resamples: int = 0,
    generator: np.random.Generator | None = None,
) -> Agreement:
    """Return Gwet's AC1, which stays high when one class is rare.

    Parameters
    ----------
    item, worker, value, confidence, resamples, generator
        As `krippendorff_alpha`; values are class names in numbers.
    n_labels : int, optional
        Classes that could have been chosen; those seen, unless given. More
        classes mean less agreement by chance.

    Returns
    -------
    Agreement
        Averages as in `fleiss_kappa`. Cost as `krippendorff_alpha`.

    Raises
    ------
    ValueError
        As `krippendorff_alpha`, or `n_labels` is below the classes seen.

    Notes
    -----
    Source: Gwet (2008), British Journal of Mathematical and Statistical
    Psychology 61, 29-48.
    """
    table = table_of_counts(item, worker, value, least=1)
    classes = len(table.values) if n_labels is None else n_labels
    if classes < len(table.values):
        raise ValueError(f"{len(table.values)} classes were seen, n_labels says {classes}")

    def chance(shares: Floats) -> Floats:
        if classes == 1:
            return np.ones(len(shares))
        expected: Floats = (shares * (1 - shares)).sum(axis=1) / (classes - 1)
        return expected

    coefficient = _chance_corrected(table, chance)
    return agreement_of(
        table, coefficient, confidence=confidence, resamples=resamples, generator=generator
    )


def _alpha(weights: Floats, table: Table, disagreement: Disagreement) -> Floats:
    totals: Floats = weights @ table.counts
    observed, expected = disagreement(weights, totals)
    paired = totals.sum(axis=1) - 1
    # Below a rounding error of the totals there is one value, and nothing to expect.
    expected = np.where(expected > 1e-12 * paired, expected, 0.0)
    return 1 - share(paired * observed, expected)


def _chance_corrected(table: Table, chance: Callable[[Floats], Floats]) -> Coefficient:
    """Build (observed - chance) / (1 - chance) from class shares."""
    size = table.per_row
    several = (size >= 2).astype(float)
    pairs = np.where(several > 0, size * (size - 1), 1)
    agreeing = (table.counts.power(2).sum(axis=1) - size) * several / pairs
    shares = sparse.diags_array(1 / size) @ table.counts

    def coefficient(weights: Floats) -> Floats:
        observed = share(weights @ agreeing, weights @ several)
        class_shares = (weights @ shares) / weights.sum(axis=1, keepdims=True)
        expected = chance(class_shares)
        # One class leaves 1 - chance = 0 but for rounding.
        room = np.where(1 - expected > 1e-12, 1 - expected, 0.0)
        return share(observed - expected, room)

    return coefficient
