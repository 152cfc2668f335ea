"""The onboarding quiz: twelve sound questions, graded by its own key."""

from collections import Counter

import pytest

from peritus.catalogue.packs import pack_blockers
from peritus.packs.kpo_quiz import PACK

ROWS = PACK.item_rows()
QUALIFICATION = PACK.qualification
TOPICS = {
    "Nature of work",
    "Skill",
    "Cost dynamics",
    "Focus",
    "Activities",
    "Savings",
    "Industries",
    "Healthcare and consulting",
}


def test_the_pack_is_sound():
    assert pack_blockers(PACK) == []


def test_item_rows_are_twelve_with_keys_in_order():
    assert [row["key"] for row in ROWS] == [f"q{place:02}" for place in range(1, 13)]


def test_item_rows_pass_the_packs_own_check():
    assert {row["key"]: PACK.items.blockers(row) for row in ROWS} == {
        row["key"]: [] for row in ROWS
    }


def test_item_rows_cover_every_topic():
    assert {row["topic"] for row in ROWS} == TOPICS


def test_item_rows_do_not_tell_the_answer():
    columns = {column for row in ROWS for column in row}

    assert columns == {"key", "lot", "topic", "text", "a", "b", "c", "d"}


def test_the_right_answers_are_spread_evenly():
    assert Counter(QUALIFICATION.key.values()) == {"a": 3, "b": 3, "c": 3, "d": 3}


@pytest.mark.parametrize("pick", [min, max])
def test_picking_statements_by_length_does_not_pass(pick):
    picked = {row["key"]: pick("abcd", key=lambda code, row=row: len(row[code])) for row in ROWS}
    lucky = sum(picked[key] == right for key, right in QUALIFICATION.key.items())

    assert lucky <= len(ROWS) // 3


def test_each_question_has_an_answer_and_two_or_three_sentences_of_reason():
    sentences = {key: text.count(". ") + 1 for key, text in QUALIFICATION.explanations.items()}

    assert list(QUALIFICATION.key) == list(sentences) == [row["key"] for row in ROWS]
    assert set(sentences.values()) <= {2, 3}


def test_the_qualification_is_granted_for_a_year_to_who_knows_more_than_half():
    granted = (QUALIFICATION.name, QUALIFICATION.pass_bound, QUALIFICATION.confidence)

    assert (*granted, QUALIFICATION.valid_days) == ("KPO onboarding", 0.5, 0.95, 365)


def test_content_shows_the_question_and_its_own_four_statements():
    content = PACK.items.content(ROWS[0])

    assert content.title == ROWS[0]["text"]
    assert content.facts == tuple((code, ROWS[0][code]) for code in "abcd")


@pytest.mark.parametrize("column", ["topic", "text", "a", "d"])
def test_blockers_name_the_column_that_is_empty(column):
    assert PACK.items.blockers({**ROWS[0], column: " "}) == [
        f"A question needs topic, text, a, b, c, d; missing: {column}."
    ]


def test_blockers_want_four_different_statements():
    assert PACK.items.blockers({**ROWS[0], "b": ROWS[0]["a"]}) == [
        "The four statements must differ; two of them are the same."
    ]
