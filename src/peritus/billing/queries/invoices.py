"""What can be billed, what is, and what a line stands on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from peritus.accounts.models import User
from peritus.algorithms.certification import Verdict
from peritus.billing.models import Invoice, InvoiceLine
from peritus.billing.money import sum_of_smallest
from peritus.engagements.models import Engagement, Item, Lot
from peritus.engagements.queries import engagements_seen_by
from peritus.quality.models import (
    Acceptance,
    Audit,
    Certificate,
    Decision,
    Freeze,
    FrozenDecision,
)
from peritus.quality.queries import latest_freezes, standing_of
from peritus.quality.touching import suspension_of
from peritus.work.models import Judgment


def invoices_seen_by(user: User) -> QuerySet[Invoice]:
    """Return the invoices of the engagements that the user sees."""
    return Invoice.objects.filter(engagement__in=engagements_seen_by(user))


def invoice_lines_seen_by(user: User) -> QuerySet[InvoiceLine]:
    """Return the lines of the invoices that the user sees, in their order."""
    lines = InvoiceLine.objects.filter(invoice__in=invoices_seen_by(user))
    return lines.order_by("invoice__id", "place")


def unbilled(engagement: Engagement) -> QuerySet[Item]:
    """Return the items that no invoice charges: open, or not frozen and audited yet."""
    charged = FrozenDecision.objects.filter(
        item=OuterRef("pk"), freeze__invoice_lines__kind=InvoiceLine.Kind.CHARGE
    )
    return Item.objects.filter(~Exists(charged), engagement=engagement).order_by("key")


def invoice_line_trace(line: InvoiceLine) -> QuerySet[FrozenDecision]:
    """Return the frozen decisions that a line bills, with their items, by key.

    Give a page of them to ``traced`` for the judgments and audits.
    """
    billed = FrozenDecision.objects.filter(freeze=line.freeze_id).select_related("item")
    return billed.order_by("item__key", "question")


@dataclass(frozen=True)
class Traced:
    """A billed decision with the judgments it came from, and its audit if drawn."""

    decision: FrozenDecision
    judgments: tuple[Judgment, ...]
    audit: Audit | None


def traced(decisions: Iterable[FrozenDecision]) -> list[Traced]:
    """Add judgments and audit to frozen decisions, in two queries for all of them."""
    rows = list(decisions)
    items = {row.item_id for row in rows}
    judgments = {
        str(each.uid): each
        for each in Judgment.objects.filter(item__in=items).select_related("expert", "slot")
    }
    freezes = {row.freeze_id for row in rows}
    audits = {
        (audit.freeze_id, audit.item_id): audit
        for audit in Audit.objects.filter(freeze__in=freezes, item__in=items)
    }
    return [
        Traced(
            row,
            tuple(judgments[uid] for uid in row.judgments),
            audits.get((row.freeze_id, row.item_id)),
        )
        for row in rows
    ]


@dataclass(frozen=True)
class LotStanding:
    """How far a lot is on its way to the invoice; ``freeze`` is its latest.

    ``billed`` says that this freeze is on an invoice, ``replaces`` names an
    invoice on which an earlier freeze of the lot stands and is not credited.
    """

    lot: Lot
    freeze: Freeze | None
    verdict: str
    audited: int
    differing: int
    certified: bool
    accepted: bool
    billed: bool
    suspended: bool
    replaces: str

    @property
    def is_bought(self) -> bool:
        """Say whether the client has what was promised, and took it."""
        return self.certified and self.accepted

    @property
    def is_lost(self) -> bool:
        """Say whether the audit ended without a certificate."""
        return self.verdict == Verdict.SPENT and not self.certified


def lot_standings(engagement: Engagement) -> list[LotStanding]:
    """Return how far each lot is, in order; lots with nothing to decide are left out."""
    decidable = Item.objects.filter(lot=OuterRef("pk")).exclude(
        decisions__state=Decision.State.OPEN
    )
    freezes = {freeze.lot_id: freeze for freeze in latest_freezes(engagement)}
    lots = Lot.objects.filter(Exists(decidable), engagement=engagement).order_by("place")
    return [_standing(lot, freezes.get(lot.pk)) for lot in lots]


def _standing(lot: Lot, freeze: Freeze | None) -> LotStanding:
    if freeze is None:
        return LotStanding(lot, None, "not frozen", 0, 0, False, False, False, False, "")
    audits = standing_of(freeze)
    return LotStanding(
        lot=lot,
        freeze=freeze,
        verdict=audits.verdict,
        audited=audits.audited,
        differing=audits.differing,
        certified=Certificate.objects.filter(freeze=freeze).exists(),
        accepted=Acceptance.objects.filter(freeze=freeze).exists(),
        billed=InvoiceLine.objects.filter(freeze=freeze).exists(),
        suspended=suspension_of(freeze) is not None,
        replaces=_uncredited_invoice(freeze),
    )


def _uncredited_invoice(freeze: Freeze) -> str:
    """Return the invoice that charges an earlier freeze which is not credited in full."""
    earlier = InvoiceLine.objects.filter(freeze__lot=freeze.lot_id).exclude(freeze=freeze)
    if not earlier.aggregate(left=sum_of_smallest("amount"))["left"]:
        return ""
    charges = earlier.filter(kind=InvoiceLine.Kind.CHARGE).order_by("-id")
    return str(charges.values_list("invoice__number", flat=True)[0])


def invoice_blockers(standings: list[LotStanding]) -> list[str]:
    """Say why the lots cannot be invoiced, for the page and the error alike."""
    if not standings:
        return ["No lot has an item that can be decided; there is nothing to bill."]
    waiting = [each for each in standings if not each.billed]
    if not waiting:
        return ["Every lot is billed already."]
    return [reason for each in waiting if (reason := _lot_blocker(each))]


def _lot_blocker(standing: LotStanding) -> str:
    return _freeze_blocker(standing) or _claim_blocker(standing)


def _freeze_blocker(standing: LotStanding) -> str:
    """Say why there is no freeze that a line could cite."""
    lot = standing.lot
    if standing.freeze is None:
        return f"{lot} is not frozen yet; the quality lead freezes it."
    if standing.suspended:
        return (
            f"{lot} is judged anew under a changed guideline; it is billed once it is frozen again."
        )
    if standing.replaces:
        return (
            f"An earlier freeze of {lot} stands billed on {standing.replaces}; "
            "credit it first, or its items are billed twice."
        )
    return ""


def _claim_blocker(standing: LotStanding) -> str:
    lot = standing.lot
    if standing.is_bought or standing.is_lost:
        return ""
    if standing.certified:
        return f"{lot} is certified, but the client has not accepted it yet."
    if standing.verdict == Verdict.CERTIFIED:
        return f"{lot} meets its audit plan, but the quality lead has not signed it yet."
    return f"{lot} is still being audited: {standing.audited} audits are in."
