"""Which events tell whom; the others, who could be told, are told nothing."""

from datetime import timedelta

import pytest
from django.urls import resolve

from peritus.accounts.models import Role
from peritus.accounts.queries import engine
from peritus.billing.verbs import issue_invoice
from peritus.engagements.verbs import end_entry, enter_expert, name_supervisor, record_step
from peritus.journal.clock import now
from peritus.journal.models import Cursor, ParkedEvent
from peritus.journal.pump import pump
from peritus.notices.models import Notice
from peritus.notices.queries import notices_of
from peritus.quality.models import QualityPlan
from peritus.quality.verbs import (
    accept_lot,
    answer_alarm,
    call_off_census,
    open_census,
    open_qualification,
    propose_guideline,
    publish_proposal,
    raise_alarm,
    sign_deliverable,
)
from peritus.work.models import Assignment, Inquiry, Slot
from peritus.work.verbs import answer_inquiry, lease_next_slot, submit_judgment
from tests.factories import accounts, bench, desks, work
from tests.factories.census import completed, risky_lot
from tests.factories.engagements import engagement, guideline_version, lot
from tests.factories.quality import known_answers
from tests.factories.walk import Walk, key

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def told() -> set[tuple[int, str, str]]:
    """Return who was told what, and where it leads."""
    pump(until_idle=True)
    return set(Notice.objects.values_list("user_id", "text", "link"))


def test_freeze_asks_the_client_to_reveal_when_a_nonce_was_committed(walk):
    stranger = accounts.member(Role.CLIENT, organisation=accounts.organisation())
    walk.judge()
    walk.commit()

    walk.freeze()

    text = "Reveal your nonce for “First lot”: the audit is drawn from it."
    assert told() == {(walk.client.pk, text, f"/lots/{walk.lot.uid}/")}
    assert not notices_of(stranger).exists()


def test_freeze_tells_nobody_when_no_nonce_was_committed(walk):
    walk.judge()

    walk.freeze()

    assert told() == set()


def test_certificate_tells_the_client_to_accept(walk):
    freeze = walk.drawn()
    walk.audit(freeze)
    before = told()

    walk.certify(freeze)

    text = "Accept “First lot”: it is certified."
    assert told() - before == {(walk.client.pk, text, f"/lots/{walk.lot.uid}/")}


def test_spent_audit_tells_manager_and_lead_once(walk):
    freeze = walk.drawn()
    before = told()

    walk.audit(freeze, differing=range(1, 7))

    text = "Decide what becomes of “First lot”: its audit is spent, so this freeze cannot "
    text += "be certified."
    link = f"/lots/{walk.lot.uid}/"
    new = told() - before
    assert new == {(walk.manager.pk, text, link), (walk.lead.pk, text, link)}
    assert Notice.objects.filter(text=text).count() == 2


def test_audit_that_goes_on_tells_nobody(walk):
    freeze = walk.drawn()
    before = told()

    walk.audit(freeze, most=2)

    assert told() == before


@pytest.fixture
def checked():
    """A census of the riskiest with its first batch opened."""
    course = engagement(manager=accounts.member("manager"), quality_lead=accounts.member("quality"))
    guideline_version(engagement=course)
    lead = course.quality_lead
    return open_census(risky_lot(course, title="First lot").pk, by=lead, key=key())


def test_a_complete_census_tells_the_lead_to_freeze(checked):
    completed(checked)

    text = "Freeze “First lot”: its riskiest decisions are checked."
    assert told() == {(checked.engagement.quality_lead_id, text, f"/lots/{checked.lot.uid}/")}


def test_a_census_that_the_program_ended_tells_the_lead(checked):
    call_off_census(checked.pk, by=engine(), key=key())

    text = "Freeze “First lot”: its riskiest decisions are checked no further."
    assert told() == {(checked.engagement.quality_lead_id, text, f"/lots/{checked.lot.uid}/")}


def test_a_lead_is_not_told_of_a_census_that_they_ended(checked):
    call_off_census(checked.pk, by=checked.engagement.quality_lead, key=key())

    assert told() == set()


def test_inquiry_tells_its_owner(walk):
    walk.judge({"q001": None})

    (notice,) = notices_of(walk.client)
    inquiry = walk.engagement.inquiries.get()
    assert notice.text == f"Answer by 2026-03-15: {inquiry.title}"
    assert notice.link == f"/questions/{inquiry.uid}/"
    assert Notice.objects.count() == 1


def test_guideline_proposal_tells_manager_and_client(walk):
    proposal = propose_guideline(
        walk.engagement.pk,
        "# New rules",
        title="Use inside",
        cause="The guideline is silent.",
        touched_keys=["q001"],
        by=walk.lead,
        key=key(),
    )

    text, link = "Read the guideline change proposed: Use inside", f"/proposals/{proposal.uid}/"
    assert told() == {(walk.manager.pk, text, link), (walk.client.pk, text, link)}


def test_guideline_proposal_does_not_tell_who_proposed_it(walk):
    propose_guideline(
        walk.engagement.pk,
        "# New rules",
        title="Use inside",
        cause="The guideline is silent.",
        touched_keys=[],
        by=walk.manager,
        key=key(),
    )

    assert {person for person, _, _ in told()} == {walk.client.pk}


def test_an_alarm_is_put_before_the_manager_until_it_is_answered(walk):
    course, falls = walk.engagement, bench.expert(name="Nightjar")
    known_answers(falls, lot(engagement=course), "1111111110" * 3 + "0" * 22)
    alarm = raise_alarm(course.pk, falls.pk, "question", by=engine(), key=key())
    pump(until_idle=True)

    (notice,) = notices_of(walk.manager)
    assert (notice.text, notice.link) == (
        "Answer an alarm about an expert in “A matter”.",
        f"/engagements/{course.uid}/experts/",
    )
    assert falls.name not in notice.text

    answer_alarm(alarm.pk, "dismissed", reason="Harder items.", by=walk.manager, key=key())
    pump(until_idle=True)

    assert not notices_of(walk.manager).filter(read_at=None)


def test_a_suspended_freeze_tells_client_and_quality_lead(walk):
    walk.judge()
    walk.freeze()
    pump(until_idle=True)
    before = told()
    proposal = propose_guideline(
        walk.engagement.pk, "# New rules", title="T", cause="C", touched_keys=["q001"],
        by=walk.manager, key=key(),
    )  # fmt: skip
    publish_proposal(proposal.pk, by=walk.manager, key=key())

    text = "“First lot” is suspended: 1 of its decisions are judged anew under a changed guideline."
    link = f"/lots/{walk.lot.uid}/"
    assert {(walk.lead.pk, text, link), (walk.client.pk, text, link)} <= told() - before


def test_invoice_tells_the_client(walk):
    freeze = walk.drawn()
    walk.audit(freeze)
    walk.certify(freeze)
    accept_lot(freeze.pk, by=walk.client, key=key())
    before = told()

    invoice = issue_invoice(walk.engagement.pk, by=accounts.member(Role.FINANCE), key=key())

    text, link = f"Check invoice {invoice.number}.", f"/invoices/{invoice.number}/"
    assert told() - before == {(walk.client.pk, text, link)}


def test_disagreements_call_a_person_once_for_the_lot_and_day(walk):
    person = bench.expert()
    QualityPlan.objects.filter(engagement=walk.engagement).update(adjudicator=person)

    walk.open_first_slots()
    for slot in walk.slots(Slot.Purpose.FIRST):
        walk.answer(slot, "b" if slot.number == 2 else "a")

    text = "Decide where first judges disagree in “First lot”."
    assert told() == {(person.user_id, text, "/adjudications/")}
    assert Slot.objects.filter(purpose=Slot.Purpose.ADJUDICATION).count() == 6


def test_disagreements_tell_nobody_when_a_source_adjudicates(walk):
    walk.open_first_slots()
    for slot in walk.slots(Slot.Purpose.FIRST):
        walk.answer(slot, "b" if slot.number == 2 else "a")

    assert told() == set()


@pytest.mark.parametrize(
    ("right", "text"),
    [
        (True, "Start work: you passed “{name}”, 12 of 12 right."),
        (False, "Take “{name}” again: 0 of 12 right did not pass."),
    ],
)
def test_grade_tells_the_expert(clock, right, text):
    lot, expert, other = desks.training_lot(), desks.person_on_bench(), desks.person_on_bench()
    open_qualification(lot.pk, expert.pk, by=expert.user, key=key())

    _take_test(expert, lot, right=right)

    (result,) = expert.qualifications.all()
    said = text.format(name=result.name)
    assert told() == {(expert.user_id, said, f"/qualify/{lot.pk}/")}
    assert not notices_of(other.user).exists()


def _take_test(expert, lot, *, right):
    for slot in Slot.objects.filter(lot=lot, reserved_for=expert).order_by("id"):
        held = lease_next_slot(lot_id=lot.pk, by=expert.user, key=key())
        assert held.slot == slot
        gold = slot.item.gold.get()
        wrong = "b" if gold.answer == "a" else "a"
        answers = {gold.question: gold.answer if right else wrong}
        submit_judgment(held.pk, held.fence, answers, by=expert.user, key=key())
    pump(until_idle=True)
    assert not Assignment.objects.filter(state="active").exists()


def test_every_link_is_a_page_of_the_workspace(walk):
    _whole(walk)

    pages = {resolve(link).view_name for _, _, link in told()}

    assert pages == {"lot", "inquiry", "proposal"}


def test_reading_all_events_again_gives_the_same_notices(walk):
    _whole(walk)
    fields = ("uid", "organisation_id", "engagement_id", "user_id", "text", "link", "at")
    first = list(Notice.objects.order_by("uid").values_list(*fields))

    Notice.objects.all().delete()
    Cursor.objects.filter(subscription__startswith="notices.").delete()
    pump(until_idle=True)

    assert first
    assert list(Notice.objects.order_by("uid").values_list(*fields)) == first
    assert not ParkedEvent.objects.exists()


def test_notices_never_name_another_client(walk):
    other = Walk()
    _whole(walk)
    _whole(other)

    mine = notices_of(walk.client)

    assert {each.organisation_id for each in mine} == {walk.engagement.organisation_id}
    assert not mine.filter(text__contains=other.engagement.organisation.name).exists()
    assert mine.filter(at__gt=now() + timedelta(days=1)).count() == 0


def _whole(walk):
    """Ask, freeze, spend the audit, propose: whatever a lot can tell of."""
    walk.judge({"q001": None})
    walk.commit()
    freeze = walk.freeze()
    walk.plan(freeze)
    walk.reveal(freeze)
    walk.audit(freeze, differing=range(1, 7))
    propose_guideline(
        walk.engagement.pk,
        "# New rules",
        title="Use inside",
        cause="The guideline is silent.",
        touched_keys=["q001"],
        by=walk.lead,
        key=key(),
    )
    pump(until_idle=True)


def open_links(user):
    """Return where the notices lead that still wait for somebody."""
    pump(until_idle=True)
    return set(notices_of(user).filter(read_at=None).values_list("text", flat=True))


def test_revealing_and_accepting_close_what_asked_for_them(walk):
    walk.judge()
    walk.commit()
    freeze = walk.freeze()
    waiting = open_links(walk.client)
    walk.plan(freeze)
    walk.reveal(freeze)
    revealed = open_links(walk.client)
    walk.audit(freeze)
    walk.certify(freeze)
    certified = open_links(walk.client)

    accept_lot(freeze.pk, by=walk.client, key="accept")

    assert waiting == {"Reveal your nonce for “First lot”: the audit is drawn from it."}
    assert revealed == set()
    assert certified == {"Accept “First lot”: it is certified."}
    assert open_links(walk.client) == set()


def test_answering_an_inquiry_closes_its_notice_for_the_owner_only(walk):
    walk.judge({"q001": None})
    pump(until_idle=True)
    inquiry = Inquiry.objects.get()
    colleague = accounts.member(Role.CLIENT, organisation=walk.engagement.organisation)
    before = open_links(walk.client)

    answer_inquiry(inquiry.pk, "Treat it as a no.", by=inquiry.owner, key="answer")

    assert len(before) == 1
    assert open_links(inquiry.owner) == set()
    assert open_links(colleague) == set()


# rosters and signatures


ASKS = {
    "Sign before you work": "sign-up", "Approve an expert": "approve",
    "Hand over what waits": "hand-over", "Sign what is delivered": "sign",
}  # fmt: skip


def notices_to(user):
    """Return what still waits for somebody, of rosters and signatures."""
    pump(until_idle=True)
    texts = notices_of(user).filter(read_at=None).values_list("text", flat=True)
    return [ask for text in texts for begins, ask in ASKS.items() if text.startswith(begins)]


def test_a_roster_asks_the_expert_then_the_client_then_nobody():
    walk, ada = Walk(), bench.expert(user=accounts.member(Role.EXPERT))
    entry = enter_expert(walk.engagement.pk, ada.pk, firm="Berg LLP", by=walk.manager, key=key())
    assert notices_to(ada.user) == ["sign-up"]
    for step in ("nda", "cleared"):
        record_step(entry.pk, step, "Ada", by=ada.user, key=key())
    assert (notices_to(ada.user), notices_to(walk.client)) == (["sign-up"], [])

    record_step(entry.pk, "briefed", "Ada", by=ada.user, key=key())
    assert (notices_to(ada.user), notices_to(walk.client)) == ([], ["approve"])
    assert notices_of(walk.client).filter(text__contains="Berg LLP").exists()

    record_step(entry.pk, "approved", "Approved", by=walk.client, key=key())
    assert notices_to(walk.client) == []


def test_leaving_asks_nothing_more_and_tells_the_manager_what_waits():
    walk, ada = Walk(), bench.expert(user=accounts.member(Role.EXPERT))
    entry = enter_expert(walk.engagement.pk, ada.pk, by=walk.manager, key=key())
    work.slot(item=walk.items[0], reserved_for=ada)

    end_entry(entry.pk, "Ill.", by=engine(), key=key())

    assert notices_to(ada.user) == []
    assert notices_to(walk.manager) == ["hand-over"]


def test_a_freeze_asks_its_professional_to_sign_until_they_have():
    walk, ada = Walk(), bench.expert(user=accounts.member(Role.EXPERT))
    bench.credential(expert=ada, kind="licence", title="Admission", state="verified")
    name_supervisor(
        walk.engagement.pk, ada.pk, {"licence": "Admission"}, by=walk.manager, key=key()
    )
    walk.judge()
    freeze = walk.freeze()
    assert notices_to(ada.user) == ["sign"]

    sign_deliverable(freeze.pk, [], statement="I answer.", by=ada.user, key=key())

    assert notices_to(ada.user) == []
