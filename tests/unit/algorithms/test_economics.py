"""Savings against their closed forms; fixed seeds, allowances stated."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from peritus.algorithms.economics import (
    Baseline,
    CostModel,
    Pilot,
    break_even,
    realised_saving,
    screening_saving,
)

# The licence sample: 335 accepted items at 6.50, 120 credited in full, 8.00 assumed in-house.
ACCEPTED, PAID = 335, 335 * 6.5
BASELINE = Baseline(unit_cost=8.0, unit_cost_sd=0.8, volume=455)
MODEL = CostModel(
    volume=1_000,
    in_house_unit_cost=10.0,
    in_house_unit_cost_sd=1.0,
    outside_unit_cost=7.0,
    outside_unit_cost_sd=0.5,
    governance_cost=800.0,
    governance_cost_sd=100.0,
    transition_cost=500.0,
    transition_cost_sd=200.0,
    in_house_error_rate=0.04,
    in_house_error_rate_sd=0.01,
    outside_error_rate=0.02,
    outside_error_rate_sd=0.005,
    error_cost=25.0,
)
DRAWS = 40_000


def seeded():
    return np.random.default_rng(20_261_125)


def test_realised_saving_of_the_sample_is_what_the_price_leaves():
    saving = realised_saving(BASELINE, accepted=ACCEPTED, paid=PAID, generator=seeded())

    assert saving.value == pytest.approx(335 * (8.00 - 6.50))
    assert saving.low < saving.value < saving.high


def test_realised_saving_agrees_with_the_normal_distribution():
    saving = realised_saving(
        BASELINE, accepted=ACCEPTED, paid=PAID, draws=DRAWS, generator=seeded()
    )

    sd = 335 * 0.8
    # Four standard errors: of the mean, and of a 2.5 % quantile of a normal sample.
    assert saving.samples.mean() == pytest.approx(502.5, abs=4 * sd / math.sqrt(DRAWS))
    error = sd * math.sqrt(0.025 * 0.975 / DRAWS) / norm.pdf(norm.ppf(0.025))
    ends = norm.ppf([0.025, 0.975], loc=502.5, scale=sd)
    assert [saving.low, saving.high] == pytest.approx(ends, abs=4 * error)
    chance = norm.sf(0, loc=502.5, scale=sd)
    assert saving.chance_of_gain == pytest.approx(chance, abs=4 * 0.5 / math.sqrt(DRAWS))


def test_realised_saving_is_a_loss_when_in_house_costs_less():
    cheap = replace(BASELINE, unit_cost=5.5, unit_cost_sd=0.0)

    saving = realised_saving(cheap, accepted=ACCEPTED, paid=PAID, generator=seeded())

    assert saving.value == saving.low == saving.high == pytest.approx(-335.0)
    assert saving.chance_of_gain == 0


def test_realised_saving_charges_every_error_that_the_bound_allows():
    options = {"accepted": 200, "paid": 1_000.0, "governance_cost": 50.0}

    saving = realised_saving(
        BASELINE, **options, error_bound=0.05, error_cost=30.0, generator=seeded()
    )

    assert saving.value == pytest.approx(200 * 8.0 - 1_000 - 50 - 200 * 0.05 * 30)


def test_break_even_of_the_sample_is_the_price():
    estimate = break_even(accepted=ACCEPTED, paid=PAID)

    assert estimate.value == estimate.low == estimate.high == pytest.approx(6.5)
    assert estimate.samples.tolist() == [estimate.value]


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 400),
    st.floats(0, 5_000),
    st.floats(0, 1),
    st.floats(0, 50),
    st.floats(0, 500),
)
def test_break_even_is_where_the_saving_is_zero(accepted, paid, bound, cost, governance):
    facts = {
        "accepted": accepted,
        "paid": paid,
        "error_bound": bound,
        "error_cost": cost,
        "governance_cost": governance,
    }

    estimate = break_even(**facts)

    there = Baseline(estimate.value, 0.0, accepted)
    saving = realised_saving(there, **facts, draws=1, generator=seeded())
    assert saving.value == pytest.approx(0, abs=1e-6)
    assert estimate.low == pytest.approx((paid + governance) / accepted)
    assert estimate.low <= estimate.high


def test_screening_saving_agrees_with_its_closed_form():
    saving = screening_saving(MODEL, draws=DRAWS, generator=seeded())

    mean = 1_000 * (10 - 7 + 25 * (0.04 - 0.02)) - 800 - 500
    parts = [1_000 * 1.0, 1_000 * 0.5, 100, 200, 25_000 * 0.01, 25_000 * 0.005]
    sd = math.sqrt(sum(part**2 for part in parts))
    assert saving.value == pytest.approx(mean)
    # Four standard errors of a mean and, for a nearly normal sample, of a deviation.
    assert saving.samples.mean() == pytest.approx(mean, abs=4 * sd / math.sqrt(DRAWS))
    assert saving.samples.std() == pytest.approx(sd, abs=4 * sd / math.sqrt(2 * DRAWS))


def test_screening_saving_takes_price_and_errors_from_a_pilot():
    pilot = Pilot(items=50, paid=400.0, audited=40, errors=1)

    saving = screening_saving(MODEL, pilot=pilot, draws=DRAWS, generator=seeded())

    mean = 1_000 * (10 - 8 + 25 * (0.04 - 1.5 / 41)) - 800 - 500
    assert saving.value == pytest.approx(mean)
    assert saving.samples.mean() == pytest.approx(mean, abs=4 * 1_300 / math.sqrt(DRAWS))


def test_screening_saving_is_certain_when_every_input_is():
    sure = CostModel(volume=10, in_house_unit_cost=9.0, outside_unit_cost=6.0)

    saving = screening_saving(sure, draws=3, generator=seeded())

    assert saving.samples.tolist() == [30.0, 30.0, 30.0]
    assert (saving.low, saving.value, saving.high) == (30, 30, 30)


def test_screening_saving_repeats_with_the_seed():
    one, two = (screening_saving(MODEL, generator=seeded()) for _ in range(2))

    assert one.samples.tolist() == two.samples.tolist()


def test_interval_widens_with_confidence():
    narrow, wide = (
        screening_saving(MODEL, confidence=confidence, generator=seeded())
        for confidence in (0.5, 0.99)
    )

    assert wide.low < narrow.low < narrow.high < wide.high


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Baseline(-1.0, 0.0, 1), "unit_cost must be"),
        (lambda: Baseline(1.0, math.nan, 1), "unit_cost_sd must be"),
        (lambda: Pilot(0, 0.0, 0, 0), "at least one item"),
        (lambda: Pilot(5, 1.0, 6, 0), "errors <= audited <= items"),
        (lambda: Pilot(5, 1.0, 3, 4), "errors <= audited <= items"),
        (lambda: replace(MODEL, outside_error_rate=1.1), "share in"),
        (lambda: replace(MODEL, in_house_error_rate_sd=0.5), "must stay below 0.196"),
        (lambda: replace(MODEL, volume=math.inf), "volume must be"),
        (lambda: break_even(accepted=0, paid=1.0), "no item was accepted"),
        (lambda: break_even(accepted=1, paid=-1.0), "paid must be"),
        (lambda: break_even(accepted=1, paid=1.0, error_bound=2.0), "error_bound must be"),
        (
            lambda: realised_saving(BASELINE, accepted=456, paid=1.0, generator=seeded()),
            "speaks for 455",
        ),
        (lambda: screening_saving(MODEL, draws=0, generator=seeded()), "draws must be"),
        (lambda: screening_saving(MODEL, confidence=0.0, generator=seeded()), "confidence must"),
    ],
)
def test_economics_refuses_facts_that_cannot_be(make, message):
    with pytest.raises(ValueError, match=message):
        make()
