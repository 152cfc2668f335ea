"""Clear an expert of a conflict that names suggested."""

from __future__ import annotations

from peritus.accounts.models import User
from peritus.bench.models import Expert
from peritus.catalogue.identity import uid_of
from peritus.engagements.models import Clearance
from peritus.engagements.queries import engagements_seen_by
from peritus.engagements.rules import MANAGE, clearance_blockers
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.clock import now
from peritus.work.conflicts import conflicts_of
from peritus.work.errors import ConflictNotCleared


@verb
def clear_conflict(
    engagement_id: int, expert_id: int, *, reason: str, by: User, key: str
) -> Clearance:
    """Say why the names that were found with an expert are no conflict.

    It is about these names only: another party asks anew. Raises
    ConflictNotCleared without a reason, or where no name was found.
    """
    engagement = engagements_seen_by(by).select_for_update(of=("self",)).get(pk=engagement_id)
    MANAGE.require(by, engagement)
    if earlier := earlier_result():
        return earlier
    expert = Expert.objects.get(pk=expert_id)
    names = [name for each in conflicts_of(engagement, [expert]) for name in each.names]
    if blockers := clearance_blockers(reason, names):
        raise ConflictNotCleared(blockers)
    clearance = Clearance.objects.create(
        uid=uid_of(engagement.uid, "clearance", expert.handle, *names),
        organisation_id=engagement.organisation_id,
        engagement=engagement,
        expert=expert,
        names=names,
        reason=reason.strip(),
        cleared_by=by,
        cleared_at=now(),
    )
    said = {"expert": expert.uid, "names": len(names)}
    record("conflict.cleared", about=clearance, engagement=engagement, data=said)
    return clearance
