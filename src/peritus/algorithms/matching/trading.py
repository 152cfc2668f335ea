"""What a larger smallest sum costs in total."""

from __future__ import annotations

from typing import Unpack

import numpy as np
from numpy.typing import ArrayLike

from .problem import Floats, Scores
from .program import Undecided
from .reassignment import ReassignLimits
from .solution import assign


def trade_off(
    score: Scores,
    demand: ArrayLike,
    capacity: ArrayLike,
    *,
    points: int = 5,
    node_limit: int = 1_000,
    **limits: Unpack[ReassignLimits],
) -> Floats:
    """Return (floor, best total with that floor), from the best total to the best minimum.

    Parameters
    ----------
    score, demand, capacity, node_limit, **limits
        As for `assign`.
    points : int >= 2
        Floors, evenly spread over what the smallest sum can be.

    Returns
    -------
    float64 (rows, 2)
        Floors rise, totals fall. One row where the best total has the best
        minimum; a floor for which no matching was found in time is left out.
    """
    if points < 2:
        raise ValueError(f"points must be 2 or more, got {points}")
    best = assign(score, demand, capacity, node_limit=node_limit, **limits)
    fair = assign(score, demand, capacity, objective="max_min", node_limit=node_limit, **limits)
    rows = [(best.minimum, best.total)]
    asked = np.asarray(-np.inf if limits.get("floor") is None else limits["floor"], dtype=float)
    for floor in np.linspace(best.minimum, fair.minimum, points)[1:-1].tolist():
        floors: ReassignLimits = {**limits, "floor": np.maximum(asked, floor)}
        try:
            found = assign(score, demand, capacity, node_limit=node_limit, **floors)
        except Undecided:
            continue
        rows.append((floor, found.total))
    if fair.minimum > best.minimum:
        rows.append((fair.minimum, fair.total))
    return np.array(rows)[: None if fair.minimum > best.minimum else 1]
