"""Name the professional who answers for what is delivered."""

from __future__ import annotations

from collections.abc import Mapping

from peritus.accounts.models import User
from peritus.bench.models import Expert
from peritus.bench.queries import held_for
from peritus.catalogue.requirements import RequirementNotSound, evaluated, requirement_of
from peritus.engagements.errors import SupervisorRefused
from peritus.engagements.models import Engagement
from peritus.engagements.queries import engagements_seen_by
from peritus.engagements.rules import MANAGE
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.clock import now


@verb
def name_supervisor(
    engagement_id: int,
    expert_id: int | None,
    holds: Mapping[str, object] | None = None,
    *,
    by: User,
    key: str,
) -> Engagement:
    """Name who signs what an engagement delivers, and by which credentials; None: nobody need.

    Raises SupervisorRefused for somebody who is no person, or does not hold them today.
    """
    engagement = engagements_seen_by(by).select_for_update(of=("self",)).get(pk=engagement_id)
    MANAGE.require(by, engagement)
    if earlier := earlier_result():
        return earlier
    expert = Expert.objects.get(pk=expert_id) if expert_id is not None else None
    if expert is not None and (blockers := supervisor_blockers(expert, holds)):
        raise SupervisorRefused(blockers)
    engagement.supervisor = expert
    engagement.supervisor_holds = dict(holds) if expert is not None and holds else None
    engagement.save(update_fields=["supervisor", "supervisor_holds"])
    said = {"expert": expert and expert.uid}
    record("supervisor.named", about=engagement, engagement=engagement, data=said)
    return engagement


def supervisor_blockers(expert: Expert, holds: object) -> list[str]:
    """Say why an expert cannot answer for what is delivered, today."""
    if expert.kind != Expert.Kind.PERSON:
        return [f"{expert} is no person; only a person answers for what is delivered."]
    try:
        found = evaluated(requirement_of(holds), held_for(expert, now()))
    except RequirementNotSound as fault:
        return [f"Say which licence they must hold: {fault}"]
    if found.met:
        return []
    return [f"{expert} does not hold what this asks for: {found.words}. {found.reason}"]
