"""Audit plans against paths enumerated with SciPy's hypergeometric."""

import dataclasses
import hashlib
import time

import numpy as np
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom

from peritus.algorithms.certification import AuditPlan, UnplannedLook, Verdict, error_bound

LOOKS = (25, 50, 75, 100)


@st.composite
def plans(draw):
    population = draw(st.integers(5, 150))
    sizes = st.integers(1, population)
    looks = sorted(draw(st.sets(sizes, min_size=1, max_size=5)))
    tolerance = draw(st.floats(0, 0.3))
    confidence = draw(st.sampled_from([0.8, 0.9, 0.95, 0.99]))
    return AuditPlan(population, tolerance, confidence=confidence, looks=looks)


def certified_by_look(population, bad, looks, limits):
    """Return the chance of having been certified by each look."""
    return walked(population, bad, looks, limits)[0]


def walked(population, bad, looks, limits):
    """Return, by look, the chances of being certified and of going on, path by path."""
    going, by_look, hopeful, sampled, certified = {0: 1.0}, [], [], 0, 0.0
    for look, limit in zip(looks, limits, strict=True):
        reached = {}
        for errors, chance in going.items():
            more = np.arange(look - sampled + 1)
            steps = hypergeom.pmf(more, population - sampled, bad - errors, look - sampled)
            for extra, step in zip(more, steps, strict=True):
                if step > 0:
                    total = int(errors + extra)
                    reached[total] = reached.get(total, 0.0) + chance * step
        certified += sum(chance for errors, chance in reached.items() if errors <= limit)
        going = {errors: chance for errors, chance in reached.items() if errors > limit}
        by_look.append(certified)
        hopeful.append(sum(chance for errors, chance in going.items() if errors <= limits[-1]))
        sampled = look
    return by_look, hopeful


@pytest.mark.parametrize(
    ("population", "max_errors"),
    [(214, (-1, -1, 0, 2)), (121, (-1, 0, 1, 3)), (120, (-1, 0, 1, 3))],
)
def test_plan_sets_the_limits_of_the_sample_engagement(population, max_errors):
    plan = AuditPlan(population, 0.05, looks=LOOKS)

    assert plan.max_errors == max_errors
    assert plan.tolerated == int(0.05 * population)


@pytest.mark.parametrize(
    ("population", "errors", "audits"), [(214, 2, 90), (121, 2, 75), (120, 17, 38)]
)
def test_plan_expects_the_audits_of_the_sample_engagement(population, errors, audits):
    plan = AuditPlan(population, 0.05, looks=LOOKS)

    assert plan.expected_audits(errors) == pytest.approx(audits, abs=0.6)


@given(plan=plans())
@settings(max_examples=25, deadline=None)
def test_level_is_what_scipy_finds_along_every_path(plan):
    bad = plan.tolerated + 1

    by_look = certified_by_look(plan.population, bad, plan.looks, plan.max_errors)

    assert plan.level == pytest.approx(by_look[-1], abs=1e-11)
    assert plan.level == pytest.approx(plan.certify_probability(bad), abs=1e-15)
    assert plan.level <= 1 - plan.confidence + 1e-15  # 1 - 0.8 is below 1/5 in doubles


@given(plan=plans())
@settings(max_examples=25, deadline=None)
def test_each_look_allows_as_many_errors_as_its_allowance_pays_for(plan):
    bad, alpha = plan.tolerated + 1, 1 - plan.confidence

    for place, look in enumerate(plan.looks):
        looks, limits = plan.looks[: place + 1], plan.max_errors[: place + 1]
        one_more = (*limits[:-1], limits[-1] + 1)
        budget = alpha * look / plan.looks[-1]
        assert certified_by_look(plan.population, bad, looks, limits)[-1] <= budget + 1e-12
        assert certified_by_look(plan.population, bad, looks, one_more)[-1] > budget - 1e-12


@given(plan=plans())
@settings(max_examples=30, deadline=None)
def test_certification_gets_less_likely_with_every_error_in_the_lot(plan):
    chances = [plan.certify_probability(errors) for errors in range(plan.population + 1)]

    assert np.all(np.diff(chances) <= 1e-12)
    assert chances[-1] == 0


@given(plan=plans(), share=st.floats(0, 1))
@settings(max_examples=30, deadline=None)
def test_expected_audits_are_the_mean_over_paths(plan, share):
    bad = int(share * plan.population)

    audits = plan.expected_audits(bad)

    hopeful = walked(plan.population, bad, plan.looks, plan.max_errors)[1]
    gaps = np.diff(plan.looks, prepend=0)
    assert audits == pytest.approx(gaps @ [1, *hopeful[:-1]], abs=1e-8)


def test_single_look_certifies_where_the_one_look_bound_does():
    plan = AuditPlan(500, 0.04, looks=(120,))

    (limit,) = plan.max_errors

    assert error_bound(limit, 120, 500) <= 0.04 < error_bound(limit + 1, 120, 500)


def test_plan_keeps_its_level_over_seeded_replays():
    plan = AuditPlan(214, 0.05, looks=LOOKS)
    generator = np.random.default_rng(20261102)
    lot = np.arange(214) < plan.tolerated + 1
    replays = 2_000

    found = np.cumsum(generator.permuted(np.tile(lot, (replays, 1)), axis=1), axis=1)
    false = sum(
        any(plan.verdict(look, row[look - 1]) is Verdict.CERTIFIED for look in LOOKS)
        for row in found
    )

    assert false / replays <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / replays)


def test_verdict_goes_on_until_a_limit_is_met():
    plan = AuditPlan(121, 0.05, looks=LOOKS)

    verdicts = [plan.verdict(25, 0), plan.verdict(50, 1), plan.verdict(75, 1)]

    assert verdicts == [Verdict.CONTINUE, Verdict.CONTINUE, Verdict.CERTIFIED]


def test_verdict_is_spent_as_soon_as_no_later_limit_can_be_met():
    plan = AuditPlan(121, 0.05, looks=LOOKS)

    verdicts = [plan.verdict(25, 3), plan.verdict(25, 4), plan.verdict(100, 4)]

    assert verdicts == [Verdict.CONTINUE, Verdict.SPENT, Verdict.SPENT]


def test_verdict_refuses_an_unplanned_look():
    plan = AuditPlan(121, 0.05, looks=LOOKS)

    with pytest.raises(UnplannedLook, match="looks at 25, 50, 75, 100 audits, not at 60"):
        plan.verdict(60, 0)


def test_verdict_refuses_more_errors_than_audits():
    plan = AuditPlan(121, 0.05, looks=LOOKS)

    with pytest.raises(ValueError, match="errors must be a whole number from 0 to 25, got 26"):
        plan.verdict(25, 26)


def test_census_certifies_exactly_the_tolerated_errors():
    plan = AuditPlan(10, 0.1, looks=(5, 10))

    assert plan.max_errors == (-1, 1)
    assert plan.level == 0
    assert plan.certify_probability(1) == 1
    assert plan.verdict(10, 2) is Verdict.SPENT


def test_plan_that_can_never_certify_is_spent_at_its_first_look():
    plan = AuditPlan(10, 0, looks=(3, 5))

    assert plan.max_errors == (-1, -1)
    assert plan.verdict(3, 0) is Verdict.SPENT
    assert plan.expected_audits(0) == 3


def test_look_spends_an_allowance_that_fits_exactly():
    # P(X = 0 | 1 wrong in 20, 19 drawn) = 1/20, the whole allowance of 95 %
    plan = AuditPlan(20, 0, looks=(19,))

    assert plan.max_errors == (0,)
    assert plan.level == 0.05


@pytest.mark.parametrize("tolerance", [0.05, 0, 0.00001, 1e-7, 0.1 + 0.2])
def test_digest_is_of_canonical_json_that_others_can_rebuild(tolerance):
    plan = AuditPlan(214, tolerance, looks=LOOKS)

    text = rfc8785.dumps(
        {
            "population": 214,
            "tolerance": tolerance,
            "confidence": 0.95,
            "looks": list(LOOKS),
            "max_errors": list(plan.max_errors),
        }
    )

    assert plan.text.encode() == text
    assert plan.digest == hashlib.sha256(text).hexdigest()


def test_plan_cannot_be_changed_and_equals_its_like():
    plan = AuditPlan(214, 0.05, looks=[25, 50])

    with pytest.raises(dataclasses.FrozenInstanceError):
        plan.looks = (25,)

    assert plan == AuditPlan(214, 0.05, looks=(25, 50))
    assert len({plan, AuditPlan(214, 0.05, looks=(25, 50))}) == 1


@pytest.mark.parametrize(
    ("looks", "words"),
    [
        ((), "at least one sample size"),
        ((50, 25), r"looks must increase, got \(50, 25\)"),
        ((25, 25), "looks must increase"),
        ((25, 215), "from 1 to 214, got 215"),
        ((0, 25), "from 1 to 214, got 0"),
        ((2.5,), "from 1 to 214, got 2.5"),
    ],
)
def test_plan_refuses_looks_that_cannot_be(looks, words):
    with pytest.raises(ValueError, match=words):
        AuditPlan(214, 0.05, looks=looks)


def test_plan_refuses_a_tolerance_under_which_every_lot_is_good():
    with pytest.raises(ValueError, match="every lot is good and there is nothing to certify"):
        AuditPlan(10, 1, looks=(5,))


def test_operating_characteristic_refuses_more_errors_than_decisions():
    with pytest.raises(ValueError, match="errors_in_lot must be a whole number from 0 to 121"):
        AuditPlan(121, 0.05, looks=LOOKS).certify_probability(122)


@pytest.mark.slow
def test_plan_for_ten_thousand_with_54_looks_takes_less_than_a_second():
    begun = time.process_time()

    plan = AuditPlan(10_000, 0.05, looks=range(25, 1_351, 25))

    assert time.process_time() - begun < 1
    assert 0.045 < plan.level <= 0.05


def test_certified_by_adds_up_the_chances_of_the_looks():
    plan = AuditPlan(200, 0.05, looks=[60, 90])

    by_look = plan.certified_by(4)

    first, second = plan.max_errors
    at_first = hypergeom.cdf(first, 200, 4, 60)
    drawn = np.arange(first + 1, second + 1)  # errors at the first look that leave a chance
    later = sum(
        hypergeom.pmf(x, 200, 4, 60) * hypergeom.cdf(second - x, 140, 4 - x, 30) for x in drawn
    )
    assert by_look == pytest.approx([at_first, at_first + later])
