"""Savings simulated from uncertain costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .inputs import Baseline, CostModel, Pilot, require_amount, require_share

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Estimate:
    """A figure with the interval that its uncertain inputs leave.

    Attributes
    ----------
    value : float
        The expected figure, exact: inputs enter linearly and independently.
    low, high : float
        Central interval of `samples` at the confidence asked for.
    samples : float64 (draws,)
        The simulated figures, in the unit of `value`.
    """

    value: float
    low: float
    high: float
    samples: Floats

    @property
    def chance_of_gain(self) -> float:
        """Return the share of samples above zero."""
        return float((self.samples > 0).mean())


def realised_saving(
    baseline: Baseline,
    *,
    accepted: int,
    paid: float,
    error_bound: float = 0.0,
    error_cost: float = 0.0,
    governance_cost: float = 0.0,
    confidence: float = 0.95,
    draws: int = 10_000,
    generator: np.random.Generator,
) -> Estimate:
    """Return what was saved against doing the accepted items in-house, in EUR.

    Parameters
    ----------
    baseline : Baseline
        Its unit cost is drawn from a normal distribution.
    accepted : int
        Items accepted and billed; credited ones saved nothing and do not count.
    paid : float
        Fees after credits, EUR.
    error_bound : float in [0, 1]
        Largest share of accepted items that may still be wrong. It is charged
        in full, so that errors cannot make the saving smaller than stated.
    error_cost : float
        EUR that one wrong item costs beyond what it would have cost in-house.
    governance_cost : float
        EUR that the client spent on steering the work.
    confidence : float in (0, 1)
        Probability that the interval holds.
    draws : int >= 1
        Simulated figures.
    generator : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    Estimate
        Below zero is a loss.

    Raises
    ------
    ValueError
        An amount is negative or not finite, or more items were accepted than
        the baseline speaks for.

    Notes
    -----
    accepted x (unit cost - error_bound x error_cost) - paid - governance_cost.
    Source: own definition; the simulation is Monte Carlo after Metropolis &
    Ulam (1949), JASA 44, 335-341.
    """
    if accepted > baseline.volume:
        raise ValueError(
            f"{accepted} items were accepted, the baseline speaks for {baseline.volume}: "
            "a saving is not claimed beyond it"
        )
    zero_at = _spent(accepted, paid, error_bound, error_cost, governance_cost)
    unit_cost = _normal(generator, baseline.unit_cost, baseline.unit_cost_sd, draws)
    value = accepted * baseline.unit_cost - zero_at
    return _estimate(value, accepted * unit_cost - zero_at, confidence)


def break_even(
    *,
    accepted: int,
    paid: float,
    error_bound: float = 0.0,
    error_cost: float = 0.0,
    governance_cost: float = 0.0,
) -> Estimate:
    """Return the in-house unit cost at which the saving is zero, EUR per item.

    Parameters
    ----------
    accepted, paid, error_bound, error_cost, governance_cost
        As `realised_saving`.

    Returns
    -------
    Estimate
        `low` counts no error, `high` and `value` every error that
        `error_bound` allows; nothing is drawn, so `samples` is (value,).

    Raises
    ------
    ValueError
        Nothing was accepted, or an amount is negative or not finite.

    Notes
    -----
    Source: own definition, the root of `realised_saving` in the unit cost.
    """
    if accepted < 1:
        raise ValueError("no item was accepted: no in-house cost makes fees for nothing even")
    value = _spent(accepted, paid, error_bound, error_cost, governance_cost) / accepted
    low = _spent(accepted, paid, 0.0, error_cost, governance_cost) / accepted
    return Estimate(value, low, value, np.array([value]))


def screening_saving(
    cost_model: CostModel,
    *,
    pilot: Pilot | None = None,
    confidence: float = 0.95,
    draws: int = 10_000,
    generator: np.random.Generator,
) -> Estimate:
    """Return what giving the work out would save over the term, in EUR.

    Call it once for each way of giving the work out (automate, BPO, KPO); a
    positive `low` speaks for going, a negative `high` for keeping, and an
    interval across zero for a pilot.

    Parameters
    ----------
    cost_model : CostModel
        Costs are drawn from normal, shares from beta distributions with the
        mean and standard deviation given.
    pilot : Pilot, optional
        Replaces the outside price by what was paid per item, and the outside
        error rate by what its audit left known.
    confidence : float in (0, 1)
        Probability that the interval holds.
    draws : int >= 1
        Simulated figures.
    generator : numpy.random.Generator
        Source of the draws, taken in the order of the formula.

    Returns
    -------
    Estimate
        Below zero is a loss.

    Raises
    ------
    ValueError
        `confidence` or `draws` is out of range.

    Notes
    -----
    volume x (in-house cost - outside cost + error cost x (in-house error rate
    - outside error rate)) - governance - transition. A pilot's error rate has
    the Beta(errors + 1/2, audited - errors + 1/2) distribution.
    Source: Jeffreys (1946), Proc. R. Soc. A 186, 453-461, for the prior.
    """
    m = cost_model
    in_house = _normal(generator, m.in_house_unit_cost, m.in_house_unit_cost_sd, draws)
    outside_mean, outside = _outside_price(m, pilot, draws, generator)
    wrong_here = _share(generator, m.in_house_error_rate, m.in_house_error_rate_sd, draws)
    wrong_mean, wrong_there = _outside_errors(m, pilot, draws, generator)
    governance = _normal(generator, m.governance_cost, m.governance_cost_sd, draws)
    transition = _normal(generator, m.transition_cost, m.transition_cost_sd, draws)
    samples = (
        m.volume * (in_house - outside + m.error_cost * (wrong_here - wrong_there))
        - governance
        - transition
    )
    value = (
        m.volume
        * (
            m.in_house_unit_cost
            - outside_mean
            + m.error_cost * (m.in_house_error_rate - wrong_mean)
        )
        - m.governance_cost
        - m.transition_cost
    )
    return _estimate(value, samples, confidence)


def _outside_price(
    model: CostModel, pilot: Pilot | None, draws: int, generator: np.random.Generator
) -> tuple[float, Floats]:
    mean = model.outside_unit_cost if pilot is None else pilot.paid / pilot.items
    sd = model.outside_unit_cost_sd if pilot is None else 0.0
    return mean, _normal(generator, mean, sd, draws)


def _outside_errors(
    model: CostModel, pilot: Pilot | None, draws: int, generator: np.random.Generator
) -> tuple[float, Floats]:
    if pilot is None:
        rate = model.outside_error_rate
        return rate, _share(generator, rate, model.outside_error_rate_sd, draws)
    wrong, right = pilot.errors + 0.5, pilot.audited - pilot.errors + 0.5
    return wrong / (wrong + right), generator.beta(wrong, right, size=draws)


def _spent(
    accepted: int, paid: float, error_bound: float, error_cost: float, governance_cost: float
) -> float:
    """Add up what the work outside cost, with errors at their bound."""
    amounts = {
        "accepted": accepted,
        "paid": paid,
        "error_bound": error_bound,
        "error_cost": error_cost,
        "governance_cost": governance_cost,
    }
    for name, amount in amounts.items():
        require_amount(name, amount)
    require_share("error_bound", error_bound, 0.0)
    return paid + governance_cost + accepted * error_bound * error_cost


def _normal(generator: np.random.Generator, mean: float, sd: float, draws: int) -> Floats:
    if draws < 1:
        raise ValueError(f"draws must be 1 or more, got {draws}")
    return generator.normal(mean, sd, size=draws)


def _share(generator: np.random.Generator, mean: float, sd: float, draws: int) -> Floats:
    """Draw shares from the beta distribution with this mean and deviation."""
    if sd == 0:
        return np.full(draws, mean)
    weight = mean * (1 - mean) / sd**2 - 1
    return generator.beta(mean * weight, (1 - mean) * weight, size=draws)


def _estimate(value: float, samples: Floats, confidence: float) -> Estimate:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie in (0, 1), got {confidence}")
    low, high = np.quantile(samples, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Estimate(float(value), float(low), float(high), samples)
