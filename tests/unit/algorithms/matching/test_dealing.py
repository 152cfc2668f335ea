"""Experts who are alike on all items: dealt totals against one plain program of all pairs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings

from peritus.algorithms.matching import Infeasible, assign
from peritus.algorithms.matching.dealing import dealt
from peritus.algorithms.matching.evening import evened
from peritus.algorithms.matching.problem import checked_problem
from tests.unit.algorithms.matching.scene import (
    alike_problems,
    assert_constraints_hold,
    best_by_milp,
)


def staffing(*, levels=1_000, owed=0, seed=0, experts=100, items=60):
    """A roster with one skill each: some experts walled off, some single pairs forbidden."""
    drawn = np.random.default_rng(seed)
    skill = np.round(drawn.uniform(0.5, 0.99, experts) * levels) / levels
    out = drawn.choice(experts, experts // 20, replace=False)
    forbidden = np.zeros((experts, items), dtype=bool)
    forbidden[out] = True
    forbidden[drawn.integers(0, experts, experts // 4), drawn.integers(0, items, experts // 4)] = (
        True
    )
    owing = np.full(experts, owed)
    owing[out] = 0
    return {
        "score": np.repeat(skill[:, None], items, axis=1),
        "demand": np.full(items, 3),
        "capacity": np.full(experts, 6),
        "forbidden": forbidden,
        "minimum_load": owing,
        "pinned": [],
        "groups": np.full(experts, -1),
        "floor": np.full(items, -np.inf),
    }


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(alike_problems())
def test_assign_equals_one_program_of_all_pairs_when_experts_are_alike(problem):
    best = best_by_milp(problem)

    if best is None:
        with pytest.raises(Infeasible):
            assign(**problem)
        return
    matching = assign(**problem)

    assert_constraints_hold(matching, problem)
    assert matching.total == pytest.approx(best)
    assert matching.bound == pytest.approx(best)
    assert matching.status == "optimal"


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(alike_problems())
def test_dealt_prices_prove_the_total_when_seats_are_found(problem):
    """The promise of `Matching.expert_prices`, and a bound by prices that is met."""
    listed = checked_problem(**problem)

    found = dealt(listed)

    if found is None:
        return
    taken = found.shares > 0
    assert found.bound == pytest.approx(found.value)
    assert (found.left[taken] >= -1e-9).all()
    assert (found.left[~taken] <= 1e-9).all()
    assert (np.where(problem["minimum_load"] > 0, 0, found.prices.expert) >= 0).all()


@pytest.mark.parametrize("levels", [1, 10, 1_000])
@pytest.mark.parametrize("owed", [0, 1])
def test_a_roster_with_walls_is_dealt(levels, owed):
    problem = staffing(levels=levels, owed=owed)

    matching = assign(**problem)

    assert dealt(checked_problem(**problem)) is not None
    assert_constraints_hold(matching, problem)
    assert matching.bound - matching.total <= 1e-6 * matching.total
    assert matching.status == "optimal"


def test_an_expert_without_a_seat_takes_that_of_one_who_leaves_for_the_item_in_want():
    """Experts 0 and 1 take items 0 and 1; expert 2 must not have item 2, which lacks one."""
    forbidden = np.zeros((3, 3), dtype=bool)
    forbidden[2, 2] = True
    score = np.repeat(np.array([[0.9], [0.8], [0.7]]), 3, axis=1)

    matching = assign(score, 1, 1, forbidden=forbidden)

    assert dealt(checked_problem(score, 1, 1, forbidden=forbidden)) is not None
    assert matching.total == pytest.approx(2.4)
    assert matching.items[matching.experts == 2] != 2


@pytest.mark.parametrize(
    "more",
    [
        {"pinned": [(2, 0)]},
        {"groups": [0, 0, -1]},
        {"floor": 0.5},
        {"capacity": 0},
        {"score": [[0.9, 0.1], [0.8, 0.8], [0.7, 0.7]]},
        {"forbidden": np.array([[True, False], [True, False], [True, False]])},
    ],
)
def test_nothing_is_dealt_when_more_binds_than_loads(more):
    problem = {"score": [[0.9, 0.9], [0.8, 0.8], [0.7, 0.7]], "demand": 1, "capacity": 1} | more

    assert dealt(checked_problem(**problem)) is None


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(alike_problems())
def test_evening_changes_no_load_and_brings_sums_closer(problem):
    listed = checked_problem(**problem)
    found = dealt(listed)
    assume(found is not None)
    before = found.shares > 0
    wanted = problem["demand"] > 0

    after = evened(listed, before)

    assert np.bincount(listed.item[after]).tolist() == np.bincount(listed.item[before]).tolist()
    assert np.array_equal(np.sort(listed.expert[after]), np.sort(listed.expert[before]))
    spread = [listed.item_sums(chosen)[wanted].var() for chosen in (before, after)]
    assert spread[1] <= spread[0] + 1e-12


@pytest.mark.slow
@pytest.mark.parametrize(("owed", "farthest"), [(0, 1e-3), (1, 1e-6)])
def test_the_smallest_sum_comes_near_its_bound_without_a_program(owed, farthest, monkeypatch):
    """What an expert who owes an item can reach at best bounds the smallest sum exactly."""
    monkeypatch.setattr("peritus.algorithms.matching.program._solution", None)
    problem = staffing(owed=owed, experts=1_000, items=600)

    matching = assign(**problem, objective="max_min")

    assert_constraints_hold(matching, problem)
    assert matching.bound - matching.minimum <= farthest * matching.bound
    assert matching.total == pytest.approx(assign(**problem).total)
    assert matching.status == ("optimal" if owed else "bounded")
