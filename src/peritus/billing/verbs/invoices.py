"""Bill what was bought, credit what was not certified, state what is owed."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from peritus.accounts.models import User
from peritus.bench.models import Expert
from peritus.billing.errors import InvoiceNotReady, PayoutsNotReady, TermsNotAgreed
from peritus.billing.models import Invoice, InvoiceLine, Payout, Term
from peritus.billing.money import to_cents
from peritus.billing.queries.invoices import LotStanding, invoice_blockers, lot_standings
from peritus.billing.queries.ledger import Payable, line_sides, payables
from peritus.billing.queries.terms import Agreed, RateCard, rate_card
from peritus.billing.rules import KEEP_BOOKS
from peritus.billing.verbs.ledger import write_entry
from peritus.catalogue.identity import uid_of
from peritus.engagements.models import Engagement
from peritus.engagements.queries import engagements_seen_by
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.clock import now
from peritus.quality.models import Freeze

TITLE_LENGTH = 120  # of a lot's title on a line


@verb
def issue_invoice(engagement_id: int, *, by: User, key: str) -> Invoice:
    """Invoice the latest freeze of each lot that is not billed yet.

    A lot that is certified and accepted is charged; one whose audit is spent
    is charged and credited, and its lines say why. Open items are in no
    freeze, so they are not billed. Each line is posted, with the line as the
    fact. Raises InvoiceNotReady with every reason.
    """
    engagement = engagements_seen_by(by).select_for_update(of=("self",)).get(pk=engagement_id)
    KEEP_BOOKS.require(by, engagement)
    earlier: Invoice | None = earlier_result()
    if earlier:
        return earlier
    standings, card = lot_standings(engagement), rate_card(engagement.pk)
    if blockers := [*invoice_blockers(standings), *terms_missing(card)]:
        raise InvoiceNotReady(blockers)
    lines = [
        line
        for standing in standings
        if standing.freeze is not None and not standing.billed
        for line in _lines(standing, standing.freeze, card.in_force(standing.freeze.frozen_at))
    ]
    invoice = _issue(engagement, lines)
    _record_invoice(invoice, lines)
    return invoice


def terms_missing(card: RateCard) -> list[str]:
    """Say that nothing is agreed, for the page and the error alike."""
    try:
        card.in_force(now())
    except TermsNotAgreed as missing:
        return missing.blockers
    return []


def _lines(standing: LotStanding, freeze: Freeze, agreed: Agreed) -> Iterator[InvoiceLine]:
    """Draft the lines of one freeze: its charge, and its credit if it is lost."""
    item, credit = agreed.terms[Term.Unit.ITEM], agreed.terms[Term.Unit.CREDIT]
    charge = InvoiceLine(
        freeze=freeze,
        term=item,
        kind=InvoiceLine.Kind.CHARGE,
        quantity=freeze.population,
        unit_price=item.amount,
        text=charge_text(standing, freeze),
    )
    yield charge
    if standing.is_lost and credit.amount:
        yield InvoiceLine(
            freeze=freeze,
            term=credit,
            kind=InvoiceLine.Kind.CREDIT,
            quantity=freeze.population,
            unit_price=-item.amount * credit.amount,
            text=credit_text(standing, credit),
        )


def charge_text(standing: LotStanding, freeze: Freeze) -> str:
    """Say what a line charges, and whether it was certified."""
    outcome = "certified and accepted" if standing.is_bought else "not certified"
    title = standing.lot.title[:TITLE_LENGTH]
    return f"{title}, freeze {freeze.number}: items decided, {outcome}"


def credit_text(standing: LotStanding, credit: Term) -> str:
    """Say what a line credits, and why."""
    percent = (credit.amount * 100).normalize()
    return (
        f"{standing.lot.title[:TITLE_LENGTH]}: service credit, {percent:f} % of the price, "
        f"since {standing.differing} of {standing.audited} audited decisions differ "
        "from the auditor, more than the plan allows at any look"
    )


def _issue(engagement: Engagement, lines: list[InvoiceLine]) -> Invoice:
    for line in lines:
        line.amount = to_cents(line.quantity * line.unit_price)
    same_code = Invoice.objects.filter(engagement__code__iexact=engagement.code)
    number = same_code.count() + 1  # codes repeat between clients, invoice numbers never
    invoice = Invoice.objects.create(
        uid=uid_of(engagement.uid, "invoice", number),
        organisation_id=engagement.organisation_id,
        engagement=engagement,
        number=f"INV-{engagement.code.upper()}-{number:04d}",
        currency=lines[0].term.currency,
        total=sum((line.amount for line in lines), Decimal(0)),
        specimen=engagement.specimen,
        issued_at=now(),
    )
    for place, line in enumerate(lines, start=1):
        line.uid, line.place = uid_of(invoice.uid, "line", place), place
        line.organisation_id, line.invoice = engagement.organisation_id, invoice
    InvoiceLine.objects.bulk_create(lines)
    for line in lines:
        write_entry(engagement, line_sides(line, invoice.currency))
    return invoice


def _record_invoice(invoice: Invoice, lines: list[InvoiceLine]) -> None:
    record(
        "invoice.issued",
        about=invoice,
        engagement=invoice.engagement,
        data={
            "currency": invoice.currency,
            "lines": [
                {"amount": line.amount, "freeze": line.freeze.digest, "kind": line.kind}
                for line in lines
            ],
            "number": invoice.number,
            "specimen": invoice.specimen,
            "total": invoice.total,
        },
    )


@verb
def state_payouts(engagement_id: int, *, by: User, key: str) -> list[Payout]:
    """State what each expert's work comes to in the ledger; nothing is paid by it.

    Together the payouts are what the books owe to experts. A published source
    is never paid, so its row is a specimen. Raises PayoutsNotReady.
    """
    engagement = engagements_seen_by(by).select_for_update(of=("self",)).get(pk=engagement_id)
    KEEP_BOOKS.require(by, engagement)
    if earlier_result():
        return list(engagement.payouts.order_by("expert__handle"))
    owed = payables(engagement)
    if blockers := payout_blockers(engagement, owed):
        raise PayoutsNotReady(blockers)
    payouts = Payout.objects.bulk_create(_payout(engagement, payable) for payable in owed)
    record(
        "payouts.stated",
        about=engagement,
        engagement=engagement,
        data={
            "payouts": [
                {"amount": each.amount, "expert": each.expert.uid, "specimen": each.specimen}
                for each in payouts
            ],
        },
    )
    return payouts


def payout_blockers(engagement: Engagement, owed: list[Payable]) -> list[str]:
    """Say why payouts cannot be stated, for the page and the error alike."""
    if Payout.objects.filter(engagement=engagement).exists():
        return ["The payouts of this engagement are stated already."]
    return [] if owed else ["No work is posted yet; there is nothing to state."]


def _payout(engagement: Engagement, payable: Payable) -> Payout:
    expert = payable.expert
    return Payout(
        uid=uid_of(engagement.uid, "payout", expert.handle),
        organisation_id=engagement.organisation_id,
        engagement=engagement,
        expert=expert,
        judgments=payable.judgments,
        amount=payable.amount,
        currency=payable.currency,
        specimen=engagement.specimen or expert.kind == Expert.Kind.SOURCE,
        stated_at=now(),
    )
