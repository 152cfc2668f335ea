"""Judgments that arrive one by one: the batch is the oracle of every sweep."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peritus.algorithms.aggregation import Stream, aggregate, majority_vote
from peritus.algorithms.aggregation.rows import Rows, lengthened

SWEPT = ["dawid_skene_shrunk", "dawid_skene", "one_coin"]


def nothing(n_labels):
    return majority_vote([], [], [], n_items=0, n_workers=0, n_labels=n_labels)


def simulated(*, accuracies, n_items, seed=7):
    """Judge every item by workers of known accuracy, two labels, in no order."""
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, 2, n_items)
    right = generator.random((n_items, len(accuracies))) < np.array(accuracies)
    label = np.where(right, truth[:, None], 1 - truth[:, None])
    item, worker = np.indices(label.shape).reshape(2, -1)
    order = generator.permutation(label.size)
    return (item[order], worker[order], label.ravel()[order]), truth


@st.composite
def arrivals(draw):
    n_items, n_workers, n_labels = (draw(st.integers(1, most)) for most in (5, 4, 3))
    cells = [(i, w) for i in range(n_items) for w in range(n_workers)]
    chosen = draw(st.lists(st.sampled_from(cells), min_size=1, unique=True))
    labels = st.integers(0, n_labels - 1)
    given_labels = draw(st.lists(labels, min_size=len(chosen), max_size=len(chosen)))
    return [(*cell, label) for cell, label in zip(chosen, given_labels, strict=True)], n_labels


def same(one, other):
    assert one.method == other.method
    assert one.labels.tolist() == other.labels.tolist()
    assert one.posterior == pytest.approx(other.posterior, abs=1e-9)
    assert one.confusion == pytest.approx(other.confusion, abs=1e-9)
    assert one.log_likelihood == pytest.approx(other.log_likelihood, rel=1e-9)
    assert one.converged == other.converged


@settings(max_examples=25, deadline=None)
@given(arrivals(), st.sampled_from(SWEPT), st.data())
def test_sweep_says_what_the_batch_says_whatever_the_order_and_the_beginning(case, method, data):
    judgments, n_labels = case
    batch = aggregate(*np.array(judgments).T, method=method, n_labels=n_labels)
    order = data.draw(st.permutations(judgments))
    known = data.draw(st.integers(0, len(order)))
    sizes = {"n_items": batch.judgments.n_items, "n_workers": batch.judgments.n_workers}
    first = np.array(order[:known], dtype=int).reshape(-1, 3).T
    stream = Stream(aggregate(*first, method=method, n_labels=n_labels, **sizes))

    for judgment in order[known:]:
        stream.add(*judgment)

    assert len(stream) == len(judgments)
    # Judgments in another order are summed in another order: ties may round apart.
    swept = stream.sweep()
    assert swept.log_likelihood[-1] == pytest.approx(batch.log_likelihood[-1], rel=1e-6, abs=1e-9)
    assert swept.posterior == pytest.approx(batch.posterior, abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(arrivals(), st.sampled_from(SWEPT))
def test_add_keeps_beliefs_that_sum_to_one_and_counts_that_are_their_sums(case, method):
    judgments, n_labels = case
    start = aggregate([], [], [], method=method, n_items=0, n_workers=0, n_labels=n_labels)
    stream = Stream(start)

    for n, judgment in enumerate(judgments, start=1):
        belief = stream.add(*judgment)

        now = stream.consensus
        assert belief.sum() == pytest.approx(1)
        assert now.posterior[judgment[0]].tolist() == belief.tolist()
        assert now.posterior.sum(axis=1) == pytest.approx(np.ones(len(now.labels)))
        assert now.confusion.sum(axis=2) == pytest.approx(np.ones(now.confusion.shape[:2]))
        assert now.prevalence.sum() == pytest.approx(1)
        assert len(now.judgments) == n
    counts = np.zeros((now.judgments.n_workers, n_labels, n_labels))
    for i, w, g in judgments:
        counts[w, g] += now.posterior[i]
    assert stream._counts[: len(counts)] == pytest.approx(counts)


def test_add_moves_the_touched_item_and_its_experts_and_nothing_else():
    codes, _ = simulated(accuracies=[0.9, 0.8, 0.7, 0.6], n_items=30)
    known = (codes[0] != 3) | (codes[1] != 2)
    start = aggregate(*(code[known] for code in codes), method="dawid_skene_shrunk")
    stream = Stream(start)
    before = stream.consensus

    stream.add(3, 2, 1)

    after = stream.consensus
    touched = np.arange(30) == 3
    assert after.posterior[~touched].tolist() == before.posterior[~touched].tolist()
    assert after.posterior[3, 1] > before.posterior[3, 1]
    assert (after.confusion[2] != before.confusion[2]).any()
    assert not after.converged
    assert after.log_likelihood.tolist() == []


def test_add_weighs_a_vote_by_what_its_expert_is_known_for():
    codes, _ = simulated(accuracies=[0.95, 0.9, 0.85, 0.55], n_items=300)
    stream = Stream(aggregate(*codes, method="dawid_skene_shrunk", n_items=302))

    sure, unsure = stream.add(300, 0, 1), stream.add(301, 3, 1)

    confusion, prevalence = stream.consensus.confusion, stream.consensus.prevalence
    # Bayes' rule by hand, with what one more item moves left aside.
    expected = [prevalence * confusion[w, :, 1] for w in (0, 3)]
    assert sure == pytest.approx(expected[0] / expected[0].sum(), abs=0.01)
    assert unsure == pytest.approx(expected[1] / expected[1].sum(), abs=0.01)
    assert sure[1] > unsure[1] + 0.2


def test_a_stream_from_nothing_learns_who_is_reliable_before_any_sweep():
    codes, truth = simulated(accuracies=[0.95, 0.9, 0.55, 0.55, 0.55], n_items=300)
    stream = Stream(nothing(2))

    for judgment in zip(*codes, strict=True):
        stream.add(*judgment)

    live, voted = stream.consensus, majority_vote(*codes)
    assert (live.labels == truth).mean() > (voted.labels == truth).mean() + 0.05
    assert live.method == "dawid_skene_shrunk"


@pytest.mark.parametrize("method", SWEPT)
def test_sweep_fits_the_method_that_the_consensus_stands_for(method):
    codes, _ = simulated(accuracies=[0.9, 0.8, 0.6], n_items=40)
    half = 60
    stream = Stream(aggregate(*(code[:half] for code in codes), method=method))

    for judgment in zip(*(code[half:] for code in codes), strict=True):
        stream.add(*judgment)

    same(stream.sweep(), aggregate(*codes, method=method))


@pytest.mark.parametrize("method", ["majority", "weighted_vote"])
def test_sweep_is_shrunk_dawid_skene_where_a_consensus_has_no_matrices(method):
    codes, _ = simulated(accuracies=[0.9, 0.8, 0.6], n_items=40)

    stream = Stream(aggregate(*codes, method=method))

    same(stream.sweep(), aggregate(*codes, method="dawid_skene_shrunk"))


def test_a_stream_goes_on_from_its_sweep():
    codes, _ = simulated(accuracies=[0.9, 0.8, 0.6], n_items=40)
    stream = Stream(nothing(2))
    for judgment in zip(*codes, strict=True):
        stream.add(*judgment)

    swept = stream.sweep()
    now = stream.consensus

    assert now.posterior.tolist() == swept.posterior.tolist()
    # The fit's matrices are a step behind its beliefs, by what it takes for settled.
    assert now.confusion == pytest.approx(swept.confusion, abs=1e-3)
    assert stream.add(40, 0, 1).sum() == pytest.approx(1)
    assert stream.consensus.labels.tolist() == [*swept.labels.tolist(), 1]


def test_items_between_the_codes_that_came_have_no_label_and_the_prevalence():
    stream = Stream(nothing(2))

    stream.add(2, 5, 1)

    now = stream.consensus
    assert now.labels.tolist() == [-1, -1, 1]
    assert now.posterior[0].tolist() == now.prevalence.tolist()
    assert now.confusion.shape == (6, 2, 2)


@pytest.mark.parametrize(
    ("judgment", "message"),
    [
        ((0, 0, 1), "worker 0 judged item 0 more than once"),
        ((0, 1, 2), r"label codes must lie in 0\.\.1, got 2"),
        ((0, 1, -1), r"label codes must lie in 0\.\.1, got -1"),
        ((-1, 1, 0), r"item codes must lie in 0\.\.99999999, got -1"),
        ((0, 10**12, 0), "worker codes must lie in"),
        ((0.5, 1, 0), r"item must be a whole number, got 0\.5"),
        ((0, 1, float("nan")), "label must be a whole number, got nan"),
        ((0, "1", 0), "worker must be a whole number, got '1'"),
    ],
)
def test_add_refuses_what_is_no_judgment_and_changes_nothing(judgment, message):
    stream = Stream(aggregate([0, 0], [0, 2], [1, 1], method="dawid_skene_shrunk"))
    before = stream.consensus

    with pytest.raises(ValueError, match=message):
        stream.add(*judgment)

    after = stream.consensus
    assert len(stream) == 2
    assert after.posterior.tolist() == before.posterior.tolist()
    assert after.confusion.tolist() == before.confusion.tolist()


def test_a_judgment_that_was_refused_may_come_again_corrected():
    stream = Stream(nothing(2))
    with pytest.raises(ValueError, match="label codes"):
        stream.add(0, 0, 2)

    stream.add(0, 0, 1)

    assert stream.consensus.labels.tolist() == [1]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 99))), st.integers(0, 20))
def test_rows_hold_what_was_appended_in_order(pairs, known):
    row, code = np.array(pairs[:known], dtype=np.int64).reshape(-1, 2).T
    rows = Rows(row, code, 3 if not len(row) else int(row.max()) + 1)
    expected = {}
    for r, c in pairs:
        expected.setdefault(r, []).append(c)

    for r, c in pairs[known:]:
        rows.append(r, c)

    assert {r: rows[r].tolist() for r in expected} == expected


def test_lengthened_doubles_and_keeps_what_is_there():
    array = np.array([[1, 2], [3, 4], [5, 6]])

    assert lengthened(array, 3) is array
    longer = lengthened(array, 4)
    assert longer.tolist() == [[1, 2], [3, 4], [5, 6], [0, 0], [0, 0], [0, 0]]
    assert lengthened(array, 9).shape == (9, 2)
