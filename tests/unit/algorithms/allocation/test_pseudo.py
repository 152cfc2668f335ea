"""Models beside people: heard by their agreement, known against people only."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peritus.algorithms.allocation import AdaptivePolicy, State, Stop, pseudo_experts


def beside(*, right_together, n_items=400, n_people=4, people_on=None, seed=5):
    """Two labels; people are right in 85 %, six models all at once in `right_together`."""
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, 2, n_items)
    item, worker = np.indices((n_items, n_people)).reshape(2, -1)
    if people_on is not None:
        item, worker = item[item < people_on], worker[item < people_on]
    label = np.where(generator.random(len(item)) < 0.85, truth[item], 1 - truth[item])
    together = np.where(generator.random(n_items) < right_together, truth, 1 - truth)
    group = pseudo_experts(
        np.repeat(np.arange(n_items), 6), np.tile(range(6), n_items), np.repeat(together, 6)
    )
    state = State(
        np.append(item, group.item),
        np.append(worker, n_people + group.worker),
        np.append(label, group.label),
        pseudo=np.arange(n_people + 1) == n_people,
        n_items=n_items,
        n_workers=n_people + 1,
        n_labels=2,
    )
    return state, truth


def test_models_become_a_voice_for_each_level_of_their_agreement():
    answers = np.array([[1, 1, 1], [0, 1, 1], [2, 2, 0], [0, 1, 2]])
    item, model = np.indices(answers.shape).reshape(2, -1)

    found = pseudo_experts(item, model, answers.ravel())

    assert found.label.tolist() == [1, 1, 2, 0]
    assert found.agreed[found.worker].tolist() == [3, 2, 2, 1]
    assert found.answered.tolist() == [3, 3, 3]


def test_an_item_that_no_model_answered_has_no_voice():
    found = pseudo_experts([0, 2, 2], [0, 0, 1], [1, 0, 0], n_items=4)

    assert found.item.tolist() == [0, 2]
    assert list(zip(found.agreed, found.answered, strict=True)) == [(1, 1), (2, 2)]


def test_models_that_have_not_answered_have_no_voice():
    found = pseudo_experts([], [], [], n_items=4, n_labels=2)

    assert len(found.item) == len(found.agreed) == 0


@given(st.lists(st.lists(st.integers(0, 3), min_size=3, max_size=3), min_size=1, max_size=8))
def test_a_level_says_how_many_models_gave_its_label(rows):
    answers = np.array(rows)
    item, model = np.indices(answers.shape).reshape(2, -1)

    found = pseudo_experts(item, model, answers.ravel(), n_labels=4)

    told = (answers == found.label[:, None]).sum(axis=1)
    assert told.tolist() == found.agreed[found.worker].tolist()


def test_models_that_err_together_do_not_outvote_people():
    state, truth = beside(right_together=0.3)

    purchase = AdaptivePolicy().next(state)

    assert (purchase.labels == truth).mean() > 0.9


def test_a_good_group_of_models_answers_what_no_person_judged():
    state, truth = beside(right_together=0.95, people_on=100)

    purchase = AdaptivePolicy(error=0.2, minimum=0, caution=1.0, calibration_share=0).next(state)

    assert (purchase.labels[100:] == truth[100:]).mean() > 0.9
    assert (purchase.stop[100:] == Stop.SURE).all()


def test_models_are_never_asked_and_do_not_count_for_the_minimum():
    state, _ = beside(right_together=0.95, people_on=0)

    purchase = AdaptivePolicy(minimum=2, calibration_share=0).next(state)

    assert np.bincount(purchase.item, minlength=400).tolist() == [2] * 400
    assert purchase.worker.max() < 4


def test_a_model_that_answers_an_item_twice_is_refused():
    with pytest.raises(ValueError, match="more than once"):
        pseudo_experts([0, 0], [1, 1], [0, 1])
