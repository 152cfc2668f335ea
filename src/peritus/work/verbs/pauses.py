"""Pause an expert in an engagement, and resume: a person decides, with a reason."""

from __future__ import annotations

from django.db.models import QuerySet

from peritus.accounts.models import User
from peritus.bench.models import Expert
from peritus.bench.queries import experts_seen_by
from peritus.catalogue.identity import uid_of
from peritus.engagements.models import Engagement
from peritus.engagements.queries import engagements_seen_by
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.clock import now
from peritus.work.errors import PauseRefused
from peritus.work.models import Pause
from peritus.work.queries import standing_pauses
from peritus.work.rules import PAUSE, PAUSE_FOR_REVIEW, pause_blockers


@verb
def pause_expert(engagement_id: int, expert_id: int, *, reason: str, by: User, key: str) -> Pause:
    """Give an expert no new slots of an engagement until somebody resumes them.

    What they hold they may finish: typed work is not lost. Raises PauseRefused
    without a reason, or while they are paused.
    """
    seen = engagements_seen_by(by)
    engagement = seen.select_for_update(of=("self",), no_key=True).get(pk=engagement_id)
    PAUSE.require(by, engagement)
    expert = _asked(experts_seen_by(by), expert_id)
    if earlier := earlier_result():
        return earlier
    return _pause(engagement, expert, reason, by)


@verb
def pause_for_review(
    engagement_id: int, expert_id: int, *, reason: str, by: User, key: str
) -> Pause:
    """Give an expert no new slots until the manager has looked, as the manager's plan says.

    The program does so; a person ends it. Raises PauseRefused without a
    reason, or while they are paused.
    """
    seen = engagements_seen_by(by)
    engagement = seen.select_for_update(of=("self",), no_key=True).get(pk=engagement_id)
    PAUSE_FOR_REVIEW.require(by)
    if earlier := earlier_result():
        return earlier
    return _pause(engagement, _asked(Expert.objects.all(), expert_id), reason, by)


def _asked(experts: QuerySet[Expert], expert_id: int) -> Expert:
    """Return an expert after what they lease in this moment: it comes before, or is refused."""
    return experts.select_for_update(of=("self",), no_key=True).get(pk=expert_id)


def _pause(engagement: Engagement, expert: Expert, reason: str, by: User) -> Pause:
    blockers = pause_blockers(reason)
    mine = Pause.objects.filter(engagement=engagement, expert=expert)
    if standing := mine.filter(resumed_at=None).first():
        blockers.append(f"{expert} is paused here since {standing.paused_at:%Y-%m-%d %H:%M} UTC.")
    if blockers:
        raise PauseRefused(blockers)
    pause = Pause.objects.create(
        uid=uid_of(engagement.uid, "pause", expert.handle, mine.count() + 1),
        organisation_id=engagement.organisation_id,
        engagement=engagement,
        expert=expert,
        reason=reason.strip(),
        paused_by=by,
        paused_at=now(),
    )
    record("expert.paused", about=pause, engagement=engagement, data={"expert": expert.uid})
    return pause


@verb
def resume_expert(pause_id: int, *, reason: str, by: User, key: str) -> Pause:
    """Let a paused expert take slots again. Raises PauseRefused."""
    seen = Pause.objects.filter(engagement__in=engagements_seen_by(by))
    pause = seen.select_for_update(of=("self",)).get(pk=pause_id)
    PAUSE.require(by, pause.engagement)
    if earlier := earlier_result():
        return earlier
    blockers = pause_blockers(reason)
    if not standing_pauses().filter(pk=pause.pk).exists():
        blockers.append(f"This pause was ended at {pause.resumed_at:%Y-%m-%d %H:%M} UTC.")
    if blockers:
        raise PauseRefused(blockers)
    pause.resumed_because, pause.resumed_by, pause.resumed_at = reason.strip(), by, now()
    pause.save(update_fields=["resumed_because", "resumed_by", "resumed_at"])
    record(
        "expert.resumed",
        about=pause,
        engagement=pause.engagement,
        data={"expert": pause.expert.uid},
    )
    return pause
