"""Price a change of the guideline before anybody pays for it."""

from __future__ import annotations

from decimal import Decimal

from peritus.accounts.models import User
from peritus.billing.errors import ChangeOrderRefused
from peritus.billing.models import ChangeOrder, Term
from peritus.billing.money import in_words, to_cents
from peritus.billing.queries.terms import rate_card
from peritus.billing.rules import MANAGER_RULE, may_propose
from peritus.catalogue.identity import uid_of
from peritus.engagements.queries import engagements_seen_by
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.clock import now
from peritus.journal.errors import require
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
    require(may_propose(by, proposal.engagement), MANAGER_RULE)
    earlier: ChangeOrder | None = earlier_result()
    if earlier:
        return earlier
    if ChangeOrder.objects.filter(proposal=proposal).exists():
        raise ChangeOrderRefused([f"{proposal} has its change order already."])
    term = rate_card(proposal.engagement_id).in_force(now()).terms[Term.Unit.JUDGMENT]
    order = _change_order(proposal, term)
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


def _change_order(proposal: GuidelineProposal, term: Term) -> ChangeOrder:
    judgments = proposal.touched_judgments
    return ChangeOrder(
        uid=uid_of(proposal.uid, "change-order"),
        organisation_id=proposal.organisation_id,
        engagement_id=proposal.engagement_id,
        proposal=proposal,
        cause=proposal.cause,
        items=len(proposal.touched_items),
        judgments=judgments,
        price=to_cents(judgments * term.amount),
        currency=term.currency,
        days=-(-judgments // JUDGMENTS_A_DAY),
        in_price=price_words(judgments, term.amount, term.currency),
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
