"""The quiz at the command line."""

import click
import pytest
from click.testing import CliRunner

from peritus.bench.models import Qualification
from peritus.catalogue.qualifications import questions_of_attempt
from peritus.catalogue.registry import pack_named
from peritus.cli.quiz import run_quiz, take_quiz
from peritus.work.models import Judgment
from tests.factories import desks

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def lot():
    return desks.training_lot()


@pytest.fixture
def expert(lot):
    return desks.person_on_bench()


def given(lot, expert, *, right):
    """Return what a person types in a first attempt to answer so many questions right."""
    spec = pack_named("kpo_quiz").qualification
    asked = questions_of_attempt(
        spec, spec.key, seed=str(lot.uid), expert=str(expert.uid), attempt=1
    )
    places = ["abcd".index(spec.key[item]) for item in asked]
    lines = [place + 1 if at < right else (place + 1) % 4 + 1 for at, place in enumerate(places)]
    return "\n".join(map(str, lines)) + "\n"


def run(expert, typed):
    command = click.command()(lambda: run_quiz(expert.user.email))
    return CliRunner().invoke(command, input=typed)


@pytest.mark.parametrize(("right", "code", "word"), [(10, 0, "Passed"), (9, 1, "Not passed")])
def test_take_quiz_grades_at_the_pass_mark(lot, expert, right, code, word):
    result = run(expert, given(lot, expert, right=right))

    held = Qualification.objects.get(expert=expert)
    assert (held.right, held.asked, held.passed) == (right, 12, code == 0)
    assert f"{right} of 12 right. {word}" in result.output
    assert "You have 60 minutes from the start on" in result.output
    assert "Pass mark: 10 of 12 right" in result.output
    assert result.exit_code == code


def test_take_quiz_goes_on_where_it_was_stopped(lot, expert):
    lines = given(lot, expert, right=12).splitlines(keepends=True)

    stopped = run(expert, "".join(lines[:5]))
    result = run(expert, "".join(lines[5:]))

    assert stopped.exit_code == 1
    assert result.exit_code == 0
    assert Judgment.objects.count() == 12


def test_take_quiz_asks_nothing_when_it_was_passed(lot, expert):
    run(expert, given(lot, expert, right=12))

    result = run(expert, "")

    assert "12 of 12 right. Passed" in result.output
    assert Qualification.objects.count() == 1


def test_take_quiz_names_who_it_could_not_find(expert):
    with pytest.raises(click.ClickException, match=r"Nobody on the bench signs in as 'x@y\.z'"):
        take_quiz("x@y.z")
