"""What a test must declare, and which questions an attempt at it asks."""

from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peritus.catalogue.qualifications import (
    QualificationSpec,
    qualification_blockers,
    questions_of_attempt,
)

KEYS = [f"q{place:02}" for place in range(1, 13)]
SPEC = QualificationSpec(
    name="Test", valid_days=365, key=dict.fromkeys(KEYS, "a"), explanations={}, pass_bound=0.5
)
ASKED = {"seed": "lot", "expert": "ada", "attempt": 1}


ONE_MARK = "A test has one mark: pass_share, or pass_bound with its confidence."
NO_BOUND = "The bound lies in (0, 1) and its confidence in (0.5, 1), or it says nothing."


@pytest.mark.parametrize(
    ("said", "blocker"),
    [
        ({"pass_bound": None, "pass_share": 0.0}, "The pass mark is a share in (0, 1], got 0.0."),
        ({"pass_share": 0.75}, ONE_MARK),
        ({"pass_bound": None}, ONE_MARK),
        ({"pass_bound": 1.0}, NO_BOUND),
        ({"confidence": 0.5}, NO_BOUND),
        (
            {"pass_bound": 0.8},
            "Nobody can pass: 12 right answers of 12 show 0.779, and 0.8 is asked for.",
        ),
        ({"asked": 13}, "1 to 12 questions can be asked of so many, got 13."),
        ({"asked": 0}, "1 to 12 questions can be asked of so many, got 0."),
        ({"asked": 4}, "Nobody can pass: 4 right answers of 4 show 0.473, and 0.5 is asked for."),
        ({"limit_minutes": 0}, "An attempt has a minute at least, got 0."),
        (
            {"training_confirmed": True, "training": " "},
            "There is no training text that could be confirmed as read.",
        ),
        ({"attempts": 0}, "At least one attempt must be allowed, got 0."),
        ({"wait_minutes": -1}, "Attempts lie 0 minutes or more apart, got -1."),
    ],
)
def test_qualification_blockers_say_what_cannot_be_given(said, blocker):
    assert qualification_blockers(replace(SPEC, **said)) == [blocker]


def test_questions_of_attempt_are_all_in_order_where_a_pack_says_nothing():
    assert questions_of_attempt(SPEC, reversed(KEYS), **ASKED) == KEYS


def test_questions_of_attempt_stand_by_their_hashes():
    spec = replace(SPEC, asked=5, shuffled=True)
    by_hash = sorted(KEYS, key=lambda key: sha256(f"lot\nada\n1\n{key}".encode()).hexdigest())

    assert questions_of_attempt(spec, KEYS, **ASKED) == by_hash[:5]
    assert questions_of_attempt(replace(spec, shuffled=False), KEYS, **ASKED) == sorted(by_hash[:5])


@given(st.integers(1, 12), st.text(max_size=8), st.integers(1, 9))
def test_questions_of_attempt_are_so_many_different_ones_of_the_pool(asked, expert, attempt):
    spec = replace(SPEC, asked=asked, shuffled=True)

    drawn = questions_of_attempt(spec, KEYS, seed="lot", expert=expert, attempt=attempt)

    assert len(drawn) == len(set(drawn)) == asked
    assert set(drawn) <= set(KEYS)


def test_questions_of_attempt_differ_between_people_and_attempts():
    spec = replace(SPEC, shuffled=True)
    changes = [{}, {"expert": "bo"}, {"attempt": 2}, {"seed": "other"}]

    drawn = {tuple(questions_of_attempt(spec, KEYS, **(ASKED | change))) for change in changes}

    assert len(drawn) == len(changes)


def test_questions_of_attempts_come_up_equally_often():
    """Each of twelve in a third of 3,000 draws of four: 1,000, within five standard errors."""
    spec, counts = replace(SPEC, asked=4), dict.fromkeys(KEYS, 0)
    for attempt in range(3000):
        for key in questions_of_attempt(spec, KEYS, seed="lot", expert="ada", attempt=attempt):
            counts[key] += 1

    assert max(abs(count - 1000) for count in counts.values()) < 5 * (3000 * 1 / 3 * 2 / 3) ** 0.5
