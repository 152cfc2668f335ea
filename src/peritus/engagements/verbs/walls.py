"""Say who may not work in an engagement, and what whoever may must hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from peritus.accounts.models import User
from peritus.bench.models import Expert
from peritus.catalogue.identity import uid_of
from peritus.catalogue.languages import language_faults
from peritus.catalogue.requirements import (
    Leaf,
    RequirementNotSound,
    alternatives,
    requirement_of,
)
from peritus.engagements.errors import PartyRefused, RequirementRefused, WallRefused
from peritus.engagements.models import CredentialWanted, Engagement, Party, Restriction, Wall
from peritus.engagements.queries import engagements_seen_by
from peritus.engagements.rules import (
    MANAGE,
    name_blockers,
    restriction_blockers,
    wall_blockers,
)
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.canonical import digest
from peritus.journal.clock import now


@verb
def name_party(
    engagement_id: int, name: str, *, affiliates: Sequence[str] = (), by: User, key: str
) -> Party:
    """Name somebody a conflict can arise with, and whoever belongs to them.

    Raises PartyRefused for a name without letters or one that is too long.
    """
    engagement = engagements_seen_by(by).select_for_update(of=("self",)).get(pk=engagement_id)
    MANAGE.require(by, engagement)
    if earlier := earlier_result():
        return earlier
    if blockers := name_blockers(name, affiliates):
        raise PartyRefused(blockers)
    party = Party.objects.create(
        uid=uid_of(engagement.uid, "party", name),
        organisation_id=engagement.organisation_id,
        engagement=engagement,
        name=name.strip(),
        affiliates=[each.strip() for each in affiliates],
    )
    record("party.named", about=party, engagement=engagement)
    return party


@verb
def raise_wall(
    engagement_id: int,
    expert_id: int,
    *,
    reason: str,
    kind: str = Wall.Kind.NAMED,
    basis: str = "",
    item_id: int | None = None,
    by: User,
    key: str,
) -> Wall:
    """Bar an expert from an engagement, or from one item of it, at once.

    Raises WallRefused without a reason, or without the law or contract where the
    kind asks for it; an item elsewhere is not found. What the expert leases in this
    moment comes before, or is refused.
    """
    seen = engagements_seen_by(by)
    engagement = seen.select_for_update(of=("self",), no_key=True).get(pk=engagement_id)
    MANAGE.require(by, engagement)
    if earlier := earlier_result():
        return earlier
    if blockers := wall_blockers(reason, kind, basis):
        raise WallRefused(blockers)
    expert = Expert.objects.select_for_update(of=("self",), no_key=True).get(pk=expert_id)
    item = engagement.items.get(pk=item_id) if item_id is not None else None
    wall = Wall.objects.create(
        uid=uid_of(engagement.uid, "wall", expert.handle, item.key if item else "", key),
        organisation_id=engagement.organisation_id,
        engagement=engagement,
        item=item,
        expert=expert,
        kind=Wall.Kind(kind),
        basis=basis.strip(),
        reason=reason,
        raised_at=now(),
    )
    said = {"expert": expert.uid, "kind": wall.kind}
    record("wall.raised", about=wall, engagement=engagement, data=said)
    return wall


@verb
def restrict_engagement(
    engagement_id: int,
    kind: str,
    only: Sequence[str],
    *,
    reason: str,
    basis: str = "",
    by: User,
    key: str,
) -> Engagement:
    """Let only experts of these countries, nationalities or teams work, from now on.

    ``only`` takes the place of what stood for that kind. Whoever is outside loses
    what they hold at once; what they have answered stands. Raises WallRefused.
    """
    engagement = engagements_seen_by(by).select_for_update(of=("self",)).get(pk=engagement_id)
    MANAGE.require(by, engagement)
    if earlier := earlier_result():
        return earlier
    if blockers := restriction_blockers(kind, only, reason, basis):
        raise WallRefused(blockers)
    at, let_in = now(), sorted({each.strip() for each in only})
    _end(engagement, kind)
    for value in let_in:
        Restriction.objects.create(
            uid=uid_of(engagement.uid, "restriction", kind, value, key),
            organisation_id=engagement.organisation_id,
            engagement=engagement,
            kind=kind,
            only=value,
            basis=basis.strip(),
            reason=reason.strip(),
            set_at=at,
        )
    said = {"kind": kind, "only": let_in}
    record("engagement.restricted", about=engagement, engagement=engagement, data=said)
    return engagement


@verb
def end_restriction(engagement_id: int, kind: str, *, by: User, key: str) -> Engagement:
    """Let experts of every country, nationality or team work again.

    Raises WallRefused where nothing restricts by that kind.
    """
    engagement = engagements_seen_by(by).select_for_update(of=("self",)).get(pk=engagement_id)
    MANAGE.require(by, engagement)
    if earlier := earlier_result():
        return earlier
    if not _end(engagement, kind):
        raise WallRefused([f"Nothing restricts this engagement by {kind[:40]!r}."])
    record("restriction.ended", about=engagement, engagement=engagement, data={"kind": kind})
    return engagement


def _end(engagement: Engagement, kind: str) -> int:
    return engagement.restrictions.filter(kind=kind, ended_at=None).update(ended_at=now())


@verb
def require_credentials(
    engagement_id: int, requirement: Mapping[str, object] | None, *, by: User, key: str
) -> Engagement:
    """Say which credentials a person must hold to be given work, from now on; None: none.

    See ``catalogue.requirements`` for its words. Raises RequirementRefused.
    """
    engagement = engagements_seen_by(by).select_for_update(of=("self",)).get(pk=engagement_id)
    MANAGE.require(by, engagement)
    if earlier := earlier_result():
        return earlier
    ways, at = _ways(requirement), now()
    engagement.requirement = requirement
    engagement.save(update_fields=["requirement"])
    engagement.credentials_wanted.filter(ended_at=None).update(ended_at=at)
    for way, leaves in enumerate(ways, start=1):
        for leaf in sorted(leaves):
            CredentialWanted.objects.create(
                uid=uid_of(engagement.uid, "credential-wanted", key, way, str(leaf)),
                organisation_id=engagement.organisation_id,
                engagement=engagement,
                way=way,
                set_at=at,
                **vars(leaf),
            )
    said = {"digest": digest(requirement), "ways": len(ways)}
    record("credentials.required", about=engagement, engagement=engagement, data=said)
    return engagement


def _ways(requirement: Mapping[str, object] | None) -> list[frozenset[Leaf]]:
    """Return the ways to meet a requirement. Raises RequirementRefused, also for its languages."""
    if requirement is None:
        return []
    try:
        read = requirement_of(requirement)
        ways = alternatives(read)
    except RequirementNotSound as fault:
        raise RequirementRefused([str(fault)]) from fault
    if faults := language_faults(read):
        raise RequirementRefused(faults)
    return ways
