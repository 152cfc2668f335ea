"""What a few answers say under known skills, against Bayes' rule in fractions."""

from fractions import Fraction
from math import nan, prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import integers, lists, tuples

from peritus.algorithms.aggregation import posterior_under_skill

judges = lists(tuples(integers(0, 3), integers(1, 19)), min_size=1, max_size=6)


@given(judges)
def test_posterior_under_skill_is_bayes_rule(answers):
    """Outside oracle: the products in exact fractions."""
    skills = [Fraction(twentieths, 20) for _, twentieths in answers]
    joint = [
        prod(
            skill if said == label else (1 - skill) / 3
            for (said, _), skill in zip(answers, skills, strict=True)
        )
        for label in range(4)
    ]

    found = posterior_under_skill([said for said, _ in answers], [float(s) for s in skills], 4)

    assert found == pytest.approx([float(each / sum(joint)) for each in joint], abs=1e-12)
    assert found.sum() == pytest.approx(1)


@given(judges)
def test_posterior_under_skill_does_not_depend_on_the_order(answers):
    label, skill = [said for said, _ in answers], [t / 20 for _, t in answers]

    again = posterior_under_skill(label[::-1], skill[::-1], 4)

    assert posterior_under_skill(label, skill, 4) == pytest.approx(again)


def test_posterior_under_skill_takes_an_unknown_skill_as_the_mean_of_the_known():
    found = posterior_under_skill([0, 1, 1], [0.9, nan, 0.7], 2)

    assert found == pytest.approx(posterior_under_skill([0, 1, 1], [0.9, 0.8, 0.7], 2))


def test_posterior_under_skill_stays_finite_where_the_surest_disagree():
    found = posterior_under_skill(np.repeat([0, 1], 500), np.repeat([1.0, 0.0], 500), 2)

    assert found == pytest.approx([1, 0])
    assert posterior_under_skill([0, 1], [1.0, 1.0], 2) == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize(
    ("label", "skill", "n_labels", "why"),
    [
        ([0], [0.5], 1, "at least 2 possible answers"),
        ([], [], 2, "One skill for each answer"),
        ([0, 1], [0.5], 2, "One skill for each answer"),
        ([2], [0.5], 2, "from 0 to below 2"),
        ([0.5], [0.5], 2, "from 0 to below 2"),
        ([0], [nan], 2, "at least one is known"),
        ([0], [1.5], 2, "shares from 0 to 1"),
    ],
)
def test_posterior_under_skill_says_what_is_wrong_with_its_input(label, skill, n_labels, why):
    with pytest.raises(ValueError, match=why):
        posterior_under_skill(label, skill, n_labels)
