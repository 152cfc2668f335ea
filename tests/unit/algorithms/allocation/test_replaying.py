"""Buying from what was recorded: nothing is seen before it is paid for."""

from __future__ import annotations

import numpy as np
import pytest

from peritus.algorithms.aggregation import aggregate
from peritus.algorithms.allocation import AdaptivePolicy, replay


def crowd(*, n_items=120, n_workers=12, per_item=8, seed=2):
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, 2, n_items)
    worker = np.argsort(generator.random((n_items, n_workers)), axis=1)[:, :per_item].ravel()
    item = np.repeat(np.arange(n_items), per_item)
    right = generator.random(len(item)) < np.linspace(0.6, 0.95, n_workers)[worker]
    shuffled = generator.permutation(len(item))
    label = np.where(right, truth[item], 1 - truth[item])
    return (item[shuffled], worker[shuffled], label[shuffled]), truth


def test_replay_saves_judgments_and_keeps_the_answers():
    codes, truth = crowd(n_items=300)
    everybody = aggregate(*codes, method="dawid_skene_shrunk").labels

    found = replay(*codes, policy=AdaptivePolicy(), generator=np.random.default_rng(1))

    assert found.bought.mean() < 0.7
    assert (found.labels == truth).mean() > (everybody == truth).mean() - 0.03


def test_replay_counts_what_it_bought():
    codes, _ = crowd()
    price = np.linspace(1, 3, 12)

    found = replay(*codes, policy=AdaptivePolicy(), generator=np.random.default_rng(1), cost=price)

    assert sorted(found.order.tolist()) == np.flatnonzero(found.bought).tolist()
    assert found.cost == pytest.approx(price[codes[1][found.bought]].sum())


def test_replay_never_sees_what_it_did_not_buy():
    (item, worker, label), _ = crowd()
    policy = AdaptivePolicy(error=0.05)
    first = replay(item, worker, label, policy=policy, generator=np.random.default_rng(4))
    hidden = np.where(first.bought, label, 1 - label)

    again = replay(item, worker, hidden, policy=policy, generator=np.random.default_rng(4))

    assert again.bought.tolist() == first.bought.tolist()
    assert again.labels.tolist() == first.labels.tolist()


def test_replay_gives_every_item_its_minimum_where_recorded():
    codes, _ = crowd()

    found = replay(*codes, policy=AdaptivePolicy(minimum=3), generator=np.random.default_rng(1))

    assert np.bincount(codes[0][found.bought]).min() >= 3


def test_replay_leaves_an_item_without_judgments_open():
    codes, _ = crowd()

    found = replay(*codes, policy=AdaptivePolicy(), generator=np.random.default_rng(1), n_items=121)

    assert found.labels[120] == -1
