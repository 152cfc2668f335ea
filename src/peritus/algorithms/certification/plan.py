"""A plan of looks at an audit, made before the first one."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from peritus.algorithms.certification.arguments import (
    allowance,
    increasing_looks,
    tolerated_errors,
    whole,
)
from peritus.algorithms.certification.paths import Stage, stages


class UnplannedLook(ValueError):
    """The audit was looked at when the plan does not look."""


class Verdict(StrEnum):
    """What a plan says at one of its looks."""

    CERTIFIED = "certified"
    CONTINUE = "continue"
    SPENT = "spent"


@dataclass(frozen=True)
class AuditPlan:
    """Plan when to look at an audit and how many errors each look allows.

    A lot is bad if more than floor(tolerance * population + 1e-9) of its
    decisions are wrong, so a certificate claims at most that number of that
    population. The chance of certifying a bad lot, at any look, is at most
    1 - confidence: after each look the chance spent, in the least favourable
    bad lot (one error too many), is at most (1 - confidence) * (look / last look) **
    spending, and each look in turn takes the greatest number of errors that keeps it so.

    Parameters
    ----------
    population : int
        Decisions in the frozen lot, at least 1.
    tolerance : float in [0, 1)
        Share of the population that may be wrong.
    confidence : float in (0, 1)
        1 - greatest chance of a false certificate.
    looks : sequence of int
        Sample sizes at which the audit is looked at, increasing, the last at
        most `population` (then it is a census).
    spending : int, at least 1
        1 spends the allowance evenly and audits least in the mean; 2 keeps it
        for later looks, so that nine in ten good lots end sooner.

    Attributes
    ----------
    tolerated : int
        Most wrong decisions in a good lot: what a certificate claims.
    max_errors : tuple of int, one per look
        Most errors with which the look certifies; -1 if it cannot. Never falls.
    level : float
        Exact chance of certifying a lot with `tolerated + 1` errors, the
        greatest of all bad lots.
    digest : str
        Hex SHA-256 of `text`.

    Raises
    ------
    ValueError
        An argument is out of range, the looks do not increase, or the tolerance
        lets every decision be wrong.

    Notes
    -----
    Exact in long integers, so that all machines agree; cost O(looks * limit *
    gap between looks). The chance of certification falls with every further
    error in the lot (draw both lots by the same order: the worse one never
    shows fewer), hence one error too many is the least favourable case.
    Source: Lan & DeMets (1983), Biometrika 70, 659-663, section 2, spending
    function alpha * t**spending, here with exact hypergeometric paths in place of
    Brownian motion and t = look / last look.
    """

    population: int
    tolerance: float
    confidence: float = field(default=0.95, kw_only=True)
    looks: Sequence[int] = field(kw_only=True)
    spending: int = field(default=1, kw_only=True)
    tolerated: int = field(init=False, compare=False)
    max_errors: tuple[int, ...] = field(init=False, compare=False)
    level: float = field(init=False, compare=False)
    _stages: tuple[Stage, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Check the arguments and set the limits."""
        population = whole("population", self.population, 1)
        looks = increasing_looks(self.looks, population)
        share = allowance(self.confidence)
        tolerated = tolerated_errors(population, self.tolerance)
        spending = whole("spending", self.spending, 1)
        found, level = stages(population, tolerated + 1, looks, share, spending)
        self._set(
            population=population,
            tolerance=float(self.tolerance),
            confidence=float(self.confidence),
            looks=looks,
            spending=spending,
            tolerated=tolerated,
            max_errors=tuple(stage.limit for stage in found),
            level=level,
            _stages=found,
        )

    def _set(self, **values: object) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)  # the way into a frozen dataclass

    @property
    def text(self) -> str:
        """The plan as canonical JSON (RFC 8785), from which the digest is taken.

        One object with the keys confidence, looks, max_errors, population and
        tolerance in that order, no white space, lists in the order of the
        looks, and the key spending before tolerance unless it is 1. Numbers as
        ECMAScript writes them: the shortest decimal that reads back the same
        double, 0 for zero, an exponent only below 1e-6.
        ``{"confidence":0.95,"looks":[25,50],"max_errors":[-1,0],
        "population":121,"tolerance":0.05}`` but for the line break.
        """
        looks, limits = (",".join(map(str, row)) for row in (self.looks, self.max_errors))
        spending = f'"spending":{self.spending},' if self.spending > 1 else ""
        return (
            f'{{"confidence":{_number(self.confidence)},"looks":[{looks}],'
            f'"max_errors":[{limits}],"population":{self.population},'
            f'{spending}"tolerance":{_number(self.tolerance)}}}'
        )

    @property
    def digest(self) -> str:
        """Hex SHA-256 of `text` in UTF-8."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def verdict(self, sampled: int, errors: int) -> Verdict:
        """Say what follows from the errors found at a planned look.

        CERTIFIED ends the audit, and so does SPENT, which comes as soon as the
        errors exceed every limit still to come. The verdict is for an audit
        that no earlier look ended. Raises UnplannedLook if the plan does not
        look at `sampled`, ValueError if `errors` is not in 0 .. sampled.
        """
        if sampled not in self.looks:
            raise UnplannedLook(
                f"the plan looks at {', '.join(map(str, self.looks))} audits, not at {sampled}; "
                "wait for the next planned look, or ask an ErrorSequence"
            )
        errors = whole("errors", errors, 0, sampled)
        if errors <= self.max_errors[self.looks.index(sampled)]:
            return Verdict.CERTIFIED
        if sampled == self.looks[-1] or errors > self.max_errors[-1]:
            return Verdict.SPENT
        return Verdict.CONTINUE

    def certify_probability(self, errors_in_lot: int) -> float:
        """Return the chance that a lot with so many errors is certified."""
        return float(self.certified_by(errors_in_lot)[-1])

    def certified_by(self, errors_in_lot: int) -> NDArray[np.float64]:
        """Return the chances, (looks,), of being certified at each look or before."""
        bad = whole("errors_in_lot", errors_in_lot, 0, self.population)
        chances = [stage.chance_certified(bad, self.population) for stage in self._stages]
        return np.cumsum(chances)

    def expected_audits(self, errors_in_lot: int) -> float:
        """Return the mean number of audits until the plan ends, certified or spent."""
        bad = whole("errors_in_lot", errors_in_lot, 0, self.population)
        last = self.max_errors[-1]
        going_on = [
            stage.chance_going_on(bad, self.population, last) for stage in self._stages[:-1]
        ]
        return float(np.diff(self.looks, prepend=0) @ [1.0, *going_on])


def _number(share: float) -> str:
    """Write a share as ECMAScript does, which RFC 8785 asks for."""
    if share >= 1e-6 or share == 0:
        return np.format_float_positional(share, trim="-")
    return repr(share).replace("e-0", "e-")
