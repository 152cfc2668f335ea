"""What a buyer of judgments may rely on, on simulated experts of known skill."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peritus.algorithms.allocation import AdaptivePolicy, State, Stop
from peritus.algorithms.allocation.policy import CAUTION
from peritus.algorithms.allocation.skill import ANSWERING, CAREFUL, believe
from peritus.algorithms.allocation.state import checked

NOTHING = np.zeros(0, dtype=np.int64)


def simulated(*, accuracies, per_item, n_items=60, seed=3):
    """Let `per_item` random experts of known accuracy judge each item, two labels."""
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, 2, n_items)
    shuffled = np.argsort(generator.random((n_items, len(accuracies))), axis=1)
    worker = shuffled[:, :per_item].ravel()
    item = np.repeat(np.arange(n_items), per_item)
    right = generator.random(len(item)) < np.array(accuracies)[worker]
    label = np.where(right, truth[item], 1 - truth[item])
    sizes = {"n_items": n_items, "n_workers": len(accuracies), "n_labels": 2}
    return State(item=item, worker=worker, label=label, **sizes), truth


def unanimous(votes, *, n_workers=8, n_items=40):
    """Let the first experts agree on every item; label 0 and 1 in turn."""
    item, worker = np.indices((n_items, votes)).reshape(2, -1)
    return State(item=item, worker=worker, label=item % 2, n_items=n_items, n_workers=n_workers)


@st.composite
def states(draw):
    n_items, n_workers, n_labels = (draw(st.integers(1, most)) for most in (6, 5, 3))
    cells = [(i, w) for i in range(n_items) for w in range(n_workers)]
    chosen = draw(st.lists(st.sampled_from(cells), unique=True))
    judged = draw(st.integers(0, len(chosen)))
    item, worker = np.array(chosen, dtype=np.int64).reshape(-1, 2).T
    label = draw(st.lists(st.integers(0, n_labels - 1), min_size=judged, max_size=judged))
    return State(
        item=item[:judged],
        worker=worker[:judged],
        label=np.array(label, dtype=np.int64),
        pending=(item[judged:], worker[judged:]),
        capacity=np.array(
            draw(st.lists(st.integers(0, 3), min_size=n_workers, max_size=n_workers))
        ),
        cost=draw(st.sampled_from([0.5, 1.0, 3.0])),
        batch=draw(st.none() | st.integers(0, 9)),
        n_items=n_items,
        n_workers=n_workers,
        n_labels=n_labels,
    )


@given(state=states(), budget=st.floats(0, 12), minimum=st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_next_buys_only_what_is_open_within_capacity_batch_and_budget(state, budget, minimum):
    purchase = AdaptivePolicy(minimum=minimum).next(state, budget)

    bought = list(zip(purchase.item.tolist(), purchase.worker.tolist(), strict=True))
    asked = {*zip(state.item.tolist(), state.worker.tolist(), strict=True)}
    asked |= {*zip(state.pending[0].tolist(), state.pending[1].tolist(), strict=True)}
    assert len({*bought}) == len(bought)
    assert not asked & {*bought}
    assert (np.bincount(purchase.worker, minlength=state.n_workers) <= state.capacity).all()
    assert purchase.cost.sum() <= budget * (1 + 1e-9)
    assert state.batch is None or len(bought) <= state.batch
    assert ((purchase.error >= 0) & (purchase.error <= 1)).all()
    assert {*np.flatnonzero(purchase.stop == Stop.OPEN)} == {*purchase.item}


def test_next_answers_the_same_when_asked_again():
    state, _ = simulated(accuracies=[0.9, 0.7, 0.7, 0.6], per_item=2)
    policy = AdaptivePolicy(seed=5)

    first, again = policy.next(state), policy.next(state)

    assert first.item.tolist() == again.item.tolist()
    assert first.worker.tolist() == again.worker.tolist()


def test_next_fills_every_item_to_the_minimum_before_anything_is_known():
    state = State(NOTHING, NOTHING, NOTHING, n_items=30, n_workers=6, n_labels=2)
    policy = AdaptivePolicy(minimum=2, calibration_share=0)

    purchase = policy.next(state)

    assert np.bincount(purchase.item).tolist() == [2] * 30


def test_next_gives_the_calibration_share_its_judgments():
    state = State(NOTHING, NOTHING, NOTHING, n_items=400, n_workers=9, n_labels=2)
    policy = AdaptivePolicy(minimum=2, calibration_share=0.1, calibration_judgments=5)

    bought = np.bincount(policy.next(state).item, minlength=400)

    drawn = policy.calibration(400)
    assert bought[drawn].tolist() == [5] * int(drawn.sum())
    assert 20 <= drawn.sum() <= 60


def test_calibration_share_stays_when_the_lot_grows():
    policy = AdaptivePolicy(seed=11)

    assert policy.calibration(500)[:100].tolist() == policy.calibration(100).tolist()


def test_next_stops_sure_where_many_agree():
    purchase = AdaptivePolicy(calibration_share=0).next(unanimous(6))

    assert purchase.finished
    assert (purchase.stop == Stop.SURE).all()
    assert purchase.labels.tolist() == [0, 1] * 20


def test_single_votes_do_not_make_anybody_look_perfect():
    purchase = AdaptivePolicy(minimum=1, calibration_share=0).next(unanimous(1))

    assert (purchase.stop != Stop.SURE).all()


def test_next_calls_an_item_hopeless_when_only_guessers_are_left():
    judged, _ = simulated(accuracies=[0.5] * 12, per_item=8, n_items=200)
    policy = AdaptivePolicy(error=0.9, calibration_share=0)

    purchase = policy.next(judged)

    unsure = purchase.error > CAUTION * policy.error
    assert (purchase.stop[unsure] == Stop.HOPELESS).mean() > 0.8
    assert purchase.error[purchase.adjudicate].tolist() == sorted(
        purchase.error[purchase.adjudicate], reverse=True
    )


def test_next_sends_what_nobody_is_left_for_to_adjudication():
    state, _ = simulated(accuracies=[0.75, 0.75], per_item=2)
    split = np.flatnonzero(np.bincount(state.item, state.label) == 1)

    purchase = AdaptivePolicy().next(state)

    assert (purchase.stop[split] == Stop.EXHAUSTED).all()
    assert {*split} <= {*purchase.adjudicate}


def test_pending_judgments_count_before_they_arrive():
    state, _ = simulated(accuracies=[0.9] * 12, per_item=3, n_items=200)
    policy = AdaptivePolicy(calibration_share=0)

    open_items = policy.next(state).item
    free = np.setdiff1d(np.arange(200 * 12), state.item * 12 + state.worker)
    asked = np.concatenate([free[free // 12 == item] for item in open_items])
    after = policy.next(replace(state, pending=np.divmod(asked, 12)))

    assert len(open_items) > 20
    assert not {*open_items.tolist()} & {*after.item.tolist()}
    assert (after.stop[open_items] == Stop.WAITING).all()


def test_next_prefers_the_expert_who_is_right_more_often():
    state, _ = simulated(accuracies=[0.95, 0.95, 0.6, 0.6, 0.6], per_item=3, n_items=300)

    purchase = AdaptivePolicy(calibration_share=0).next(state)

    free = np.bincount(np.clip(purchase.worker, 0, 2), minlength=3)
    assert free[0] + free[1] > 2 * free[2]


def test_next_prefers_the_cheap_among_equals():
    state, _ = simulated(accuracies=[0.8] * 6, per_item=2, n_items=200)
    dear = replace(state, cost=np.array([1, 1, 1, 5, 5, 5.0]))

    purchase = AdaptivePolicy(error=0.02, calibration_share=0).next(dear)

    assert (purchase.worker < 3).mean() > 0.8


def test_level_stands_in_for_a_newcomer():
    state, _ = simulated(accuracies=[0.95, 0.95, 0.6, 0.6], per_item=3, n_items=300)
    newcomers = replace(state, n_workers=6, levels=np.array([1, 1, 0, 0, 0, 1]))
    only_newcomers = np.indices((300, 2)).reshape(2, -1) + np.array([[0], [4]])

    purchase = AdaptivePolicy(calibration_share=0).next(
        replace(newcomers, available=tuple(only_newcomers))
    )

    assert (purchase.worker == 5).sum() > 3 * (purchase.worker == 4).sum()


def test_budget_goes_to_the_most_urgent_and_says_so():
    state, _ = simulated(accuracies=[0.7] * 8, per_item=2)
    policy = AdaptivePolicy(calibration_share=0)

    free, poor = policy.next(state), policy.next(state, 3.5)

    assert poor.item.tolist() == free.item[:3].tolist()
    assert (poor.stop == Stop.BUDGET).sum() > 0
    assert poor.cost.sum() == 3


def believed(state, learning):
    return believe(checked(state), learning)


def test_with_many_labels_an_experts_share_of_right_answers_speaks_for_labels_he_rarely_met():
    item, worker = np.indices((300, 4)).reshape(2, -1)
    truth = np.where(np.arange(300) < 3, 4, np.arange(300) % 4)
    noise = np.random.default_rng(7).integers(0, 5, len(item))
    label = np.where((worker < 3) | (item % 2 == 0), truth[item], noise)
    state = State(item, worker, label, n_items=300, n_workers=4, n_labels=5)

    rare = believed(state, ANSWERING).matrices[:, 4, 4]
    plain = believed(state, CAREFUL).matrices[:, 4, 4]

    assert rare[0] - rare[3] > plain[0] - plain[3] + 0.05


@given(state=states())
@settings(max_examples=40, deadline=None)
def test_beliefs_are_chances_however_little_is_known(state):
    for learning in (CAREFUL, ANSWERING):
        belief = believed(state, learning)

        assert np.allclose(belief.posterior.sum(axis=1), 1)
        assert np.allclose(belief.matrices.sum(axis=2), 1)
        assert (belief.matrices > 0).all()


def test_an_expert_against_all_others_is_not_followed():
    item, worker = np.indices((40, 3)).reshape(2, -1)
    label = np.where(worker == 2, 1 - item % 2, item % 2)
    state = State(item, worker, label, n_items=40, n_workers=3, n_labels=2)

    purchase = AdaptivePolicy(calibration_share=0).next(state)

    assert purchase.labels.tolist() == [0, 1] * 20


def test_gold_teaches_who_is_right():
    item, worker = np.indices((200, 3)).reshape(2, -1)
    truth = np.arange(200) % 2
    label = np.where(worker == 0, truth[item], 1 - truth[item])
    known = np.arange(100)

    purchase = AdaptivePolicy().next(State(item, worker, label, gold=(known, truth[known])))

    assert (purchase.labels[100:] == truth[100:]).all()


def test_deadline_buys_in_one_call_what_would_come_in_several():
    state, _ = simulated(accuracies=[0.7] * 20, per_item=3)
    policy = AdaptivePolicy(calibration_share=0)

    patient, last = policy.next(state), policy.next(replace(state, rounds_left=1))

    assert np.bincount(patient.item).max() == 1
    assert len(last.item) > 2 * len(patient.item)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"cost": 0.0}, "cost"),
        ({"cost": np.nan}, "cost"),
        ({"capacity": np.array([-1, 0])}, "capacity"),
        ({"capacity": np.array([1])}, "lengths"),
        ({"levels": np.array([0])}, "lengths"),
        ({"rounds_left": 0}, "rounds_left"),
        ({"batch": -1}, "batch"),
        ({"available": ([0, 0], [1, 1])}, "more than once"),
        ({"available": ([5], [1])}, "available item"),
        ({"pending": ([0], [1, 0])}, "lengths"),
        ({"gold": ([0, 0], [1, 1])}, "one gold answer"),
        ({"gold": ([0], [2])}, "gold label"),
        ({"label": np.array([0, 3])}, "label codes"),
        ({"pseudo": np.array([0, 1])}, "pseudo must be bool"),
        ({"pseudo": np.array([True])}, "pseudo must be bool"),
    ],
)
def test_next_refuses_a_state_that_makes_no_sense(changed, message):
    two = np.array([0, 1])
    state = State(two, two, two, n_items=2, n_workers=2, n_labels=2)

    with pytest.raises(ValueError, match=message):
        AdaptivePolicy().next(replace(state, **changed))


@pytest.mark.parametrize("budget", [-1.0, np.nan])
def test_next_refuses_a_budget_that_is_none(budget):
    with pytest.raises(ValueError, match="budget"):
        AdaptivePolicy().next(unanimous(1), budget)


@pytest.mark.parametrize(
    "wrong",
    [{"error": 0.0}, {"error": 1.0}, {"minimum": -1}, {"calibration_share": 1.5}, {"caution": 0.0}],
)
def test_policy_refuses_a_preset_that_makes_no_sense(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        AdaptivePolicy(**wrong)
