"""Post what work costs, as it is done and taken back."""

from __future__ import annotations

from collections.abc import Iterable

from peritus.accounts.models import User
from peritus.billing.errors import CostNotPosted
from peritus.billing.models import Posting
from peritus.billing.queries.ledger import (
    Side,
    cost_sides,
    is_posted,
    reversal_sides,
)
from peritus.billing.queries.terms import rate_card
from peritus.billing.rules import POST
from peritus.catalogue.identity import uid_of
from peritus.engagements.models import Engagement
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.clock import now
from peritus.work.models import Judgment, TakenBack


def write_entry(engagement: Engagement, sides: Iterable[Side]) -> Posting:
    """Write the sides of one entry and return the first."""
    at = now()
    written = Posting.objects.bulk_create(
        Posting(
            uid=uid_of(side.entry, side.account),
            organisation_id=engagement.organisation_id,
            engagement_id=engagement.pk,
            posted_at=at,
            **side._asdict(),
        )
        for side in sides
    )
    return written[0]


@verb
def post_cost(judgment_id: int, *, by: User, key: str) -> Posting:
    """Post what a judgment costs: debit the cost, credit what its expert is owed.

    Raises TermsNotAgreed while no statement of work is agreed; the event then
    waits, parked and visible, and posts when it is replayed after agreement.
    """
    POST.require(by)
    judgment = Judgment.objects.select_related("slot", "engagement").get(pk=judgment_id)
    earlier: Posting | None = earlier_result()
    if earlier:
        return earlier
    sides = cost_sides(judgment, rate_card(judgment.engagement_id))
    posting = write_entry(judgment.engagement, sides)
    _record("cost.posted", posting, judgment)
    return posting


@verb
def reverse_cost(taken_back_id: int, *, by: User, key: str) -> Posting:
    """Post the cost of a judgment that was taken back the other way round.

    Raises CostNotPosted when that cost is not posted (yet).
    """
    POST.require(by)
    found = TakenBack.objects.select_related("judgment__slot", "judgment__engagement")
    taken = found.get(pk=taken_back_id)
    earlier: Posting | None = earlier_result()
    if earlier:
        return earlier
    judgment: Judgment = taken.judgment
    if not is_posted(judgment):
        raise CostNotPosted([f"The cost of {judgment} is not posted; replay that first."])
    sides = reversal_sides(taken, rate_card(judgment.engagement_id))
    posting = write_entry(judgment.engagement, sides)
    _record("cost.reversed", posting, judgment)
    return posting


def _record(kind: str, posting: Posting, judgment: Judgment) -> None:
    record(
        kind,
        about=posting,
        engagement=judgment.engagement,
        data={
            "amount": posting.amount,
            "currency": posting.currency,
            "entry": posting.entry,
            "judgment": judgment.uid,
        },
    )
