"""Even out sums of experts who are alike on all items, one exchange at a time."""

from __future__ import annotations

import numpy as np

from .problem import Flags, Problem

LOOKS = 6_000
"""Items looked at after which the evening ends, so that it ends."""
GAIN = 1e-12
"""What an exchange must take off the sum of squares."""


def evened(problem: Problem, chosen: Flags) -> Flags:
    """Exchange seats where that brings sums closer to their mean, farthest item first.

    For experts who are worth the same on all items, without pins, groups and floors:
    nobody's load, and so no total, changes. Less squares than the smallest sum: the
    item with the smallest is often stuck until others have moved. A local optimum.
    Cost O(chosen pairs) for each item looked at.
    """
    item, expert, worth = (
        values[chosen] for values in (problem.item, problem.expert, problem.score)
    )
    free = np.zeros((problem.n_experts, problem.n_items), dtype=bool)
    free[problem.expert, problem.item] = True
    free[expert, item] = False
    sums = problem.item_sums(chosen)
    mean = sums[problem.demand > 0].mean()
    off = np.where(problem.demand > 0, np.abs(sums - mean), 0.0)
    for _ in range(LOOKS):
        here = int(off.argmax())
        if off[here] <= 0:
            break
        own = np.flatnonzero(item == here)
        rise = worth - worth[own][:, None]
        gain = np.where(
            free[expert, here] & free[expert[own]][:, item],
            rise * (sums[item] - sums[here] - rise),
            0.0,
        )
        place, other = divmod(int(gain.argmax()), len(item))
        off[here] = 0.0
        if gain[place, other] <= GAIN:
            continue
        one, there = own[place], int(item[other])
        free[expert[[one, other]], [here, there]] = True
        expert[[one, other]] = expert[[other, one]]
        worth[[one, other]] = worth[[other, one]]
        free[expert[[one, other]], [here, there]] = False
        for changed in (here, there):
            sums[changed] = worth[item == changed].sum()
            off[changed] = abs(sums[changed] - mean)
    size = problem.n_experts
    seats: Flags = np.isin(problem.item * size + problem.expert, item * size + expert)
    return seats
