"""What makes a pack unsound."""

from dataclasses import replace

import pytest

from peritus.catalogue.errors import UnknownQuestionKind
from peritus.catalogue.kinds import Option
from peritus.catalogue.packs import (
    MOST_OPTIONS,
    GuidelineSpec,
    ItemContent,
    ItemShape,
    Pack,
    PlanSpec,
    QuestionSpec,
    pack_blockers,
)

QUESTION = QuestionSpec(
    code="fits",
    kind="choice",
    text="Does it fit?",
    options=(Option("yes", "Yes"), Option("no", "No")),
    section="The question",
)
PACK = Pack(
    name="plain",
    title="Plain",
    activity="test",
    questions=(QUESTION,),
    guideline=GuidelineSpec("Plain", "# Plain\n\n## The question\nAnswer it.\n"),
    items=ItemShape(("text",), lambda _row: [], lambda row: ItemContent(row["text"], ())),
    plan=PlanSpec(promise=0.05, confidence=0.95, looks=(25,)),
)


def test_pack_blockers_finds_nothing_in_a_sound_pack():
    assert pack_blockers(PACK) == []


@pytest.mark.parametrize("questions", [(), (QUESTION, QUESTION)])
def test_pack_blockers_wants_question_codes_that_are_there_and_differ(questions):
    codes = [question.code for question in questions]

    assert pack_blockers(replace(PACK, questions=questions)) == [
        f"Question codes must be unique and at least one, got {codes}."
    ]


def test_pack_blockers_wants_options_that_differ():
    twice = replace(QUESTION, options=(Option("yes", "Yes"), Option("yes", "Yes")))

    assert pack_blockers(replace(PACK, questions=(twice,))) == [
        "Options of fits must be unique, got ['yes', 'yes']."
    ]


@pytest.mark.parametrize("count", [1, MOST_OPTIONS + 1])
def test_pack_blockers_wants_one_key_for_each_option(count):
    options = tuple(Option(f"o{place}", "An option") for place in range(count))

    assert pack_blockers(replace(PACK, questions=(replace(QUESTION, options=options),))) == [
        f"fits needs 2 to {MOST_OPTIONS} options, one key each; got {count}."
    ]


def test_pack_blockers_wants_the_guideline_to_have_the_questions_section():
    elsewhere = replace(QUESTION, section="Elsewhere")

    assert pack_blockers(replace(PACK, questions=(elsewhere,))) == [
        "The guideline has no section 'Elsewhere' for fits."
    ]


@pytest.mark.parametrize("promise", [0, 1, 5])
def test_pack_blockers_wants_a_promise_that_is_a_share(promise):
    plan = replace(PACK.plan, promise=promise)

    assert pack_blockers(replace(PACK, plan=plan)) == [
        f"The promise must be a share in (0, 1), got {promise}."
    ]


def test_pack_blockers_refuses_a_kind_of_question_that_is_unknown():
    guessed = replace(QUESTION, kind="guess")

    with pytest.raises(UnknownQuestionKind):
        pack_blockers(replace(PACK, questions=(guessed,)))
