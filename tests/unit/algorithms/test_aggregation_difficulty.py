"""Difficulty of items: simulated logits, the model's own definition, fair scores."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from peritus.algorithms.aggregation import item_difficulty


def simulated(*, spread, n_items=200, n_workers=40, each=8, seed=3):
    """Let each worker judge a drawn part of the items; difficulties spread in logits."""
    generator = np.random.default_rng(seed)
    difficulty = generator.normal(0, spread, n_items)
    skill = generator.normal(0, 0.7, n_workers)
    item = np.repeat(np.arange(n_items), each)
    worker = np.concatenate([generator.choice(n_workers, each, False) for _ in range(n_items)])
    right = generator.random(len(item)) < expit(1 + skill[worker] - difficulty[item])
    return item, worker, right, skill, difficulty


def test_item_difficulty_finds_the_logits_that_judgments_were_drawn_with():
    item, worker, right, skill, difficulty = simulated(spread=1.5)

    found = item_difficulty(item, worker, right)

    assert found.converged
    assert np.corrcoef(found.difficulty, difficulty)[0, 1] > 0.8
    assert np.corrcoef(found.skill, skill)[0, 1] > 0.8
    assert found.level == pytest.approx(1, abs=0.4)
    errors = (found.difficulty - difficulty) / found.difficulty_error
    # Normal errors: 68 % within one; the level's own error is shared by all.
    assert 0.55 < (np.abs(errors) < 1).mean() < 0.8


def test_item_difficulty_takes_items_as_alike_where_judgments_do_not_tell_them_apart():
    item, worker, right, *_ = simulated(spread=0.0)

    found = item_difficulty(item, worker, right)

    assert np.abs(found.difficulty).max() < 0.5
    assert found.skill.std() > 0.3


def test_fair_share_depends_less_on_who_was_given_the_hard_items():
    generator = np.random.default_rng(8)
    difficulty = np.repeat([-1.5, 1.5], 150)
    item = np.concatenate([np.tile(np.arange(300), 15), np.arange(150, 300), np.arange(150)])
    worker = np.concatenate([np.repeat(np.arange(15), 300), np.full(150, 15), np.full(150, 16)])
    right = generator.random(len(item)) < expit(1 - difficulty[item])

    found = item_difficulty(item, worker, right)

    raw = np.bincount(worker, right) / np.bincount(worker)
    hard, easy = 15, 16
    assert raw[easy] - raw[hard] > 0.5
    # Difficulties are drawn to the mean where few judged an item: a part of the gap stays.
    assert abs(found.fair_share[easy] - found.fair_share[hard]) < 0.2
    assert found.fair_share[:15] == pytest.approx(raw[:15], abs=0.05)


def test_item_difficulty_says_how_little_is_known_of_what_nobody_judged():
    item, worker, right, *_ = simulated(spread=1.0)

    found = item_difficulty(item, worker, right, n_items=201, n_workers=41)

    assert (found.difficulty[200], found.skill[40]) == (0, 0)
    assert found.difficulty_error[200] > 1.5 * found.difficulty_error[:200].mean()
    assert found.chance(200, 40) == pytest.approx(expit(found.level))


def test_item_difficulty_takes_chances_where_truth_is_not_known():
    item, worker, right, *_ = simulated(spread=1.5)

    sure = item_difficulty(item, worker, right)
    unsure = item_difficulty(item, worker, np.where(right, 0.9, 0.1))

    assert np.corrcoef(sure.difficulty, unsure.difficulty)[0, 1] > 0.98
    assert unsure.difficulty.std() < sure.difficulty.std()


def test_item_difficulty_answers_an_empty_input_when_sizes_are_given():
    found = item_difficulty([], [], [], n_items=2, n_workers=1)

    assert found.difficulty.tolist() == [0, 0]
    assert found.chance([0, 1], 0).tolist() == [0.5, 0.5]
    assert found.converged


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        (([0], [0], [1.5]), "booleans or chances"),
        (([0], [0], [-0.1]), "booleans or chances"),
        (([0], [0], [float("nan")]), "booleans or chances"),
        (([0], [0], [[1]]), "booleans or chances"),
        (([0, 0], [1, 1], [1, 0]), "worker 1 judged item 0 more than once"),
        (([0, -1], [0, 1], [0, 1]), "item codes must lie in"),
        (([0, 1], [0, 1], [0]), "one entry per judgment"),
        (([], [], []), "no judgments came"),
    ],
)
def test_item_difficulty_refuses_what_is_no_judgment(codes, message):
    with pytest.raises(ValueError, match=message):
        item_difficulty(*codes)


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_item_difficulty_is_stationary_for_the_spreads_that_it_found(data):
    n_items, n_workers = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 4))
    cells = st.sampled_from([(i, w) for i in range(n_items) for w in range(n_workers)])
    item, worker = np.array(data.draw(st.lists(cells, min_size=1, unique=True))).T
    right = np.array(data.draw(st.lists(st.booleans(), min_size=len(item), max_size=len(item))))

    found = item_difficulty(item, worker, right, n_items=n_items, n_workers=n_workers)

    chance = found.chance(item, worker)
    assert ((chance > 0) & (chance < 1)).all()
    missed = right - chance
    # Skill and what is missed, over difficulty and what is missed: at a maximum both are
    # in the ratio of the spread, one number for all workers and one for all items.
    by_worker = np.bincount(worker, missed, minlength=n_workers)
    by_item = np.bincount(item, missed, minlength=n_items)
    assert found.skill * by_worker.sum() == pytest.approx(by_worker * found.skill.sum(), abs=1e-3)
    assert found.difficulty * by_item.sum() == pytest.approx(
        by_item * found.difficulty.sum(), abs=1e-3
    )
    assert missed.sum() == pytest.approx(0.01 * found.level, abs=1e-3)
