"""Advise from six answers: the same rule for page, command line and record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from peritus.screening.questions import (
    COURSES,
    HEAD_START,
    KEEP,
    MIDDLE,
    MOST,
    PILOT,
    QUESTIONS,
    ScreeningQuestion,
)

CLEAR_LEAD = 2  # points by which the first course must lead the second


class Reason(NamedTuple):
    """What one answer speaks for."""

    question: str
    sentence: str


class Flip(NamedTuple):
    """One answer, a step away from the given one, that leads elsewhere."""

    question: str
    answer: int
    course: str


@dataclass(frozen=True)
class Advice:
    """What to do with a process, why, and what would change it."""

    course: str
    because: str
    points: Mapping[str, int]
    reasons: tuple[Reason, ...]
    would_flip: tuple[Flip, ...]


def advise(answers: Mapping[str, int]) -> Advice:
    """Advise on a process from a step of 0 to 4 for each question.

    Points decide, a close race is piloted, and what must not leave the house
    is kept whatever the points say. Raises ValueError for answers that
    ``answer_blockers`` names.
    """
    if blockers := answer_blockers(answers):
        raise ValueError(" ".join(blockers))
    course = _course(answers)
    return Advice(
        course=course,
        because=_because(course, answers),
        points=points_of(answers),
        reasons=tuple(_reason(question, answers[question.code]) for question in QUESTIONS),
        would_flip=tuple(_flips(answers, course)),
    )


def answer_blockers(answers: Mapping[str, int]) -> list[str]:
    """Say which answers are missing, unknown or off the scale."""
    codes = [question.code for question in QUESTIONS]
    blockers = [f"{code} is not answered." for code in codes if code not in answers]
    for code, answer in answers.items():
        if code not in codes:
            blockers.append(f"There is no question {code!r}; they are {', '.join(codes)}.")
        elif type(answer) is not int or not 0 <= answer <= MOST:  # True is no step
            blockers.append(f"{code} is answered by a step from 0 to {MOST}; {answer!r} came.")
    return blockers


def points_of(answers: Mapping[str, int]) -> dict[str, int]:
    """Return the points of each course."""
    return {
        course: HEAD_START[course]
        + sum(
            question.weights[course] * (answers[question.code] - MIDDLE) for question in QUESTIONS
        )
        for course in COURSES
    }


def _course(answers: Mapping[str, int]) -> str:
    if answers["sensitivity"] == MOST:
        return KEEP
    first, second, *_ = _ranked(points_of(answers))
    return first[0] if first[1] - second[1] >= CLEAR_LEAD else PILOT


def _ranked(points: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(points.items(), key=lambda course: -course[1])


def _because(course: str, answers: Mapping[str, int]) -> str:
    if answers["sensitivity"] == MOST:
        return "It must not leave the house; this answer decides alone."
    (first, most), (second, less), *_ = _ranked(points_of(answers))
    lead = f"{COURSES[first]} has {most} points, {COURSES[second]} {less}"
    if course == PILOT:
        return f"Too close to call: {lead}; a clear lead is {CLEAR_LEAD}. Try a small lot first."
    return f"{lead[0].upper()}{lead[1:]}."


def _reason(question: ScreeningQuestion, answer: int) -> Reason:
    points = {course: weight * (answer - MIDDLE) for course, weight in question.weights.items()}
    said = f"{question.label}: {question.anchors[answer]} ({answer} of {MOST})"
    most, least = max(points.values()), min(points.values())
    if most == least:
        return Reason(question.code, f"{said}; it speaks neither way.")
    parts = [f"for {_with(points, most)}"] if most > 0 else []
    parts += [f"against {_with(points, least)}"] if least < 0 else []
    return Reason(question.code, f"{said}; it speaks {', '.join(parts)}.")


def _with(points: Mapping[str, int], wanted: int) -> str:
    """Name the courses that got these points."""
    named = " and ".join(COURSES[course] for course, got in points.items() if got == wanted)
    return f"{named} ({wanted:+d})"


def _flips(answers: Mapping[str, int], course: str) -> list[Flip]:
    return [
        Flip(code, step, other)
        for code, answer in ((question.code, answers[question.code]) for question in QUESTIONS)
        for step in (answer - 1, answer + 1)
        if 0 <= step <= MOST and (other := _course({**answers, code: step})) != course
    ]
