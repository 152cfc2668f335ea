"""Say to which regions an engagement's items may go, to be read by a model there."""

from __future__ import annotations

from peritus.accounts.models import User
from peritus.bench.rules import region_blockers
from peritus.catalogue.identity import uid_of
from peritus.engagements.errors import RegionRefused
from peritus.engagements.models import RegionAllowed
from peritus.engagements.queries import engagements_seen_by
from peritus.engagements.rules import MANAGE, basis_blockers
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.clock import now


@verb
def allow_region(
    engagement_id: int, region: str, *, basis: str, by: User, key: str
) -> RegionAllowed:
    """Let items be sent to a region, from now on; ``basis`` is the contract that says so.

    Without it they are sent nowhere. Raises RegionRefused.
    """
    engagement = engagements_seen_by(by).select_for_update(of=("self",)).get(pk=engagement_id)
    MANAGE.require(by, engagement)
    if earlier := earlier_result():
        return earlier
    blockers = region_blockers(region) + basis_blockers(basis)
    if engagement.regions_allowed.filter(region=region, ended_at=None).exists():
        blockers.append(f"Items may go to {region} already.")
    if blockers:
        raise RegionRefused(blockers)
    allowed = RegionAllowed.objects.create(
        uid=uid_of(engagement.uid, "region", region, key),
        organisation_id=engagement.organisation_id,
        engagement=engagement,
        region=region,
        basis=basis.strip(),
        set_at=now(),
    )
    record("region.allowed", about=allowed, engagement=engagement, data={"region": region})
    return allowed


@verb
def end_region(engagement_id: int, region: str, *, by: User, key: str) -> RegionAllowed:
    """Send no item to a region any more, at once; what was answered stands.

    Raises RegionRefused where it was not allowed.
    """
    engagement = engagements_seen_by(by).select_for_update(of=("self",)).get(pk=engagement_id)
    MANAGE.require(by, engagement)
    if earlier := earlier_result():
        return earlier
    allowed = engagement.regions_allowed.filter(region=region, ended_at=None).first()
    if allowed is None:
        raise RegionRefused([f"Items may not go to {region[:20]!r}; nothing is to be ended."])
    allowed.ended_at = now()
    allowed.save(update_fields=["ended_at"])
    record("region.ended", about=allowed, engagement=engagement, data={"region": region})
    return allowed
