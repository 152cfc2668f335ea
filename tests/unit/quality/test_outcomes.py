from datetime import timedelta

import pytest

from peritus.quality.outcomes import Cause, counted_judgments, outcomes_of, tally
from peritus.quality.skills import skills_that_differ
from peritus.work.models import Slot
from tests.factories import bench, quality, work
from tests.factories.engagements import START, item, lot

pytestmark = pytest.mark.django_db


def found():
    return [
        (each.expert, each.known.cause, each.right, each.known.version)
        for each in outcomes_of(counted_judgments())
    ]


def judged(answer="yes", **changes):
    return work.judgment(answers={"question": answer}, **changes)


def adjudged(thing, answer, number=1):
    slot = work.slot(item=thing, purpose=Slot.Purpose.ADJUDICATION, number=number)
    return judged(answer, slot=slot, submitted_at=START + timedelta(hours=number))


def audited(thing, answer):
    freeze = quality.freeze(lot=thing.lot)
    slot = work.slot(item=thing, purpose=Slot.Purpose.AUDIT)
    return quality.audit(freeze=freeze, item=thing, judgment=judged(answer, slot=slot), slot=slot)


def test_outcomes_are_none_where_nothing_is_known():
    judged()

    assert found() == []


def test_outcomes_are_held_against_the_newest_gold_that_weighs():
    given = judged("yes")
    quality.gold(item=given.item, answer="yes", weighs=True)
    quality.gold(item=given.item, answer="no", weighs=True, version=2)
    shown = judged("yes")
    quality.gold(item=shown.item, answer="no")

    assert found() == [(given.expert_id, Cause.GOLD, False, 2)]


def test_outcomes_are_held_against_the_strongest_that_is_known():
    given = judged("no")
    adjudicator = adjudged(given.item, "yes").expert_id
    assert found() == [(given.expert_id, Cause.ADJUDICATION, False, 0)]

    audited(given.item, "no")
    assert found() == [
        (given.expert_id, Cause.AUDIT, True, 0), (adjudicator, Cause.AUDIT, False, 0),
    ]  # fmt: skip

    adjudged(given.item, "yes", number=2)
    assert found() == [
        (given.expert_id, Cause.APPEAL, False, 0), (adjudicator, Cause.APPEAL, True, 0),
        (found()[2][0], Cause.AUDIT, False, 0),
    ]  # fmt: skip

    quality.gold(item=given.item, answer="no", weighs=True)
    assert {row[1] for row in found()} == {Cause.GOLD}


def test_an_answer_taken_back_does_not_count_before_the_freeze_but_after_it():
    thing = item()
    quality.gold(item=thing, answer="no", weighs=True)
    given = judged("yes", item=thing)
    work.taken_back(judgment=given, at=START + timedelta(hours=2))
    assert found() == []

    quality.freeze(lot=thing.lot, frozen_at=START + timedelta(hours=1))

    assert found() == [(given.expert_id, Cause.GOLD, False, 1)]


def test_the_first_answer_counts_when_one_is_given_again_after_the_freeze():
    thing, ada = item(), bench.expert()
    quality.gold(item=thing, answer="no", weighs=True)
    first = judged("yes", item=thing, expert=ada)
    quality.freeze(lot=thing.lot, frozen_at=START + timedelta(hours=1))
    work.taken_back(judgment=first, at=START + timedelta(hours=2))
    held = work.assignment(slot=first.slot, expert=ada)
    judged("no", assignment=held, supersedes=first, submitted_at=START + timedelta(hours=3))

    assert found() == [(ada.pk, Cause.GOLD, False, 1)]


def test_tally_counts_what_is_known_and_what_was_wrong_by_cause():
    group = lot()
    right, wrong = judged("yes", item=item(lot=group)), judged("no", item=item(lot=group))
    for each in (right, wrong):
        quality.gold(item=each.item, weighs=True)
    adjudged(judged("no", item=item(lot=group)).item, "yes")

    counted = tally(outcomes_of(counted_judgments()))

    assert (counted.right, counted.known) == (1, 3)
    assert counted.known_by[Cause.GOLD] == 2
    assert counted.wrong_by == {
        Cause.GOLD: 1, Cause.APPEAL: 0, Cause.AUDIT: 0, Cause.ADJUDICATION: 1,
    }  # fmt: skip


def test_skills_that_differ_are_named():
    given = judged("yes")
    quality.gold(item=given.item, weighs=True)
    bench.skill(expert=given.expert, pack=given.engagement.pack, question="question")

    [fault] = skills_that_differ()
    assert "the table says 9 of 10 (share 0.5000), the answers say 1 of 1 (share 0.6970)." in fault


def test_outcomes_take_as_many_queries_for_three_as_for_one(django_assert_num_queries):
    quality.known_answers(bench.expert(), lot(), "1")
    with django_assert_num_queries(5):
        outcomes_of(counted_judgments())

    quality.known_answers(bench.expert(), lot(), "10")
    with django_assert_num_queries(5):
        assert len(outcomes_of(counted_judgments())) == 3
