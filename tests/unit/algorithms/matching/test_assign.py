"""Matchings against complete enumeration, SciPy's assignment and real bids."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import linear_sum_assignment

from peritus.algorithms.matching import Infeasible, Undecided, assign, explain
from peritus.algorithms.matching.constraints import Rows
from peritus.algorithms.matching.program import Program
from tests.unit.algorithms.matching.scene import (
    assert_constraints_hold,
    enumerated,
    problems,
    repaired,
)

SCORE = np.array([[0.9, 0.8, 0.1], [0.5, 0.6, 0.7], [0.2, 0.3, 0.4]])


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(problems(), st.sampled_from(["total", "max_min"]))
def test_assign_equals_the_best_of_all_matchings(problem, objective):
    everything = list(enumerated(problem))

    if not everything:
        with pytest.raises(Infeasible) as no:
            assign(**problem, objective=objective)
        assert no.value.blocking
        assert no.value.repairs
        assign(**repaired(problem, no.value.repairs))
        return
    matching = assign(**problem, objective=objective)

    assert_constraints_hold(matching, problem)
    assert matching.status == "optimal"
    if objective == "total" or not problem["demand"].any():
        assert matching.total == pytest.approx(max(total for _, total in everything))
        assert matching.bound == pytest.approx(matching.total)
    else:
        assert (matching.minimum, matching.total) == pytest.approx(max(everything))
        assert matching.bound == pytest.approx(matching.minimum)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 12), st.integers(0, 10_000))
def test_assign_equals_scipy_when_each_side_takes_one(size, seed):
    score = np.random.default_rng(seed).normal(size=(size, size))

    matching = assign(score, 1, 1)

    rows, columns = linear_sum_assignment(score, maximize=True)
    assert matching.total == pytest.approx(score[rows, columns].sum())
    assert matching.bound == pytest.approx(matching.total)


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.001, 1_000))
def test_assign_finds_the_same_minimum_in_any_unit(seed, unit):
    score = np.random.default_rng(seed).random((5, 4))

    one = assign(score, 2, 2, objective="max_min")
    other = assign(score * unit, 2, 2, objective="max_min")

    assert other.minimum == pytest.approx(one.minimum * unit)


def test_assign_takes_absent_cells_of_a_sparse_array_as_forbidden_and_zeros_as_scores():
    score = sparse.coo_array(([0.0, 5.0, 1.0], ([0, 0, 1], [0, 1, 1])), shape=(2, 2))

    matching = assign(score, 1, 1)

    assert (matching.experts.tolist(), matching.items.tolist()) == ([0, 1], [0, 1])
    assert matching.total == 1


def test_assign_returns_the_same_pairs_when_asked_twice():
    score = np.ones((6, 6))

    one, two = assign(score, 2, 2), assign(score, 2, 2)

    assert one.experts.tolist() == two.experts.tolist()


@pytest.mark.parametrize("objective", ["total", "max_min"])
def test_assign_matches_nobody_when_nobody_is_wanted(objective):
    matching = assign(SCORE, 0, 1, objective=objective)

    assert (len(matching.experts), matching.total, matching.bound) == (0, 0, 0)
    assert np.isnan(matching.minimum)
    assert matching.status == "optimal"


def test_assign_matches_nobody_when_no_pair_is_allowed_and_none_is_wanted():
    assert assign(SCORE, 0, 1, forbidden=np.ones((3, 3), dtype=bool)).total == 0


@pytest.mark.parametrize(
    ("arguments", "blocking"),
    [
        (
            {"demand": 2, "capacity": 1},
            ("The items want 6 experts in all, the experts can take only 3.",),
        ),
        (
            {"demand": [1, 1, 2], "capacity": 3, "forbidden": SCORE * [0, 0, 1] > 0.3},
            ("Item 2 wants 2 experts, only 1 is allowed.",),
        ),
        (
            {"demand": 2, "capacity": 3, "groups": [0, 0, 0]},
            tuple(f"Item {item} wants 2 experts, only 1 is allowed." for item in range(3)),
        ),
        (
            {"demand": [1, 1, 0], "capacity": 2, "minimum_load": [1, 1, 1]},
            ("The experts must take at least 3 items in all, only 2 are wanted.",),
        ),
        (
            {"demand": 1, "capacity": [0, 3, 3], "minimum_load": [1, 0, 0]},
            ("Expert 0 must take at least 1 item, only 0 are possible.",),
        ),
        (
            {"demand": 1, "capacity": 1, "pinned": [(0, 0), (0, 1)]},
            (
                "Expert 0 can take at most 1 item.",
                "Expert 0 is pinned to item 0.",
                "Expert 0 is pinned to item 1.",
            ),
        ),
        (
            {"demand": 2, "capacity": 3, "groups": [4, 4, -1], "pinned": [(0, 0), (1, 0)]},
            (
                "Item 0 can take at most one of group 4 (experts 0, 1).",
                "Expert 0 is pinned to item 0.",
                "Expert 1 is pinned to item 0.",
            ),
        ),
        (
            {"demand": 1, "capacity": 3, "forbidden": SCORE > 2, "floor": [0, 0, 0.8]},
            ("Item 2 needs scores of at least 0.8 in sum, its best 1 expert reach only 0.7.",),
        ),
        (
            {"demand": 1, "capacity": 1, "pinned": [(0, 0)], "forbidden": SCORE > 0.8},
            ("Expert 0 is pinned to item 0, but that pair is forbidden.",),
        ),
        (
            {"demand": 1, "capacity": 1, "forbidden": ~np.isin(SCORE, [0.9, 0.8, 0.1, 0.7, 0.4])},
            (
                "Item 0 wants 1 expert; 1 is allowed.",
                "Item 1 wants 1 expert; 1 is allowed.",
                "Expert 0 can take at most 1 item.",
            ),
        ),
        (
            {"demand": [1, 1, 0], "capacity": [1, 3, 3], "floor": [0.8, 0.8, -np.inf]},
            (
                "Item 0 wants 1 expert; 3 are allowed.",
                "Item 1 wants 1 expert; 3 are allowed.",
                "Expert 0 can take at most 1 item.",
                "Item 0 needs scores of at least 0.8 in sum.",
                "Item 1 needs scores of at least 0.8 in sum.",
            ),
        ),
    ],
)
def test_assign_names_what_blocks(arguments, blocking):
    with pytest.raises(Infeasible) as no:
        assign(SCORE, **arguments)

    assert no.value.blocking == blocking
    assert str(no.value) == " ".join(blocking)


NAMES = (["Anna Berg", "Bo Lind", "Cy"], ["pkg-1", "pkg-2", "pkg-3"])


@pytest.mark.parametrize(
    ("arguments", "blocking"),
    [
        (
            {"demand": 2, "capacity": 3, "groups": [4, 4, -1], "pinned": [(0, 0), (1, 0)]},
            (
                "pkg-1 can take at most one of group 4 (Anna Berg, Bo Lind).",
                "Anna Berg is pinned to pkg-1.",
                "Bo Lind is pinned to pkg-1.",
            ),
        ),
        (
            {"demand": 1, "capacity": 1, "pinned": [(0, 0)], "forbidden": SCORE > 0.8},
            ("Anna Berg is pinned to pkg-1, but that pair is forbidden.",),
        ),
        (
            {"demand": [1, 1, 2], "capacity": 3, "forbidden": SCORE * [0, 0, 1] > 0.3},
            ("pkg-3 wants 2 experts, only 1 is allowed.",),
        ),
        (
            {"demand": 1, "capacity": [0, 3, 3], "minimum_load": [1, 0, 0]},
            ("Anna Berg must take at least 1 item, only 0 are possible.",),
        ),
        (
            {"demand": 1, "capacity": 3, "floor": [0, 0, 0.8]},
            ("pkg-3 needs scores of at least 0.8 in sum, its best 1 expert reach only 0.7.",),
        ),
        (
            {"demand": [1, 1, 0], "capacity": [1, 3, 3], "floor": [0.8, 0.8, -np.inf]},
            (
                "pkg-1 wants 1 expert; 3 are allowed.",
                "pkg-2 wants 1 expert; 3 are allowed.",
                "Anna Berg can take at most 1 item.",
                "pkg-1 needs scores of at least 0.8 in sum.",
                "pkg-2 needs scores of at least 0.8 in sum.",
            ),
        ),
    ],
)
def test_assign_calls_experts_and_items_by_their_names(arguments, blocking):
    with pytest.raises(Infeasible) as no:
        assign(SCORE, **arguments, names=NAMES)

    assert no.value.blocking == blocking


def test_assign_lowers_floors_last_where_there_are_many_pairs():
    score = np.random.default_rng(0).random((120, 40))
    ill = np.zeros(score.shape, dtype=bool)
    ill[5:, :3] = True

    with pytest.raises(Infeasible) as no:
        assign(score, 2, 1, forbidden=ill, floor=[*[-np.inf] * 39, 1.9999])
    with pytest.raises(Infeasible) as also:
        assign(score, 2, 1, floor=[*[-np.inf] * 39, 1.9999])

    assert no.value.blocking == (
        "Item 39 needs scores of at least 1.9999 in sum, its best 2 experts reach only 1.9874.",
    )
    limits = {"demand": np.full(40, 2), "minimum_load": np.zeros(120, dtype=int), "pinned": []}
    limits |= {"capacity": np.ones(120, dtype=int), "floor": np.full(40, -np.inf)}
    limits["floor"][39] = 1.9999
    assert len(also.value.repairs) == 1
    assign(score, **repaired(limits, also.value.repairs))
    assign(score, **repaired(limits | {"forbidden": ill}, no.value.repairs))


def test_assign_names_only_what_blocks_among_many_constraints():
    score = np.ones((30, 40))
    forbidden = np.zeros(score.shape, dtype=bool)
    forbidden[2:, 5:8] = True

    with pytest.raises(Infeasible) as no:
        assign(score, 1, [1, 1, *[5] * 28], forbidden=forbidden)

    assert no.value.blocking == (
        "Item 5 wants 1 expert; 2 are allowed.",
        "Item 6 wants 1 expert; 2 are allowed.",
        "Item 7 wants 1 expert; 2 are allowed.",
        "Expert 0 can take at most 1 item.",
        "Expert 1 can take at most 1 item.",
    )


def test_assign_names_loads_that_an_item_cannot_give_to_both():
    forbidden = np.array([[False, True], [False, True], [False, False]])

    with pytest.raises(Infeasible) as no:
        assign(np.ones((3, 2)), 1, 1, forbidden=forbidden, minimum_load=[1, 1, 0])

    assert no.value.blocking == (
        "Item 0 wants 1 expert; 3 are allowed.",
        "Expert 0 must take at least 1 and can take at most 1 item.",
        "Expert 1 must take at least 1 and can take at most 1 item.",
    )


def test_assign_names_all_that_blocks_when_it_is_much():
    forbidden = np.zeros((4, 80), dtype=bool)
    forbidden[2:, :70] = True

    with pytest.raises(Infeasible) as no:
        assign(np.ones((4, 80)), 1, [35, 34, 80, 80], forbidden=forbidden)

    assert len(no.value.blocking) == 72
    assert no.value.blocking[-1] == "Expert 1 can take at most 34 items."


def test_assign_says_when_only_shares_of_experts_would_reach_the_floors():
    # Three experts are worth 2: halves of one would give each item 3, whole ones give 4 and 2.
    score = np.array([[2.0, 2.0], [2.0, 2.0], [2.0, 2.0], [0.0, 0.0]])

    with pytest.raises(Infeasible) as no:
        assign(score, 2, 1, floor=2.5)

    assert no.value.blocking[-1] == "No choice of whole experts reaches these floors together."


@pytest.mark.parametrize(
    ("score", "arguments", "message"),
    [
        ([[1, 2], [3, np.nan]], {}, "finite: row 1, column 1 is nan"),
        (sparse.csr_array([[0.0, np.inf]]), {}, "finite: row 0, column 1 is inf"),
        ([1.0], {}, "experts x items"),
        (SCORE, {"demand": -1}, "demand must be 0 or more: row 0 is -1"),
        (SCORE, {"capacity": [1, 2, -3]}, "capacity must be 0 or more: row 2 is -3"),
        (SCORE, {"floor": [0, np.inf, 0]}, "floor must be a number below infinity: row 1 is inf"),
        (SCORE, {"demand": 1.5}, "demand must be"),
        (SCORE, {"capacity": [1, 2]}, "capacity must be"),
        (SCORE, {"minimum_load": [1, 2]}, "minimum_load must be"),
        (SCORE, {"forbidden": [[True]]}, "forbidden must be"),
        (SCORE, {"forbidden": np.zeros((3, 3))}, "forbidden must be"),
        (SCORE, {"pinned": [(0, 3)]}, r"below \(3, 3\), got \(0, 3\)"),
        (SCORE, {"groups": [0]}, "groups must be"),
        (SCORE, {"floor": [1.0, 2.0]}, "floor must be"),
        (SCORE, {"floor": np.nan}, "floor must be"),
        (SCORE, {"objective": "fair"}, "objective must be"),
        (SCORE, {"names": (["a", "b"], ["c"])}, "names must be 3 of experts and 3 of items"),
        (SCORE, {"node_limit": 0}, "node_limit must be"),
    ],
)
def test_assign_refuses_what_it_cannot_read(score, arguments, message):
    with pytest.raises(ValueError, match=message):
        assign(score, **({"demand": 1, "capacity": 1} | arguments))


def test_explain_says_what_deciding_otherwise_would_cost():
    matching = assign(SCORE, 1, 1)

    unmatched = explain(matching, SCORE, 0, 1, demand=1, capacity=1)
    matched = explain(matching, SCORE, 0, 0, demand=1, capacity=1)

    assert unmatched == (
        "Expert 0 does not judge item 1 (score 0.8): it went to expert 1 (0.6), and expert 0 "
        "has 1 item. With this pair the total would fall from 1.9 to 1.7."
    )
    assert matched == (
        "Expert 0 judges item 0 with score 0.9; of 3 allowed, none is better. "
        "Without this pair the total would fall from 1.9 to 1.7."
    )


def test_explain_compares_scores_when_the_limits_are_not_told():
    matching = assign(SCORE, 1, 1)

    assert explain(matching, SCORE, 0, 0) == (
        "Expert 0 judges item 0 with score 0.9; of 3 allowed, none is better."
    )
    assert explain(matching, SCORE, 2, 2).endswith("of 3 allowed, 1 would score higher.")


def test_explain_names_a_pair_that_was_forbidden_or_pinned():
    limits = {"forbidden": SCORE == 0.9, "pinned": [(2, 2)]}
    matching = assign(SCORE, 1, 1, **limits)

    forbidden = explain(matching, SCORE, 0, 0, **limits)
    pinned = explain(matching, SCORE, 2, 2, **limits)

    assert forbidden == "Expert 0 may not judge item 0: the pair is forbidden."
    assert pinned == "Expert 2 judges item 2: the pair was pinned."


def test_explain_keeps_pins_and_walls_when_it_decides_otherwise():
    limits = {"demand": 1, "capacity": 1, "pinned": [(0, 0)], "forbidden": SCORE == 0.3}
    matching = assign(SCORE, **limits)

    assert explain(matching, SCORE, 0, 1, **limits).endswith(
        "With this pair no matching exists: Expert 0 can take at most 1 item. "
        "Expert 0 is pinned to item 0. Expert 0 is pinned to item 1."
    )
    assert explain(matching, SCORE, 1, 1, **limits).endswith(
        "Without this pair no matching exists: Item 1 wants 1 expert; 1 is allowed. "
        "Expert 0 can take at most 1 item. Expert 0 is pinned to item 0."
    )


def test_explain_speaks_of_the_smallest_sum_under_max_min():
    limits = {"demand": 1, "capacity": 1, "objective": "max_min"}
    score = np.array([[1.0, 0.5], [0.5, 0.1]])
    matching = assign(score, **limits)

    assert explain(matching, score, 0, 0, **limits).endswith(
        "With this pair the smallest sum would fall from 0.5 to 0.1."
    )


def test_explain_says_so_when_both_ways_are_equally_good():
    score = np.ones((2, 1))
    matching = assign(score, 1, 1)

    assert explain(matching, score, 0, 0, demand=1, capacity=1).endswith(
        "the total would be the same, 1: both ways are equally good."
    )


def test_explain_calls_experts_and_items_by_their_names():
    forbidden = np.zeros((3, 3), dtype=bool)
    forbidden[2, 0] = True
    matching = assign(SCORE, 1, 1, forbidden=forbidden, names=NAMES)
    limits = {"forbidden": forbidden, "names": NAMES}

    assert explain(matching, SCORE, 0, 1, demand=1, capacity=1, **limits) == (
        "Anna Berg does not judge pkg-2 (score 0.8): it went to Bo Lind (0.6), and Anna Berg "
        "has 1 item. With this pair the total would fall from 1.9 to 1.7."
    )
    assert explain(matching, SCORE, 0, 0, **limits) == (
        "Anna Berg judges pkg-1 with score 0.9; of 2 allowed, none is better."
    )
    assert explain(matching, SCORE, 2, 0, **limits) == (
        "Cy may not judge pkg-1: the pair is forbidden."
    )
    assert explain(matching, SCORE, 1, 2, pinned=[(1, 2)], **limits) == (
        "Bo Lind judges pkg-3: the pair was pinned."
    )


def test_explain_refuses_a_pair_outside_the_scores():
    with pytest.raises(ValueError, match=r"pair \(3, 0\) lies outside"):
        explain(assign(SCORE, 1, 1), SCORE, 3, 0)


def one_worth_per_expert(experts, items, *, seed):
    """Make sums hard to even out: the same score for all items of an expert."""
    worth = np.random.default_rng(seed).random((experts, 1))
    return np.repeat(worth, items, axis=1)


@pytest.mark.slow
def test_assign_bounds_the_minimum_when_the_search_is_cut_short():
    score = one_worth_per_expert(20, 10, seed=0)

    cut = assign(score, 2, 1, objective="max_min", node_limit=1)
    proven = assign(score, 2, 1, objective="max_min")

    assert (cut.status, proven.status) == ("bounded", "optimal")
    assert cut.minimum <= proven.minimum + 1e-9
    assert cut.bound >= proven.minimum - 1e-9


@pytest.mark.slow
def test_assign_keeps_the_best_matching_it_has_when_nothing_more_is_found():
    score = one_worth_per_expert(30, 10, seed=0)

    cut = assign(score, 3, 1, objective="max_min", node_limit=1)

    assert cut.status == "bounded"
    assert cut.minimum < cut.bound <= score.sum() / 100 + 1e-6


@pytest.mark.slow
def test_assign_raises_undecided_when_no_matching_was_found_in_time():
    score = one_worth_per_expert(30, 10, seed=0)
    nearly_even = score[:, 0].sum() / 10 - 1e-3

    with pytest.raises(Undecided, match="in 1 branching steps"):
        assign(score, 3, 1, floor=nearly_even, node_limit=1)


def test_program_raises_undecided_when_the_solver_has_no_solution():
    no_rows = Rows(sparse.csr_array((0, 1)), *(np.zeros(0),) * 5)
    unbounded = Program(np.ones(1), no_rows, np.zeros(1), np.full(1, np.inf), np.ones(1))

    with pytest.raises(Undecided, match="HiGHS stopped"):
        unbounded.relaxed()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["preflib1", "preflib3", "aamas2015"])
def test_assign_meets_its_bound_on_real_bids(bids, name):
    score, capacity = bids(name)

    matching = assign(score, 3, capacity)

    assert matching.status == "optimal"
    assert matching.total == pytest.approx(matching.bound, abs=1e-6)
    assert np.bincount(matching.items).tolist() == [3] * score.shape[1]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["preflib1", "preflib3"])
def test_assign_raises_the_minimum_to_its_bound_on_real_bids(bids, name):
    score, capacity = bids(name)

    matching = assign(score, 3, capacity, objective="max_min")

    assert matching.minimum == pytest.approx(matching.bound, abs=1e-6)
    assert matching.total <= assign(score, 3, capacity).total + 1e-6
