"""The mark of a test, as a raw share and as what the answers prove."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from peritus.catalogue.qualifications import QualificationSpec
from peritus.quality.marks import is_passed, least_right, proven_share

SPEC = QualificationSpec(
    name="Test", valid_days=365, key={"q": "a"}, explanations={}, pass_bound=0.5
)
RAW = replace(SPEC, pass_bound=None, pass_share=0.75)


@given(st.integers(1, 200), st.floats(0, 1), st.floats(0.51, 0.999))
def test_proven_share_is_the_exact_one_sided_bound(asked, share, confidence):
    right = round(share * asked)
    exact = binomtest(right, asked, alternative="greater")  # SciPy, another way to the number

    low = exact.proportion_ci(confidence, "exact").low

    assert proven_share(right, asked, confidence) == pytest.approx(low, abs=1e-9)


@pytest.mark.parametrize(
    ("spec", "asked", "least"),
    [
        (SPEC, 12, 10), (SPEC, 5, 5), (SPEC, 100, 59), (RAW, 12, 9), (RAW, 10, 8),
        (SPEC, 4, 5),  # of four all right show 47 %: nobody passes
    ],
)  # fmt: skip
def test_least_right_is_the_first_number_that_passes(spec, asked, least):
    assert least_right(spec, asked) == least


@given(st.integers(1, 60), st.floats(0.05, 0.95))
def test_who_passes_passes_with_one_more_right(asked, bound):
    spec = replace(SPEC, pass_bound=bound)
    passes = [is_passed(spec, right, asked) for right in range(asked + 1)]

    assert passes == sorted(passes)


def test_a_bound_that_is_the_mark_in_exact_numbers_passes():
    one_of_one = replace(SPEC, pass_bound=0.05)  # one right of one shows 1 - 0.95 exactly

    assert is_passed(one_of_one, 1, 1)
