"""Costs that are assumed where nobody has stated any, and what they save."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import numpy as np

from peritus.algorithms.economics import CostModel, Estimate, screening_saving
from peritus.journal.canonical import digest

CONFIDENCE = 0.95

# ASSUMED, a value for each step; EUR. Shown as such, and replaced by stating the costs.
ITEMS_A_YEAR = (10, 60, 600, 6_000, 60_000)
MINUTES_AN_ITEM = (3, 5, 10, 20, 40)  # by judgement
ERROR_COST_IN_ITEMS = (0.5, 1.0, 3.0, 10.0, 30.0)
IN_HOUSE_AN_HOUR = 60.0
OUTSIDE_SHARE, GOVERNANCE_SHARE, TRANSITION_SHARE = 0.75, 0.06, 0.05
SPREAD = 0.10  # one standard deviation, as a share of each cost
IN_HOUSE_ERRORS, OUTSIDE_ERRORS = (0.04, 0.01), (0.04, 0.015)  # share of items, deviation


def assumed_costs(answers: Mapping[str, int]) -> CostModel:
    """Return a year's assumed costs of a process that was answered so."""
    volume = ITEMS_A_YEAR[answers["volume"]]
    item = IN_HOUSE_AN_HOUR * MINUTES_AN_ITEM[answers["judgement"]] / 60
    outside = item * OUTSIDE_SHARE
    return CostModel(
        volume=volume,
        in_house_unit_cost=item,
        in_house_unit_cost_sd=item * SPREAD,
        outside_unit_cost=outside,
        outside_unit_cost_sd=outside * SPREAD,
        governance_cost=volume * item * GOVERNANCE_SHARE,
        governance_cost_sd=volume * item * GOVERNANCE_SHARE * SPREAD,
        transition_cost=volume * item * TRANSITION_SHARE,
        transition_cost_sd=volume * item * TRANSITION_SHARE * SPREAD,
        in_house_error_rate=IN_HOUSE_ERRORS[0],
        in_house_error_rate_sd=IN_HOUSE_ERRORS[1],
        outside_error_rate=OUTSIDE_ERRORS[0],
        outside_error_rate_sd=OUTSIDE_ERRORS[1],
        error_cost=item * ERROR_COST_IN_ITEMS[answers["error_cost"]],
    )


def yearly_saving(costs: CostModel, screening: UUID) -> Estimate:
    """Return the saving of giving the work out, EUR a year, the same in every run."""
    seed = int(digest(["screening saving", screening]), 16)
    return screening_saving(
        costs, confidence=CONFIDENCE, generator=np.random.Generator(np.random.PCG64(seed))
    )
