"""Choose when an audit is looked at, before it is drawn."""

from __future__ import annotations

import math

from peritus.algorithms.certification import AuditPlan, sample_size
from peritus.file_audits.errors import AuditRefused

STEP = 25
SMALL_LOT = 200
MOST_STEPS = 40
WANTED_CHANCE = 0.9


def plan_for(
    population: int, promise: float, *, confidence: float = 0.95, at_most: int | None = None
) -> AuditPlan:
    """Plan looks until a lot with half the promised share is certified 9 times in 10.

    ``at_most`` caps the audits; looks at which nothing could be certified are
    left out, which changes no other limit, since they spend nothing. Raises
    AuditRefused when the promise leaves nothing to certify or no look within
    ``at_most`` could certify.
    """
    try:
        one_look = _one_look(population, promise, confidence)
    except ValueError as error:
        raise AuditRefused(f"No audit can be planned: {error}.") from error
    step = _step(population, one_look)
    most = population if at_most is None else min(at_most, population)
    last = min(math.ceil(one_look / step) * step, most)
    plan = _plan(population, promise, confidence, _looks(step, last))
    while last < most and plan.certify_probability(half_of(plan)) < WANTED_CHANCE:
        last = min(last + max(step, last // (20 * step) * step), most)
        plan = _plan(population, promise, confidence, _looks(step, last))
    certifying = [
        look for look, limit in zip(plan.looks, plan.max_errors, strict=True) if limit >= 0
    ]
    if not certifying:
        least = sample_size(population, promise, confidence=confidence)
        raise AuditRefused(
            f"At most {most:,} audits were allowed; to certify {promise:g} of "
            f"{population:,} takes at least {least:,}, without one difference. Allow more, or "
            "promise less."
        )
    return _plan(population, promise, confidence, certifying)


def half_of(plan: AuditPlan) -> int:
    """Return the differences in a lot that has half of what is promised."""
    return plan.tolerated // 2


def _one_look(population: int, promise: float, confidence: float) -> int:
    """Return the audits that one look would need."""
    half = math.floor(promise * population / 2 + 1e-9)
    tolerated = math.floor(promise * population + 1e-9)
    for errors in range(tolerated + 1):
        size = sample_size(population, promise, confidence=confidence, expected_errors=errors)
        plan = AuditPlan(population, promise, confidence=confidence, looks=[size])
        if size == population or plan.certify_probability(half) >= WANTED_CHANCE:
            return size
    return population


def _step(population: int, one_look: int) -> int:
    if population < SMALL_LOT:
        return max(5, math.ceil(population / 40) * 5)
    return STEP * max(1, math.ceil(one_look / (STEP * MOST_STEPS)))


def _looks(step: int, last: int) -> list[int]:
    return [*range(step, last, step), last]


def _plan(population: int, promise: float, confidence: float, looks: list[int]) -> AuditPlan:
    return AuditPlan(population, promise, confidence=confidence, looks=looks)
