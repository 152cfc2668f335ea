"""Price a change of the guideline before anybody pays for it."""

from __future__ import annotations

from decimal import Decimal

from peritus.accounts.models import User
from peritus.billing.errors import ChangeOrderRefused
from peritus.billing.models import ChangeOrder
from peritus.billing.money import in_words
from peritus.billing.queries.terms import price_of_judgments
from peritus.billing.rules import PROPOSE_TERMS
from peritus.catalogue.identity import uid_of
from peritus.engagements.queries import engagements_seen_by
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.clock import now
from peritus.quality.models import GuidelineProposal

JUDGMENTS_A_DAY = 40  # assumed, and said so in every change order


@verb
def propose_change_order(proposal_id: int, *, by: User, key: str) -> ChangeOrder:
    """Price the guideline proposal: the judgments that would be given again.

    Adjudications and audits are not in the price: nobody knows how many
    before the judgments are in. Raises ChangeOrderRefused for a second one.
    """
    seen = GuidelineProposal.objects.filter(engagement__in=engagements_seen_by(by))
    proposal = seen.select_for_update(of=("self",)).get(pk=proposal_id)
    PROPOSE_TERMS.require(by, proposal.engagement)
    earlier: ChangeOrder | None = earlier_result()
    if earlier:
        return earlier
    if ChangeOrder.objects.filter(proposal=proposal).exists():
        raise ChangeOrderRefused([f"{proposal} has its change order already."])
    order = _change_order(proposal)
    order.save(force_insert=True)
    record(
        "change_order.proposed",
        about=order,
        engagement=proposal.engagement,
        data={
            "currency": order.currency,
            "days": order.days,
            "items": order.items,
            "judgments": order.judgments,
            "price": order.price,
            "proposal": proposal.uid,
        },
    )
    return order


def _change_order(proposal: GuidelineProposal) -> ChangeOrder:
    judgments = proposal.touched_judgments
    price = price_of_judgments(proposal.engagement_id, judgments, now())
    return ChangeOrder(
        uid=uid_of(proposal.uid, "change-order"),
        organisation_id=proposal.organisation_id,
        engagement_id=proposal.engagement_id,
        proposal=proposal,
        cause=proposal.cause,
        items=len(proposal.touched_items),
        judgments=judgments,
        price=price.total,
        currency=price.currency,
        days=-(-judgments // JUDGMENTS_A_DAY),
        in_price=price_words(judgments, price.each, price.currency),
        proposed_at=now(),
    )


def price_words(judgments: int, amount: Decimal, currency: str) -> str:
    """Say what the price and the days of a change order hold, and what not."""
    return (
        f"In the price: {judgments} judgments given again at {currency} {in_words(amount)}. "
        "Not in it: adjudications where they disagree and the new audit, which nobody can "
        f"count before; they are posted as they are done. Days: {JUDGMENTS_A_DAY} judgments "
        "a working day, ASSUMED."
    )
