"""How much closer to their colleagues experts may be than a model that costs less."""

from __future__ import annotations

MOST_ALLOWANCE = 0.2


def allowance_from_cost(
    model_cost: float, expert_cost: float, *, most: float = MOST_ALLOWANCE
) -> float:
    """Return the allowance epsilon that a model's price earns it.

    Parameters
    ----------
    model_cost, expert_cost : float
        Cost of one judgment, in the same money; `expert_cost` > 0.
    most : float in [0, 1)
        Allowance of a model that costs nothing. Source of 0.2 for experts,
        0.15 for skilled and 0.1 for crowd workers: Calderon, Reichart & Dror
        (2025), section 3.3.

    Returns
    -------
    float
        ``most * (1 - model_cost / expert_cost)``, in [0, most]: it falls in
        proportion to the relative cost. Whoever costs as much as an expert, or
        more, earns none, and must be closer than the expert beyond doubt.

    Raises
    ------
    ValueError
        A cost is negative, `expert_cost` is 0, or `most` is out of range.
    """
    if not 0 <= most < 1:
        raise ValueError(f"most must lie in [0, 1), got {most}")
    if not (model_cost >= 0 and 0 < expert_cost < float("inf")):
        raise ValueError(
            f"costs must be model_cost >= 0 and expert_cost > 0, got {model_cost} and {expert_cost}"
        )
    return most * max(0.0, 1.0 - model_cost / expert_cost)
