"""Expectation and maximisation taken judgment by judgment, as their papers write them."""

from __future__ import annotations

import numpy as np
import pytest

from peritus.algorithms._codes import CodedJudgments
from peritus.algorithms.aggregation import aggregate, dawid_skene, one_coin
from peritus.algorithms.aggregation.confusion import Likelihood, Shrunk, modest_matrix
from peritus.algorithms.aggregation.expectation import expectation_maximisation
from peritus.algorithms.aggregation.methods import Fits, shrunk_model
from peritus.algorithms.aggregation.mixture import mixed, mixture

ITEMS, WORKERS, LABELS = 14, 5, 3


def judged(seed=2):
    """Draw judgments with gaps; item 0 has two, item 1 one, the last none."""
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, LABELS, ITEMS)
    pairs = [
        (i, w)
        for i in range(ITEMS - 1)
        for w in range(WORKERS)
        if (w < 2 - i if i < 2 else generator.random() < 0.8)
    ]
    item, worker = np.array(pairs).T
    wrong = generator.integers(0, LABELS, len(item))
    label = np.where(generator.random(len(item)) < 0.7, truth[item], wrong)
    return CodedJudgments(item, worker, label, ITEMS, WORKERS, LABELS)


class Definition:
    """One iteration at a time, from the vote shares on; counts are (worker, true, given)."""

    def __init__(self, judgments, matrices, held=None):
        self.rows = list(zip(judgments.item, judgments.worker, judgments.label, strict=True))
        self.judgments, self.matrices_of, self.held = judgments, matrices, held or {}
        self.judged = sorted({int(i) for i, _, _ in self.rows})
        self.posterior = np.zeros((judgments.n_items, LABELS))
        for i, _, g in self.rows:
            self.posterior[i, g] += 1
        self.posterior[self.judged] /= self.posterior[self.judged].sum(axis=1, keepdims=True)
        for i, label in self.held.items():
            self.posterior[i] = np.eye(LABELS)[label]
        self.fit()

    def fit(self):
        counts = np.zeros((self.judgments.n_workers, LABELS, LABELS))
        for i, w, g in self.rows:
            counts[w, :, g] += self.posterior[i]
        self.matrices = self.matrices_of(counts)
        self.prevalence = self.posterior[self.judged].mean(axis=0)

    def weigh(self):
        """Weigh all items by the matrices; return the log-likelihood."""
        nats = 0.0
        for i in self.judged:
            joint = self.prevalence.copy()
            for j, w, g in self.rows:
                if j == i:
                    joint = joint * self.matrices[w, :, g]
            if i in self.held:
                joint = joint * np.eye(LABELS)[self.held[i]]
            nats += np.log(joint.sum())
            self.posterior[i] = joint / joint.sum()
        return nats


def shares(counts):
    total = counts.sum(axis=2, keepdims=True)
    return np.where(total > 0, counts / np.where(total > 0, total, 1), 1 / LABELS)


def clipped(judgments):
    """Counts of at least 1e-10 over the labels that a worker used, as crowd-kit 1.4.2 has them."""

    def matrices(counts):
        used = np.zeros((WORKERS, 1, LABELS), dtype=bool)
        used[judgments.worker, 0, judgments.label] = True
        return shares(np.where(used, np.maximum(counts, 1e-10), 0))

    return matrices


def one_share(counts):
    right = np.array([np.trace(each) for each in counts]) / counts.sum(axis=(1, 2))
    wrong = (1 - right) / (LABELS - 1)
    return np.array([np.where(np.eye(LABELS), r, w) for r, w in zip(right, wrong, strict=True)])


def codes(judgments):
    sizes = {"n_items": ITEMS, "n_workers": WORKERS, "n_labels": LABELS}
    return (judgments.item, judgments.worker, judgments.label), sizes


@pytest.mark.parametrize("iterations", [1, 2, 6])
def test_dawid_skene_is_its_definition_after_each_iteration(iterations):
    judgments = judged()
    arrays, sizes = codes(judgments)
    definition, history = Definition(judgments, shares), []
    for done in range(iterations):
        if done:
            definition.fit()
        history.append(definition.weigh())

    found = dawid_skene(*arrays, iterations=iterations, tolerance=-1, **sizes)

    assert found.log_likelihood == pytest.approx(history)
    assert found.posterior[:-1] == pytest.approx(definition.posterior[:-1])
    assert found.posterior[-1] == pytest.approx(found.prevalence)
    assert found.confusion == pytest.approx(definition.matrices)
    assert found.prevalence == pytest.approx(definition.prevalence)
    assert (found.method, found.converged) == ("dawid_skene", False)


@pytest.mark.parametrize("iterations", [1, 2, 5])
def test_compat_has_matrices_one_step_ahead_of_its_posterior(iterations):
    judgments = judged()
    arrays, sizes = codes(judgments)
    definition, history = Definition(judgments, clipped(judgments)), []
    for _ in range(iterations):
        definition.weigh()
        posterior = definition.posterior.copy()
        definition.fit()
        history.append(definition.weigh())
        definition.posterior = posterior

    found = dawid_skene(*arrays, iterations=iterations, tolerance=-1, compat=True, **sizes)

    assert found.posterior[:-1] == pytest.approx(posterior[:-1], abs=1e-12)
    assert found.confusion == pytest.approx(definition.matrices, abs=1e-12)
    assert found.prevalence == pytest.approx(definition.prevalence)
    assert found.log_likelihood == pytest.approx(history)


@pytest.mark.parametrize("tolerance", [1e-1, 1e-3, 1e-6])
def test_dawid_skene_stops_at_the_first_gain_within_its_tolerance(tolerance):
    judgments = judged()
    arrays, sizes = codes(judgments)
    definition = Definition(judgments, shares)
    history = [definition.weigh()]
    gain = np.inf
    while gain > tolerance * len(judgments):
        definition.fit()
        history.append(definition.weigh())
        gain = history[-1] - history[-2]

    found = dawid_skene(*arrays, tolerance=tolerance, **sizes)

    assert found.log_likelihood == pytest.approx(history)
    assert found.converged


def test_one_coin_is_its_definition():
    judgments = judged()
    arrays, sizes = codes(judgments)
    definition = Definition(judgments, one_share)

    found = one_coin(*arrays, **sizes)

    history = []
    for done in range(len(found.log_likelihood)):
        if done:
            definition.fit()
        history.append(definition.weigh())
    assert found.log_likelihood == pytest.approx(history)
    assert found.confusion == pytest.approx(definition.matrices)


def test_held_items_keep_their_label_and_teach_the_matrices():
    judgments, held = judged(), {0: 2, 4: 0, 6: 1}
    definition = Definition(judgments, shares, held)
    history = []
    for done in range(3):
        if done:
            definition.fit()
        history.append(definition.weigh())

    for ahead in (False, True):
        found = expectation_maximisation(
            judgments,
            Likelihood(judgments),
            iterations=3,
            tolerance=-1,
            held=(np.array(list(held)), np.array(list(held.values()))),
            matrices_ahead=ahead,
        )

        assert found.posterior[list(held)].tolist() == np.eye(LABELS)[[2, 0, 1]].tolist()
        assert found.posterior[:-1] == pytest.approx(definition.posterior[:-1])
    assert found.log_likelihood[:2] == pytest.approx(history[1:])


def test_the_pooled_matrix_is_learnt_from_items_with_two_judgments_as_one_worker():
    judgments = judged()
    several = judgments.per_item[judgments.item] >= 2
    pooled = CodedJudgments(
        judgments.item[several],
        np.zeros(several.sum(), dtype=np.int64),
        judgments.label[several],
        ITEMS,
        1,
        LABELS,
    )
    modest = np.where(np.eye(LABELS), 0.75, 0.125)
    definition = Definition(pooled, lambda counts: shares(counts + 20 * modest))
    before, gain = -np.inf, np.inf
    while gain > 1e-6 * len(pooled):
        nats = definition.weigh() + (20 * modest * np.log(definition.matrices[0])).sum()
        gain, before = nats - before, nats
        matrix = definition.matrices[0]
        definition.fit()

    prior = shrunk_model(judgments).prior

    assert 2 in judgments.per_item
    assert prior.T == pytest.approx(4 * matrix)


def test_shrunk_matrices_start_at_their_prior():
    prior = np.array([[3.0, 1.0], [1.0, 3.0]])
    counts = np.array([[[0.0, 0.0], [0.0, 0.0]], [[6.0, 1.0], [0.0, 3.0]]])

    matrices = Shrunk(prior).matrices(counts)

    assert matrices[0].tolist() == [[0.75, 0.25], [0.25, 0.75]]
    assert matrices[1] == pytest.approx(np.array([[9 / 10, 2 / 8], [1 / 10, 6 / 8]]))
    expected = sum(prior[g, t] * np.log(matrices[w, g, t]) for w, g, t in np.ndindex(2, 2, 2))
    assert Shrunk(prior).log_prior(matrices) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("n_labels", "expected"),
    [
        (1, [[1.0]]),
        (2, [[0.75, 0.25], [0.25, 0.75]]),
        (3, [[0.75, 0.125, 0.125], [0.125, 0.75, 0.125], [0.125, 0.125, 0.75]]),
    ],
)
def test_modest_skill_is_three_in_four_right(n_labels, expected):
    assert modest_matrix(n_labels).tolist() == expected


def test_a_mixture_averages_methods_that_gold_has_taught():
    judgments = judged()
    arrays, sizes = codes(judgments)
    gold = (np.array([2, 3, 5]), np.array([1, 1, 0]))
    fits = Fits(judgments)

    found = mixture(fits, gold)

    taught = {name: aggregate(*arrays, method=name, gold=gold, **sizes) for name in found.weights}
    expected = sum(found.weights[name] * each.posterior for name, each in taught.items())
    assert found.posterior[:-1] == pytest.approx(expected[:-1])
    blind = {name: aggregate(*arrays, method=name, **sizes) for name in found.weights}
    hits = {name: (each.labels[gold[0]] == gold[1]).sum() for name, each in blind.items()}
    odds = {
        name: (0.5 if name.startswith("dawid") else 1) * np.exp(0.8 * hits[name]) for name in hits
    }
    for name, weight in found.weights.items():
        assert weight == pytest.approx(odds[name] / sum(odds.values()))
    assert found.converged is True


def test_a_mixture_has_not_converged_where_a_part_has_not():
    arrays, sizes = codes(judged())
    parts = [
        aggregate(*arrays, method="majority", **sizes),
        dawid_skene(*arrays, iterations=1, tolerance=-1, **sizes),
    ]

    assert mixed(parts, {"majority": 0.5, "dawid_skene": 0.5}).converged is False


def test_gold_weighs_votes_by_agreement_with_its_answers():
    # Workers 0 and 1 always agree, 2 opposes; gold says that 2 is right on most items.
    item, worker = np.indices((30, 3)).reshape(2, -1)
    label = np.where(worker == 2, 1, 0)
    gold = (np.arange(20), np.ones(20, dtype=int))

    told = aggregate(item, worker, label, method="weighted_vote", gold=gold, n_labels=2)
    blind = aggregate(item, worker, label, method="weighted_vote", n_labels=2)

    assert told.labels[20:].tolist() == [1] * 10
    assert blind.labels[20:].tolist() == [0] * 10


def test_fits_sort_judgments_once():
    fits = Fits(judged())

    first = fits.fit("dawid_skene")
    sums = fits._sums
    fits.fit("one_coin")

    assert fits._sums is sums
    assert fits.fit("dawid_skene") is first
