from functools import cache
from itertools import product

import pytest

from peritus.catalogue.registry import pack_named
from peritus.screening.advice import Flip, advise, answer_blockers, points_of
from peritus.screening.questions import COURSES, QUESTIONS

CODES = [question.code for question in QUESTIONS]


def answers(*steps):
    return dict(zip(CODES, steps, strict=True))


@cache
def course(*steps):
    return advise(answers(*steps)).course


@pytest.mark.parametrize(
    ("process", "steps", "wanted"),
    [
        # volume, judgement, codifiable, licence, error cost, sensitivity
        ("legal review of documents", (4, 3, 2, 3, 3, 2), "kpo"),
        ("medical evidence review", (2, 4, 1, 4, 4, 1), "kpo"),
        ("customer service", (4, 1, 2, 0, 1, 2), "bpo"),
        ("copying data from invoices", (4, 0, 4, 0, 1, 1), "automate"),
        ("deciding on strategy", (0, 4, 0, 0, 4, 3), "keep"),
        ("bookkeeping", (3, 1, 3, 1, 2, 2), "pilot"),
        ("what the law keeps in the house", (4, 4, 2, 4, 2, 4), "keep"),
    ],
)
def test_advise_answers_known_kinds_of_work(process, steps, wanted):
    assert course(*steps) == wanted


def test_advise_sends_the_licence_sample_to_knowledge_work():
    sample = pack_named("licence_compliance").sample

    advice = advise(sample.screening)

    assert advice.course == "kpo"
    assert advice.because == (
        "Giving it out as knowledge work has 6 points, keeping it in-house -1."
    )
    assert advice.would_flip == ()


def test_advise_gives_a_reason_for_each_question():
    reasons = advise(answers(2, 3, 2, 2, 4, 1)).reasons

    assert [reason.question for reason in reasons] == CODES
    assert reasons[0].sentence == "Volume: 200 to 1,999 (2 of 4); it speaks neither way."
    assert reasons[1].sentence == (
        "Judgement: most (3 of 4); it speaks for giving it out as knowledge work (+3), "
        "against automating it and giving it out as a business process (-2)."
    )


def test_advise_says_that_sensitivity_decides_alone():
    advice = advise(answers(4, 4, 2, 4, 2, 4))

    assert advice.because == "It must not leave the house; this answer decides alone."
    assert Flip("sensitivity", 3, "kpo") in advice.would_flip


def test_advise_pilots_what_is_too_close_to_call():
    advice = advise(answers(3, 1, 3, 1, 2, 2))

    assert advice.because == (
        "Too close to call: automating it has 7 points, giving it out as a business process 6; "
        "a clear lead is 2. Try a small lot first."
    )


def test_advise_counts_points_from_the_middle():
    assert points_of(answers(2, 2, 2, 2, 2, 2)) == {"keep": 0, "automate": -2, "bpo": 0, "kpo": 0}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"volume": 5}, "volume is answered by a step from 0 to 4; 5 came."),
        ({"volume": -1}, "volume is answered by a step from 0 to 4; -1 came."),
        ({"volume": True}, "volume is answered by a step from 0 to 4; True came."),
        ({"volume": 2.0}, "volume is answered by a step from 0 to 4; 2.0 came."),
        ({"volume": "2"}, "volume is answered by a step from 0 to 4; '2' came."),
        ({"colour": 1}, f"There is no question 'colour'; they are {', '.join(CODES)}."),
    ],
)
def test_answer_blockers_name_the_answer(changes, reason):
    given = answers(2, 2, 2, 2, 2, 2) | changes

    assert answer_blockers(given) == [reason]
    with pytest.raises(ValueError, match=r" came\.| no question "):
        advise(given)


def test_answer_blockers_name_every_missing_answer():
    assert answer_blockers({}) == [f"{code} is not answered." for code in CODES]


def test_every_question_has_anchors_and_weights_for_every_course():
    for question in QUESTIONS:
        assert len(set(question.anchors)) == 5
        assert set(question.weights) == set(COURSES)


# Over all 15,625 answers: what a higher step cannot do.
ALL = list(product(range(5), repeat=6))
CANNOT_TURN_AWAY_FROM = {
    "volume": "automate",
    "judgement": "kpo",
    "codifiable": "automate",
    "licence_needed": "kpo",
    "error_cost": "kpo",
    "sensitivity": "keep",
}
CANNOT_LEAD_TO = {
    "volume": {"keep"},
    "judgement": {"bpo", "automate"},
    "codifiable": {"keep", "kpo"},
    "licence_needed": {"bpo"},
    "error_cost": {"bpo", "automate"},
    "sensitivity": {"bpo"},
}


@pytest.mark.slow
@pytest.mark.parametrize("place", range(6), ids=CODES)
def test_advise_is_monotone_in_each_answer(place):
    code = CODES[place]
    for steps in ALL:
        if steps[place] == 4:
            continue
        lower = course(*steps)
        higher = course(*steps[:place], steps[place] + 1, *steps[place + 1 :])

        assert lower != CANNOT_TURN_AWAY_FROM[code] or higher == lower or steps[5] == 4
        assert higher == lower or higher not in CANNOT_LEAD_TO[code]


@pytest.mark.slow
def test_would_flip_names_every_single_step_that_changes_the_advice():
    for steps in ALL[::97]:
        found = {
            (flip.question, flip.answer, flip.course) for flip in advise(answers(*steps)).would_flip
        }

        wanted = set()
        for place, code in enumerate(CODES):
            for step in {steps[place] - 1, steps[place] + 1} & set(range(5)):
                other = course(*steps[:place], step, *steps[place + 1 :])
                if other != course(*steps):
                    wanted.add((code, step, other))
        assert found == wanted


@pytest.mark.slow
def test_advise_reaches_every_course():
    assert {course(*steps) for steps in ALL} == {"keep", "automate", "bpo", "kpo", "pilot"}
