"""What is known of costs beforehand, checked and frozen."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Baseline:
    """The in-house cost that a saving is measured against.

    Attributes
    ----------
    unit_cost : float
        EUR per item, all in, as the client stated or measured it.
    unit_cost_sd : float
        Standard deviation of what is known of `unit_cost`, EUR per item; 0
        takes it as exact.
    volume : int
        Items that the baseline speaks for.

    Raises
    ------
    ValueError
        A field is negative or not finite.
    """

    unit_cost: float
    unit_cost_sd: float
    volume: int

    def __post_init__(self) -> None:
        _require_amounts(self)


@dataclass(frozen=True)
class Pilot:
    """What a trial of the work outside showed.

    Attributes
    ----------
    items : int
        Items judged and paid.
    paid : float
        Fees for them, EUR.
    audited, errors : int
        Items checked, and how many of them were wrong.

    Raises
    ------
    ValueError
        A field is negative, nothing was judged, more was audited than judged,
        or more was wrong than audited.
    """

    items: int
    paid: float
    audited: int
    errors: int

    def __post_init__(self) -> None:
        _require_amounts(self)
        if not 0 < self.items or not self.errors <= self.audited <= self.items:
            raise ValueError(
                "a pilot has errors <= audited <= items and at least one item, got "
                f"{self.errors}, {self.audited}, {self.items}"
            )


@dataclass(frozen=True)
class CostModel:
    """Doing the work in-house beside one way of giving it out.

    Attributes
    ----------
    volume : int
        Items over the whole term compared.
    in_house_unit_cost, in_house_unit_cost_sd : float
        EUR per item done in-house, and the standard deviation of what is known.
    outside_unit_cost, outside_unit_cost_sd : float
        EUR per item paid outside, and its standard deviation.
    governance_cost, governance_cost_sd : float
        EUR over the term for steering, contracts and checks on the client's side.
    transition_cost, transition_cost_sd : float
        EUR once, to hand the work over.
    in_house_error_rate, in_house_error_rate_sd : float
        Share of items wrong in-house, 0 to 1, and its standard deviation.
    outside_error_rate, outside_error_rate_sd : float
        Share of items wrong from outside, 0 to 1, and its standard deviation.
    error_cost : float
        EUR that one wrong item costs in the end.

    Raises
    ------
    ValueError
        A field is negative or not finite, a share is above 1, or its standard
        deviation is too large for a share.
    """

    volume: int
    in_house_unit_cost: float
    outside_unit_cost: float
    in_house_unit_cost_sd: float = 0.0
    outside_unit_cost_sd: float = 0.0
    governance_cost: float = 0.0
    governance_cost_sd: float = 0.0
    transition_cost: float = 0.0
    transition_cost_sd: float = 0.0
    in_house_error_rate: float = 0.0
    in_house_error_rate_sd: float = 0.0
    outside_error_rate: float = 0.0
    outside_error_rate_sd: float = 0.0
    error_cost: float = 0.0

    def __post_init__(self) -> None:
        _require_amounts(self)
        require_share("in_house_error_rate", self.in_house_error_rate, self.in_house_error_rate_sd)
        require_share("outside_error_rate", self.outside_error_rate, self.outside_error_rate_sd)


def _require_amounts(facts: Baseline | Pilot | CostModel) -> None:
    for field in fields(facts):
        require_amount(field.name, getattr(facts, field.name))


def require_amount(name: str, amount: float) -> None:
    if not (math.isfinite(amount) and amount >= 0):
        raise ValueError(f"{name} must be a finite number >= 0, got {amount}")


def require_share(name: str, share: float, sd: float) -> None:
    if not 0 <= share <= 1:
        raise ValueError(f"{name} must be a share in [0, 1], got {share}")
    if sd and sd**2 >= share * (1 - share):
        raise ValueError(
            f"no share with mean {share} has standard deviation {sd}: "
            f"it must stay below {math.sqrt(share * (1 - share)):.4g}"
        )
