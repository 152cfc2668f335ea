"""What an inbox says of each occasion, and where it leads.

A word names the act, never the content: no item, no answer, no client.
"""

from __future__ import annotations

from datetime import datetime

from peritus.accounts.models import User
from peritus.bench.models import Credential, Qualification
from peritus.billing.models import Invoice
from peritus.catalogue.identity import uid_of
from peritus.engagements.models import Lot, RosterEntry
from peritus.journal.models import Event
from peritus.notices.verbs import Word
from peritus.quality.models import Census, DriftAlarm, Freeze, GuidelineProposal, Suspension
from peritus.work.models import Inquiry

TITLE_LENGTH = 160  # of a title within a notice


def _short(title: str) -> str:
    return title if len(title) <= TITLE_LENGTH else f"{title[: TITLE_LENGTH - 1]}…"


def _lot_page(lot: Lot) -> str:
    return f"/lots/{lot.uid}/"


def reveal(freeze: Freeze, event: Event) -> Word:
    """Ask for the nonce that was committed to."""
    text = f"Reveal your nonce for “{_short(freeze.lot.title)}”: the audit is drawn from it."
    return Word(freeze.uid, "reveal", text, _lot_page(freeze.lot), event.at)


def accept(freeze: Freeze, event: Event) -> Word:
    """Say that a certified lot can be accepted."""
    text = f"Accept “{_short(freeze.lot.title)}”: it is certified."
    return Word(freeze.uid, "accept", text, _lot_page(freeze.lot), event.at)


def spent(freeze: Freeze, event: Event) -> Word:
    """Say that a lot cannot be certified any more."""
    text = (
        f"Decide what becomes of “{_short(freeze.lot.title)}”: its audit is spent, "
        "so this freeze cannot be certified."
    )
    return Word(freeze.uid, "spent", text, _lot_page(freeze.lot), event.at)


def freeze(census: Census, event: Event) -> Word:
    """Say that a lot's riskiest decisions are checked, or checked no further."""
    far = "are checked" if census.state == Census.State.COMPLETE else "are checked no further"
    text = f"Freeze “{_short(census.lot.title)}”: its riskiest decisions {far}."
    return Word(census.uid, "freeze", text, _lot_page(census.lot), event.at)


def answer(inquiry: Inquiry, event: Event) -> Word:
    """Ask the owner of an inquiry."""
    text = f"Answer by {inquiry.due_at:%Y-%m-%d}: {_short(inquiry.title)}"
    return Word(inquiry.uid, "answer", text, f"/questions/{inquiry.uid}/", event.at)


def read_proposal(proposal: GuidelineProposal, event: Event) -> Word:
    """Show a proposed guideline to those who decide on it."""
    text = f"Read the guideline change proposed: {_short(proposal.title)}"
    return Word(proposal.uid, "read", text, f"/proposals/{proposal.uid}/", event.at)


def alarm(found: DriftAlarm, event: Event) -> Word:
    """Put an alarm about an expert before who answers it; who it is stands on the page."""
    text = f"Answer an alarm about an expert in “{_short(found.engagement.title)}”."
    page = f"/engagements/{found.engagement.uid}/experts/"
    return Word(found.uid, "alarm", text, page, event.at)


def suspended(suspension: Suspension, event: Event) -> Word:
    """Say that nothing is claimed of a freeze for now."""
    text = (
        f"“{_short(suspension.freeze.lot.title)}” is suspended: {suspension.decisions} of its "
        "decisions are judged anew under a changed guideline."
    )
    return Word(suspension.uid, "suspended", text, _lot_page(suspension.freeze.lot), event.at)


def check_invoice(invoice: Invoice, event: Event) -> Word:
    """Show an invoice to who is asked to pay it."""
    specimen = " (a SPECIMEN)" if invoice.specimen else ""
    text = f"Check invoice {invoice.number}{specimen}."
    return Word(invoice.uid, "check", text, f"/invoices/{invoice.number}/", event.at)


def adjudicate(lot: Lot, person: User, opened_at: datetime) -> Word:
    """Call an adjudicator; told once for each lot and day, not for each item."""
    text = f"Decide where first judges disagree in “{_short(lot.title)}”."
    about = uid_of(lot.uid, "adjudications", person.uid)
    return Word(about, f"{opened_at:%Y-%m-%d}", text, "/adjudications/", opened_at)


def graded(result: Qualification, lot: Lot, event: Event) -> Word:
    """Tell an expert how a test ended."""
    score = f"{result.right} of {result.asked} right"
    text = (
        f"Start work: you passed “{_short(result.name)}”, {score}."
        if result.passed
        else f"Take “{_short(result.name)}” again: {score} did not pass."
    )
    return Word(result.uid, "graded", text, f"/qualify/{lot.pk}/", event.at)


def sign_up(entry: RosterEntry, event: Event) -> Word:
    """Ask a person of a roster for what they sign, declare and confirm."""
    text = f"Sign before you work: {_short(entry.engagement.title)}"
    return Word(entry.uid, "sign-up", text, "/rosters/", event.at)


def approve(entry: RosterEntry, event: Event) -> Word:
    """Ask the client for its approval; who it is stands on the page, under a pseudonym."""
    firm = f" of {_short(entry.firm)}" if entry.firm else ""
    text = f"Approve an expert{firm}: {_short(entry.engagement.title)}"
    return Word(
        entry.uid, "approve", text, f"/engagements/{entry.engagement.uid}/roster/", event.at
    )


def hand_over(entry: RosterEntry, event: Event) -> Word:
    """Tell the manager that what waits for somebody who left waits in vain."""
    text = f"Hand over what waits for whoever left: {_short(entry.engagement.title)}"
    return Word(entry.uid, "hand-over", text, "/staffing/", event.at)


def sign_freeze(freeze: Freeze, event: Event) -> Word:
    """Ask the supervising professional for their signature."""
    text = f"Sign what is delivered: {_short(freeze.lot.title)}"
    return Word(freeze.uid, "sign", text, f"/signatures/{freeze.pk}/", event.at)


OWN_BENCH = "/bench/mine/"


def ending_topic(days: int) -> str:
    """Return the occasion on which something that runs out is told of."""
    return f"ends-{days}"


def renew(credential: Credential, days: int, event: Event) -> Word:
    """Tell an expert that a credential of theirs runs out."""
    text = f"Renew “{_short(credential.title)}”: it counts through {credential.expires:%Y-%m-%d}."
    return Word(credential.uid, ending_topic(days), text, OWN_BENCH, event.at)


def ask_renewal(credential: Credential, days: int, event: Event) -> Word:
    """Tell a manager that a credential runs out; whose it is stands on the page."""
    text = (
        f"Ask an expert to renew a {credential.get_kind_display().lower()}: "
        f"it counts through {credential.expires:%Y-%m-%d}."
    )
    page = f"/bench/{credential.expert.uid}/"
    return Word(credential.uid, ending_topic(days), text, page, event.at)


def take_again(test: Qualification, days: int, event: Event) -> Word:
    """Tell an expert that a test which they passed lapses."""
    text = f"Take “{_short(test.name)}” again: it lapses on {test.expires_at:%Y-%m-%d}."
    return Word(test.uid, ending_topic(days), text, OWN_BENCH, event.at)


def ask_test(test: Qualification, days: int, event: Event) -> Word:
    """Tell a manager that somebody must pass a test again; who it is stands on the page."""
    text = (
        f"Ask an expert to take “{_short(test.name)}” again: "
        f"it lapses on {test.expires_at:%Y-%m-%d}."
    )
    return Word(test.uid, ending_topic(days), text, f"/bench/{test.expert.uid}/", event.at)
