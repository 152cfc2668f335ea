"""Sums that scores can reach when they are multiples of a step."""

from __future__ import annotations

import numpy as np

from .problem import Floats

ERROR = 1e-9
PARTS = (1, 2, 3, 4, 5, 10, 20, 100, 1000)
"""Parts of the smallest score that all scores are tried to be multiples of."""
SAMPLE = 1_000
ROUNDING = 1e-6
"""How far, in steps, a bound may fall below a multiple by rounding."""


def on_grid(bound: float, step: float | None) -> float:
    """Lower a bound to a sum that whole multiples of the step can reach."""
    return bound if step is None else float(np.floor(bound / step + ROUNDING) * step)


def step_of(score: Floats) -> float | None:
    """Return the step that all scores are multiples of, None if there is none."""
    # Scores without a step are known by a few of them.
    if _step(score[:SAMPLE]) is None:
        return None
    return _step(score)


def _step(score: Floats) -> float | None:
    sizes = np.unique(np.abs(score))
    sizes = sizes[sizes > 0]
    for parts in PARTS:
        multiples = sizes / sizes.min(initial=1.0) * parts
        if np.abs(multiples - np.round(multiples)).max(initial=0.0) < ERROR:
            return float(sizes.min(initial=1.0)) / parts
    return None
