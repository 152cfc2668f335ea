"""What experts may read of their own answers: only from frozen lots, with reasons."""

from datetime import timedelta

import pytest

from peritus.accounts.models import Role
from peritus.quality.appeals import second_people
from peritus.quality.records import (
    accuracy_of,
    appeals_of,
    overturned_answers,
    records_by_question,
    revealed_outcomes,
)
from peritus.work.models import Slot
from tests.factories import accounts, bench, engagements, quality, work
from tests.factories.engagements import START

pytestmark = pytest.mark.django_db


@pytest.fixture
def judge():
    return bench.expert()


@pytest.fixture
def course():
    return engagements.engagement()


def wrong_by_gold(judge, lot):
    """Return the judge's "yes" to a new item whose known answer is "no"."""
    item = engagements.item(lot=lot)
    quality.gold(item=item, answer="no", source="Clause 9.", weighs=True)
    return work.judgment(item=item, expert=judge, answers={"question": "yes"})


def wrong_by_adjudication(judge, lot):
    item = engagements.item(lot=lot)
    given = work.judgment(item=item, expert=judge, answers={"question": "yes"})
    slot = work.slot(item=item, purpose=Slot.Purpose.ADJUDICATION)
    work.judgment(slot=slot, answers={"question": "no"}, reason="Section 2 says so.")
    return given


def overturned(judge):
    return overturned_answers(judge.user, revealed_outcomes(judge.user))


def test_revealed_outcomes_tell_nothing_before_the_lot_is_frozen(judge, course):
    open_lot, frozen_lot = (engagements.lot(engagement=course) for _ in range(2))
    wrong_by_gold(judge, open_lot)
    told = wrong_by_gold(judge, frozen_lot)
    quality.freeze(lot=frozen_lot)

    found = revealed_outcomes(judge.user)

    assert [each.judgment for each in found] == [told.pk]


def test_revealed_outcomes_are_the_users_own(judge, course):
    lot = engagements.lot(engagement=course)
    wrong_by_gold(bench.expert(), lot)
    quality.freeze(lot=lot)

    assert revealed_outcomes(judge.user) == []


def test_records_by_question_part_gold_from_all_that_is_known(judge, course):
    lot = engagements.lot(engagement=course)
    quality.known_answers(judge, lot, "1110")
    wrong_by_adjudication(judge, lot)
    quality.freeze(lot=lot)

    [found] = records_by_question(revealed_outcomes(judge.user))

    assert (found.gold.right, found.gold.n) == (3, 4)
    assert (found.all_known.right, found.all_known.n) == (3, 5)
    # R 4.3: binom.test(3, 4)$conf.int = 0.1941204 0.9936905
    assert (found.gold.low, found.gold.high) == pytest.approx((0.1941204, 0.9936905))


def test_accuracy_of_nothing_knows_nothing():
    found = accuracy_of([])

    assert (found.n, found.share, found.low, found.high) == (0, 0.0, 0.0, 1.0)


def test_overturned_answers_carry_the_reason_of_their_cause(judge, course):
    lot = engagements.lot(engagement=course)
    wrong_by_gold(judge, lot)
    wrong_by_adjudication(judge, lot)
    quality.freeze(lot=lot)

    found = {each.outcome.known.cause: (each.reason, each.blockers) for each in overturned(judge)}

    assert found == {"gold": ("Clause 9.", ()), "adjudication": ("Section 2 says so.", ())}


def test_overturned_answers_say_that_one_was_appealed_against_already(judge, course):
    lot = engagements.lot(engagement=course)
    given = wrong_by_gold(judge, lot)
    quality.freeze(lot=lot)
    quality.appeal(judgment=given, gold=given.item.gold.get())

    [found] = overturned(judge)

    assert found.blockers == (
        "You appealed against this already; one appeal for each reason given.",
    )


def test_appeals_of_gives_waiting_ones_by_their_limit_then_settled_ones(judge, course):
    lot = engagements.lot(engagement=course)
    later, sooner, settled = (
        quality.appeal(
            judgment=work.judgment(item=engagements.item(lot=lot), expert=judge),
            due_at=START + timedelta(days=days),
            outcome=outcome,
            decided_at=START if outcome == "refused" else None,
        )
        for days, outcome in ((7, "waiting"), (5, "waiting"), (1, "refused"))
    )
    quality.appeal()

    assert appeals_of(judge.user) == [sooner, later, settled]


# second_people


@pytest.fixture
def appeal(judge, course):
    lot = engagements.lot(engagement=course)
    return quality.appeal(judgment=work.judgment(item=engagements.item(lot=lot), expert=judge))


def asked(appeal):
    return set(second_people(appeal, appeal.engagement.manager, START))


@pytest.fixture
def provider_manager(course):
    accounts.membership(user=course.manager, organisation=accounts.provider(), role=Role.MANAGER)


@pytest.mark.usefixtures("provider_manager")
def test_second_people_leave_out_whoever_saw_the_item_or_is_walled_off(appeal, course):
    item, free = appeal.judgment.item, bench.expert()
    work.judgment(item=item, expert=bench.expert())
    work.slot(item=item, reserved_for=bench.expert())
    engagements.wall(engagement=course, expert=bench.expert())
    engagements.wall(engagement=course, item=item, expert=bench.expert())
    elsewhere = bench.expert()
    engagements.wall(engagement=course, item=engagements.item(lot=item.lot), expert=elsewhere)
    bench.expert(kind="source")

    assert asked(appeal) == {free, elsewhere}


@pytest.mark.usefixtures("provider_manager")
def test_second_people_hold_the_qualification_that_is_asked_for(appeal, course):
    course.required_qualification = "Quiz"
    course.save()
    holder, _ = bench.expert(), bench.expert()
    bench.qualification(expert=holder, name="Quiz")
    bench.qualification(expert=bench.expert(), name="Quiz", passed=False)
    appeal.engagement.refresh_from_db()

    assert asked(appeal) == {holder}
