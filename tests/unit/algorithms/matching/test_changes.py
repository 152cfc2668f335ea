"""What follows a plan: its prices, the next item, changes and their moves, the trade-off."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from peritus.algorithms.matching import (
    Infeasible,
    assign,
    move_curve,
    next_item,
    reassign,
    trade_off,
)
from tests.unit.algorithms.matching.scene import (
    assert_constraints_hold,
    best_by_milp,
    matchings,
    problems,
    structured_problems,
)

SCORE = np.array([[0.9, 0.8, 0.1], [0.5, 0.6, 0.7], [0.2, 0.3, 0.4]])


@settings(max_examples=60, deadline=None)
@given(structured_problems(), st.integers(0, 1))
def test_prices_of_a_plan_part_matched_from_other_pairs(problem, owed):
    plain = {
        "score": problem["score"],
        "demand": problem["demand"],
        "capacity": problem["capacity"] + 1,
        "minimum_load": owed,
    }
    assume(best_by_milp(problem | plain | {"minimum_load": owed + 0 * plain["capacity"]}))

    try:
        plan = assign(**plain)
    except Infeasible:
        assume(False)

    left = problem["score"] - plan.expert_prices[:, None] - plan.item_prices
    matched = np.zeros(left.shape, dtype=bool)
    matched[plan.experts, plan.items] = True
    load = matched.sum(axis=1)
    assert (left[matched] >= -1e-6).all()
    assert (left[~matched] <= 1e-6).all()
    assert (load == plain["capacity"])[plan.expert_prices > 1e-6].all()
    assert (load == owed)[plan.expert_prices < -1e-6].all()


def test_next_item_follows_the_plan_and_then_the_prices():
    plan = assign(SCORE, 1, 2)
    planned = plan.items[plan.experts == 0].tolist()

    first = next_item(plan, SCORE[0], 0, [1, 1, 1])
    open_slots = np.where(np.isin([0, 1, 2], planned), 0, 1)
    beyond = next_item(plan, SCORE[0], 0, open_slots)

    assert first == 0
    assert planned == [0, 1]
    assert beyond == 2
    assert next_item(plan, SCORE[0], 0, [0, 0, 0]) is None
    assert next_item(plan, [np.nan, 0.8, 0.1], 0, [1, 1, 1]) == 1


def test_next_item_takes_what_is_worth_most_beyond_its_price():
    score = np.array([[1.0, 0.9], [0.9, 0.1]])
    plan = assign(score, 1, 1)

    taken = next_item(plan, [0.95, 0.9], 2, [1, 1])

    assert (plan.experts.tolist(), plan.items.tolist()) == ([1, 0], [0, 1])
    assert taken == int((np.array([0.95, 0.9]) - plan.item_prices).argmax())


def test_next_item_refuses_scores_of_another_shape():
    with pytest.raises(ValueError, match="must be of shape"):
        next_item(assign(SCORE, 1, 2), [1.0], 0, [1])


@st.composite
def changed_problems(draw):
    problem = draw(problems())
    experts, items = problem["score"].shape
    cell = st.tuples(st.integers(0, experts - 1), st.integers(0, items - 1))
    return problem, draw(st.lists(cell, max_size=6, unique=True))


def moves_and_totals(problem, kept):
    """Yield (moves, total) of every matching there is."""
    allowed = {pair for pair in kept if not problem["forbidden"][pair]}
    for chosen in matchings(problem):
        pairs = {(e, i) for i, experts in enumerate(chosen) for e in experts}
        yield len(allowed - pairs), float(sum(problem["score"][pair] for pair in pairs))


@settings(max_examples=150, deadline=None)
@given(changed_problems(), st.sampled_from([0.0, 0.3, 1.0, 50.0]))
def test_reassign_weighs_moves_by_their_price(changed, price):
    problem, kept = changed
    every = list(moves_and_totals(problem, kept))
    if not every:
        with pytest.raises(Infeasible):
            reassign(**problem, kept=kept, move_price=price)
        return

    again = reassign(**problem, kept=kept, move_price=price)

    assert_constraints_hold(again.matching, problem)
    best = max(total - price * moves for moves, total in every)
    assert again.matching.total - price * again.moves == pytest.approx(best)
    assert again.loss == pytest.approx(max(t for _, t in every) - again.matching.total)
    assert again.matching.status == "optimal"


@settings(max_examples=150, deadline=None)
@given(changed_problems(), st.integers(0, 4))
def test_reassign_makes_no_more_moves_than_it_may(changed, moves):
    problem, kept = changed
    every = list(moves_and_totals(problem, kept))
    within = [total for made, total in every if made <= moves]
    if not within:
        with pytest.raises(Infeasible) as no:
            reassign(**problem, kept=kept, moves=moves)
        if every:
            fewest = min(made for made, _ in every)
            assert re.match(f"At least {fewest} published pairs? must", str(no.value))
        return

    again = reassign(**problem, kept=kept, moves=moves)

    assert_constraints_hold(again.matching, problem)
    assert again.moves <= moves
    assert again.matching.total == pytest.approx(max(within))


def test_reassign_tells_what_is_added_and_removed():
    ill = np.zeros((3, 3), dtype=bool)
    ill[0] = True

    again = reassign(SCORE, 1, 2, kept=[(0, 0), (1, 1), (1, 2)], moves=0, forbidden=ill)

    assert again.added.tolist() == [[2, 0]]
    assert again.removed.tolist() == [[0, 0]]
    assert (again.moves, again.loss) == (0, pytest.approx(0.0))


@pytest.mark.parametrize(
    "limit", [{}, {"moves": 1, "move_price": 1.0}, {"moves": -1}, {"move_price": -0.1}]
)
def test_reassign_wants_one_limit_of_moves(limit):
    with pytest.raises(ValueError, match="either move_price or moves"):
        reassign(SCORE, 1, 2, kept=[], **limit)


def test_move_curve_rises_to_the_best_total():
    kept = [(2, 0), (0, 2), (1, 1)]

    curve = move_curve(SCORE, 1, 1, kept=kept)

    assert curve[:, 0].tolist() == [0, 1, 2]
    assert curve[:, 1].tolist() == pytest.approx([0.9, 0.9, 1.9])
    assert curve[-1, 1] == pytest.approx(assign(SCORE, 1, 1).total)
    assert (np.diff(curve[:, 1]) >= -1e-9).all()


def test_move_curve_raises_when_nothing_fits():
    with pytest.raises(Infeasible):
        move_curve(SCORE, 2, 1, kept=[])


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_trade_off_falls_from_the_best_total_to_the_best_minimum(seed):
    score = np.round(np.random.default_rng(seed).random((8, 6)), 2)
    every = {"score": score, "demand": np.full(6, 2), "capacity": np.full(8, 2)}

    curve = trade_off(**every, points=4)

    assert curve[0].tolist() == pytest.approx([assign(**every).minimum, assign(**every).total])
    assert curve[-1, 0] == pytest.approx(assign(**every, objective="max_min").minimum)
    assert (np.diff(curve[:, 0]) > 0).all()
    assert (np.diff(curve[:, 1]) <= 1e-9).all()
    for floor, total in curve[1:]:
        assert total == pytest.approx(assign(**every, floor=floor - 1e-9).total, rel=1e-4)


def test_trade_off_wants_two_points():
    with pytest.raises(ValueError, match="points must be 2 or more"):
        trade_off(SCORE, 1, 1, points=1)
