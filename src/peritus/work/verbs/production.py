"""Hold an engagement's production back, and let it go lot by lot."""

from __future__ import annotations

from peritus.accounts.models import User
from peritus.catalogue.identity import uid_of
from peritus.engagements.queries import engagements_seen_by, lots_seen_by
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.clock import now
from peritus.work.errors import StaffingRefused
from peritus.work.leasing import PREPARING
from peritus.work.models import ProductionHold, ProductionRelease, Slot
from peritus.work.rules import HOLD


@verb
def hold_production(engagement_id: int, *, reason: str, by: User, key: str) -> ProductionHold:
    """Let no production slot of an engagement open before its lot is released.

    Raises StaffingRefused once such a slot was opened: work is not called back.
    """
    engagement = engagements_seen_by(by).select_for_update(of=("self",)).get(pk=engagement_id)
    HOLD.require(by, engagement)
    if earlier := earlier_result():
        return earlier
    begun = Slot.objects.filter(engagement=engagement).exclude(purpose__in=PREPARING).count()
    if begun:
        raise StaffingRefused(
            [f"{begun} production slots were opened already, so none can be held back."]
        )
    hold, _ = ProductionHold.objects.update_or_create(
        uid=uid_of(engagement.uid, "production-hold"),
        organisation_id=engagement.organisation_id,
        engagement=engagement,
        defaults={"reason": reason, "held_at": now()},
    )
    record("production.held", about=hold, engagement=engagement, data={"reason": reason})
    return hold


@verb
def release_production(lot_id: int, *, because: str, by: User, key: str) -> ProductionRelease:
    """Let a lot's production slots be opened; a repeat for the lot changes nothing."""
    lot = lots_seen_by(by).select_for_update(of=("self",)).get(pk=lot_id)
    HOLD.require(by, lot.engagement)
    if earlier := earlier_result():
        return earlier
    if there := ProductionRelease.objects.filter(lot=lot).first():
        return there
    release = ProductionRelease.objects.create(
        uid=uid_of(lot.uid, "production-release"),
        organisation_id=lot.organisation_id,
        engagement_id=lot.engagement_id,
        lot=lot,
        because=because,
        released_at=now(),
    )
    record(
        "production.released",
        about=release,
        engagement=lot.engagement,
        subject=lot.uid,
        data={"because": because, "lot": lot.uid},
    )
    return release
