"""The inbox, derived: which events tell whom that an act waits for them.

Nobody is told of what they did themselves. Every answer here follows from
facts alone, so that reading all events again gives the same notices.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from uuid import UUID

from peritus.accounts.models import Membership, Organisation, Role, User
from peritus.accounts.queries import engine
from peritus.algorithms.certification import Verdict
from peritus.bench.models import Credential, Expert, Qualification
from peritus.bench.overviews import credentials_outlasted_by, tests_outlasted_by
from peritus.bench.rules import WARNING_DAYS
from peritus.billing.models import Invoice
from peritus.engagements.models import Engagement, Lot, RosterEntry, RosterStep
from peritus.engagements.queries import pack_of
from peritus.journal.models import Event
from peritus.journal.pump import subscribe
from peritus.notices import words
from peritus.notices.verbs import Word, close_notices, notify
from peritus.quality.models import (
    Acceptance,
    Audit,
    Census,
    Certificate,
    Draw,
    DriftAlarm,
    Freeze,
    GuidelineProposal,
    ProfessionalSignature,
    Suspension,
)
from peritus.quality.queries import commitment_for, standing_of
from peritus.work.models import Inquiry, Slot

OWN_STEPS = {RosterStep.Step.NDA, RosterStep.Step.CLEARED, RosterStep.Step.BRIEFED}


def clients_of(engagement: Engagement) -> list[int]:
    """Return the client's own people."""
    members = Membership.objects.filter(
        organisation=engagement.organisation_id, role=Role.CLIENT
    ).order_by("id")
    return list(members.values_list("user_id", flat=True))


def managers_of_provider() -> list[int]:
    """Return the provider's managers, who keep the bench."""
    members = Membership.objects.filter(
        organisation__kind=Organisation.Kind.PROVIDER, role=Role.MANAGER
    ).order_by("id")
    return list(members.values_list("user_id", flat=True))


def _tell(
    event: Event, engagement: Engagement | None, word: Word, people: Iterable[int | None]
) -> None:
    others = User.objects.exclude(uid=event.actor).filter(pk__in=[each for each in people if each])
    told = sorted(others.values_list("pk", flat=True))
    if told:
        key = f"notices:{event.pk}:{word.about}:{word.topic}"
        notify(engagement.pk if engagement else None, word, told, by=engine(), key=key)


@subscribe("notices.reveal", to=("lot.frozen",))
def tell_to_reveal(event: Event) -> None:
    """Ask the client for the nonce, where a commitment was made for the freeze."""
    freeze = Freeze.objects.select_related("lot", "engagement").get(uid=event.about_uid)
    if commitment_for(freeze.lot, freeze.number):
        word = words.reveal(freeze, event)
        _tell(event, freeze.engagement, word, clients_of(freeze.engagement))


@subscribe("notices.accept", to=("lot.certified",))
def tell_to_accept(event: Event) -> None:
    """Tell the client that a lot can be accepted."""
    certificates = Certificate.objects.select_related("freeze__lot", "engagement")
    certificate = certificates.get(uid=event.about_uid)
    word = words.accept(certificate.freeze, event)
    _tell(event, certificate.engagement, word, clients_of(certificate.engagement))


@subscribe("notices.spent", to=("audit.recorded",))
def tell_of_spent_audit(event: Event) -> None:
    """Tell manager and quality lead when a look ends the audit without a certificate.

    Read at the freeze's last recorded audit only: an audit that is spent opens
    no further one.
    """
    audits = Audit.objects.select_related("freeze__lot", "engagement")
    freeze = audits.get(uid=event.about_uid).freeze
    later = Event.objects.filter(
        kind=event.kind, about_uid__in=freeze.audits.values("uid"), place__gt=event.place or 0
    )
    if not later.exists() and standing_of(freeze).verdict == Verdict.SPENT:
        leaders = freeze.engagement.manager_id, freeze.engagement.quality_lead_id
        _tell(event, freeze.engagement, words.spent(freeze, event), leaders)


@subscribe("notices.census", to=("census.completed", "census.called_off"))
def tell_to_freeze(event: Event) -> None:
    """Tell the quality lead when no check of the riskiest is waited for any more."""
    census = Census.objects.select_related("lot", "engagement").get(uid=event.about_uid)
    lead = census.engagement.quality_lead_id
    _tell(event, census.engagement, words.freeze(census, event), [lead])


@subscribe("notices.answer", to=("inquiry.opened",))
def tell_to_answer(event: Event) -> None:
    """Ask the owner of an inquiry."""
    inquiry = Inquiry.objects.select_related("engagement").get(uid=event.about_uid)
    _tell(event, inquiry.engagement, words.answer(inquiry, event), [inquiry.owner_id])


@subscribe("notices.done", to=("draw.made", "lot.accepted", "inquiry.answered", "drift.answered"))
def close_what_is_done(event: Event) -> None:
    """Close what asked for an act that somebody has done since."""
    about, topic, people = _done(event)
    key = f"notices.done:{event.pk}"
    close_notices(about, topic, people, at=event.at, by=engine(), key=key)


def _done(event: Event) -> tuple[UUID, str, list[int]]:
    """Return about what, on which topic and by whom something was done."""
    if event.kind == "inquiry.answered":
        inquiry = Inquiry.objects.get(uid=event.about_uid)
        return inquiry.uid, "answer", [inquiry.owner_id]
    if event.kind == "drift.answered":
        alarm = DriftAlarm.objects.select_related("engagement").get(uid=event.about_uid)
        return alarm.uid, "alarm", [alarm.engagement.manager_id]
    model, topic = (Draw, "reveal") if event.kind == "draw.made" else (Acceptance, "accept")
    done = model.objects.select_related("freeze", "engagement").get(uid=event.about_uid)
    return done.freeze.uid, topic, clients_of(done.engagement)


@subscribe("notices.proposal", to=("guideline.proposed",))
def tell_of_proposal(event: Event) -> None:
    """Show a proposed guideline to the manager and the client."""
    proposals = GuidelineProposal.objects.select_related("engagement")
    proposal = proposals.get(uid=event.about_uid)
    engagement = proposal.engagement
    people = [engagement.manager_id, *clients_of(engagement)]
    _tell(event, engagement, words.read_proposal(proposal, event), people)


@subscribe("notices.suspended", to=("freeze.suspended",))
def tell_of_suspension(event: Event) -> None:
    """Tell quality lead and client that a freeze's claim rests."""
    suspensions = Suspension.objects.select_related("freeze__lot", "engagement")
    suspension = suspensions.get(uid=event.about_uid)
    people = [suspension.engagement.quality_lead_id, *clients_of(suspension.engagement)]
    _tell(event, suspension.engagement, words.suspended(suspension, event), people)


@subscribe("notices.alarm", to=("drift.alarmed",))
def tell_of_alarm(event: Event) -> None:
    """Put an alarm about an expert before the manager."""
    found = DriftAlarm.objects.select_related("engagement").get(uid=event.about_uid)
    _tell(event, found.engagement, words.alarm(found, event), [found.engagement.manager_id])


@subscribe("notices.invoice", to=("invoice.issued",))
def tell_of_invoice(event: Event) -> None:
    """Show an invoice to the client."""
    invoice = Invoice.objects.select_related("engagement").get(uid=event.about_uid)
    word = words.check_invoice(invoice, event)
    _tell(event, invoice.engagement, word, clients_of(invoice.engagement))


@subscribe("notices.adjudicate", to=("slots.opened",), coalesced=True)
def tell_to_adjudicate(event: Event) -> None:
    """Call people for whom adjudications are reserved; the lot's last event will do."""
    lot = Lot.objects.select_related("engagement").get(uid=event.about_uid)
    slots = Slot.objects.filter(
        lot=lot, purpose=Slot.Purpose.ADJUDICATION, reserved_for__kind=Expert.Kind.PERSON
    ).select_related("reserved_for__user")
    told = set()
    for slot in slots.order_by("opened_at", "id"):
        person = slot.reserved_for.user if slot.reserved_for else None
        if person and (occasion := (person.pk, slot.opened_at.date())) not in told:
            told.add(occasion)
            word = words.adjudicate(lot, person, slot.opened_at)
            _tell(event, lot.engagement, word, [person.pk])


@subscribe("notices.graded", to=("qualification.recorded",))
def tell_of_grade(event: Event) -> None:
    """Tell an expert how a test ended; results recorded by hand come from no test."""
    results = Qualification.objects.select_related("expert")
    result = results.get(uid=event.about_uid)
    if lot := _test_lot(result):
        _tell(event, lot.engagement, words.graded(result, lot, event), [result.expert.user_id])


def _test_lot(result: Qualification) -> Lot | None:
    taken = Lot.objects.filter(
        slots__reserved_for=result.expert, slots__purpose=Slot.Purpose.QUALIFICATION
    )
    for lot in taken.select_related("engagement").distinct().order_by("id"):
        test = pack_of(lot.engagement).qualification
        if test and test.name == result.name:
            return lot
    return None


@subscribe("notices.ending", to=("credential.ending",))
def tell_of_ending(event: Event) -> None:
    """Tell an expert and the managers that a credential runs out."""
    credential = Credential.objects.select_related("expert").get(uid=event.about_uid)
    days, expert = event.data["days"], credential.expert
    _tell(event, None, words.renew(credential, days, event), [expert.user_id])
    others = set(managers_of_provider()) - {expert.user_id}
    _tell(event, None, words.ask_renewal(credential, days, event), others)


@subscribe("notices.lapsing", to=("qualification.ending",))
def tell_of_lapse(event: Event) -> None:
    """Tell an expert and the managers that a test must be passed again."""
    test = Qualification.objects.select_related("expert").get(uid=event.about_uid)
    days, expert = event.data["days"], test.expert
    _tell(event, None, words.take_again(test, days, event), [expert.user_id])
    others = set(managers_of_provider()) - {expert.user_id}
    _tell(event, None, words.ask_test(test, days, event), others)


@subscribe("notices.renewed", to=("credential.verified", "credential.revoked"))
def close_what_is_renewed(event: Event) -> None:
    """Take out of inboxes that a credential runs out, once it was renewed or revoked."""
    credential = Credential.objects.select_related("expert").get(uid=event.about_uid)
    revoked = event.kind == "credential.revoked"
    done = [credential] if revoked else credentials_outlasted_by(credential).order_by("pk")
    _close_endings(event, credential.expert, [each.uid for each in done])


@subscribe("notices.passed", to=("qualification.recorded",))
def close_what_is_passed(event: Event) -> None:
    """Take out of inboxes that a test lapses, once it was passed again."""
    test = Qualification.objects.select_related("expert").get(uid=event.about_uid)
    if test.passed:
        done = tests_outlasted_by(test).order_by("pk")
        _close_endings(event, test.expert, [each.uid for each in done])


def _close_endings(event: Event, expert: Expert, uids: Iterable[UUID]) -> None:
    people = [expert.user_id, *managers_of_provider()]
    for uid, days in product(uids, WARNING_DAYS):
        key, topic = f"notices:{event.pk}:{uid}:{days}", words.ending_topic(days)
        close_notices(uid, topic, people, at=event.at, by=engine(), key=key)


@subscribe("notices.sign_up", to=("roster.entered",))
def tell_to_sign_up(event: Event) -> None:
    """Ask whoever was put on a roster for their part."""
    entry = _entry(event.about_uid)
    _tell(event, entry.engagement, words.sign_up(entry, event), [entry.expert.user_id])


@subscribe("notices.roster", to=("roster.step",))
def tell_of_step(event: Event) -> None:
    """Close what a step was asked for; once the expert's own are there, ask the client."""
    entry = _entry(RosterStep.objects.get(uid=event.about_uid).entry.uid)
    done = set(entry.steps.filter(recorded_at__lte=event.at).values_list("step", flat=True))
    key = f"notices.roster:{event.pk}"
    if OWN_STEPS <= done:
        people = [entry.expert.user_id]
        close_notices(entry.uid, "sign-up", people, at=event.at, by=engine(), key=f"{key}:own")
    clients = clients_of(entry.engagement)
    if RosterStep.Step.APPROVED in done:
        close_notices(entry.uid, "approve", clients, at=event.at, by=engine(), key=key)
    elif OWN_STEPS <= done:
        _tell(event, entry.engagement, words.approve(entry, event), clients)


def _entry(uid: UUID) -> RosterEntry:
    return RosterEntry.objects.select_related("engagement", "expert").get(uid=uid)


@subscribe("notices.left", to=("roster.left",))
def tell_to_hand_over(event: Event) -> None:
    """Tell the manager, if anything waits for whoever left; ask nothing more of them."""
    entry = _entry(event.about_uid)
    key = f"notices.left:{event.pk}"
    people = [entry.expert.user_id]
    close_notices(entry.uid, "sign-up", people, at=event.at, by=engine(), key=f"{key}:own")
    clients = clients_of(entry.engagement)
    close_notices(entry.uid, "approve", clients, at=event.at, by=engine(), key=key)
    waits = Slot.objects.filter(
        engagement=entry.engagement, reserved_for=entry.expert, state__in=("open", "leased")
    )
    if waits.exists():
        _tell(event, entry.engagement, words.hand_over(entry, event), [entry.engagement.manager_id])


@subscribe("notices.sign", to=("lot.frozen",))
def tell_to_sign(event: Event) -> None:
    """Ask the supervising professional for their signature on a freeze."""
    freeze = Freeze.objects.select_related("lot", "engagement").get(uid=event.about_uid)
    if freeze.engagement.supervisor is not None:
        people = [freeze.engagement.supervisor.user_id]
        _tell(event, freeze.engagement, words.sign_freeze(freeze, event), people)


@subscribe("notices.signed", to=("freeze.signed",))
def close_what_was_signed(event: Event) -> None:
    """Close what asked for a signature that was given."""
    signature = ProfessionalSignature.objects.select_related("freeze", "expert").get(
        uid=event.about_uid
    )
    key = f"notices.signed:{event.pk}"
    people = [signature.expert.user_id]
    close_notices(signature.freeze.uid, "sign", people, at=event.at, by=engine(), key=key)
