"""Consensus labels: hand-made cases, invariants, recorded judgments with gold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peritus.algorithms.aggregation import (
    aggregate,
    dawid_skene,
    majority_vote,
    one_coin,
    weighted_vote,
)

# Accuracy in percent on gold: majority, Dawid-Skene as crowd-kit 1.4.2 stops it, and
# the iterations after which it stops (measured with its defaults on the same judgments).
PUBLISHED = [
    ("bluebird", 75.9, 88.9, 2),
    ("cf_amt", 84.7, 84.0, 2),
    ("dices350", 65.1, 59.1, 2),
    ("dog", 81.8, 84.3, 14),
    ("face", 63.0, 64.0, 40),
    ("mozafari", 69.6, 70.9, 3),
    ("ms", 71.0, 76.9, 34),
    ("rte", 91.9, 92.8, 9),
    ("snow_temp", 93.9, 94.2, 6),
    ("sp_amt", 94.4, 94.4, 5),
    ("web", 77.6, 82.9, 37),
]
# Sets on which the iteration run to its end agrees with the early stop to 0.1 points.
SETTLED = [row for row in PUBLISHED if row[0] in {"dog", "face", "rte", "snow_temp", "web"}]


@st.composite
def judgments(draw):
    n_items, n_workers, n_labels = (draw(st.integers(1, most)) for most in (8, 5, 4))
    cells = [(i, w) for i in range(n_items) for w in range(n_workers)]
    chosen = draw(st.lists(st.sampled_from(cells), min_size=1, unique=True))
    labels = draw(
        st.lists(st.integers(0, n_labels - 1), min_size=len(chosen), max_size=len(chosen))
    )
    item, worker = np.array(chosen).T
    sizes = {"n_items": n_items, "n_workers": n_workers, "n_labels": n_labels}
    return (item, worker, np.array(labels)), sizes


def simulated(*, accuracies, n_items=400, seed=7):
    """Judge every item by workers of known accuracy, two labels."""
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, 2, n_items)
    right = generator.random((n_items, len(accuracies))) < np.array(accuracies)
    given_labels = np.where(right, truth[:, None], 1 - truth[:, None])
    item, worker = np.indices(given_labels.shape).reshape(2, -1)
    return (item, worker, given_labels.ravel()), truth


def exact_log_likelihood(codes, consensus):
    """Evaluate the model by its definition, judgment by judgment."""
    joint = np.tile(consensus.prevalence, (len(consensus.labels), 1))
    for i, w, g in zip(*codes, strict=True):
        joint[i] *= consensus.confusion[w, :, g]
    judged = np.unique(codes[0])
    return np.log(joint[judged].sum(axis=1)).sum()


def accuracy(labels, gold):
    known = gold >= 0
    return 100 * (labels[known] == gold[known]).mean()


def test_majority_vote_takes_the_most_votes_and_the_lowest_code_on_a_tie():
    item, worker, label = [0, 0, 0, 1, 1], [0, 1, 2, 0, 1], [2, 2, 1, 2, 1]

    consensus = majority_vote(item, worker, label)

    assert consensus.labels.tolist() == [2, 1]
    assert consensus.posterior.tolist() == [[0, 1 / 3, 2 / 3], [0, 0.5, 0.5]]
    assert consensus.confusion is None
    assert consensus.log_likelihood.tolist() == []
    assert (consensus.converged, consensus.method) == (True, "majority")


@pytest.mark.parametrize("method", ["majority", "dawid_skene", "dawid_skene_shrunk"])
def test_aggregate_gives_minus_one_and_the_prevalence_to_an_item_without_judgments(method):
    consensus = aggregate([0, 0, 2], [0, 1, 0], [1, 1, 0], method=method, n_items=4)

    assert consensus.labels[[1, 3]].tolist() == [-1, -1]
    assert consensus.posterior[1].tolist() == consensus.prevalence.tolist()
    assert consensus.prevalence.sum() == pytest.approx(1)


def test_dawid_skene_answers_an_empty_input_when_sizes_are_given():
    consensus = dawid_skene([], [], [], n_items=2, n_workers=1, n_labels=2)

    assert consensus.labels.tolist() == [-1, -1]
    assert consensus.posterior.tolist() == [[0.5, 0.5], [0.5, 0.5]]
    assert consensus.confusion.tolist() == [[[0.5, 0.5], [0.5, 0.5]]]
    assert consensus.converged


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        (([], [], []), "no judgments came"),
        (([0, 0], [1, 1], [0, 1]), "worker 1 judged item 0 more than once"),
        (([0, -1], [0, 1], [0, 1]), "item codes must lie in"),
        (([0, 1], [0, 1], [0]), "one entry per judgment"),
        (([0.5], [0], [0]), "item must hold integer codes"),
        (([0], [0], [float("nan")]), "label must hold integer codes"),
        (([[0]], [0], [0]), "item must have shape"),
    ],
)
@pytest.mark.parametrize("method", [majority_vote, weighted_vote, one_coin, dawid_skene, aggregate])
def test_aggregation_refuses_codes_that_are_none(method, codes, message):
    with pytest.raises(ValueError, match=message):
        method(*codes)


def test_majority_vote_refuses_a_label_beyond_the_size_given():
    with pytest.raises(ValueError, match=r"label codes must lie in 0\.\.1, got 2\.\.2"):
        majority_vote([0], [0], [2], n_labels=2)


def test_dawid_skene_refuses_to_run_no_iteration():
    with pytest.raises(ValueError, match="at least one iteration"):
        dawid_skene([0], [0], [0], iterations=0)


def test_dawid_skene_finds_who_is_reliable_and_who_says_the_opposite():
    codes, truth = simulated(accuracies=[0.9, 0.85, 0.8, 0.15])

    consensus = dawid_skene(*codes)

    assert (consensus.labels == truth).mean() > (majority_vote(*codes).labels == truth).mean()
    diagonal = consensus.confusion.diagonal(axis1=1, axis2=2).mean(axis=1)
    # 400 items of which the label is nearly known: three standard errors are 0.05.
    assert diagonal == pytest.approx([0.9, 0.85, 0.8, 0.15], abs=0.06)


def test_dawid_skene_says_that_it_has_not_converged_when_iterations_run_out():
    codes, _ = simulated(accuracies=[0.7, 0.7, 0.6])

    consensus = dawid_skene(*codes, iterations=3, tolerance=-1)

    assert not consensus.converged
    assert len(consensus.log_likelihood) == 3


def test_dawid_skene_stays_finite_when_products_underflow():
    codes, truth = simulated(accuracies=[0.6] * 1_500, n_items=40)

    consensus = dawid_skene(*codes)

    assert consensus.labels.tolist() == truth.tolist()
    assert np.isfinite(consensus.log_likelihood).all()


@settings(max_examples=20, deadline=None)
@given(judgments(), st.sampled_from(["dawid_skene", "dawid_skene_shrunk", "one_coin"]))
def test_aggregate_returns_probabilities_and_an_objective_that_never_falls(case, method):
    codes, sizes = case

    consensus = aggregate(*codes, method=method, **sizes)

    assert consensus.posterior.sum(axis=1) == pytest.approx(np.ones(sizes["n_items"]))
    assert consensus.confusion.sum(axis=2) == pytest.approx(
        np.ones((sizes["n_workers"], sizes["n_labels"]))
    )
    assert (np.diff(consensus.log_likelihood) >= -1e-9).all()


@settings(max_examples=20, deadline=None)
@given(judgments(), st.booleans())
def test_dawid_skene_reports_the_likelihood_of_what_it_returns(case, compat):
    codes, sizes = case

    consensus = dawid_skene(*codes, iterations=5, compat=compat, **sizes)

    assert consensus.log_likelihood[-1] == pytest.approx(exact_log_likelihood(codes, consensus))


@settings(max_examples=15, deadline=None)
@given(judgments(), st.randoms(use_true_random=False))
def test_dawid_skene_does_not_depend_on_the_order_of_judgments(case, random):
    codes, sizes = case
    order = list(range(len(codes[0])))
    random.shuffle(order)

    one = dawid_skene(*codes, iterations=4, **sizes)
    other = dawid_skene(*(code[order] for code in codes), iterations=4, **sizes)

    assert other.posterior == pytest.approx(one.posterior, abs=1e-9)


def test_dawid_skene_compat_clips_only_labels_that_a_worker_used():
    item, worker, label = [0, 1, 2, 0, 1, 2], [0, 0, 0, 1, 1, 1], [0, 1, 2, 0, 1, 1]

    confusion = dawid_skene(item, worker, label, compat=True, tolerance=-1).confusion

    assert (confusion[0] > 0).all()
    assert (confusion[1, :, :2] > 0).all()
    assert confusion[1, :, 2].tolist() == [0, 0, 0]


def test_aggregate_shrinks_a_worker_with_few_judgments_towards_the_others():
    codes, _ = simulated(accuracies=[0.9, 0.9, 0.9])
    item, worker, label = codes
    one_more = (np.append(item, 0), np.append(worker, 3), np.append(label, 1 - label[0]))

    plain = aggregate(*one_more, method="dawid_skene").confusion[3]
    shrunk = aggregate(*one_more, method="dawid_skene_shrunk").confusion[3]

    assert plain.max() > 0.99
    # One contrary judgment against four of the pooled matrix: near 4/5 of 0.9.
    assert shrunk[label[0], label[0]] == pytest.approx(0.72, abs=0.04)


@pytest.mark.parametrize(("workers", "method"), [(2, "majority"), (3, "dawid_skene_shrunk")])
def test_aggregate_auto_shrinks_from_three_judgments_an_item_on(workers, method):
    codes, _ = simulated(accuracies=[0.8] * workers, n_items=30)

    assert aggregate(*codes).method == method
    assert aggregate(*codes, gold=([], [])).method == method


def parted_methods():
    codes, _ = simulated(accuracies=[0.95, 0.55, 0.55, 0.55, 0.55])
    voted = majority_vote(*codes).labels
    learnt = aggregate(*codes, method="dawid_skene_shrunk").labels
    return codes, voted, learnt, np.flatnonzero(voted != learnt)


def test_aggregate_auto_becomes_a_choice_where_gold_is_clear():
    codes, voted, learnt, parted = parted_methods()

    for_vote = aggregate(*codes, gold=(parted, voted[parted]))
    for_model = aggregate(*codes, gold=(parted, learnt[parted]))

    assert len(parted) > 20
    assert for_vote.weights["majority"] > 0.999
    assert for_vote.labels.tolist() == voted.tolist()
    assert for_model.weights["dawid_skene_shrunk"] + for_model.weights["dawid_skene"] > 0.99
    # Not equal to the fit without gold: that gold has taught what is mixed.
    assert (for_model.labels == learnt).mean() > 0.95


def test_aggregate_auto_mixes_what_gold_cannot_tell_apart():
    codes, voted, learnt, _ = parted_methods()
    weighed = weighted_vote(*codes).labels
    agreed = np.flatnonzero((voted == learnt) & (voted == weighed))[:10]

    mixed = aggregate(*codes, gold=(agreed, voted[agreed]))

    assert mixed.method == "mixture"
    # Nearly equal methods count as one: both Dawid-Skenes begin at half of the others.
    assert mixed.weights == pytest.approx(
        {
            "dawid_skene_shrunk": 1 / 6,
            "majority": 1 / 3,
            "dawid_skene": 1 / 6,
            "weighted_vote": 1 / 3,
        }
    )
    assert mixed.posterior.sum(axis=1) == pytest.approx(np.ones(400))
    assert mixed.confusion is None


def test_aggregate_weighs_each_hit_on_gold_by_the_same_factor():
    codes, voted, _, parted = parted_methods()
    one, two = parted[:1], parted[:2]

    def odds(items):
        weights = aggregate(*codes, gold=(items, voted[items])).weights
        return weights["majority"] / weights["dawid_skene_shrunk"]

    assert odds(one) == pytest.approx(2 * np.exp(0.8))
    assert odds(two) == pytest.approx(2 * np.exp(1.6))


@pytest.mark.parametrize(("workers", "method"), [(2, "majority"), (3, "dawid_skene_shrunk")])
def test_aggregate_auto_learns_nothing_from_gold_that_nobody_judged(workers, method):
    codes, _ = simulated(accuracies=[0.8] * workers, n_items=30)

    consensus = aggregate(*codes, gold=([30], [1]), n_items=31)

    assert consensus.method == method
    assert consensus.labels[30] == -1


@pytest.mark.parametrize(
    "method", ["one_coin", "dawid_skene", "dawid_skene_shrunk", "weighted_vote"]
)
def test_aggregate_learns_from_gold_who_errs_alike(method):
    generator = np.random.default_rng(5)
    truth = generator.integers(0, 2, 300)
    # Three copy one source that is wrong on a third; two are independent and mostly right.
    copied = np.where(generator.random(300) < 2 / 3, truth, 1 - truth)
    independent = [np.where(generator.random(300) < 0.9, truth, 1 - truth) for _ in range(2)]
    label = np.stack([copied, copied, copied, *independent], axis=1)
    item, worker = np.indices(label.shape).reshape(2, -1)
    gold = np.arange(100)

    blind = aggregate(item, worker, label.ravel(), method=method)
    told = aggregate(item, worker, label.ravel(), method=method, gold=(gold, truth[gold]))

    rest = slice(100, None)
    assert (told.labels[rest] == truth[rest]).mean() >= (blind.labels[rest] == truth[rest]).mean()
    if method != "weighted_vote":
        assert blind.confusion[0].diagonal().min() > 0.99
        assert told.confusion[0].diagonal().max() < 0.93


@pytest.mark.parametrize("method", ["majority", "weighted_vote", "one_coin", "dawid_skene", "auto"])
def test_aggregate_holds_gold_only_where_clamp_is_set(method):
    item, worker = np.indices((20, 5)).reshape(2, -1)
    label = (item < 10).astype(int)
    options = {"method": method, "gold": ([0, 20], [0, 1]), "n_items": 21}

    told = aggregate(item, worker, label, **options)
    held = aggregate(item, worker, label, clamp=True, **options)

    assert told.labels[[0, 20]].tolist() == [1, -1]
    assert held.labels[[0, 20]].tolist() == [0, 1]
    assert held.posterior[[0, 20]].tolist() == [[1, 0], [0, 1]]
    assert held.labels[1:20].tolist() == told.labels[1:20].tolist()


def test_aggregate_lets_judgments_overrule_gold():
    item, worker = np.indices((20, 5)).reshape(2, -1)
    label = (item < 10).astype(int)

    consensus = aggregate(item, worker, label, method="dawid_skene", gold=([0], [0]))

    assert consensus.labels[0] == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "mean"}, "method must be"),
        ({"method": "mixture"}, "a mixture is weighed by gold"),
        ({"method": "mixture", "gold": ([], [])}, "a mixture is weighed by gold"),
        ({"clamp": True}, "pass gold"),
        ({"gold": ([0], [float("nan")])}, "must hold integer codes"),
        ({"gold": ([0, 0], [1, 1])}, "one gold answer"),
        ({"gold": ([9], [1])}, "gold item codes"),
        ({"gold": ([0], [9])}, "gold label codes"),
        ({"gold": ([0, 1], [1])}, "one entry"),
    ],
)
def test_aggregate_refuses_unknown_methods_and_gold(options, message):
    with pytest.raises(ValueError, match=message):
        aggregate([0, 1], [0, 0], [0, 1], **options)


METHODS = ["majority", "weighted_vote", "one_coin", "dawid_skene", "dawid_skene_shrunk", "mixture"]


@settings(max_examples=40, deadline=None)
@given(judgments(), st.sampled_from(METHODS), st.data())
def test_aggregate_gives_chances_and_the_most_likely_label_whatever_gold_says(case, method, data):
    codes, sizes = case
    judged = sorted(set(codes[0].tolist()))
    items = data.draw(st.lists(st.sampled_from(judged), min_size=1, unique=True))
    known = [data.draw(st.integers(0, sizes["n_labels"] - 1)) for _ in items]

    consensus = aggregate(*codes, method=method, gold=(items, known), **sizes)

    assert consensus.method == method
    assert consensus.posterior.sum(axis=1) == pytest.approx(np.ones(sizes["n_items"]))
    assert (consensus.posterior >= 0).all()
    assert consensus.labels[judged].tolist() == consensus.posterior[judged].argmax(axis=1).tolist()
    assert consensus.prevalence.sum() == pytest.approx(1)
    assert (np.diff(consensus.log_likelihood) >= -1e-9).all()


@pytest.mark.parametrize("method", METHODS)
def test_aggregate_answers_one_judge_one_class_and_groups_that_never_meet(method):
    gold = {"gold": ([0], [0])} if method == "mixture" else {}
    one_judge = aggregate([0, 1, 2, 3], [0, 0, 0, 0], [0, 0, 1, 1], method=method, **gold)
    one_class = aggregate([0, 0, 1], [0, 1, 0], [0, 0, 0], method=method, **gold)
    apart = aggregate([0, 0, 1, 1], [0, 1, 2, 3], [0, 0, 1, 1], method=method, **gold)

    assert one_judge.labels.tolist() == [0, 0, 1, 1]
    assert one_class.labels.tolist() == [0, 0]
    assert one_class.posterior == pytest.approx(np.ones((2, 1)))
    if method == "dawid_skene":
        # Two who meet nobody else fit either label equally well: nothing can be known.
        assert apart.posterior[1].max() < 0.6
    else:
        assert apart.labels.tolist() == [0, 1]


@pytest.mark.parametrize("method", ["one_coin", "dawid_skene", "dawid_skene_shrunk"])
def test_a_judge_who_gives_one_answer_weighs_nothing_for_it(method):
    codes, _ = simulated(accuracies=[0.9, 0.85, 0.8], n_items=100)
    stuck = (np.arange(100), np.full(100, 3), np.zeros(100, dtype=int))
    joined = [np.append(one, other) for one, other in zip(codes, stuck, strict=True)]

    alone, beside = (aggregate(*each, method=method) for each in (codes, joined))

    assert (alone.labels == beside.labels).mean() > 0.95
    assert abs(np.log(beside.confusion[3, 0, 0] / beside.confusion[3, 1, 0])) < 0.6


def test_weighted_vote_follows_who_agrees_beyond_chance():
    codes, truth = simulated(accuracies=[0.95, 0.9, 0.5, 0.5, 0.5])

    voted, weighed = majority_vote(*codes), weighted_vote(*codes)

    assert (weighed.labels == truth).mean() > (voted.labels == truth).mean() + 0.05
    assert weighed.converged
    assert (weighed.confusion, weighed.method) == (None, "weighted_vote")


def test_weighted_vote_counts_votes_alike_where_nobody_agrees_beyond_chance():
    # Everybody opposes everybody on every item: agreement is chance, weights are equal.
    item, worker = np.indices((50, 2)).reshape(2, -1)

    consensus = weighted_vote(item, worker, worker, n_labels=2)

    assert consensus.posterior == pytest.approx(np.full((50, 2), 0.5))


def test_one_coin_learns_one_share_for_each_worker():
    codes, truth = simulated(accuracies=[0.9, 0.8, 0.6])

    consensus = one_coin(*codes)

    assert (consensus.labels == truth).mean() > 0.85
    assert consensus.method == "one_coin"
    diagonal = consensus.confusion.diagonal(axis1=1, axis2=2)
    assert diagonal[:, 0] == pytest.approx(diagonal[:, 1])
    assert diagonal[:, 0] == pytest.approx([0.9, 0.8, 0.6], abs=0.06)
    assert consensus.log_likelihood[-1] == pytest.approx(exact_log_likelihood(codes, consensus))


def test_one_coin_spreads_errors_over_the_other_labels_alike():
    codes, _ = simulated(accuracies=[0.9, 0.8, 0.7])

    confusion = one_coin(*codes, n_labels=4, n_workers=4).confusion

    assert confusion.sum(axis=2) == pytest.approx(np.ones((4, 4)))
    assert confusion[0, 0, 1] == confusion[0, 0, 3] == confusion[0, 2, 1]
    assert confusion[3].tolist() == np.full((4, 4), 0.25).tolist()


@pytest.mark.parametrize(("name", "voted", "learnt", "iterations"), PUBLISHED)
def test_accuracy_equals_the_published_table(recorded, name, voted, learnt, iterations):
    *codes, gold = recorded(name)

    vote = majority_vote(*codes)
    stopped = dawid_skene(*codes, iterations=iterations, tolerance=-1, compat=True)

    assert accuracy(vote.labels, gold) == pytest.approx(voted, abs=0.1)
    assert accuracy(stopped.labels, gold) == pytest.approx(learnt, abs=0.1)


@pytest.mark.parametrize(
    ("name", "published"), [("dog", 83.0), ("rte", 92.5), ("bluebird", 58.3), ("ms", 79.3)]
)
def test_one_coin_is_as_accurate_as_published(recorded, name, published):
    *codes, gold = recorded(name)

    assert accuracy(one_coin(*codes).labels, gold) == pytest.approx(published, abs=0.1)


@pytest.mark.parametrize(("name", "_voted", "learnt", "_iterations"), SETTLED)
def test_accuracy_holds_when_the_iteration_runs_to_its_end(
    recorded, name, _voted, learnt, _iterations
):
    *codes, gold = recorded(name)

    consensus = dawid_skene(*codes)

    assert consensus.converged
    assert accuracy(consensus.labels, gold) == pytest.approx(learnt, abs=0.1)
