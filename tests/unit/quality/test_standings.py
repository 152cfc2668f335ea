from datetime import timedelta

import pytest

from peritus.accounts.queries import engine
from peritus.quality.standings import alarms_about, expert_standings, outcomes_of_expert
from peritus.quality.verbs import add_gold, answer_alarm, raise_alarm
from tests.factories.bench import expert
from tests.factories.engagements import START, engagement, lot
from tests.factories.quality import known_answers
from tests.factories.walk import key

FALLEN = "1111111110" * 3 + "0" * 8


@pytest.fixture
def fallen(clock):
    """An expert who was right in 27 of 30, then wrong eight times; another with two answers."""
    course = engagement()
    one = lot(engagement=course)
    falls, new = expert(name="Ada"), expert(name="Ben")
    known_answers(falls, one, FALLEN)
    known_answers(new, one, "10")
    clock.move_to(START + timedelta(days=60))
    return course, falls, new


def test_experts_stand_with_what_overturned_them_and_how_much_was_known(walk):
    walk.judge(contested={"q000": "a", "q001": "b"})
    add_gold(walk.items[2].pk, "answer", "b", source="Section 3.", weighs=True, by=walk.lead,
             key=key())  # fmt: skip

    rows = {row.expert: row for row in expert_standings(walk.engagement)}

    first, second = (rows[judge] for judge in walk.judges)
    assert (first.answered, first.tally.known, first.tally.right) == (6, 3, 1)
    assert first.tally.overturns == [("gold", (1, 1)), ("adjudication", (1, 2))]
    assert (second.wrong, second.tally.overturns) == (2, first.tally.overturns)
    assert (second.watch, second.alarm, second.paused) == (None, None, False)
    assert rows[walk.adjudicator].accuracy.n == 0


def test_who_was_given_the_hard_items_is_compared_on_all_items(clock):
    """Ada and Ben know as much of their own items; on Ben's the others fail."""
    course = engagement()
    ada, ben, *others = (expert(name=name) for name in ("Ada", "Ben", "Cay", "Dee", "Eve"))
    easy, hard = lot(engagement=course), lot(engagement=course)
    known_answers(ada, easy, "1110110111" * 2)
    known_answers(ben, hard, "1110110111" * 2)
    for other in others:
        known_answers(other, easy, "1" * 20, items=easy.items.order_by("id"))
        known_answers(other, hard, "0010100100" * 2, items=hard.items.order_by("id"))

    rows = {row.expert: row for row in expert_standings(course)}

    assert rows[ada].accuracy.share == rows[ben].accuracy.share == 0.8
    assert rows[ben].fair > rows[ada].fair + 0.1


def test_who_shares_no_item_with_anybody_is_compared_with_nobody(fallen):
    course, *_ = fallen

    assert {row.fair for row in expert_standings(course)} == {None}


def test_alarms_come_first_then_whoever_is_surely_least_often_right(fallen):
    course, falls, new = fallen
    raise_alarm(course.pk, falls.pk, "question", by=engine(), key=key())

    rows = expert_standings(course)

    assert [(row.expert, row.alarm is not None) for row in rows] == [(falls, True), (new, False)]
    assert rows[0].watch.alarm.at


def test_standings_ask_the_database_no_more_for_more_experts(fallen, django_assert_num_queries):
    course, *_ = fallen
    for name in ("Cay", "Dee", "Eve"):
        known_answers(expert(name=name), lot(engagement=course), "1101")

    with django_assert_num_queries(10):
        expert_standings(course)


def test_an_experts_outcomes_come_newest_first_and_only_on_that_question(fallen):
    course, falls, _ = fallen

    found = outcomes_of_expert(course, falls, "question")

    assert [each.right for each in found] == [letter == "1" for letter in reversed(FALLEN)]
    assert outcomes_of_expert(course, falls, "other") == []


def test_an_alarm_waits_until_it_is_answered_and_stays_on_record(fallen):
    course, falls, _ = fallen
    alarm = raise_alarm(course.pk, falls.pk, "question", by=engine(), key=key())
    assert alarms_about(course, falls, "question") == (alarm, [])

    answer_alarm(alarm.pk, "retrain", reason="We read section 3.", by=course.manager, key=key())

    assert alarms_about(course, falls, "question") == (None, [alarm])
