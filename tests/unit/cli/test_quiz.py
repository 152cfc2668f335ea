"""The quiz at the command line."""

import click
import pytest
from click.testing import CliRunner

from peritus.bench.models import Qualification
from peritus.catalogue.registry import pack_named
from peritus.cli.quiz import run_quiz, take_quiz
from peritus.work.models import Judgment
from tests.factories import desks

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def expert():
    desks.training_lot()
    return desks.person_on_bench()


def given(*, right):
    """Return what a person types to answer so many questions right."""
    key = pack_named("kpo_quiz").qualification.key
    places = {item: "abcd".index(answer) for item, answer in key.items()}
    lines = [
        places[item] + 1 if place < right else (places[item] + 1) % 4 + 1
        for place, item in enumerate(sorted(key))
    ]
    return "\n".join(map(str, lines)) + "\n"


def run(expert, typed):
    command = click.command()(lambda: run_quiz(expert.user.email))
    return CliRunner().invoke(command, input=typed)


@pytest.mark.parametrize(("right", "code", "word"), [(10, 0, "Passed"), (9, 1, "Not passed")])
def test_take_quiz_grades_at_the_pass_mark(expert, right, code, word):
    result = run(expert, given(right=right))

    held = Qualification.objects.get(expert=expert)
    assert (held.right, held.asked, held.passed) == (right, 12, code == 0)
    assert f"{right} of 12 right. {word}" in result.output
    assert "Pass mark: 10 of 12 right" in result.output
    assert result.exit_code == code


def test_take_quiz_goes_on_where_it_was_stopped(expert):
    lines = given(right=12).splitlines(keepends=True)

    stopped = run(expert, "".join(lines[:5]))
    result = run(expert, "".join(lines[5:]))

    assert stopped.exit_code == 1
    assert result.exit_code == 0
    assert Judgment.objects.count() == 12


def test_take_quiz_asks_nothing_when_it_was_passed(expert):
    run(expert, given(right=12))

    result = run(expert, "")

    assert "12 of 12 right. Passed" in result.output
    assert Qualification.objects.count() == 1


def test_take_quiz_names_who_it_could_not_find(expert):
    with pytest.raises(click.ClickException, match=r"Nobody on the bench signs in as 'x@y\.z'"):
        take_quiz("x@y.z")
