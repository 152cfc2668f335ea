"""How often experts are right: simulated truth, what gold proves, what cannot be known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peritus.algorithms.aggregation import expert_accuracy


def simulated(*, accuracies, n_items=200, seed=11, shared_errors=0.0):
    """Judge every item; on a share of the items everybody is misled alike."""
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, 2, n_items)
    right = generator.random((n_items, len(accuracies))) < np.array(accuracies)
    right[generator.random(n_items) < shared_errors] = False
    label = np.where(right, truth[:, None], 1 - truth[:, None])
    item, worker = np.indices(label.shape).reshape(2, -1)
    return (item, worker, label.ravel()), truth, right.mean(axis=0)


def test_expert_accuracy_finds_the_share_of_each_without_gold():
    codes, _, share = simulated(accuracies=[0.95, 0.9, 0.8, 0.7, 0.6])

    found = expert_accuracy(*codes)

    # The others' answers alone make experts look more alike than they are.
    assert found.accuracy == pytest.approx(share, abs=0.12)
    assert found.accuracy[0] > found.accuracy[2] > found.accuracy[4]
    assert ((found.low <= share) & (share <= found.high)).all()
    assert found.gold_judged.tolist() == [0] * 5


def test_expert_accuracy_sees_a_shared_error_with_gold_only():
    codes, truth, share = simulated(accuracies=[0.9] * 5, shared_errors=0.3)
    gold = np.arange(40)

    blind = expert_accuracy(*codes)
    told = expert_accuracy(*codes, gold=(gold, truth[gold]))

    assert np.abs(blind.accuracy - share).mean() > 0.2
    # Forty items show a share of 0.3 to a standard error of 0.07.
    assert np.abs(told.accuracy - share).mean() < 0.12
    assert told.gold_judged.tolist() == [40] * 5


def test_expert_accuracy_is_the_counted_share_when_everything_is_gold():
    codes, truth, share = simulated(accuracies=[0.9, 0.6], n_items=30)

    found = expert_accuracy(*codes, gold=(np.arange(30), truth))

    assert found.accuracy == pytest.approx(share)
    assert found.low == pytest.approx(share)
    assert found.high == pytest.approx(share)


def test_expert_accuracy_says_that_nothing_is_known_of_who_never_judged():
    found = expert_accuracy([0, 0], [0, 1], [1, 1], n_workers=3)

    assert np.isnan(found.accuracy[2])
    assert (found.low[2], found.high[2], found.judgments[2]) == (0, 1, 0)


def test_expert_accuracy_is_wider_with_more_confidence_and_narrower_with_gold():
    codes, truth, _ = simulated(accuracies=[0.9, 0.8, 0.7])
    gold = (np.arange(60), truth[:60])

    def width(**options):
        found = expert_accuracy(*codes, **options)
        return (found.high - found.low).mean()

    assert width(gold=gold, confidence=0.99) > width(gold=gold) > width(gold=gold, confidence=0.5)
    assert width(gold=gold) < width()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"confidence": 1.0}, "confidence must lie in"),
        ({"confidence": 0.0}, "confidence must lie in"),
        ({"gold": ([0, 0], [0, 1])}, "one gold answer"),
        ({"gold": ([0], [5])}, "gold label codes"),
    ],
)
def test_expert_accuracy_refuses_what_cannot_be_answered(options, message):
    with pytest.raises(ValueError, match=message):
        expert_accuracy([0, 0], [0, 1], [0, 1], **options)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_expert_accuracy_keeps_its_order_and_what_gold_proves(data):
    n_items, n_workers = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 4))
    cells = st.sampled_from([(i, w) for i in range(n_items) for w in range(n_workers)])
    item, worker = np.array(data.draw(st.lists(cells, min_size=1, unique=True))).T
    label = np.array(data.draw(st.lists(st.integers(0, 2), min_size=len(item), max_size=len(item))))
    gold = np.array(data.draw(st.lists(st.integers(0, n_items - 1), unique=True)), dtype=int)
    answers = np.array(
        data.draw(st.lists(st.integers(0, 2), min_size=len(gold), max_size=len(gold))), dtype=int
    )

    found = expert_accuracy(
        item, worker, label, gold=(gold, answers), n_items=n_items, n_workers=n_workers, n_labels=3
    )

    judged = found.judgments > 0
    known = dict(zip(gold.tolist(), answers.tolist(), strict=True))
    right = np.zeros(n_workers)
    for i, w, g in zip(item.tolist(), worker.tolist(), label.tolist(), strict=True):
        right[w] += known.get(i) == g
    assert (found.low[judged] <= found.accuracy[judged] + 1e-12).all()
    assert (found.accuracy[judged] <= found.high[judged] + 1e-12).all()
    assert (found.low[judged] >= right[judged] / found.judgments[judged] - 1e-12).all()
    assert ((found.low >= 0) & (found.high <= 1)).all()
