"""Experts are scored fairly: gold can be wrong, adjudicators too, alarms are evidence."""

import json
from datetime import timedelta

import pytest

from peritus.delivery.queries import file_bytes
from peritus.delivery.verbs import write_evidence_pack
from peritus.journal.pump import pump
from peritus.quality.models import DriftAlarm
from peritus.quality.verbs import (
    add_gold,
    answer_alarm,
    decide_gold_appeal,
    give_appeal,
    make_appeal,
)
from peritus.simulation.invariants import broken_invariants
from peritus.work.models import Judgment, Pause, Slot
from peritus.work.queries import slots_open_to
from peritus.work.verbs import resume_expert
from tests.factories import quality, work
from tests.factories.bench import expert
from tests.factories.engagements import START, item, lot
from tests.factories.packs import Verdicts, members_of, verdicts
from tests.factories.walk import key

pytestmark = [pytest.mark.journey, pytest.mark.slow, pytest.mark.django_db]
CLAIM = "Statement b is what the protocol says."


@pytest.fixture
def disputed(walk):
    """The same, judged and frozen: the second judge's "b" on q000 lost to "a"."""
    walk.judge(contested={"q000": "a"})
    walk.freeze()
    return walk


def appeal_of(walk, key_of_item):
    given = Judgment.objects.get(
        item__key=key_of_item, expert=walk.judges[1], slot__purpose=Slot.Purpose.FIRST
    )
    return make_appeal(given.pk, "answer", CLAIM, by=walk.judges[1].user, key=key())


def counts(judge):
    skill = judge.skills.get()
    return skill.right, skill.measured


def test_wrong_gold_is_appealed_against_and_everybody_is_scored_again(disputed):
    one = disputed.items[1]
    add_gold(one.pk, "answer", "b", source="Section 3.", weighs=True, by=disputed.lead, key=key())
    pump(until_idle=True)
    before = [counts(judge) for judge in disputed.judges]

    appeal = appeal_of(disputed, "q001")
    decide_gold_appeal(
        appeal.pk, granted=True, reason="Section 3 was misread.", by=disputed.manager, key=key()
    )
    pump(until_idle=True)

    assert before == [(1, 2), (0, 2)]  # q000 by the adjudicator, q001 by gold
    assert [counts(judge) for judge in disputed.judges] == [(2, 2), (1, 2)]
    assert broken_invariants() == {}


def test_a_granted_appeal_makes_the_next_freeze_and_its_evidence_verifies(disputed, tmp_path):
    appeal = appeal_of(disputed, "q000")
    second = expert()
    give_appeal(appeal.pk, second.pk, by=disputed.lead, key=key())
    disputed.answer(disputed.slots(Slot.Purpose.ADJUDICATION)[0], "b")
    pump(until_idle=True)
    freeze = disputed.freeze()
    disputed.plan(freeze)
    disputed.draw(freeze)
    disputed.audit(freeze, differing=[])
    pump(until_idle=True)

    pack = file_bytes(write_evidence_pack(freeze.pk, by=disputed.manager, key=key()))

    (tmp_path / "pack.zip").write_bytes(pack)
    assert verdicts(tmp_path / "pack.zip") == Verdicts((), ())
    frozen = json.loads(members_of(pack)["freeze.json"])
    first = frozen["decisions"][0]
    assert (first["answer"], first["rule"]) == ("b", "appealed")
    assert broken_invariants() == {}


def test_an_alarm_leads_to_a_pause_only_by_the_managers_act_and_ends_by_another(disputed, clock):
    judge, course = disputed.judges[0], disputed.engagement
    quality.known_answers(judge, lot(engagement=course), "1111111110" * 3 + "0" * 8)
    clock.move_to(START + timedelta(days=60))
    one = lot(engagement=course)
    waiting = work.slot(item=item(lot=one), reserved_for=judge)
    add_gold(  # something becomes known, so that everybody is watched again
        disputed.items[2].pk,
        "answer",
        "a",
        source="Section 1.",
        weighs=True,
        by=disputed.lead,
        key=key(),
    )
    pump(until_idle=True)
    alarm = DriftAlarm.objects.get(question="question")
    assert list(slots_open_to(judge, clock())) == [waiting]  # an alarm alone withholds nothing

    answer_alarm(alarm.pk, "paused", reason="We talk first.", by=disputed.manager, key=key())
    paused = list(slots_open_to(judge, clock()))
    resume_expert(Pause.objects.get().pk, reason="Retrained.", by=disputed.manager, key=key())

    assert paused == []
    assert list(slots_open_to(judge, clock())) == [waiting]
