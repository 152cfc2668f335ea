"""Totals of structured problems against one plain program of all pairs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peritus.algorithms.matching import Infeasible, assign, pruning
from tests.unit.algorithms.matching.scene import (
    assert_constraints_hold,
    best_by_milp,
    repaired,
)


def scores(kind, experts, items, generator):
    """Draw scores of one structure: from none to the same for every item."""
    if kind == "alike":
        return np.repeat(generator.random((experts, 1)), items, axis=1)
    if kind == "low rank":
        return generator.random((experts, 2)) @ generator.random((2, items))
    drawn = generator.random((experts, items))
    if kind == "popular":
        return drawn * generator.random((experts, 1)) ** 3
    return np.round(drawn * 4) / 4 if kind == "quarters" else drawn - 0.3


@st.composite
def structured_problems(draw):
    generator = np.random.default_rng(draw(st.integers(0, 10_000)))
    experts, items = draw(st.integers(20, 40)), draw(st.integers(10, 25))
    kinds = ["alike", "low rank", "popular", "quarters", "any"]
    score = scores(draw(st.sampled_from(kinds)), experts, items, generator)
    demand = generator.integers(0, 4, size=items)
    spare = draw(st.sampled_from([0, 1, 5, 100]))
    capacity = generator.multinomial(demand.sum() + spare, np.full(experts, 1 / experts))
    owed = draw(st.sampled_from([0, 0, 1]))
    pinned = draw(st.lists(st.tuples(st.integers(0, 19), st.integers(0, 9)), max_size=3))
    share = draw(st.sampled_from([0.0, 0.1, 0.5]))
    floor = np.where(generator.random(items) < draw(st.sampled_from([0, 0, 0.3])), 0.8, -np.inf)
    return {
        "score": score,
        "demand": demand,
        "capacity": capacity,
        "forbidden": generator.random(score.shape) < share,
        "minimum_load": np.minimum(capacity, owed),
        "pinned": sorted(set(pinned)),
        "groups": np.arange(experts) // draw(st.sampled_from([2, 5]))
        if draw(st.booleans())
        else np.full(experts, -1),
        "floor": floor,
    }


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(structured_problems(), st.sampled_from([0, 1, 4]))
def test_assign_equals_one_program_of_all_pairs(problem, spare):
    """Few pairs are solved (SMALL = 0): those left out must be proven to add nothing."""
    best = best_by_milp(problem)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pruning, "SMALL", 0)
        patch.setattr(pruning, "SPARE_OF_ITEM", spare)
        patch.setattr(pruning, "SPARE_OF_EXPERT", spare)
        if best is None:
            with pytest.raises(Infeasible) as no:
                assign(**problem)
            assert no.value.blocking
            assign(**repaired(problem, no.value.repairs))
            return
        matching = assign(**problem)

    assert_constraints_hold(matching, problem)
    assert matching.total == pytest.approx(best)
    assert matching.bound == pytest.approx(best)
    assert matching.status == "optimal"
