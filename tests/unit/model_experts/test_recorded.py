"""Experts that answer from the record: what goes in, and how they work."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from peritus.engagements.models import Engagement
from peritus.intake.models import ImportRun
from peritus.journal.clock import SteadyClock, clock_set_to, now
from peritus.journal.errors import KeyUsedDifferently, NotAllowed
from peritus.model_experts.answering import answer_waiting_slots
from peritus.model_experts.models import RecordedAnswer
from peritus.model_experts.queries import availability, recorded_slots
from peritus.model_experts.verbs import record_answers
from peritus.work.models import Judgment, Skip
from peritus.work.verbs import lease_slot
from tests.factories.accounts import member
from tests.factories.bench import expert
from tests.factories.engagements import engagement, guideline_version, item, lot, question
from tests.factories.work import slot


@pytest.fixture
def course(db):
    """An engagement with one question, "holds", and the items q0 to q2."""
    with clock_set_to(SteadyClock(datetime(2026, 3, 10, 9, tzinfo=UTC))):
        course = engagement(manager=member("manager"), quality_lead=member("quality"))
        version = guideline_version(engagement=course, organisation=course.organisation)
        question(guideline_version=version, code="holds")
        parent = lot(engagement=course)
        for number in range(3):
            item(lot=parent, key=f"q{number}")
        yield course


@pytest.fixture
def source(db):
    return expert(kind="source", handle="table")


def said(key, answer="yes", **changes):
    return {"key": key, "question": "holds", "answer": answer, "reason": "Stated."} | changes


def record(course, source, *rows, **changes):
    given = {"file_name": "table.json", "by": course.manager, "key": "k"} | changes
    return record_answers(course.pk, source.pk, list(rows), **given)


# record_answers


def test_record_answers_takes_sound_rows_and_lists_the_others(course, source):
    run = record(course, source, said("q0"), said("q9"), said("q1", "perhaps"), said("q2", ""))

    assert (run.accepted, run.unchanged, run.rejected) == (2, 0, 2)
    assert [(number, reason) for number, reason, _ in run.rejects] == [
        (2, "There is no item 'q9' in this engagement."),
        (3, "The answer must be one of yes, no; 'perhaps' came."),
    ]
    assert list(RecordedAnswer.objects.order_by("item__key").values_list("answer", flat=True)) == [
        "yes",
        "",
    ]


def test_record_answers_takes_them_once_when_repeated(course, source):
    assert record(course, source, said("q0")) == record(course, source, said("q0"))
    assert ImportRun.objects.count() == 1


def test_record_answers_refuses_the_same_key_for_other_rows(course, source):
    record(course, source, said("q0"))

    with pytest.raises(KeyUsedDifferently):
        record(course, source, said("q1"))


def test_record_answers_changes_nothing_when_a_file_comes_again(course, source):
    record(course, source, said("q0"))

    run = record(course, source, said("q0"), said("q0", "no"), key="other")

    assert (run.accepted, run.unchanged, run.rejected) == (0, 1, 1)
    assert run.rejects[0][1] == "'yes' is on record for this item already."


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({}, "There is no item '' in this engagement."),
        ({"key": "q0"}, "There is no question ''."),
        ({"key": "q0", "question": "other"}, "There is no question 'other'."),
    ],
)
def test_record_answers_refuses_rows_that_lack_a_column(course, source, row, reason):
    run = record(course, source, row)

    assert [rejected[1] for rejected in run.rejects] == [reason]


def test_record_answers_reads_a_row_without_answer_as_no_answer(course, source):
    run = record(course, source, {"key": "q0", "question": "holds"})

    assert (run.accepted, RecordedAnswer.objects.get().answer) == (1, "")


def test_record_answers_is_the_managers(course, source):
    with pytest.raises(NotAllowed):
        record(course, source, said("q0"), by=course.quality_lead)


def test_record_answers_does_not_see_another_engagement(course, source):
    with pytest.raises(Engagement.DoesNotExist):
        record(course, source, said("q0"), by=engagement(manager=member("manager")).manager)


def test_availability_names_items_that_are_answered(course, source):
    record(course, source, said("q0"), said("q1", ""), said("q2", "no"))

    assert availability(course.lots.get()) == {"table": ["q0", "q2"]}


# answer_waiting_slots


def work(source):
    steps = []
    done = answer_waiting_slots(source, after_each=lambda: steps.append(1))
    assert done == len(steps)
    return done


def reserved(course, source):
    return [slot(item=thing, reserved_for=source) for thing in course.items.order_by("key")]


def test_answer_waiting_slots_answers_from_the_record(course, source):
    record(course, source, said("q0"), said("q1", "no"), said("q2"))
    reserved(course, source)
    slot(item=course.items.get(key="q0"))  # open to anybody: not for a record

    assert work(source) == 3
    assert list(Judgment.objects.order_by("id").values_list("item__key", "answers", "reason")) == [
        ("q0", {"holds": "yes"}, "Stated."),
        ("q1", {"holds": "no"}, "Stated."),
        ("q2", {"holds": "yes"}, "Stated."),
    ]
    assert not recorded_slots(source, now()).exists()


def test_answer_waiting_slots_skips_where_the_record_is_silent(course, source):
    record(course, source, said("q0", "", reason="It depends."))
    reserved(course, source)[2].delete()

    assert work(source) == 2
    assert list(Skip.objects.order_by("id").values_list("reason", "note")) == [
        ("guideline_silent", "It depends."),
        ("guideline_silent", "The source has no answer."),
    ]


def test_answer_waiting_slots_goes_on_with_leases_that_were_left_behind(course, source):
    record(course, source, said("q0"), said("q1"), said("q2"))
    left = reserved(course, source)[1]
    lease_slot(left.pk, by=source.user, key="left behind")

    assert work(source) == 3
    assert work(source) == 0
    assert Judgment.objects.count() == 3


def test_answer_waiting_slots_says_so_where_an_adjudication_has_no_reason(course, source):
    record(course, source, said("q0", reason=""))
    slot(item=course.items.get(key="q0"), purpose="adjudication", reserved_for=source)

    assert work(source) == 1
    assert Judgment.objects.get().reason == "The source states its answer without a reason."
