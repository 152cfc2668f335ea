"""The adaptive rule at work in a small lot: what is asked, decided, withdrawn."""

import pytest

from peritus.accounts.queries import engine
from peritus.catalogue.plans import PlanTerms
from peritus.engagements.verbs import raise_wall
from peritus.journal.errors import NotAllowed
from peritus.journal.models import Event, ParkedEvent
from peritus.journal.pump import pump
from peritus.quality.models import Decision
from peritus.quality.queries import derived_again
from peritus.quality.verbs import settle_lot
from peritus.work.models import Inquiry, Judgment, Slot
from peritus.work.verbs import lease_slot, skip_slot, take_back_judgment
from tests.factories.panel import PanelWalk
from tests.factories.walk import key

pytestmark = pytest.mark.slow

WORKERS = ("ada", "bea", "cem", "dan")
HUNG = "q7"


@pytest.fixture
def panel(clock):
    """Eight items, four judges who agree on all but one; nothing asked yet."""
    answers = {
        (f"q{item}", worker): "abcd"[place] if item == 7 else "ab"[item % 2]
        for item in range(8)
        for place, worker in enumerate(WORKERS)
    }
    return PanelWalk(answers, terms=PlanTerms(calibration_share=0.0))


def decisions(walk):
    return {each.item.key: each for each in Decision.objects.select_related("item")}


def test_seating_the_panel_asks_for_first_judgments_a_quarter_of_the_items_at_once(panel):
    panel.seat()

    waiting = panel.waiting()
    assert len(waiting) == 2
    assert {slot.purpose for slot in waiting} == {"first"}
    assert {each.state for each in decisions(panel).values()} == {"pending"}


def test_a_lot_settles_itself_and_puts_the_hung_item_to_the_adjudicator(panel):
    panel.seat()
    panel.run()

    found = decisions(panel)
    assert {k: d.answer for k, d in found.items() if k != HUNG} == {
        f"q{item}": "ab"[item % 2] for item in range(7)
    }
    assert {d.rule for k, d in found.items() if k != HUNG} == {"aggregated"}
    assert (found[HUNG].state, found[HUNG].contested) == ("contested", True)
    [slot] = Slot.objects.filter(purpose="adjudication")
    assert (slot.item.key, slot.reserved_for) == (HUNG, panel.adjudicator)
    assert not ParkedEvent.objects.exists()


def test_the_adjudicator_settles_it_and_nothing_more_is_bought(panel):
    panel.seat()
    panel.run()
    [slot] = Slot.objects.filter(purpose="adjudication")

    panel.answer(slot, "c")
    pump(until_idle=True)

    hung = decisions(panel)[HUNG]
    assert (hung.state, hung.answer, hung.rule) == ("decided", "c", "adjudicated")
    assert panel.waiting() == []


def test_a_silent_adjudicator_makes_it_part_of_an_inquiry(panel):
    panel.seat()
    panel.run()
    [slot] = Slot.objects.filter(purpose="adjudication")
    by = panel.adjudicator.user
    lease = lease_slot(slot.pk, by=by, key=key())

    skip_slot(lease.pk, lease.fence, "guideline_silent", note="It depends.", by=by, key=key())
    pump(until_idle=True)

    assert decisions(panel)[HUNG].state == "open"
    assert Inquiry.objects.get().inquiry_items.get().item.key == HUNG


def test_decisions_derived_again_equal_the_table(panel):
    panel.seat()
    for slot in panel.waiting():
        panel.answer(slot)
    pump(until_idle=True)

    derived = derived_again()

    assert len(derived) == 8
    for each in Decision.objects.all():
        again = derived[each.item_id, each.question]
        assert {name: getattr(each, name) for name in again.kept} == again.kept


def test_answers_that_arrive_together_are_settled_once(panel):
    panel.seat()
    before = Event.objects.filter(kind="decisions.changed").count()
    for slot in panel.waiting():
        panel.answer(slot)

    pump(until_idle=True)

    assert Event.objects.filter(kind="decisions.changed").count() == before + 1


def test_settling_again_changes_and_asks_nothing(panel):
    panel.seat()
    events = Event.objects.count()

    settle_lot(panel.lot.pk, by=engine(), key="again")

    assert Event.objects.count() == events


def test_settling_restores_a_decision_that_was_altered(panel):
    panel.seat()
    panel.run()
    Decision.objects.filter(item__key="q0").update(answer="d", posterior={"d": 1.0})

    settle_lot(panel.lot.pk, by=engine(), key="k")
    settle_lot(panel.lot.pk, by=engine(), key="k")

    restored = decisions(panel)["q0"]
    assert restored.answer == max(restored.posterior, key=restored.posterior.get) == "a"


def test_settling_is_the_engines(panel):
    with pytest.raises(NotAllowed):
        settle_lot(panel.lot.pk, by=panel.manager, key="k")


def test_a_wall_withdraws_what_was_asked_and_somebody_else_is_asked(panel):
    panel.seat()
    [slot, *_] = panel.waiting()

    raise_wall(
        panel.engagement.pk, slot.reserved_for_id, reason="A cousin.", by=panel.manager, key=key()
    )
    pump(until_idle=True)

    slot.refresh_from_db()
    assert slot.state == "withdrawn"
    assert slot.reserved_for not in {each.reserved_for for each in panel.waiting()}
    assert len(panel.waiting()) == 2


def test_a_skipped_slot_is_asked_of_somebody_else(panel):
    panel.seat()
    [slot, *_] = panel.waiting()
    by = slot.reserved_for.user
    lease = lease_slot(slot.pk, by=by, key=key())

    skip_slot(lease.pk, lease.fence, "not_my_field", by=by, key=key())
    pump(until_idle=True)

    asked = [each for each in panel.waiting() if each.item == slot.item]
    assert slot.reserved_for not in {each.reserved_for for each in asked}
    assert len(panel.waiting()) == 2


def test_a_judgment_taken_back_is_waited_for_again(panel):
    panel.seat()
    slot = panel.waiting()[0]
    panel.answer(slot)
    pump(until_idle=True)
    judgment = Judgment.objects.get()

    take_back_judgment(judgment.pk, by=judgment.expert.user, key=key())
    pump(until_idle=True)

    kept = decisions(panel)[slot.item.key]
    assert (kept.state, kept.judgments) == ("pending", [])
