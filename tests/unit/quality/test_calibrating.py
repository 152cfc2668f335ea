"""Calibration rounds: who sits at the table, what is drawn, who sees what and when."""

from datetime import timedelta

import pytest

from peritus.accounts.models import Role
from peritus.accounts.queries import engine
from peritus.algorithms.draw import audit_order
from peritus.journal.errors import NotAllowed
from peritus.journal.models import Event
from peritus.journal.pump import pump
from peritus.quality.calibration import (
    comparison_of,
    judges_of,
    may_compare,
    round_items,
    rounds_seen_by,
    seed_of,
)
from peritus.quality.errors import PlanRefused, RoundRefused
from peritus.quality.models import CalibrationRound, Decision
from peritus.quality.rules import round_size
from peritus.quality.verbs import add_gold, end_judging, open_round
from peritus.simulation.invariants import broken_invariants
from peritus.work.errors import JudgmentStands, LeaseLost, StaffingRefused
from peritus.work.models import Judgment, Slot
from peritus.work.queries import slots_open_to
from peritus.work.verbs import lease_slot, seat_panel, submit_judgment, take_back_judgment
from peritus.work.verbs.panels import Seat
from tests.factories import accounts, bench, engagements, work
from tests.factories.rounds import AGREED, RoundWalk
from tests.factories.walk import Walk, key

pytestmark = pytest.mark.slow
TOO_FEW = (
    "A round has two experts and the client's lead at least, and fewer than 100 in all; 2 came."
)


@pytest.fixture
def table(clock):
    return RoundWalk()


def events(kind):
    return Event.objects.filter(kind=kind)


@pytest.mark.parametrize(
    ("items", "share", "wanted"), [(1000, 0.03, 30), (1000, 0.2, 50), (100, 0.1, 20), (12, 1, 12)]
)
def test_a_round_takes_twenty_to_fifty_items(items, share, wanted):
    terms = type(AGREED)(round_share=share)

    assert round_size(items, terms) == wanted


def test_production_does_not_open_before_the_round(table):
    with pytest.raises(StaffingRefused) as no:
        table.walk.open_first_slots()

    assert "a calibration round must reach 0.90 (pairwise)" in str(no.value)
    assert not Slot.objects.filter(lot=table.walk.lot).exists()


def test_a_plan_that_agreed_on_a_round_does_not_drop_it(table):
    table.walk.terms = type(AGREED)()

    with pytest.raises(PlanRefused, match="A calibration round was agreed"):
        table.walk.set_plan()


def test_a_round_cannot_be_agreed_once_production_was_opened(clock):
    walk = Walk(size=1)
    item = engagements.item(lot=engagements.lot(engagement=walk.engagement))
    work.slot(item=item)
    walk.engagement.quality_plan.delete()
    walk.terms = AGREED

    with pytest.raises(StaffingRefused, match="1 production slots were opened already"):
        walk.set_plan()


def test_a_round_asks_everybody_about_the_items_that_were_drawn(clock):
    table = RoundWalk(size=24)
    lot = table.walk.lot

    found = table.open()

    drawn = audit_order(seed_of(lot.uid, 1), [str(item.uid) for item in lot.items.all()])[:20]
    assert sorted(str(item.uid) for item in round_items(found)) == sorted(drawn)
    assert judges_of(found) == [*sorted(table.walk.judges, key=lambda e: e.handle), table.lead]
    assert len(table.slots(found)) == 60
    assert (found.measure, found.threshold, found.state) == ("pairwise", 0.9, "judging")
    assert events("calibration.opened").get().data["items"] == 20


def test_opening_again_with_the_same_key_returns_the_same_round(table):
    first = table.open(key="once")

    assert table.open(key="once") == first
    assert events("calibration.opened").count() == 1


def test_the_next_round_draws_other_items_first(clock):
    table = RoundWalk(size=24)
    first = table.open()
    end_judging(first.pk, by=table.walk.manager, key=key())
    table.close(first)

    second = table.open()

    fresh = set(round_items(second)) - set(round_items(first))
    assert len(fresh) == 4  # all that no round had yet
    assert len(round_items(second)) == 20


def test_whoever_is_missing_is_named(table):
    absent = bench.expert(name="Ada Absent")
    seat_panel(table.walk.lot.pk, [Seat(absent.pk, 1)], by=table.walk.manager, key=key())

    with pytest.raises(RoundRefused) as no:
        table.open(
            experts=[table.walk.auditor, table.walk.judges[0]], lead_id=table.walk.judges[1].pk
        )

    assert no.value.blockers == [
        "The client's lead takes part: name somebody of the client on the bench.",
        "All experts of the lot take part; missing: Ada Absent.",
        f"{table.walk.auditor} audits this lot blind, and so takes no part.",
    ]


def test_a_round_needs_a_plan_items_and_three_people(clock):
    lot = engagements.lot()
    lot.engagement.manager = accounts.member(Role.MANAGER)
    lot.engagement.save()
    lead = bench.expert(user=accounts.member(Role.CLIENT, organisation=lot.organisation))
    wall = engagements.wall(engagement=lot.engagement)

    with pytest.raises(RoundRefused) as no:
        open_round(lot.pk, [wall.expert.pk], lead_id=lead.pk, by=lot.engagement.manager, key=key())

    assert no.value.blockers == [
        "The engagement has no quality plan; it says what a round must reach.",
        f"{lot} has no item yet.",
        TOO_FEW,
        f"{wall.expert} is walled off.",
    ]


def test_one_round_at_a_time(table):
    table.open()

    with pytest.raises(RoundRefused, match="is not closed yet"):
        table.open()


def test_only_the_manager_opens_a_round_and_strangers_find_no_lot(table):
    other = RoundWalk()

    with pytest.raises(NotAllowed):
        table.open(by=table.walk.lead)
    with pytest.raises(type(table.walk.lot).DoesNotExist):
        table.open(by=other.walk.manager)


def test_a_wall_keeps_one_judge_from_one_item(table):
    judge, item = table.walk.judges[0], table.walk.items[0]
    engagements.wall(engagement=table.walk.engagement, item=item, expert=judge)

    found = table.open()

    mine = [slot.item for slot in table.slots(found) if slot.reserved_for == judge]
    assert item not in mine


def test_calibration_asks_for_no_qualification(table):
    table.walk.engagement.required_qualification = "Onboarding quiz"
    table.walk.engagement.save()

    found = table.open()

    assert slots_open_to(table.lead, found.opened_at).count() == 8


def test_the_last_answer_ends_the_judging(table):
    found = table.open()

    table.judge(found, apart={round_items(found)[0].key: "b"})

    assert found.state == CalibrationRound.State.DISCUSSING
    assert found.judged_at is not None
    assert events("calibration.judged").get().data == {"unanswered": 0}


def test_calibrations_decide_nothing(table):
    found = table.open()

    table.judge(found)

    assert not Decision.objects.filter(lot=table.walk.lot).exclude(state="pending").exists()
    assert broken_invariants() == {}


def test_an_expert_sees_no_answer_before_the_round_is_judged(table):
    found = table.open()
    first, judge = table.slots(found)[0], table.walk.judges[1]
    table.walk.answer(first, "b")  # what could leak

    assert rounds_seen_by(judge.user).get() == found
    assert not may_compare(judge.user, found)
    assert not may_compare(table.walk.client, found)
    assert may_compare(table.walk.manager, found)
    assert may_compare(table.walk.lead, found)


def test_a_manager_who_judges_sees_no_answer_either(table):
    manager = bench.expert(user=table.walk.manager)

    found = table.open(experts=[*table.walk.judges, manager])

    assert not may_compare(table.walk.manager, found)


def test_strangers_see_no_round(table):
    found = table.open()
    other = RoundWalk()
    other.open()

    assert found not in rounds_seen_by(other.walk.manager)
    assert found not in rounds_seen_by(other.walk.client)
    assert found not in rounds_seen_by(other.walk.judges[0].user)


def test_the_manager_ends_the_judging_early_and_the_rest_is_withdrawn(table):
    found = table.open()
    table.walk.answer(table.slots(found)[0], "a")

    end_judging(found.pk, by=table.walk.manager, key=key())

    assert table.slots(found) == []
    assert events("calibration.judged").get().data == {"unanswered": 23}


def test_the_judging_does_not_end_while_an_item_is_on_a_desk(table, clock):
    found = table.open()
    slot = table.slots(found)[0]
    held = lease_slot(slot.pk, by=slot.reserved_for.user, key=key())

    with pytest.raises(RoundRefused, match="1 items are on somebody's desk"):
        end_judging(found.pk, by=table.walk.manager, key=key())
    clock.move_to(held.expires_at + timedelta(seconds=1))
    end_judging(found.pk, by=table.walk.manager, key=key())

    with pytest.raises(LeaseLost):
        submit_judgment(held.pk, held.fence, {"answer": "a"}, by=slot.reserved_for.user, key=key())
    assert broken_invariants() == {}


def test_only_the_manager_or_the_program_ends_the_judging(table):
    found = table.open()

    with pytest.raises(NotAllowed):
        end_judging(found.pk, by=table.walk.client, key=key())
    end_judging(found.pk, by=engine(), key=key())
    with pytest.raises(RoundRefused, match="has ended already"):
        end_judging(found.pk, by=table.walk.manager, key=key())


def test_an_answer_of_a_round_stands_once_given(table):
    found = table.open()
    slot = table.slots(found)[0]
    given = table.walk.answer(slot, "a")

    with pytest.raises(JudgmentStands):
        take_back_judgment(given.pk, by=slot.reserved_for.user, key=key())


def test_the_comparison_counts_agreement_and_lists_disagreements(table):
    found = table.open()
    odd = round_items(found)[3]
    table.judge(found, apart={odd.key: "b"})

    comparison = comparison_of(found)

    [agreement] = comparison.agreements
    assert agreement.pairs.value == pytest.approx(22 / 24)  # two of three pairs differ on one item
    # Krippendorff's alpha by hand: 1 - (n - 1) * observed / expected, one "b" among 24
    assert agreement.alpha.value == pytest.approx(1 - 23 * (2 * 2 / 2) / (2 * 23))
    assert agreement.alpha.low < agreement.alpha.value
    assert [each.item for each in comparison.disagreements] == [odd]
    said = {expert: answer for expert, answer, _ in comparison.disagreements[0].answers}
    assert said[table.walk.judges[0]] == "b"


def test_nothing_is_compared_before_two_have_answered_one_item(table):
    found = table.open()

    comparison = comparison_of(found)

    assert [each.value("alpha") for each in comparison.agreements] == [None]
    assert not comparison.reached(found)


def test_skills_do_not_count_calibrations(table):
    found = table.open()
    table.judge(found)
    item = round_items(found)[0]
    add_gold(item.pk, "answer", "b", source="1.", weighs=True, by=table.walk.lead, key=key())
    pump(until_idle=True)

    assert [judge.skills.count() for judge in table.walk.judges] == [0, 0]


def test_the_same_experts_judge_the_items_again_in_production(table):
    found = table.open()
    table.judge(found)
    table.close(found)

    table.walk.judge()

    assert Judgment.objects.filter(slot__purpose="first").count() == 16
    assert Decision.objects.filter(lot=table.walk.lot, state="decided").count() == 8
    assert broken_invariants() == {}
