"""The next item for an expert who asks, in keeping with a plan."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .solution import Matching


def next_item(
    matching: Matching, scores: ArrayLike, expert: int, open_slots: ArrayLike
) -> int | None:
    """Return the item that the expert should judge next, None if there is none.

    Parameters
    ----------
    matching : Matching
        The plan; its prices say what an item is worth to others.
    scores : floats (items,)
        The expert's scores; NaN where they may not judge, or already have.
    expert : int
        Their code.
    open_slots : ints (items,)
        How many experts each item still wants.

    Returns
    -------
    int or None
        The planned item with the highest score while one is open. Else the item
        whose score most exceeds its price: what it is worth here beyond what
        others would make of it. Ties go to the lowest code. Cost O(items).
    """
    worth = np.asarray(scores, dtype=float)
    slots = np.asarray(open_slots)
    if worth.shape != matching.item_prices.shape or slots.shape != worth.shape:
        raise ValueError(
            f"scores and open_slots must be of shape {matching.item_prices.shape}, "
            f"got {worth.shape} and {slots.shape}"
        )
    may = (slots > 0) & ~np.isnan(worth)
    planned = matching.items[matching.experts == expert]
    planned = planned[may[planned]]
    if len(planned):
        return int(planned[worth[planned].argmax()])
    beyond = np.where(may, worth - matching.item_prices, -np.inf)
    best = int(beyond.argmax()) if len(beyond) else 0
    return best if may.any() else None
