"""Say from which number of right answers on a test is passed."""

from __future__ import annotations

from peritus.algorithms.shares import exact_interval
from peritus.catalogue.qualifications import QualificationSpec

ROUNDING = 1e-12  # a bound that is the mark in exact numbers reaches it


def proven_share(right: int, asked: int, confidence: float) -> float:
    """Return the share of such questions that somebody answers right at least.

    The exact one-sided lower bound: what an interval of both sides leaves out in
    each of its tails is what this leaves out in one.
    """
    low, _ = exact_interval(right, asked, confidence=2 * confidence - 1)
    return float(low)


def is_passed(spec: QualificationSpec, right: int, asked: int) -> bool:
    """Say whether so many right answers reach the mark of a test."""
    if spec.pass_bound is None:
        return right >= (spec.pass_share or 0) * asked
    return proven_share(right, asked, spec.confidence) >= spec.pass_bound - ROUNDING


def least_right(spec: QualificationSpec, asked: int) -> int:
    """Return the smallest number of right answers that passes; one more than asked: none does."""
    return next(
        right for right in range(asked + 2) if right > asked or is_passed(spec, right, asked)
    )
