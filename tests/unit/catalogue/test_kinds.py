"""Kinds of question."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peritus.catalogue.errors import UnknownQuestionKind
from peritus.catalogue.kinds import CHOICE, KINDS, Option, kind_named

OPTIONS = (Option("yes", "Yes"), Option("no", "No"))


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_choice_takes_each_of_its_options(answer):
    assert CHOICE.blockers(answer, OPTIONS) == []


@pytest.mark.parametrize("answer", ["Yes", "", "maybe", None, 1, ["yes"], {"yes": 1}, "x" * 500])
def test_choice_says_what_it_wanted_when_the_answer_is_no_option(answer):
    assert CHOICE.blockers(answer, OPTIONS) == [
        f"The answer must be one of yes, no; {str(answer)[:80]!r} came."
    ]


@given(one=st.text(max_size=20), other=st.text(max_size=20))
@settings(max_examples=30)
def test_choice_distance_is_a_discrete_metric(one, other):
    assert CHOICE.distance(one, one) == 0
    assert CHOICE.distance(one, other) == CHOICE.distance(other, one) == (one != other)


def test_kind_named_returns_each_kind_under_its_own_name():
    assert {name: kind_named(name) for name in KINDS} == KINDS


def test_kind_named_lists_the_kinds_when_the_name_is_unknown():
    with pytest.raises(UnknownQuestionKind, match=r"Kinds of question are choice.*'guess' came"):
        kind_named("guess")
