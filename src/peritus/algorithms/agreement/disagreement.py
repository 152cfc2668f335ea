"""Sums of squared distances between values, for each level of measurement."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .table import Floats, Table

Disagreement = Callable[[Floats, Floats], tuple[Floats, Floats]]
"""(weights, value totals) -> observed and expected sums of squared distances."""


def _nominal(table: Table) -> Disagreement:
    size = table.per_row
    unequal = size**2 - table.counts.power(2).sum(axis=1)
    per_row = unequal / (size - 1)

    def sums(weights: Floats, totals: Floats) -> tuple[Floats, Floats]:
        return weights @ per_row, totals.sum(axis=1) ** 2 - (totals**2).sum(axis=1)

    return sums


def _of_positions(
    table: Table, weights: Floats, totals: Floats, positions: Floats
) -> tuple[Floats, Floats]:
    """Sum squared differences of positions (resamples, values) through moments."""
    size = table.per_row
    first = (table.counts @ positions.T).T
    second = (table.counts @ (positions**2).T).T
    observed = (weights * 2 * (size * second - first**2) / (size - 1)).sum(axis=1)
    mean, square = (totals * positions).sum(axis=1), (totals * positions**2).sum(axis=1)
    return observed, 2 * (totals.sum(axis=1) * square - mean**2)


def _interval(table: Table) -> Disagreement:
    spread = np.ptp(table.values) or 1.0
    # Centred and scaled, so that the moments do not cancel; alpha does not change.
    scaled = (table.values - table.values.mean()) / spread

    def sums(weights: Floats, totals: Floats) -> tuple[Floats, Floats]:
        positions = np.broadcast_to(scaled, totals.shape)
        return _of_positions(table, weights, totals, positions)

    return sums


def _ordinal(table: Table) -> Disagreement:
    def sums(weights: Floats, totals: Floats) -> tuple[Floats, Floats]:
        all_totals = totals.sum(axis=1, keepdims=True)
        mid_ranks = (np.cumsum(totals, axis=1) - totals / 2) / all_totals - 0.5
        return _of_positions(table, weights, totals, mid_ranks)

    return sums


def _ratio(table: Table) -> Disagreement:
    total = table.values[:, None] + table.values
    difference = table.values[:, None] - table.values
    distance = (difference / np.where(total > 0, total, 1)) ** 2
    within = table.counts.multiply(table.counts @ distance).sum(axis=1)
    per_row = np.asarray(within, dtype=float) / (table.per_row - 1)

    def sums(weights: Floats, totals: Floats) -> tuple[Floats, Floats]:
        return weights @ per_row, (totals * (totals @ distance)).sum(axis=1)

    return sums


DISAGREEMENT: dict[str, Callable[[Table], Disagreement]] = {
    "nominal": _nominal,
    "ordinal": _ordinal,
    "interval": _interval,
    "ratio": _ratio,
}
