"""Check what a caller hands to the public functions of certification."""

import math
import operator
from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise

import numpy as np


def whole(name: str, value: object, low: int, high: int | None = None) -> int:
    """Return a whole number of at least `low` and at most `high`."""
    span = f"a whole number from {low} to {high}" if high is not None else f"whole and >= {low}"
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise ValueError(f"{name} must be {span}, got {value!r}") from None
    if number < low or (high is not None and number > high):
        raise ValueError(f"{name} must be {span}, got {value!r}")
    return number


def increasing_looks(looks: Iterable[int], population: int) -> tuple[int, ...]:
    """Return the sample sizes at which a plan looks, which must increase."""
    sizes = tuple(whole("looks", look, 1, population) for look in looks)
    if not sizes:
        raise ValueError("looks must name at least one sample size, got none")
    if any(later <= earlier for earlier, later in pairwise(sizes)):
        raise ValueError(f"looks must increase, got {sizes}")
    return sizes


def allowance(confidence: float) -> Fraction:
    """Return 1 - confidence, exactly as the confidence was written.

    0.95 leaves 1/20, not the 0.05000000000000004 of binary arithmetic, so
    that a probability of exactly 1/20 is within it on every machine.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie in (0, 1), got {confidence}")
    return 1 - Fraction(repr(float(confidence)))


def tolerated_errors(population: int, tolerance: float) -> int:
    """Return how many errors a lot may have and still be good.

    The 1e-9 lets 0.29 of 100 be 29, although 0.29 * 100 is 28.999999999999996.
    """
    if not 0 <= tolerance <= 1:
        raise ValueError(f"tolerance must lie in [0, 1), got {tolerance}")
    errors = math.floor(tolerance * population + 1e-9)
    if errors >= population:
        raise ValueError(
            f"a tolerance of {tolerance} lets all {population} be wrong, so every lot is good "
            "and there is nothing to certify; take a smaller tolerance"
        )
    return errors


def outcome_of(value: object) -> bool:
    """Return what an audit found: True for an error."""
    if isinstance(value, (bool, np.bool_, int, np.integer)) and value in (0, 1):
        return bool(value)
    raise ValueError(f"an outcome must be True (an error) or False, got {value!r}")
