"""What start pages show of engagements: each in the same number of queries."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import QuerySet
from django.urls import reverse

from peritus.accounts.models import User
from peritus.billing.money import amount_of, sum_of_smallest
from peritus.billing.queries import invoices_seen_by
from peritus.delivery.claims import StatedClaim, claim_of
from peritus.engagements.models import Engagement, Lot
from peritus.quality.overviews import LotOverview, Stage, lot_overviews
from peritus.work.models import Inquiry
from peritus.work.queries import inquiries_seen_by


@dataclass(frozen=True)
class Waiting:
    """One thing that waits for the reader, with the page that serves it."""

    text: str
    href: str
    tone: str = "warn"


@dataclass(frozen=True)
class Card:
    """An engagement with its lots, its bill, and what waits for the reader."""

    engagement: Engagement
    lots: list[LotOverview]
    billed: Decimal
    currency: str
    inquiries: list[Inquiry] = field(default_factory=list)

    @property
    def items(self) -> int:
        """All items of its lots."""
        return sum(lot.items for lot in self.lots)

    @property
    def decided(self) -> int:
        """Items that have an answer."""
        return sum(lot.decided for lot in self.lots)

    @property
    def delivered(self) -> int:
        """Decisions in lots that were certified and accepted."""
        return sum(lot.freeze.population for lot in self.lots if lot.acceptance and lot.freeze)

    @property
    def delivered_share(self) -> float:
        """The same as a share of all items, 0 to 1."""
        return self.delivered / self.items if self.items else 0.0

    @property
    def open(self) -> int:
        """Items that wait for an answer from the client."""
        return sum(lot.open for lot in self.lots)

    @property
    def trouble(self) -> int:
        """What goes wrong, most first: lots that failed weigh most, then open questions."""
        spent = sum(lot.stage == Stage.SPENT for lot in self.lots)
        return 1000 * spent + 100 * len(self.inquiries) + sum(lot.pending for lot in self.lots)


def cards_of(engagements: QuerySet[Engagement], user: User) -> list[Card]:
    """Return engagements with what stands for each, whatever their number."""
    shown = list(engagements.select_related("organisation").order_by("-opened_at", "id"))
    lots: dict[int, list[LotOverview]] = defaultdict(list)
    for overview in lot_overviews(Lot.objects.filter(engagement__in=shown)):
        lots[overview.lot.engagement_id].append(overview)
    asked: dict[int, list[Inquiry]] = defaultdict(list)
    for inquiry in inquiries_seen_by(user).filter(answered_at=None, engagement__in=shown):
        asked[inquiry.engagement_id].append(inquiry)
    billed = _billed(user, shown)
    return [
        Card(each, lots[each.pk], *billed.get(each.pk, (Decimal(0), "")), asked[each.pk])
        for each in shown
    ]


def _billed(user: User, engagements: list[Engagement]) -> dict[int, tuple[Decimal, str]]:
    rows = (
        invoices_seen_by(user)
        .filter(engagement__in=engagements)
        .values("engagement", "currency")
        .annotate(sum=sum_of_smallest("total"))
    )
    return {row["engagement"]: (amount_of(row["sum"]), row["currency"]) for row in rows}


def waiting_for_client(card: Card, user: User) -> list[Waiting]:
    """Return what the client's own people have to do, or to know."""
    asked = [
        Waiting(f"Answer: {each.title}", reverse("inquiry", args=[each.uid]))
        for each in card.inquiries
        if each.owner_id == user.pk
    ]
    return [*asked, *(wait for lot in card.lots if (wait := _lot_waits(lot)))]


def _lot_waits(overview: LotOverview) -> Waiting | None:
    href = reverse("lot", args=[overview.lot.uid])
    if overview.stage == Stage.ACCEPT:
        return Waiting(f"Accept {overview.lot}", href)
    if overview.stage == Stage.SPENT:
        return Waiting(f"See why {overview.lot} was not certified", href, "bad")
    return None


def claim_on(overview: LotOverview) -> StatedClaim | None:
    """Return what is claimed about a lot's latest freeze, None before there is one."""
    if overview.freeze is None:
        return None
    return claim_of(
        overview.freeze,
        overview.plan,
        overview.standing,
        overview.certificate,
        overview.suspension,
    )
