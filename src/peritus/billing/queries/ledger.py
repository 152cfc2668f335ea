"""What the facts say must be posted, and what is posted."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from peritus.accounts.models import Membership, Organisation, Role, User
from peritus.bench.models import Expert
from peritus.billing.models import InvoiceLine, Payout, Posting, Term
from peritus.billing.money import amount_of, sum_of_smallest
from peritus.billing.queries.terms import RateCard, rate_card
from peritus.catalogue.identity import uid_of
from peritus.engagements.models import Engagement
from peritus.work.models import Judgment, Slot, TakenBack


class Account(StrEnum):
    """Where a side of an entry stands."""

    EXPERT_COST = "expert cost"
    EXPERT_PAYABLE = "expert payable"
    RECEIVABLE = "client receivable"
    REVENUE = "revenue"
    SERVICE_CREDIT = "service credit"


PAID_WORK = {
    Slot.Purpose.FIRST: Term.Unit.JUDGMENT,
    Slot.Purpose.FURTHER: Term.Unit.JUDGMENT,
    Slot.Purpose.GOLD: Term.Unit.JUDGMENT,
    Slot.Purpose.ADJUDICATION: Term.Unit.ADJUDICATION,
    Slot.Purpose.AUDIT: Term.Unit.AUDIT,
    Slot.Purpose.CENSUS: Term.Unit.AUDIT,
    Slot.Purpose.CALIBRATION: Term.Unit.JUDGMENT,
}  # a qualification is a test, a suggestion decides nothing: neither is paid

JUDGMENT, TAKEN_BACK, LINE = "work.judgment", "work.takenback", "billing.invoiceline"


class Side(NamedTuple):
    """One side of an entry as its fact determines it."""

    entry: UUID
    account: str
    amount: Decimal
    currency: str
    fact_type: str
    fact_uid: UUID
    memo: str
    expert_id: int | None


def paid_judgments() -> QuerySet[Judgment]:
    """Return the work that costs: no test, no suggestion, no calibration by the client's lead."""
    lead = Membership.objects.filter(
        user=OuterRef("expert__user"), role=Role.CLIENT, organisation=OuterRef("organisation")
    )
    own = Q(slot__purpose=Slot.Purpose.CALIBRATION) & Q(Exists(lead))
    return Judgment.objects.filter(~own, slot__purpose__in=PAID_WORK)


def is_paid(judgment: Judgment) -> bool:
    """Say whether a judgment is work that costs."""
    return paid_judgments().filter(pk=judgment.pk).exists()


def cost_sides(judgment: Judgment, card: RateCard) -> tuple[Side, Side]:
    """Return what a judgment costs, under the terms of when it was given."""
    unit = PAID_WORK[judgment.slot.purpose]
    term = card.in_force(judgment.submitted_at).terms[unit]
    debit = Side(
        entry=uid_of(judgment.uid, "cost"),
        account=Account.EXPERT_COST,
        amount=term.amount,
        currency=term.currency,
        fact_type=JUDGMENT,
        fact_uid=judgment.uid,
        memo=term.get_unit_display(),
        expert_id=judgment.expert_id,
    )
    return debit, _against(debit, Account.EXPERT_PAYABLE)


def reversal_sides(taken: TakenBack, card: RateCard) -> tuple[Side, Side]:
    """Return the cost of a judgment that was taken back, the other way round."""
    cost, _ = cost_sides(taken.judgment, card)
    debit = cost._replace(
        entry=uid_of(taken.uid, "reversal"),
        amount=-cost.amount,
        fact_type=TAKEN_BACK,
        fact_uid=taken.uid,
        memo=f"{cost.memo}, taken back",
    )
    return debit, _against(debit, Account.EXPERT_PAYABLE)


def line_sides(line: InvoiceLine, currency: str) -> tuple[Side, Side]:
    """Return what an invoice line makes the client owe, less for a credit."""
    credit = line.kind == InvoiceLine.Kind.CREDIT
    debit = Side(
        entry=uid_of(line.uid, "owed"),
        account=Account.RECEIVABLE,
        amount=line.amount,
        currency=currency,
        fact_type=LINE,
        fact_uid=line.uid,
        memo=InvoiceLine.Kind(line.kind).label,
        expert_id=None,
    )
    return debit, _against(debit, Account.SERVICE_CREDIT if credit else Account.REVENUE)


def _against(side: Side, account: Account) -> Side:
    return side._replace(account=account, amount=-side.amount)


def postings_derived_again(engagement: Engagement) -> list[Side]:
    """Return all that the facts say must be posted, sorted; no posting is read."""
    return sorted(
        [
            *_derived_costs(engagement),
            *(
                side
                for line in InvoiceLine.objects.filter(
                    invoice__engagement=engagement
                ).select_related("invoice")
                for side in line_sides(line, line.invoice.currency)
            ),
        ],
        key=_order,
    )


def _derived_costs(engagement: Engagement) -> Iterator[Side]:
    card = rate_card(engagement.pk)
    judgments = paid_judgments().filter(engagement=engagement)
    for judgment in judgments.select_related("slot"):
        yield from cost_sides(judgment, card)
    taken_back = TakenBack.objects.filter(
        engagement=engagement, judgment__slot__purpose__in=PAID_WORK
    )
    for taken in taken_back.select_related("judgment__slot"):
        yield from reversal_sides(taken, card)


def sides_posted(engagement: Engagement) -> list[Side]:
    """Return what is posted, in the form and order of ``postings_derived_again``."""
    rows = Posting.objects.filter(engagement=engagement).values_list(*Side._fields)
    return sorted((Side(*row) for row in rows), key=_order)


def _order(side: Side) -> tuple[UUID, Decimal]:
    return side.entry, -side.amount


def postings_seen_by(user: User) -> QuerySet[Posting]:
    """Return the postings that the user's books or engagements hold.

    A client sees none: what experts cost the provider is not the client's.
    """
    return Posting.objects.filter(_books_of(user))


def payouts_seen_by(user: User) -> QuerySet[Payout]:
    """Return the payouts that the user keeps or manages; an expert's own too."""
    return Payout.objects.filter(_books_of(user) | Q(expert__user=user))


def _books_of(user: User) -> Q:
    keeps = Membership.objects.filter(
        user=user, role=Role.FINANCE, organisation__kind=Organisation.Kind.PROVIDER
    )
    return Q(Exists(keeps)) | Q(engagement__manager=user)


class Balance(NamedTuple):
    """What the sides on one account come to; debits are positive."""

    account: str
    amount: Decimal
    currency: str


def trial_balance(engagement: Engagement) -> list[Balance]:
    """Return the balance of each account, by name; together they are zero."""
    rows = Posting.objects.filter(engagement=engagement).values("account", "currency")
    summed = rows.annotate(total=sum_of_smallest("amount")).order_by("account", "currency")
    return [Balance(row["account"], amount_of(row["total"]), row["currency"]) for row in summed]


class Payable(NamedTuple):
    """What an expert's standing work comes to in the ledger."""

    expert: Expert
    judgments: int
    amount: Decimal
    currency: str


def payables(engagement: Engagement) -> list[Payable]:
    """Return what is owed to each expert, by handle, in two queries."""
    sides = Posting.objects.filter(engagement=engagement, account=Account.EXPERT_PAYABLE)
    rows = sides.values("expert", "currency").annotate(
        total=sum_of_smallest("amount"),
        given=Count("id", filter=Q(fact_type=JUDGMENT)),
        taken=Count("id", filter=Q(fact_type=TAKEN_BACK)),
    )
    experts = Expert.objects.in_bulk([row["expert"] for row in rows])
    found = [
        Payable(
            experts[row["expert"]],
            row["given"] - row["taken"],
            amount_of(-row["total"]),
            row["currency"],
        )
        for row in rows
    ]
    return sorted(found, key=lambda payable: payable.expert.handle)


def is_posted(judgment: Judgment) -> bool:
    """Say whether the cost of a judgment stands in the ledger."""
    return Posting.objects.filter(fact_type=JUDGMENT, fact_uid=judgment.uid).exists()
