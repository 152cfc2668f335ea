import pytest

from peritus.engagements.models import GuidelineVersion, Item
from peritus.engagements.queries import current_guideline
from peritus.journal.errors import NotAllowed
from peritus.journal.models import Event
from peritus.journal.pump import pump
from peritus.quality.errors import (
    LotNotAcceptable,
    LotNotCertifiable,
    LotNotFreezable,
    ProposalRefused,
)
from peritus.quality.models import Audit, Decision, GuidelineProposal, Suspension
from peritus.quality.outcomes import counted_judgments, outcomes_of
from peritus.quality.queries import current_gold, standing_of
from peritus.quality.touching import (
    Redoing,
    Touch,
    items_touched,
    judged_since,
    redoing,
    suspension_of,
)
from peritus.quality.verbs import (
    accept_lot,
    add_gold,
    make_appeal,
    propose_guideline,
    publish_proposal,
    suspend_freeze,
)
from peritus.work.models import Judgment, Slot
from peritus.work.verbs import open_inquiry
from tests.factories.accounts import member, organisation
from tests.factories.walk import Walk, key

NEW_TEXT = "# The test\n\nWhere two statements fit, take the earlier one."


def propose(walk, *places, **changes):
    given = {
        "title": "The earlier statement",
        "cause": "Two judges asked.",
        "touched_keys": [walk.items[place].key for place in places],
        "by": walk.lead,
        "key": key(),
    } | changes
    return propose_guideline(walk.engagement.pk, given.pop("text", NEW_TEXT), **given)


def publish(walk, proposal, **changes):
    found = publish_proposal(proposal.pk, **{"by": walk.manager, "key": key()} | changes)
    pump(until_idle=True)
    return found


@pytest.fixture
def parted(walk):
    """Two experts part on q000 and on q001; the adjudicator says b, then a. The rest says a."""
    walk.judge(contested={"q000": "b", "q001": "a"})
    return walk


# Which items a change touches


def keys(walk, **touch):
    return [item.key for item in items_touched(walk.engagement, Touch(**touch))]


def test_items_with_an_answer_are_touched(parted):
    assert keys(parted, question="answer", answers=("b",)) == ["q000"]
    assert keys(parted, answers=("a",)) == ["q001", "q002", "q003", "q004", "q005"]


def test_items_on_which_first_judgments_part_are_touched(parted):
    assert keys(parted, disputed=True) == ["q000", "q001"]
    assert keys(parted, question="answer", disputed=True) == ["q000", "q001"]
    assert keys(parted, question="answer", answers=("a", "b"), disputed=True) == ["q000", "q001"]
    assert keys(parted, question="answer", answers=("a", "c"), disputed=True) == []


def test_items_that_mention_a_term_are_touched_whatever_its_case(parted):
    item = parted.items[3]
    Item.objects.filter(pk=item.pk).update(title="Die GRÖSSERE Frage")

    assert keys(parted, terms=("größere", "nowhere")) == ["q003"]
    assert keys(parted, terms=("STATEMENT 2",)) == ["q002"]


def test_items_of_an_inquiry_are_touched(parted):
    inquiry = open_inquiry(
        parted.engagement.pk, "unclear", title="Which one?", text="Both fit.",
        owner_id=parted.manager.pk, item_ids=[parted.items[4].pk], by=parted.manager, key=key(),
    )  # fmt: skip

    assert keys(parted, inquiries=(inquiry.pk,)) == ["q004"]


def test_items_on_which_the_guideline_was_called_silent_are_touched(walk):
    walk.judge(contested={"q002": None})

    assert keys(walk, flagged=True) == ["q002"]


def test_every_kind_that_is_named_must_hold(parted):
    assert keys(parted, answers=("b",), disputed=True, question="answer") == ["q000", "q001"]
    assert keys(parted, answers=("a",), terms=("Statement 1?", "Statement 0?")) == ["q001"]


def test_nothing_is_touched_where_nothing_is_named(parted):
    assert keys(parted) == []


def test_what_nobody_has_judged_is_not_touched(walk):
    assert keys(walk, terms=("Statement",)) == []


def test_redoing_counts_what_would_be_done_again(parted):
    add_gold(parted.items[0].pk, "answer", "b", source="Section 3.", weighs=True, by=parted.lead,
             key=key())  # fmt: skip
    freeze = parted.freeze()

    assert redoing(parted.engagement, parted.items[:2]) == Redoing(
        items=2, judgments=4, adjudications=2, gold=1, freezes=((freeze, 2),)
    )


# Publishing


def test_publishing_reopens_exactly_the_items_touched(parted):
    proposal = publish(parted, propose(parted, 0, 1))

    version = current_guideline(parted.engagement)
    assert (proposal.published, version.number, version.text) == (version, 2, NEW_TEXT)
    assert list(Item.objects.filter(reopened=1).values_list("key", flat=True)) == ["q000", "q001"]
    states = Decision.objects.order_by("item__key").values_list("state", "answer")
    assert list(states) == [("pending", "")] * 2 + [("decided", "a")] * 4


def test_what_was_judged_anew_decides(parted):
    publish(parted, propose(parted, 0, 1))
    for slot in parted.slots(Slot.Purpose.FIRST):
        parted.answer(slot, "c" if slot.item.key == "q000" else "ab"[slot.number - 1])
    pump(until_idle=True)
    [slot] = parted.slots(Slot.Purpose.ADJUDICATION)
    given = parted.answer(slot, "b")
    pump(until_idle=True)

    one, two = Decision.objects.order_by("item__key")[:2]
    assert (one.answer, one.rule, two.answer, two.rule) == ("c", "unanimous", "b", "adjudicated")
    assert str(given.uid) in two.judgments
    assert slot.item.key == "q001"


def test_answers_under_the_old_rules_are_held_against_nobody(parted):
    assert len(outcomes_of(counted_judgments())) == 4

    publish(parted, propose(parted, 0))

    assert {each.item for each in outcomes_of(counted_judgments())} == {parted.items[1].pk}


def test_publishing_retires_the_known_answers_on_the_items_touched(parted):
    for place in (0, 5):
        add_gold(parted.items[place].pk, "answer", "b", source="Section 3.", weighs=True,
                 by=parted.lead, key=key())  # fmt: skip

    publish(parted, propose(parted, 0, 1))

    [left] = current_gold()
    assert left.item.key == "q005"


def test_publishing_suspends_the_certificate_until_the_next_freeze(walk):
    freeze = walk.drawn()
    walk.audit(freeze)
    walk.certify(freeze)

    proposal = publish(walk, propose(walk, 2))

    [suspension] = Suspension.objects.all()
    assert (suspension.freeze, suspension.decisions, suspension.proposal) == (freeze, 1, proposal)
    reason = "1 of its decisions were reopened under Guideline version 2"
    with pytest.raises(LotNotAcceptable, match=reason):
        accept_lot(freeze.pk, by=walk.client, key=key())
    with pytest.raises(LotNotFreezable, match="1 items still wait"):
        walk.freeze()

    for slot in walk.slots(Slot.Purpose.FIRST):
        walk.answer(slot, "a")  # as before: nothing moved, yet it stands under other rules
    pump(until_idle=True)
    again = walk.freeze()

    assert suspension_of(again) is None
    assert again.guideline_version.number == 2


def test_publishing_calls_off_the_audits_of_a_freeze_that_is_suspended(walk):
    freeze = walk.drawn()
    walk.audit(freeze, most=1)

    publish(walk, propose(walk, 2))

    states = Audit.objects.order_by("place").values_list("slot__state", flat=True)
    assert list(states) == ["done", "withdrawn", "withdrawn"]
    with pytest.raises(LotNotCertifiable, match="is suspended"):
        walk.certify(freeze)
    assert standing_of(freeze).audited == 1


def test_publishing_leaves_a_freeze_alone_that_holds_none_of_the_items(parted):
    parted.freeze()

    publish(parted, propose(parted, 0, touched_keys=[]))

    assert not Suspension.objects.exists()
    assert current_guideline(parted.engagement).number == 2


def test_publishing_again_changes_nothing(parted):
    proposal = propose(parted, 0)

    assert publish(parted, proposal, key="k") == publish(parted, proposal, key="k")

    assert GuidelineVersion.objects.filter(engagement=parted.engagement).count() == 2
    assert Event.objects.filter(kind="proposal.published").count() == 1
    with pytest.raises(ProposalRefused, match="published as Guideline version 2"):
        publish(parted, proposal)


def test_a_proposal_written_against_an_older_version_is_refused(parted):
    one, two = propose(parted, 0), propose(parted, 1, text="# Another text")
    publish(parted, one)

    with pytest.raises(ProposalRefused, match="Guideline version 2 is in force now"):
        publish(parted, two)
    assert not Item.objects.get(pk=parted.items[1].pk).reopened


def test_appeals_on_the_items_touched_are_decided_first(parted):
    parted.freeze()
    lost = Judgment.objects.get(
        item=parted.items[1], expert=parted.judges[1], slot__purpose="first"
    )
    make_appeal(lost.pk, "answer", "It is b.", by=parted.judges[1].user, key=key())

    with pytest.raises(ProposalRefused, match="1 appeals on the items touched wait"):
        publish(parted, propose(parted, 1))
    publish(parted, propose(parted, 0))


def test_publishing_is_the_managers(parted):
    proposal = propose(parted, 0)

    with pytest.raises(NotAllowed):
        publish(parted, proposal, by=parted.lead)


def test_a_proposal_of_another_client_is_not_found(parted):
    proposal = propose(parted, 0)
    freeze = parted.freeze()
    stranger = member("client", organisation=organisation())

    with pytest.raises(GuidelineProposal.DoesNotExist):
        publish(parted, proposal, by=stranger)
    with pytest.raises(type(freeze).DoesNotExist):
        suspend_freeze(freeze.pk, proposal.pk, by=stranger, key=key())


def test_a_freeze_is_suspended_only_by_a_change_in_force_that_touches_it(parted):
    freeze, proposal = parted.freeze(), propose(parted, 0)

    with pytest.raises(NotAllowed):
        suspend_freeze(freeze.pk, proposal.pk, by=parted.lead, key=key())
    with pytest.raises(ProposalRefused, match="changes no rule"):
        suspend_freeze(freeze.pk, proposal.pk, by=parted.manager, key=key())

    publish(parted, proposal)
    twice = {"by": parted.manager, "key": Event.objects.get(kind="freeze.suspended").key}
    assert suspend_freeze(freeze.pk, proposal.pk, **twice) == Suspension.objects.get()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": " "}, "needs a title"),
        ({"cause": ""}, "Write the cause"),
        ({"text": ""}, "nothing changes"),
    ],
)
def test_a_proposal_that_says_too_little_is_refused(parted, changes, said):
    with pytest.raises(ProposalRefused, match=said):
        propose(parted, 0, **changes)


def test_a_proposal_of_the_same_text_is_refused(parted):
    text = current_guideline(parted.engagement).text

    with pytest.raises(ProposalRefused, match="is that of Guideline version 1"):
        propose(parted, 0, text=text)


def test_what_was_judged_after_the_proposal_is_counted(clock):
    walk = Walk()
    walk.open_first_slots()
    one, two, three = walk.slots(Slot.Purpose.FIRST)[:3]
    walk.answer(one, "a")
    proposal = propose(walk, 0)
    walk.answer(two, "a")  # touched already
    walk.answer(three, "a")

    assert judged_since(proposal) == 1
