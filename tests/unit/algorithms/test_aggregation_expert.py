"""How often experts are right: simulated truth, what gold proves, what cannot be known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize
from scipy.special import logit
from scipy.stats import norm

from peritus.algorithms._codes import CodedJudgments
from peritus.algorithms.aggregation import aggregate, expert_accuracy, majority_vote
from peritus.algorithms.aggregation.expert import (
    LEAST_SPREAD,
    OPTIMISM,
    OWN_SPREAD,
    OWN_WEIGHT,
    SHARED_BIAS,
    SHARED_SPREAD,
    SLOPE_SPREAD,
    SURE,
    corrected,
    others_posterior,
    right_by_the_others,
)


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


def drawn(seed, *, n_items=12, n_workers=4, n_gold=4):
    """Draw judgments with gaps, chances that others give them, and gold on the first items."""
    generator = np.random.default_rng(seed)
    item, worker = np.nonzero(generator.random((n_items, n_workers)) < 0.8)
    label = generator.integers(0, 3, len(item))
    known = np.where(item < n_gold, generator.integers(0, 3, n_items)[item], -1)
    judgments = CodedJudgments(item, worker, label, n_items, n_workers + 1, 3)
    return judgments, known, generator.random(len(item)) ** 0.2


def chances(shift, slope, odds):
    return 1 / (1 + np.exp(-(shift + slope * np.array(odds))))


def shared_calibration(items, odds, right):
    """Look for the shared shift and slope without derivatives, item by item."""

    def loss(at):
        drawn = (at[0] / SHARED_SPREAD) ** 2 / 2 + ((at[1] - 1) / SLOPE_SPREAD) ** 2 / 2
        for item in set(items):
            of_item = [j for j, i in enumerate(items) if i == item]
            p = chances(*at, [odds[j] for j in of_item])
            given = np.where([right[j] for j in of_item], p, 1 - p)
            drawn -= np.log(given).mean()
        return drawn

    tight = {"xatol": 1e-9, "fatol": 1e-13, "maxiter": 5000}
    bounds = ((None, None), (0, None))
    return minimize(loss, (0.0, 1.0), method="Nelder-Mead", bounds=bounds, options=tight).x


def one_by_one(judgments, known, by_others, confidence):
    """Evaluate the notes of `expert_accuracy` judgment by judgment, for every worker."""
    everything = list(
        zip(judgments.item, judgments.worker, judgments.label, known, by_others, strict=True)
    )
    odds = [logit(min(max(c, 1 - SURE), SURE)) for *_, c in everything]
    gold = [j for j, (_, _, _, k, _) in enumerate(everything) if k >= 0]
    right = {j: float(everything[j][2] == everything[j][3]) for j in gold}
    shift, slope = shared_calibration(
        [everything[j][0] for j in gold], [odds[j] for j in gold], [right[j] for j in gold]
    )
    missed = {j: right[j] - chances(shift, slope, odds[j]) for j in gold}
    shared_variance = SHARED_BIAS**2
    if gold:
        mean = sum(missed.values()) / len(gold)
        sums = {}
        for j in gold:
            sums[everything[j][0]] = sums.get(everything[j][0], 0) + missed[j] - mean
        error = sum(each**2 for each in sums.values()) / len(gold) ** 2
        shared_variance = error * SHARED_BIAS**2 / (SHARED_BIAS**2 + error)
    own = {}
    for w in range(judgments.n_workers):
        seen = [j for j in gold if everything[j][1] == w]

        def pull(at, seen=seen):
            off = sum(right[j] - chances(at, slope, odds[j]) for j in seen)
            return off - (at - shift) / OWN_SPREAD**2

        own[w] = brentq(pull, -9, 9, xtol=1e-13) if seen else shift
    chance = [chances(own[w], slope, odds[j]) for j, (_, w, *_) in enumerate(everything)]
    if gold:
        spread = OPTIMISM * sum(m**2 for m in missed.values()) / len(gold)
    else:
        spread = sum(c * (1 - c) for c in chance) / len(chance)
    spread = max(spread, LEAST_SPREAD)
    z = norm.ppf((1 + confidence) / 2)
    found = []
    for w in range(judgments.n_workers):
        mine = [j for j, (_, v, *_) in enumerate(everything) if v == w]
        on_gold = [j for j in mine if j in missed]
        rest = [j for j in mine if j not in missed]
        weight = 1 / (len(on_gold) + OWN_WEIGHT)
        surely = sum(right[j] for j in on_gold)
        total = surely + sum(chance[j] for j in rest)
        bias = spread * weight + shared_variance * (OWN_WEIGHT * weight) ** 2
        variance = len(rest) ** 2 * bias
        variance += sum(max(chance[j] * (1 - chance[j]), spread) for j in rest)
        reach, n = z * variance**0.5, len(mine)
        low, high = max(total - reach, surely), min(total + reach, n - len(on_gold) + surely)
        found.append((total / n, low / n, high / n) if n else (np.nan, 0, 1))
    return np.array(found)


@pytest.mark.parametrize(("seed", "n_gold", "confidence"), [
    (1, 4, 0.95), (2, 0, 0.95), (3, 12, 0.9), (4, 1, 0.5), (5, 7, 0.8), (6, 4, 0.99),
])  # fmt: skip
def test_corrected_shares_are_those_of_the_notes_taken_one_by_one(seed, n_gold, confidence):
    judgments, known, by_others = drawn(seed, n_gold=n_gold)

    found = corrected(judgments, known, by_others, confidence)

    expected = one_by_one(judgments, known, by_others, confidence)
    np.testing.assert_allclose(found.accuracy, expected[:, 0], rtol=1e-5)
    np.testing.assert_allclose(found.low, expected[:, 1], rtol=1e-5)
    np.testing.assert_allclose(found.high, expected[:, 2], rtol=1e-5)
    assert found.judgments.tolist() == np.bincount(judgments.worker, minlength=5).tolist()
    on_gold = judgments.worker[known >= 0]
    assert found.gold_judged.tolist() == np.bincount(on_gold, minlength=5).tolist()


@pytest.mark.parametrize("gold", [[], [0, 1, 5]])
def test_a_judgment_is_weighed_by_the_others_of_its_item_alone(gold):
    codes, truth, _ = simulated(accuracies=[0.9, 0.7, 0.6], n_items=30)
    kept = (codes[0] != 7) | (codes[1] == 0)
    item, worker, label = (code[kept] for code in codes)
    answers = 1 - truth[gold]
    known = np.full(31, -1)
    known[gold] = answers
    known[30] = 1
    judgments = CodedJudgments(item, worker, label, 31, 3, 2)

    found = right_by_the_others(judgments, known)

    # Matrices are those of aggregation taught by the same gold, that nobody judged left out.
    fitted = aggregate(
        item, worker, label, method="dawid_skene_shrunk", gold=(gold, answers), n_items=31
    )
    for j in range(len(item)):
        joint = fitted.prevalence.copy()
        for i, w, g in zip(item, worker, label, strict=True):
            if i == item[j] and w != worker[j]:
                joint *= fitted.confusion[w, :, g]
        assert found[j] == pytest.approx(joint[label[j]] / joint.sum())


def test_others_cannot_be_weighed_by_a_method_without_matrices():
    voted = majority_vote([0, 0], [0, 1], [0, 1])

    with pytest.raises(ValueError, match="majority has no matrices to weigh"):
        others_posterior(voted.judgments, voted)
