"""The largest smallest sum, against one plain program of all pairs, and exchanges by themselves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from peritus.algorithms.matching import Infeasible, assign, pruning
from peritus.algorithms.matching.exchange import raised
from peritus.algorithms.matching.problem import checked_problem
from tests.unit.algorithms.matching.scene import (
    alike_problems,
    assert_constraints_hold,
    best_by_milp,
    scores,
    structured_problems,
)


def assigned(problem, **keywords):
    try:
        return assign(**problem, **keywords)
    except Infeasible:
        assume(False)


@pytest.mark.slow
@settings(max_examples=50, deadline=None)
@given(st.one_of(structured_problems(most=(9, 6)), alike_problems(most=(9, 6))))
def test_assign_reaches_the_largest_smallest_sum(problem):
    assume((problem["demand"] > 0).any())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pruning, "SMALL", 0)
        matching = assigned(problem, objective="max_min", node_limit=200)
    largest = best_by_milp(problem, smallest_sum=True)

    assert_constraints_hold(matching, problem)
    assert matching.minimum <= largest + 1e-5
    assert matching.bound >= largest - 1e-5
    if matching.status == "optimal":
        assert matching.minimum == pytest.approx(largest, abs=1e-5)
        floors = np.maximum(problem["floor"], matching.minimum)
        assert matching.total == pytest.approx(best_by_milp(problem | {"floor": floors}), rel=1e-5)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(structured_problems())
def test_exchanges_never_lower_the_smallest_sum_nor_break_a_constraint(problem):
    assume((problem["demand"] > 0).any())
    before = assigned(problem)
    listed = checked_problem(**problem)
    chosen = np.isin(
        listed.item * len(problem["score"]) + listed.expert,
        before.items * len(problem["score"]) + before.experts,
    )

    after = listed.only(raised(listed, chosen))

    assert_constraints_hold(
        type("Pairs", (), {"experts": after.expert, "items": after.item}), problem
    )
    assert after.item_sums(after.score < np.inf)[problem["demand"] > 0].min() >= before.minimum
    sums = after.item_sums(after.score < np.inf)
    assert (sums >= np.where(problem["demand"] > 0, problem["floor"], -np.inf) - 1e-6).all()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["low rank", "popular", "alike", "any"])
def test_exchanges_come_near_the_bound_where_experts_are_scarce(kind):
    score = scores(kind, 200, 120, np.random.default_rng(1))
    limits = {"demand": 3, "capacity": 2, "minimum_load": 1}

    by_total = assign(score, **limits)
    evened = assign(score, **limits, objective="max_min", node_limit=1)

    assert evened.minimum >= 0.85 * evened.bound
    assert evened.minimum >= by_total.minimum


@pytest.mark.slow
def test_assign_reaches_the_minimum_of_fairflow_and_more_on_real_bids(bids):
    """FairFlow (its authors' code, run once) reaches 1.25 there; shares of experts 1.5."""
    score, capacity = bids("aamas2015")

    matching = assign(score, 3, capacity, objective="max_min")

    assert (matching.minimum, matching.bound, matching.status) == (1.5, 1.5, "optimal")
    assert matching.total == pytest.approx(1375.75)


@pytest.mark.slow
@pytest.mark.parametrize(("floor", "total"), [(1.25, 1356.75), (1.0, 1367.5)])
def test_assign_with_the_minimum_of_others_has_at_least_their_total(bids, floor, total):
    """The floors and totals are those of FairFlow and FairSequence (their code, run once)."""
    score, capacity = bids("aamas2015")

    matching = assign(score, 3, capacity, floor=floor)

    assert matching.minimum >= floor
    assert matching.total >= total
    assert matching.status == "optimal"
