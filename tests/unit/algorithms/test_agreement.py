"""Coefficients of agreement against published values, and their invariants."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multinomial

from peritus.algorithms.agreement import (
    Agreement,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    pairwise_agreement,
    resampling,
)
from peritus.algorithms.agreement.resampling import drawn_counts
from peritus.algorithms.agreement.table import table_of_counts

COEFFICIENTS = [krippendorff_alpha, fleiss_kappa, gwet_ac1]

# Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, section E:
# four observers, twelve units, 0 = missing.
OBSERVERS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
        [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
    ]
)
# krippendorff 0.9.0, statsmodels and irrCAC 0.4.4 on the recorded sets.
RECORDED = [
    ("rte", 0.241479, 0.241384, 0.27273, (0.24479, 0.30067)),
    ("bluebird", 0.125501, 0.125293, 0.22184, (0.16828, 0.27540)),
    ("dog", 0.519418, 0.519358, 0.52224, (0.50540, 0.53907)),
    ("face", 0.494920, 0.49461, 0.53752, (0.50924, 0.56579)),
    ("snow_temp", 0.223413, 0.223245, 0.22830, (0.20295, 0.25366)),
]


def coded(observers):
    worker, item = np.nonzero(observers)
    return item, worker, observers[worker, item]


@st.composite
def tables(draw, *, most=5):
    n_items, n_workers = draw(st.integers(1, 7)), draw(st.integers(2, 4))
    cells = st.integers(0, most)
    rows = draw(
        st.lists(
            st.lists(cells, min_size=n_items, max_size=n_items),
            min_size=n_workers,
            max_size=n_workers,
        )
    )
    observers = np.array(rows)
    observers[:2, 0] = np.maximum(observers[:2, 0], 1)
    return observers


def alpha_by_definition(item, value, difference):
    """Compare every pair of values, within items and over all (no shortcut taken)."""
    paired = [value[item == i] for i in np.unique(item) if (item == i).sum() > 1]
    everything = np.concatenate(paired)
    within = sum(
        difference(a, b) / (len(values) - 1) for values in paired for a in values for b in values
    )
    overall = sum(difference(a, b) for a in everything for b in everything)
    n = len(everything)
    return 1 - (n - 1) * within / overall if overall else math.nan


@pytest.mark.parametrize(
    ("level", "published"),
    [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)],
)
def test_alpha_equals_krippendorffs_own_example(level, published):
    agreement = krippendorff_alpha(*coded(OBSERVERS), level=level)

    assert agreement.value == pytest.approx(published, abs=5e-4)
    assert (agreement.items, agreement.judgments) == (11, 40)
    assert (agreement.low, agreement.high) == (None, None)


def test_alpha_takes_nan_for_a_missing_value():
    worker, item = np.indices(OBSERVERS.shape).reshape(2, -1)
    value = np.where(OBSERVERS > 0, OBSERVERS, np.nan).ravel()

    assert krippendorff_alpha(item, worker, value) == krippendorff_alpha(*coded(OBSERVERS))


@settings(max_examples=20, deadline=None)
@given(
    tables(),
    st.sampled_from(
        [
            ("nominal", lambda a, b: float(a != b)),
            ("interval", lambda a, b: float(a - b) ** 2),
            ("ratio", lambda a, b: ((a - b) / (a + b)) ** 2),
        ]
    ),
)
def test_alpha_equals_its_definition_over_all_pairs(observers, scale):
    level, difference = scale
    item, worker, value = coded(observers)

    agreement = krippendorff_alpha(item, worker, value, level=level)

    expected = alpha_by_definition(item, value, difference)
    assert agreement.value == pytest.approx(expected, abs=1e-9, nan_ok=True)


@settings(max_examples=15, deadline=None)
@given(tables(most=3))
def test_alpha_on_an_ordinal_scale_depends_on_the_order_only(observers):
    item, worker, value = coded(observers)

    plain = krippendorff_alpha(item, worker, value, level="ordinal")
    bent = krippendorff_alpha(item, worker, np.exp(3.0 * value), level="ordinal")

    assert bent.value == pytest.approx(plain.value, abs=1e-9, nan_ok=True)


@settings(max_examples=15, deadline=None)
@given(tables(), st.sampled_from(COEFFICIENTS))
def test_agreement_never_exceeds_one_and_ignores_who_judged(observers, coefficient):
    item, worker, value = coded(observers)

    agreement = coefficient(item, worker, value)
    renamed = coefficient(item, worker.max() - worker, value)

    assert math.isnan(agreement.value) or agreement.value <= 1 + 1e-12
    assert renamed.value == pytest.approx(agreement.value, nan_ok=True)


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
def test_agreement_is_one_when_all_agree_on_several_classes(coefficient):
    agreement = coefficient([0, 0, 1, 1], [0, 1, 0, 1], [0, 0, 1, 1])

    assert agreement == Agreement(1.0, None, None, 2, 4)


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
def test_agreement_is_unknown_when_there_is_one_class(coefficient):
    generator = np.random.default_rng(1)

    agreement = coefficient(
        [0, 0, 1, 1], [0, 1, 0, 1], [3, 3, 3, 3], resamples=5, generator=generator
    )

    assert [math.isnan(x) for x in (agreement.value, agreement.low, agreement.high)] == [True] * 3


def test_gwet_ac1_knows_more_when_a_class_could_have_been_chosen():
    codes = ([0, 0, 1, 1], [0, 1, 0, 1], [3, 3, 3, 3])

    assert gwet_ac1(*codes, n_labels=2).value == 1


def test_kappa_and_ac1_take_class_shares_from_single_judgments_too():
    item, worker, value = [0, 0, 1, 1, 2], [0, 1, 0, 1, 0], [0, 0, 0, 1, 1]

    kappa, ac1 = fleiss_kappa(item, worker, value), gwet_ac1(item, worker, value)

    # Observed 1/2 over two items; class shares (1 + 1/2 + 0)/3 = 1/2 over three.
    assert kappa.value == pytest.approx(0)
    assert ac1.value == pytest.approx(0)
    assert (kappa.items, kappa.judgments) == (3, 5)


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
@pytest.mark.parametrize(
    ("codes", "options", "message"),
    [
        (([0, 1], [0, 0], [1, 1]), {}, "an item with two judgments"),
        (([0, 0], [1, 1], [1, 1]), {}, "more than once"),
        (([0, 0], [0, 1], [1, np.inf]), {}, "finite"),
        (([], [], []), {}, "no judgments came"),
        (([0, 0], [0, 1], [1, 2]), {"confidence": 1.0}, "confidence"),
        (([0, 0], [0, 1], [1, 2]), {"resamples": -1}, "resamples"),
        (([0, 0], [0, 1], [1, 2]), {"resamples": 9}, "generator"),
    ],
)
def test_agreement_refuses_what_cannot_be_known(coefficient, codes, options, message):
    with pytest.raises(ValueError, match=message):
        coefficient(*codes, **options)


def test_agreement_names_who_judged_twice_however_large_the_codes():
    with pytest.raises(ValueError, match="worker 2305843009213693952 judged item 5 more than once"):
        krippendorff_alpha([5, 5, 4], [2**61, 2**61, 7], [0, 1, 1])


def test_alpha_refuses_an_unknown_level_and_a_negative_ratio():
    with pytest.raises(ValueError, match="level must be one of"):
        krippendorff_alpha([0, 0], [0, 1], [1, 2], level="cyclic")
    with pytest.raises(ValueError, match="starts at 0"):
        krippendorff_alpha([0, 0], [0, 1], [-1, 2], level="ratio")


def test_alpha_takes_two_zeros_on_a_ratio_scale_as_equal():
    agreement = krippendorff_alpha([0, 0, 1, 1], [0, 1, 0, 1], [0, 0, 2, 2], level="ratio")

    assert agreement.value == 1


def test_gwet_ac1_refuses_fewer_classes_than_were_seen():
    with pytest.raises(ValueError, match="2 classes were seen"):
        gwet_ac1([0, 0], [0, 1], [1, 2], n_labels=1)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
def test_interval_repeats_with_the_seed_and_holds_the_value(level):
    codes = coded(OBSERVERS)

    one, two = (
        krippendorff_alpha(*codes, level=level, resamples=200, generator=np.random.default_rng(5))
        for _ in range(2)
    )

    assert one == two
    assert one.low < one.value < one.high
    assert one.value == pytest.approx(krippendorff_alpha(*codes, level=level).value)


@pytest.mark.parametrize("multiplicity", [[1], [3, 2, 1], [40, 1, 9]])
def test_resamples_are_multinomial(multiplicity):
    size, items = 20_000, sum(multiplicity)
    share = np.array(multiplicity) / items

    counts = drawn_counts(np.array(multiplicity), size, np.random.default_rng(9))

    assert (counts.sum(axis=1) == items).all()
    # The textbook's mean and covariance, to six standard errors.
    error = 6 * np.sqrt(items / size)
    assert counts.mean(axis=0) == pytest.approx(items * share, abs=error)
    covariance = np.atleast_2d(np.cov(counts, rowvar=False))
    expected = items * (np.diag(share) - np.outer(share, share))
    np.testing.assert_allclose(covariance, expected, atol=6 * items / np.sqrt(size))


def test_resamples_of_few_items_have_the_exact_chances():
    counts = drawn_counts(np.array([3, 2, 1]), 50_000, np.random.default_rng(4))

    seen, times = np.unique(counts, axis=0, return_counts=True)
    expected = 50_000 * multinomial(6, [3 / 6, 2 / 6, 1 / 6]).pmf(seen)
    # SciPy's chances; 28 outcomes, so the sum is below 60 in all but 1 of 4,000 draws.
    assert ((times - expected) ** 2 / expected).sum() < 60


def test_resamples_that_would_hold_too_many_items_are_drawn_again(monkeypatch):
    # Without a margin about half of the Poisson sums are too large.
    monkeypatch.setattr(resampling, "SPARE_DEVIATIONS", 0.0)

    counts = drawn_counts(np.array([6, 4]), 5_000, np.random.default_rng(2))

    assert (counts >= 0).all()
    assert (counts.sum(axis=1) == 10).all()
    assert counts[:, 0].mean() == pytest.approx(6, abs=6 * np.sqrt(2.4 / 5_000))
    assert counts[:, 0].var() == pytest.approx(2.4, rel=0.1)


@settings(max_examples=25, deadline=None)
@given(tables())
def test_items_that_show_the_same_are_kept_once(observers):
    item, worker, value = coded(observers)

    table = table_of_counts(item, worker, value, least=1)

    rows = [tuple(sorted(value[item == i])) for i in np.unique(item)]
    dense = table.counts.toarray().astype(int)
    found = {
        tuple(np.repeat(table.values, row)): times
        for row, times in zip(dense, table.multiplicity, strict=True)
    }
    assert found == {row: rows.count(row) for row in rows}


def test_items_with_more_values_than_a_whole_number_holds_are_told_apart():
    # 40 judgments of 1,000 values each: 10^120 rows are possible.
    generator = np.random.default_rng(6)
    value = generator.permutation(np.repeat(np.arange(1_000.0), 4)).reshape(100, 40)
    value[1] = value[0][::-1]
    item, worker = np.indices(value.shape).reshape(2, -1)

    table = table_of_counts(item, worker, value.ravel(), least=2)

    assert sorted(table.multiplicity.tolist()) == [1] * 98 + [2]
    assert table.per_row.tolist() == [40] * 99


@pytest.mark.parametrize(("name", "alpha", "kappa", "ac1", "interval"), RECORDED)
def test_agreement_equals_other_packages_on_recorded_sets(
    recorded, name, alpha, kappa, ac1, interval
):
    item, worker, value, _ = recorded(name)

    found = gwet_ac1(item, worker, value, resamples=2_000, generator=np.random.default_rng(3))

    # The references are printed with five or six digits.
    assert krippendorff_alpha(item, worker, value).value == pytest.approx(alpha, abs=1e-6)
    digits = 1e-6 if name != "face" else 5e-6
    assert fleiss_kappa(item, worker, value).value == pytest.approx(kappa, abs=digits)
    assert found.value == pytest.approx(ac1, abs=5e-6)
    # irrCAC's interval is a normal approximation: bootstrap ends come within a seventh
    # of its half width.
    allowance = (interval[1] - interval[0]) / 14
    assert (found.low, found.high) == pytest.approx(interval, abs=allowance)


def test_pairwise_agreement_counts_by_hand():
    item = [0, 0, 0, 1, 1, 2, 2, 3]
    worker = [0, 1, 2, 0, 1, 0, 1, 3]
    value = [5, 5, 1, 2, 3, 4, 4, 1]

    found = pairwise_agreement(item, worker, value)

    assert found.items.tolist() == [[3, 3, 1, 0], [3, 3, 1, 0], [1, 1, 1, 0], [0, 0, 0, 1]]
    expected = [
        [1, 2 / 3, 0, math.nan],
        [2 / 3, 1, 0, math.nan],
        [0, 0, 1, math.nan],
        [math.nan, math.nan, math.nan, 1],
    ]
    np.testing.assert_allclose(found.share, expected)
    assert found.value == pytest.approx(2 / 5)


def test_pairwise_agreement_of_two_judges_is_what_scikit_learn_counts():
    rng = np.random.default_rng(7)
    one, other = rng.integers(0, 3, 200), rng.integers(0, 3, 200)
    item = np.tile(np.arange(200), 2)

    found = pairwise_agreement(item, np.repeat([0, 1], 200), np.concatenate([one, other]))

    # sklearn.metrics.accuracy_score(one, other) is the same mean
    assert found.share[0, 1] == found.value == np.mean(one == other)


def test_pairwise_agreement_refuses_a_second_judgment_and_an_empty_input():
    with pytest.raises(ValueError, match="more than once"):
        pairwise_agreement([0, 0], [1, 1], [0, 1])
    with pytest.raises(ValueError, match="no judgments"):
        pairwise_agreement([], [], [])


def test_pairwise_agreement_without_a_pair_has_no_value():
    assert np.isnan(pairwise_agreement([0, 1], [0, 1], [0, 0], n_workers=3).value)
