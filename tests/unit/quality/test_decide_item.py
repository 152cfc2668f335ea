import pytest

from peritus.accounts.queries import engine
from peritus.engagements.models import Item
from peritus.journal.errors import KeyUsedDifferently, NotAllowed
from peritus.journal.models import Event, ParkedEvent
from peritus.journal.pump import pump
from peritus.quality.models import Decision, GuidelineProposal
from peritus.quality.queries import derived_again, lot_counts
from peritus.quality.verbs import decide_item, propose_guideline
from peritus.work.models import Inquiry, Judgment, Slot
from peritus.work.verbs import lease_slot, skip_slot, take_back_judgment
from tests.factories.accounts import member
from tests.factories.engagements import engagement
from tests.factories.walk import key

pytestmark = pytest.mark.slow


def states(walk):
    found = Decision.objects.filter(lot=walk.lot).order_by("item__key")
    return [(each.item.key, each.state, each.answer, each.rule) for each in found]


# The reaction, over whole lots


def test_a_lot_is_decided_adjudicated_and_left_open(walk):
    walk.judge({"q001": "b", "q003": None, "q004": None})

    assert states(walk) == [
        ("q000", "decided", "a", "unanimous"),
        ("q001", "decided", "b", "adjudicated"),
        ("q002", "decided", "a", "unanimous"),
        ("q003", "open", "", "no answer"),
        ("q004", "open", "", "no answer"),
        ("q005", "decided", "a", "unanimous"),
    ]
    counts = lot_counts(walk.lot)
    assert (counts.items, counts.judgments, counts.contested) == (6, 12, 3)
    assert (counts.adjudicated, counts.decided, counts.open, counts.pending) == (1, 4, 2, 0)


def test_open_items_become_one_inquiry_to_the_client(walk):
    walk.judge({"q003": None, "q004": None})

    inquiry = Inquiry.objects.get()

    asked = inquiry.inquiry_items.order_by("item__key").values_list("item__key", flat=True)
    assert (inquiry.owner, list(asked)) == (walk.client, ["q003", "q004"])
    assert inquiry.text.endswith("The adjudicator said: It depends.")


def test_an_adjudicator_who_puts_off_is_not_silent(walk):
    walk.open_first_slots()
    for slot in walk.slots(Slot.Purpose.FIRST):
        walk.answer(slot, "b" if slot.number == 2 and slot.item.key == "q000" else "a")
    pump(until_idle=True)
    slot = walk.slots(Slot.Purpose.ADJUDICATION)[0]
    lease = lease_slot(slot.pk, by=walk.adjudicator.user, key="k")

    skip_slot(lease.pk, lease.fence, "later", by=walk.adjudicator.user, key="k")
    pump(until_idle=True)

    assert states(walk)[0] == ("q000", "contested", "", "")
    assert walk.slots(Slot.Purpose.ADJUDICATION) == [slot]


def test_an_auditor_who_puts_off_has_not_answered(walk):
    frozen = walk.drawn()
    audit = walk.waiting_audits(frozen)[0]
    lease = lease_slot(audit.slot_id, by=walk.auditor.user, key="k")

    skip_slot(lease.pk, lease.fence, "later", by=walk.auditor.user, key="k")
    pump(until_idle=True)
    assert walk.waiting_audits(frozen)[0] == audit

    walk.audit(frozen)
    assert walk.certify(frozen).differing == 0


def test_an_audit_does_not_swallow_what_was_taken_back_before_it(walk):
    frozen = walk.drawn()
    audit = walk.waiting_audits(frozen)[0]
    judgment = Judgment.objects.get(item=audit.item, slot__purpose="first", slot__number=1)

    take_back_judgment(judgment.pk, by=judgment.expert.user, key="k")
    walk.answer(audit.slot, "a")
    pump(until_idle=True)

    assert Decision.objects.get(item=audit.item).state == "pending"
    assert not ParkedEvent.objects.exists()


def test_decisions_derived_again_equal_the_table(walk):
    walk.judge({"q001": "b", "q003": None})

    derived = derived_again()

    assert {
        (each.item_id, each.question): (each.state, each.answer, each.judgments)
        for each in Decision.objects.all()
    } == {place: (each.state, each.answer, list(each.judgments)) for place, each in derived.items()}


# decide_item


def test_decide_item_records_nothing_when_nothing_changed(judged):
    before = Event.objects.filter(kind="decision.changed").count()

    decide_item(judged.items[0].pk, by=engine(), key="again")

    assert Event.objects.filter(kind="decision.changed").count() == before


def test_decide_item_restores_a_decision_that_was_altered(judged):
    item = judged.items[0]
    item.decisions.update(answer="d", rule="adjudicated")

    decide_item(item.pk, by=engine(), key="k")
    decide_item(item.pk, by=engine(), key="k")

    decision = item.decisions.get()
    assert (decision.answer, decision.rule) == ("a", "unanimous")


def test_decide_item_refuses_the_same_key_for_another_item(judged):
    first, second = judged.items[:2]
    first.decisions.update(answer="d")
    decide_item(first.pk, by=engine(), key="k")

    with pytest.raises(KeyUsedDifferently):
        decide_item(second.pk, by=engine(), key="k")


def test_decide_item_is_the_engines(judged):
    with pytest.raises(NotAllowed):
        decide_item(judged.items[0].pk, by=judged.lead, key="k")


def test_decide_item_does_not_see_another_clients_item(judged):
    with pytest.raises(Item.DoesNotExist):
        decide_item(judged.items[0].pk, by=engagement(manager=member("manager")).manager, key="k")


# propose_guideline


def propose(walk, **changes):
    given = {
        "title": "Version 2",
        "cause": "The guideline is silent.",
        "touched_keys": ["q001", "q003"],
        "by": walk.lead,
        "key": "k",
    } | changes
    return propose_guideline(walk.engagement.pk, given.pop("text", "## New"), **given)


def test_propose_guideline_counts_what_would_be_judged_again(judged):
    proposal = propose(judged)

    assert proposal.touched_items == [str(judged.items[1].uid), str(judged.items[3].uid)]
    assert (proposal.touched_judgments, proposal.replaces.number) == (4, 1)
    assert judged.engagement.guideline_versions.count() == 1


def test_propose_guideline_proposes_once_when_repeated(judged):
    assert propose(judged) == propose(judged)
    assert GuidelineProposal.objects.count() == 1


def test_propose_guideline_refuses_the_same_key_for_another_text(judged):
    propose(judged)

    with pytest.raises(KeyUsedDifferently):
        propose(judged, text="## Other")


def test_propose_guideline_is_the_managers_and_the_quality_leads(judged):
    propose(judged, by=judged.manager)

    with pytest.raises(NotAllowed):
        propose(judged, by=judged.client, key=key())
