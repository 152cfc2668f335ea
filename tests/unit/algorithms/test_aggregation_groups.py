"""Judges who err together: planted copies, counts by hand, what people alone would say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peritus.algorithms.aggregation import aggregate, aggregate_groups
from peritus.algorithms.aggregation.groups import common_answers
from peritus.algorithms.aggregation.sums import CodedJudgments

PEOPLE, MODELS = 4, 6
GROUP = np.array([-1] * PEOPLE + [0] * MODELS)


def together(*, people=0.8, source=0.6, copied=0.95, n_items=600, seed=5):
    """Let people judge half of the items, and models copy one source that is often wrong."""
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, 2, n_items)

    def flipped(answer, share, judges):
        return np.where(
            generator.random((n_items, judges)) < share, answer[:, None], 1 - answer[:, None]
        )

    common = np.where(generator.random(n_items) < source, truth, 1 - truth)
    label = np.concatenate(
        [flipped(truth, people, PEOPLE), flipped(common, copied, MODELS)], axis=1
    )
    item, worker = np.indices(label.shape).reshape(2, -1)
    kept = (worker >= PEOPLE) | (item < n_items // 2)
    return (item[kept], worker[kept], label.ravel()[kept]), truth


def test_copies_do_not_outvote_people():
    codes, truth = together()
    judged = slice(0, 300)

    joint = aggregate(*codes, method="dawid_skene_shrunk")
    grouped = aggregate_groups(*codes, group=GROUP)
    people = codes[1] < PEOPLE
    alone = aggregate(*(code[people] for code in codes), method="dawid_skene_shrunk")

    right = [(each.labels[judged] == truth[judged]).mean() for each in (joint, alone, grouped)]
    assert right[0] < 0.7
    assert right[2] >= right[1] - 0.01
    assert right[2] > 0.85


def test_a_good_group_adds_to_people():
    codes, truth = together(people=0.7, source=0.95, copied=0.9)
    people = codes[1] < PEOPLE

    grouped = aggregate_groups(*codes, group=GROUP)
    alone = aggregate(*(code[people] for code in codes), method="dawid_skene_shrunk")

    judged = slice(0, 300)
    gain = (grouped.labels == truth)[judged].mean() - (alone.labels == truth[:300]).mean()
    # People who are often wrong make a group look worse than it is: the gain is no more.
    assert gain > 0.03
    assert (grouped.labels == truth)[300:].mean() > 0.9


def test_items_that_a_group_alone_judged_are_as_sure_as_the_group_is_elsewhere():
    codes, truth = together(source=0.7, copied=1.0)

    found = aggregate_groups(*codes, group=GROUP)

    sure = found.posterior[300:].max(axis=1).mean()
    assert sure == pytest.approx((found.labels == truth)[300:].mean(), abs=0.06)
    # Six of six, as all copy: a member's matrix is the group's, counted against people.
    assert found.confusion[PEOPLE:].diagonal(axis1=1, axis2=2) == pytest.approx(
        np.full((MODELS, 2), 0.7), abs=0.08
    )


def test_people_are_fitted_as_if_there_were_no_models():
    codes, _ = together()
    people = codes[1] < PEOPLE

    found = aggregate_groups(*codes, group=GROUP)

    alone = aggregate(
        *(code[people] for code in codes), method="dawid_skene_shrunk", n_items=600, n_workers=10
    )
    assert found.confusion[:PEOPLE].tolist() == alone.confusion[:PEOPLE].tolist()
    assert found.log_likelihood.tolist() == alone.log_likelihood.tolist()
    assert found.converged
    assert found.method == "dawid_skene_groups"


def test_without_a_group_it_is_shrunk_dawid_skene():
    codes, _ = together()

    found = aggregate_groups(*codes, group=np.full(10, -1))

    other = aggregate(*codes, method="dawid_skene_shrunk")
    assert found.posterior == pytest.approx(other.posterior)
    assert found.confusion.tolist() == other.confusion.tolist()


def test_a_group_that_no_person_judged_beside_counts_as_one_modest_expert():
    item, worker = np.indices((5, 6)).reshape(2, -1)

    found = aggregate_groups(item, worker, np.ones(30, dtype=int), group=np.zeros(6, dtype=int))

    # Six who agree are worth one of 75 %, since nothing shows that they are worth more.
    assert found.posterior[:, 1] == pytest.approx(np.full(5, 0.75))
    assert found.labels.tolist() == [1] * 5


def test_common_answers_count_levels_by_hand_and_leave_out_ties():
    item = [0, 0, 0, 1, 1, 1, 2, 2, 3, 5, 5]
    worker = [0, 1, 2, 0, 1, 2, 0, 1, 0, 0, 1]
    label = [1, 1, 1, 0, 2, 2, 0, 1, 2, 0, 0]
    members = CodedJudgments(*map(np.array, (item, worker, label)), 6, 3, 3)

    answers = common_answers(members)

    assert answers.item.tolist() == [0, 1, 3, 5]
    assert answers.label.tolist() == [1, 2, 2, 0]
    # Levels in order: 1 of 1, 2 of 2, 2 of 3, 3 of 3.
    assert answers.worker.tolist() == [3, 2, 0, 1]
    assert answers.n_workers == 4


def test_a_groups_matrix_is_counted_over_peoples_beliefs_by_hand():
    # Two people agree on every item; one model agrees with them on three of four.
    item = np.tile(np.arange(4), 3)
    worker = np.repeat([0, 1, 2], 4)
    label = np.array([0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 0])

    found = aggregate_groups(item, worker, label, group=[-1, -1, 7])

    people = aggregate(item[:8], worker[:8], label[:8], method="dawid_skene_shrunk")
    counts = np.zeros((2, 2))
    for i, answer in enumerate(label[8:]):
        counts[:, answer] += people.posterior[i]
    pooled = counts + 20 * np.array([[0.75, 0.25], [0.25, 0.75]])
    drawn = counts + 4 * pooled / pooled.sum(axis=1, keepdims=True)
    expected = drawn / drawn.sum(axis=1, keepdims=True)
    assert found.confusion[2] == pytest.approx(expected)
    joint = people.posterior[3] * expected[:, 0]
    assert found.posterior[3] == pytest.approx(joint / joint.sum())


@pytest.mark.parametrize(
    ("group", "message"),
    [
        ([0], "one integer >= -1 for each of 2 workers, got 1"),
        ([0, -2], "one integer >= -1 for each of 2 workers, got 2, least -2"),
        ([0.0, 1.0], "group must hold integer codes"),
    ],
)
def test_aggregate_groups_refuses_groups_that_are_none(group, message):
    with pytest.raises(ValueError, match=message):
        aggregate_groups([0, 0], [0, 1], [0, 1], group=group)


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_aggregate_groups_returns_probabilities(data):
    n_items, n_workers, n_labels = (data.draw(st.integers(1, most)) for most in (5, 5, 3))
    cells = st.sampled_from([(i, w) for i in range(n_items) for w in range(n_workers)])
    item, worker = np.array(data.draw(st.lists(cells, min_size=1, unique=True))).T
    labels = st.integers(0, n_labels - 1)
    label = np.array(data.draw(st.lists(labels, min_size=len(item), max_size=len(item))))
    groups = st.lists(st.integers(-1, 1), min_size=n_workers, max_size=n_workers)
    sizes = {"n_items": n_items, "n_workers": n_workers, "n_labels": n_labels}

    found = aggregate_groups(item, worker, label, group=data.draw(groups), **sizes)

    assert found.posterior.sum(axis=1) == pytest.approx(np.ones(n_items))
    assert found.confusion.sum(axis=2) == pytest.approx(np.ones((n_workers, n_labels)))
    assert (np.diff(found.log_likelihood) >= -1e-9).all()
    assert ((found.labels >= 0) == (np.bincount(item, minlength=n_items) > 0)).all()
