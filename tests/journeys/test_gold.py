"""Gold among an expert's forms, from its placing to the manager's word on what it showed."""

import pytest

from peritus.billing.queries.ledger import is_posted
from peritus.catalogue.packs import GoldAnswer
from peritus.catalogue.plans import PlanTerms
from peritus.delivery.queries import file_bytes
from peritus.delivery.verbs import write_evidence_pack
from peritus.delivery.verification import verify_pack
from peritus.journal.pump import pump
from peritus.quality.models import Decision, DriftAlarm
from peritus.quality.verbs import answer_alarm, record_gold
from peritus.simulation.invariants import broken_invariants
from peritus.work.errors import NothingToDo
from peritus.work.models import Judgment, Pause, Slot
from peritus.work.verbs import SlotWanted, lease_next_slot, open_slots, submit_judgment
from tests.factories.walk import Walk, key

pytestmark = [pytest.mark.journey, pytest.mark.slow, pytest.mark.django_db]
SHARE, LEAST = 0.3, 6


@pytest.fixture
def course(clock):
    """Thirty items, each judged by two of three; the answer to every third is known.

    None of those is the first expert's own: what they know of it, gold slots ask.
    """
    walk = Walk(
        size=30,
        first_judges=3,
        terms=PlanTerms(gold_share=SHARE, pause_floor=0.8, pause_least=LEAST, pause_at_once=True),
    )
    known = [GoldAnswer(item.key, "answer", "a", "Section 3.", True) for item in walk.items[::3]]
    record_gold(walk.engagement.pk, known, weighs=True, by=walk.manager, key=key())
    wanted = [
        SlotWanted(item.pk, Slot.Purpose.FIRST, number, walk.judges[judge].pk)
        for place, item in enumerate(walk.items)
        for number, judge in enumerate({0, 1, 2} - {place % 3}, start=1)
    ]
    open_slots(walk.lot.pk, wanted, by=walk.manager, key=key())
    pump(until_idle=True)
    return walk


def work(expert, wrong_on=()):
    """Let an expert answer what they are served until nothing is, as they would: form by form."""
    served = []
    while True:
        try:
            held = lease_next_slot(by=expert.user, key=key())
        except NothingToDo:
            return served
        says = "b" if held.slot.purpose in wrong_on else "a"
        submit_judgment(held.pk, held.fence, {"answer": says}, by=expert.user, key=key())
        pump(until_idle=True)
        served.append(held.slot.purpose)


def test_gold_is_placed_answered_and_leads_to_a_persons_decision(course, tmp_path):
    ada, others = course.judges[0], course.judges[1:]
    gold = Slot.objects.filter(lot=course.lot, purpose=Slot.Purpose.GOLD)
    assert gold.count() == gold.filter(reserved_for=ada).count() == 9  # of 29 forms
    # the others' own items hold half of what is known already

    before = work(ada, wrong_on=["gold"])
    alarm, pause = DriftAlarm.objects.get(), Pause.objects.get()
    answer_alarm(alarm.pk, "retrain", reason="We read section 3.", by=course.manager, key=key())
    after = work(ada)

    assert (before.count("gold"), after.count("gold")) == (LEAST, 3)
    assert 0 < len(after) < 29  # served among the rest, neither first nor last
    assert (alarm.cause, alarm.fell_right, alarm.fell_n) == ("floor", 0, LEAST)
    assert pause.paused_by.is_engine
    assert DriftAlarm.objects.count() == 1  # watched afresh: three answers are too few
    skill = ada.skills.get()
    assert (skill.right, skill.measured) == (3, 9)
    given = Judgment.objects.filter(slot__purpose=Slot.Purpose.GOLD)
    assert [is_posted(each) for each in given] == [True] * 9

    for expert in others:
        work(expert)
    freeze = course.freeze()
    course.plan(freeze)
    course.draw(freeze)
    course.audit(freeze)
    (tmp_path / "pack.zip").write_bytes(
        file_bytes(write_evidence_pack(freeze.pk, by=course.manager, key=key()))
    )

    rules = set(Decision.objects.values_list("answer", "rule"))
    assert rules == {("a", "unanimous")}  # what was said to gold decides nothing
    assert [each.name for each in verify_pack(tmp_path / "pack.zip").faults] == []
    assert broken_invariants() == {}
