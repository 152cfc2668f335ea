import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.strategies import booleans, floats, integers, lists
from scipy.stats import binom, fisher_exact

from peritus.algorithms.drift import change_alarm, control_limits

RUNS, MOST = 1_000, 2_000


def first_alarms(shares, *, reference, every, seed):
    """Return when each of many sequences gives its alarm; 0: not within the sequence."""
    generator = np.random.default_rng(seed)
    answers = generator.random((RUNS, len(shares))) < shares
    return np.array(
        [change_alarm(each, reference=reference, every=every).at or 0 for each in answers]
    )


# control_limits


@settings(max_examples=25, deadline=None)
@given(n=integers(1, 40), reference=integers(1, 60), share=floats(0, 1), c=floats(0.5, 0.999))
def test_control_limits_are_where_fishers_test_stops_to_signal(n, reference, share, c):
    right = int(share * reference)

    [low], [high] = control_limits([n], (right, reference), confidence=c)

    for count in range(n + 1):
        table = [[count, n - count], [right, reference - right]]
        fell = fisher_exact(table, alternative="less").pvalue <= (1 - c) / 2 * (1 - 1e-9)
        rose = fisher_exact(table, alternative="greater").pvalue <= (1 - c) / 2 * (1 - 1e-9)
        assert (count < low) >= fell
        assert (count > high) >= rose
    assert 0 <= low <= high <= n


@pytest.mark.parametrize("rate", [0.05, 0.5, 0.8, 0.9, 0.97])
def test_control_limits_keep_their_level_with_a_measured_reference(rate):
    reference, n, confidence = 30, 20, 0.95
    counts = np.arange(reference + 1)
    limits = [control_limits([n], (int(k), reference), confidence=confidence) for k in counts]

    fell = [binom.cdf(low[0] - 1, n, rate) for low, _ in limits]
    rose = [binom.sf(high[0], n, rate) for _, high in limits]

    weights = binom.pmf(counts, reference, rate)
    assert weights @ fell <= 0.025
    assert weights @ rose <= 0.025


def test_control_limits_widen_where_less_was_measured():
    low, high = control_limits([10, 40], (90, 100))

    shares = low / [10, 40]
    assert shares[0] < shares[1]
    assert list(high) == [10, 40]


@pytest.mark.parametrize(
    ("measured", "reference", "confidence"),
    [([0], (9, 10), 0.9), ([1.5], (9, 10), 0.9), ([5], (11, 10), 0.9), ([5], (0, 0), 0.9),
     ([5], (9, 10), 1.0), ([[5]], (9, 10), 0.9)],
)  # fmt: skip
def test_control_limits_refuse_what_is_no_count(measured, reference, confidence):
    with pytest.raises(ValueError, match=r"must|got"):
        control_limits(measured, reference, confidence=confidence)


# change_alarm


@settings(max_examples=40, deadline=None)
@given(answers=lists(booleans(), max_size=60), reference=floats(0.05, 0.98))
def test_change_alarm_sums_over_every_moment_of_change(answers, reference):
    found = change_alarm(answers, reference=reference)

    odds = (1 - reference) / reference * np.array([1.5, 2.0, 3.0, 5.0])
    worse, total = 1 / (1 + odds), np.zeros(4)
    for place, right in enumerate(answers):
        ratio = worse / reference if right else (1 - worse) / (1 - reference)
        total = (total + 1) * ratio
        assert found.log_evidence[place] == pytest.approx(np.log(total.mean()), abs=1e-8)


@settings(max_examples=40, deadline=None)
@given(answers=lists(booleans(), min_size=1, max_size=60), place=integers(0, 59))
def test_a_right_answer_is_never_more_evidence_than_a_wrong_one(answers, place):
    place %= len(answers)
    right, wrong = list(answers), list(answers)
    right[place], wrong[place] = True, False

    better = change_alarm(right, reference=0.8).log_evidence[-1]
    assert better <= change_alarm(wrong, reference=0.8).log_evidence[-1]


@pytest.mark.slow
def test_false_alarms_come_no_more_often_than_stated():
    """Stated: 200 answers or more on average, and at most m / 200 within m.

    1,000 sequences at exactly the reference; allowance: three standard errors.
    """
    every, within = 200, 100
    times = first_alarms(np.full(MOST, 0.9), reference=0.9, every=every, seed=1)

    waits = np.where(times == 0, MOST, times)  # cut off early: the mean is not above the truth
    soon = ((times > 0) & (times <= within)).mean()
    assert waits.mean() >= every - 3 * waits.std() / np.sqrt(RUNS)
    assert soon <= within / every + 3 * np.sqrt(0.25 / RUNS)


@pytest.mark.slow
def test_a_fall_from_90_to_70_percent_is_found_within_20_answers_on_average():
    """Stated: a mean delay of at most 20 answers at one false alarm in 200.

    The fall comes after 50 good answers; sequences that alarmed before do not count.
    Allowance: three standard errors.
    """
    shares = np.r_[np.full(50, 0.9), np.full(300, 0.7)]
    times = first_alarms(shares, reference=0.9, every=200, seed=2)

    delays = times[times > 50] - 50
    assert (times == 0).sum() == 0
    assert delays.mean() <= 20 + 3 * delays.std() / np.sqrt(len(delays))


def test_change_alarm_says_where_the_fall_began():
    found = change_alarm([1] * 40 + [0] * 10, reference=0.9)

    assert found.at is not None
    assert 40 < found.at <= 50
    assert found.since == 41


def test_change_alarm_of_nothing_is_no_alarm():
    found = change_alarm([], reference=0.9)

    assert (found.at, found.since, found.log_evidence.shape) == (None, None, (0,))


@pytest.mark.parametrize(
    ("right", "reference", "every"),
    [([2], 0.9, 200), ([float("nan")], 0.9, 200), ([[1]], 0.9, 200), ([1], 1.0, 200),
     ([1], 0.0, 200), ([1], 0.9, 1)],
)  # fmt: skip
def test_change_alarm_refuses_what_it_cannot_watch(right, reference, every):
    with pytest.raises(ValueError, match="must"):
        change_alarm(right, reference=reference, every=every)
