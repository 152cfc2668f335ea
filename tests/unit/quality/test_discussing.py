"""Disagreements are settled with a reason, minutes kept, and production let go or waived."""

import pytest

from peritus.catalogue.plans import PlanTerms
from peritus.journal.errors import NotAllowed
from peritus.journal.models import Event
from peritus.quality.calibration import comparison_of, lot_calibration, round_items
from peritus.quality.errors import RoundRefused
from peritus.quality.models import RoundWaiver, Settlement
from peritus.quality.verbs import close_round, settle_disagreement, waive_round
from peritus.work.errors import StaffingRefused
from peritus.work.models import ProductionRelease
from tests.factories.rounds import RoundWalk
from tests.factories.walk import Walk, key

pytestmark = pytest.mark.slow


@pytest.fixture
def table(clock):
    return RoundWalk()


@pytest.fixture
def apart(table):
    """A judged round of which two items of eight are not agreed on: 20 of 24 pairs are."""
    found = table.open()
    table.judge(found, apart={item.key: "b" for item in round_items(found)[:2]})
    return found


def settle(table, found, **changes):
    place = comparison_of(found).disagreements[0]
    given = {
        "item": place.item.pk, "question": "answer", "answer": "a", "reason": "Section 2.",
        "by": table.walk.lead, "key": key(),
    } | changes  # fmt: skip
    names = [given.pop(name) for name in ("item", "question", "answer")]
    return settle_disagreement(found.pk, *names, **given)


def test_a_disagreement_is_settled_and_may_be_settled_anew(table, apart):
    settle(table, apart)

    again = settle(table, apart, answer="b", reason="Section 3 goes first.", by=table.walk.manager)

    assert Settlement.objects.get() == again
    assert (again.answer, again.reason) == ("b", "Section 3 goes first.")
    assert comparison_of(apart).unsettled == 1
    assert Event.objects.filter(kind="calibration.settled").count() == 2


def test_a_settlement_needs_its_place_its_answer_and_its_reason(table, apart):
    agreed = round_items(apart)[5]

    with pytest.raises(RoundRefused, match="do not disagree there"):
        settle(table, apart, item=agreed.pk)
    with pytest.raises(RoundRefused, match="Write the reason"):
        settle(table, apart, reason=" ")
    with pytest.raises(RoundRefused):
        settle(table, apart, answer="z")
    assert not Settlement.objects.exists()


def test_nobody_settles_while_the_round_is_judged(table):
    found = table.open()
    for slot in table.slots(found)[:3]:
        table.walk.answer(slot, "a" if slot.reserved_for != table.lead else "b")

    with pytest.raises(RoundRefused, match="still being judged"):
        settle(table, found)


def test_only_manager_and_quality_lead_settle(table, apart):
    with pytest.raises(NotAllowed):
        settle(table, apart, by=table.walk.client)
    with pytest.raises(NotAllowed):
        settle(table, apart, by=table.walk.judges[0].user)


def test_a_round_closes_with_minutes_once_all_is_settled(table, apart):
    with pytest.raises(RoundRefused) as no:
        close_round(apart.pk, decided=" ", by=table.walk.manager, key=key())
    table.settle(apart)

    table.close(apart, decided="Statement b is meant literally.")

    assert no.value.blockers == [
        "2 disagreements are not settled yet.",
        "Write what was decided: the minutes are what remains of the round.",
    ]
    minutes = apart.minutes
    assert minutes["decided"] == "Statement b is meant literally."
    assert len(minutes["items"]) == 8
    assert sorted(minutes["judges"]) == sorted(each.handle for each in table.judges)
    assert minutes["lead"] == table.lead.handle
    assert [each["settled"] for each in minutes["disagreements"]] == ["a"] * 2
    assert minutes["agreement"][0]["pairwise"] == pytest.approx(20 / 24, abs=1e-6)
    assert minutes["agreement"][0]["low"] <= minutes["agreement"][0]["alpha"]


def test_a_missed_threshold_keeps_production_shut(table, apart):
    table.settle(apart)

    table.close(apart)

    assert apart.reached is False
    with pytest.raises(StaffingRefused):
        table.walk.open_first_slots()


def test_a_reached_threshold_opens_production(table):
    found = table.open()
    table.judge(found)

    table.close(found)

    assert found.reached is True  # one answer everywhere: alpha is not defined, all agree
    assert ProductionRelease.objects.get().because == "calibration round 1 reached what was agreed"
    table.walk.open_first_slots()


def test_a_round_measured_by_alpha_is_held_to_it(clock):
    terms = PlanTerms(round_share=0.5, round_measure="alpha", round_threshold=0.6)
    table = RoundWalk(terms=terms)
    found = table.open()
    table.judge(found, apart={round_items(found)[0].key: "b"})
    table.settle(found)

    table.close(found)

    assert found.reached is False  # 92 % of pairs agree, and alpha is 0: one "b" is chance


def test_only_the_manager_closes(table, apart):
    table.settle(apart)

    with pytest.raises(NotAllowed):
        close_round(apart.pk, decided="So be it.", by=table.walk.lead, key=key())


def test_a_waiver_opens_production_and_stays_with_its_reason(table, apart):
    with pytest.raises(RoundRefused, match="A round is under way"):
        waive(table)
    table.settle(apart)
    table.close(apart)

    waiver = waive(table, reason="The client accepts 83 %.")

    table.walk.open_first_slots()
    stands = lot_calibration(table.walk.lot)
    assert stands.waiver == waiver
    assert (waiver.reason, waiver.waived_by, waiver.round) == (
        "The client accepts 83 %.", table.walk.manager, apart,
    )  # fmt: skip
    with pytest.raises(RoundRefused, match="is open already"):
        waive(table)


def waive(table, **changes):
    given = {"reason": "Time.", "by": table.walk.manager, "key": key()} | changes
    return waive_round(table.walk.lot.pk, **given)


def test_a_waiver_needs_a_reason_and_something_to_waive(table):
    with pytest.raises(RoundRefused, match="Write the reason"):
        waive(table, reason="")
    with pytest.raises(NotAllowed):
        waive(table, by=table.walk.lead)
    free = Walk()
    with pytest.raises(RoundRefused, match="nothing to waive"):
        waive_round(free.lot.pk, reason="Time.", by=free.manager, key=key())
    assert not RoundWaiver.objects.exists()
