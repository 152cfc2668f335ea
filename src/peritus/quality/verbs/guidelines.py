"""Propose a guideline change, with what it touches."""

from __future__ import annotations

from collections.abc import Sequence

from peritus.accounts.models import User
from peritus.catalogue.identity import uid_of
from peritus.engagements.models import Item
from peritus.engagements.queries import current_guideline, engagements_seen_by
from peritus.engagements.rules import may_lead_quality, may_manage
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.canonical import sha256
from peritus.journal.clock import now
from peritus.journal.errors import require
from peritus.quality.models import GuidelineProposal
from peritus.work.models import Slot
from peritus.work.queries import standing_judgments


@verb
def propose_guideline(
    engagement_id: int,
    text: str,
    *,
    title: str,
    cause: str,
    touched_keys: Sequence[str],
    what_if: str = "",
    by: User,
    key: str,
) -> GuidelineProposal:
    """Propose the next guideline text; nothing reopens before it is published.

    The proposal counts the first judgments that would have to be made again.
    """
    engagement = engagements_seen_by(by).select_for_update(of=("self",)).get(pk=engagement_id)
    allowed = may_manage(by, engagement) or may_lead_quality(by, engagement)
    require(allowed, "The engagement's manager or quality lead proposes guidelines.")
    if earlier := earlier_result():
        return earlier
    current = current_guideline(engagement)
    touched = Item.objects.filter(engagement=engagement, key__in=list(touched_keys))
    judgments = standing_judgments().filter(item__in=touched, slot__purpose=Slot.Purpose.FIRST)
    proposal = GuidelineProposal.objects.create(
        uid=uid_of(engagement.uid, "proposal", current.number + 1, sha256(text.encode())),
        organisation_id=engagement.organisation_id,
        engagement=engagement,
        replaces=current,
        title=title,
        text=text,
        cause=cause,
        touched_items=[str(item.uid) for item in touched.order_by("key")],
        touched_judgments=judgments.count(),
        what_if=what_if,
        proposed_at=now(),
    )
    record(
        "guideline.proposed",
        about=proposal,
        engagement=engagement,
        data={
            "digest": sha256(text.encode()),
            "items": len(proposal.touched_items),
            "judgments": proposal.touched_judgments,
            "replaces": current.digest,
        },
    )
    return proposal
