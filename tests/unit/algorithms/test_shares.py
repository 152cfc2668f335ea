import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.strategies import floats, integers, lists, tuples
from scipy.stats import binomtest, hypergeom

from peritus.algorithms.shares import adjusted, chance_of_higher, exact_interval, shrunk_shares


@settings(max_examples=40, deadline=None)
@given(n=integers(1, 2_000), share=floats(0, 1), c=floats(0.5, 0.999))
def test_exact_interval_is_that_of_scipy(n, share, c):
    k = int(share * n)

    low, high = exact_interval(k, n, confidence=c)

    wanted = binomtest(k, n).proportion_ci(c, "exact")
    assert (float(low), float(high)) == pytest.approx((wanted.low, wanted.high), abs=1e-9)


def test_exact_interval_of_nothing_is_everything():
    low, high = exact_interval([0, 0], [0, 5])

    assert (low[0], high[0], low[1]) == (0, 1, 0)
    assert high[1] == pytest.approx(0.5218, abs=1e-4)


@pytest.mark.parametrize(
    ("count", "of", "c"), [(2, 1, 0.9), (-1, 1, 0.9), (0.5, 1, 0.9), (0, 1, 1)]
)
def test_exact_interval_refuses_what_is_no_share(count, of, c):
    with pytest.raises(ValueError, match="must"):
        exact_interval(count, of, confidence=c)


@settings(max_examples=40, deadline=None)
@given(tuples(integers(0, 30), integers(1, 30)), tuples(integers(0, 30), integers(0, 30)))
def test_chance_of_higher_is_a_hypergeometric_tail(one, other):
    (k, more), (j, rest) = one, other

    chance = chance_of_higher((k, k + more), (j, j + rest))

    wanted = hypergeom.sf(k - 1, k + more + j + rest, k + j, k + more)
    assert chance == pytest.approx(wanted, abs=1e-9)


def test_chance_of_higher_says_nothing_without_a_sample():
    assert chance_of_higher((0, 0), (3, 5)) == 1


def test_adjusted_equals_holms_example():
    # R 4: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
    assert adjusted([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@settings(max_examples=40, deadline=None)
@given(lists(floats(0, 1), max_size=20))
def test_adjusted_is_never_below_what_it_adjusts(chances):
    found = adjusted(chances)

    assert (found >= np.asarray(chances)).all()
    assert (found <= 1).all()


def test_adjusted_refuses_what_is_no_chance():
    with pytest.raises(ValueError, match="lie in"):
        adjusted([1.2])


def test_shrunk_shares_lie_between_own_and_group():
    member = [0] * 20 + [1] * 20
    right = [1] * 20 + [0] * 10 + [1] * 10

    found = shrunk_shares(member, right, [0] * 40)

    assert found.group == pytest.approx(31 / 42)
    assert found.share == pytest.approx([(310 / 42 + 20) / 30, (310 / 42 + 10) / 30])
    assert (found.low < found.share).all()
    assert (found.share < found.high).all()


def test_shrunk_shares_count_an_old_answer_half_after_the_half_life():
    found = shrunk_shares([0, 0], [1, 1], [0, 180])

    assert found.weight == pytest.approx([1.5])


def test_shrunk_shares_of_nothing_are_none():
    found = shrunk_shares([], [], [])

    assert (found.share.size, found.group) == (0, 0.5)


@pytest.mark.parametrize(
    ("member", "right", "age", "options"),
    [([0], [1, 1], [0], {}), ([-1], [1], [0], {}), ([0], [2], [0], {}), ([0], [1], [-1], {}),
     ([0], [1], [0], {"strength": 0}), ([0], [1], [0], {"half_life_days": 0}),
     ([0], [1], [0], {"confidence": 1})],
)  # fmt: skip
def test_shrunk_shares_refuse_what_is_out_of_range(member, right, age, options):
    with pytest.raises(ValueError, match="must"):
        shrunk_shares(member, right, age, **options)
