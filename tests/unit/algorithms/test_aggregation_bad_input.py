"""What cannot be answered, for every method: an error that says why, or an answer that says so."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peritus.algorithms.aggregation import (
    Stream,
    aggregate,
    aggregate_groups,
    dawid_skene,
    expert_accuracy,
    item_difficulty,
    majority_vote,
    one_coin,
    weighted_vote,
)
from peritus.algorithms.agreement import pairwise_agreement

NAN = float("nan")


def groups_of_all(item, worker, label, **sizes):
    seen = [0 if np.isnan(code) else int(code) + 1 for code in worker]
    n_workers = sizes.get("n_workers", max(seen, default=0))
    return aggregate_groups(item, worker, label, group=np.full(n_workers, -1), **sizes)


def streamed(item, worker, label, **sizes):
    return Stream(aggregate(item, worker, label, method="dawid_skene", **sizes)).sweep()


def named(method):
    def fit(item, worker, label, **options):
        return aggregate(item, worker, label, method=method, **options)

    return fit


FITS = {
    "majority_vote": majority_vote,
    "weighted_vote": weighted_vote,
    "one_coin": one_coin,
    "dawid_skene": dawid_skene,
    "dawid_skene_shrunk": named("dawid_skene_shrunk"),
    "auto": named("auto"),
    "aggregate_groups": groups_of_all,
    "stream": streamed,
}
ESTIMATES = {"expert_accuracy": expert_accuracy, "pairwise_agreement": pairwise_agreement}
REFUSED = {
    "nothing": ([], [], [], "no judgments came"),
    "a pair twice": ([0, 0], [1, 1], [0, 1], "worker 1 judged item 0 more than once"),
    "an item below 0": ([0, -1], [0, 1], [0, 1], r"item codes must lie in 0\.\."),
    "a worker below 0": ([0, 1], [0, -1], [0, 1], r"worker codes must lie in 0\.\."),
    "a label below 0": ([0, 1], [0, 1], [0, -1], r"label codes must lie in 0\.\."),
    "a missing item": ([0, NAN], [0, 1], [0, 1], "item must hold integer codes, got float64"),
    "a missing worker": ([0, 1], [0, NAN], [0, 1], "worker must hold integer codes"),
    "a missing label": ([0, 1], [0, 1], [0, NAN], "label must hold integer codes"),
    "words": ([0, 1], [0, 1], ["a", "b"], "label must hold integer codes, got <U1"),
    "lengths": ([0, 1], [0, 1], [0], "one entry per judgment is wanted"),
    "a table": ([0], [0], [[1]], r"label must have shape \(n,\), got \(1, 1\)"),
}


@pytest.mark.parametrize("fit", [*FITS.values(), *ESTIMATES.values()], ids=[*FITS, *ESTIMATES])
@pytest.mark.parametrize(("item", "worker", "label", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_judgment_is_refused_with_what_was_wanted(fit, item, worker, label, message):
    with pytest.raises(ValueError, match=message):
        fit(item, worker, label)


@pytest.mark.parametrize("fit", FITS.values(), ids=FITS)
@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"n_items": 1}, r"item codes must lie in 0\.\.0, got 0\.\.1"),
        ({"n_workers": 2}, r"worker codes must lie in 0\.\.1, got 0\.\.2"),
        ({"n_labels": 3}, r"label codes must lie in 0\.\.2, got 0\.\.3"),
    ],
)
def test_codes_beyond_the_sizes_given_are_refused(fit, sizes, message):
    with pytest.raises(ValueError, match=message):
        fit([0, 1], [0, 2], [0, 3], **sizes)


@pytest.mark.parametrize("fit", FITS.values(), ids=FITS)
def test_nothing_judged_is_answered_with_equal_chances_when_sizes_are_given(fit):
    found = fit([], [], [], n_items=2, n_workers=1, n_labels=4)

    assert found.labels.tolist() == [-1, -1]
    assert found.posterior.tolist() == [[0.25] * 4] * 2
    assert found.prevalence.tolist() == [0.25] * 4
    assert found.part.tolist() == [-1]
    assert found.converged


@pytest.mark.parametrize("fit", FITS.values(), ids=FITS)
def test_one_judge_is_believed_and_said_to_be_unchecked(fit):
    found = fit([0, 1, 2, 3], [0, 0, 0, 0], [0, 0, 1, 1])

    assert found.labels.tolist() == [0, 0, 1, 1]
    assert found.part.tolist() == [0]


@pytest.mark.parametrize("fit", FITS.values(), ids=FITS)
def test_one_class_leaves_no_doubt_and_no_likelihood(fit):
    found = fit([0, 0, 1], [0, 1, 0], [0, 0, 0])

    assert found.labels.tolist() == [0, 0]
    assert found.posterior.tolist() == [[1], [1]]
    assert found.log_likelihood.tolist() == [0] * len(found.log_likelihood)


@pytest.mark.parametrize("fit", FITS.values(), ids=FITS)
def test_a_class_that_nobody_chose_is_not_believed_in(fit):
    found = fit([0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1], [0, 0, 1, 1, 0, 0], n_labels=3)

    assert found.labels.tolist() == [0, 1, 0]
    assert found.posterior[:, 2].max() < 0.1


@pytest.mark.parametrize("fit", FITS.values(), ids=FITS)
def test_groups_of_judges_that_never_meet_are_numbered(fit):
    found = fit([0, 0, 1, 1, 2, 2], [3, 1, 1, 0, 4, 2], [0, 0, 1, 1, 1, 1], n_workers=6)

    # Worker 3 meets 0 through 1; 2 and 4 meet nobody else; 5 judged nothing.
    assert found.part.tolist() == [0, 0, 1, 0, 1, -1]
    assert found.posterior.sum(axis=1) == pytest.approx(np.ones(3))


@pytest.mark.parametrize(
    ("gold", "message"),
    [
        (([0, 0], [0, 1]), "an item has one gold answer: pass each gold item once"),
        (([2], [0]), r"gold item codes must lie in 0\.\.1, got 2"),
        (([-1], [0]), r"gold item codes must lie in 0\.\.1, got -1"),
        (([0], [2]), r"gold label codes must lie in 0\.\.1, got 2"),
        (([0], [NAN]), "gold label must hold integer codes"),
        (([0], [0, 1]), "one entry per judgment is wanted"),
    ],
)
@pytest.mark.parametrize(
    "fit",
    [named("majority"), named("dawid_skene_shrunk"), aggregate, expert_accuracy],
    ids=["majority", "dawid_skene_shrunk", "auto", "expert_accuracy"],
)
def test_gold_that_contradicts_itself_or_its_sizes_is_refused(fit, gold, message):
    with pytest.raises(ValueError, match=message):
        fit([0, 1, 1], [0, 0, 1], [0, 1, 1], gold=gold)


@pytest.mark.parametrize("method", ["majority", "weighted_vote", "one_coin", "dawid_skene"])
def test_gold_that_everybody_contradicts_is_no_error_and_lowers_what_they_are_believed(method):
    item, worker = np.indices((30, 3)).reshape(2, -1)
    label = np.zeros(90, dtype=int)
    label[item >= 15] = 1
    gold = (np.arange(0, 30, 2), 1 - label.reshape(30, 3)[::2, 0])

    blind = expert_accuracy(item, worker, label)
    told = expert_accuracy(item, worker, label, gold=gold)

    assert aggregate(item, worker, label, method=method, gold=gold).labels.min() >= 0
    assert (told.accuracy < blind.accuracy - 0.4).all()
    assert told.high.max() <= 0.5


def test_a_judge_who_gives_one_answer_is_as_good_as_chance_where_classes_are_even():
    item, worker = np.indices((40, 4)).reshape(2, -1)
    label = np.where(worker == 3, 0, item % 2)

    found = expert_accuracy(item, worker, label)

    assert found.accuracy[3] == pytest.approx(0.5, abs=0.05)
    assert found.accuracy[:3].min() > 0.9
    assert item_difficulty(item, worker, label == item % 2).skill[3] < -1


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_parts_are_those_that_a_walk_reaches(data):
    n_items, n_workers = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 6))
    cells = st.sampled_from([(i, w) for i in range(n_items) for w in range(n_workers)])
    pairs = data.draw(st.lists(cells, min_size=1, unique=True))
    item, worker = np.array(pairs).T

    part = majority_vote(item, worker, np.zeros(len(item), dtype=int), n_workers=n_workers).part

    reached = {w: {w} for w in set(worker.tolist())}
    for _ in pairs:
        for i, w in pairs:
            for j, v in pairs:
                if i == j:
                    reached[w] |= reached[v]
    for w in range(n_workers):
        same = {v for v in range(n_workers) if part[v] == part[w] >= 0}
        assert same == reached.get(w, set())
    numbers = [p for p in part.tolist() if p >= 0]
    assert list(dict.fromkeys(numbers)) == list(range(len(set(numbers))))
