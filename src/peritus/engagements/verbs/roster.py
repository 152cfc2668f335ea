"""Put on record what must be before somebody works in an engagement, and that they left."""

from __future__ import annotations

from peritus.accounts.models import User
from peritus.bench.models import Expert
from peritus.catalogue.identity import uid_of
from peritus.engagements.errors import RosterRefused
from peritus.engagements.models import Engagement, RosterEntry, RosterStep
from peritus.engagements.queries import engagements_seen_by, roster_seen_by
from peritus.engagements.rules import (
    APPROVE,
    JOIN,
    LONGEST_NAME,
    MANAGE,
    leaving_blockers,
    step_blockers,
)
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.clock import now
from peritus.journal.personal import personal


@verb
def keep_roster(engagement_id: int, *, by: User, key: str) -> Engagement:
    """From now on give people work in an engagement only if their entry is complete."""
    engagement = engagements_seen_by(by).select_for_update(of=("self",)).get(pk=engagement_id)
    MANAGE.require(by, engagement)
    if earlier := earlier_result():
        return earlier
    if engagement.roster_since:
        raise RosterRefused([f"A roster is kept since {engagement.roster_since:%Y-%m-%d}."])
    engagement.roster_since = now()
    engagement.save(update_fields=["roster_since"])
    record("roster.begun", about=engagement, engagement=engagement)
    return engagement


@verb
@personal("firm")
def enter_expert(
    engagement_id: int, expert_id: int, *, firm: str = "", by: User, key: str
) -> RosterEntry:
    """Put a person on the roster; nothing is signed yet. A subcontractor's firm is named.

    Raises RosterRefused for somebody who is on it, or who is no person.
    """
    engagement = engagements_seen_by(by).select_for_update(of=("self",)).get(pk=engagement_id)
    MANAGE.require(by, engagement)
    if earlier := earlier_result():
        return earlier
    expert, entries = Expert.objects.get(pk=expert_id), RosterEntry.objects
    blockers = []
    if expert.kind != Expert.Kind.PERSON:
        blockers.append(f"{expert} is no person; a roster is of people.")
    if entries.filter(engagement=engagement, expert=expert, left_at=None).exists():
        blockers.append(f"{expert} is on the roster.")
    if len(firm.strip()) > LONGEST_NAME:
        blockers.append(f"A firm's name has at most {LONGEST_NAME} characters.")
    if blockers:
        raise RosterRefused(blockers)
    times = entries.filter(engagement=engagement, expert=expert).count()
    entry = RosterEntry.objects.create(
        uid=uid_of(engagement.uid, "roster", expert.handle, times + 1),
        organisation_id=engagement.organisation_id,
        engagement=engagement,
        expert=expert,
        firm=firm.strip(),
        entered_at=now(),
    )
    said = {"expert": expert.uid, "subcontractor": bool(entry.firm)}
    record("roster.entered", about=entry, engagement=engagement, data=said)
    return entry


@verb
@personal("reference")
def record_step(entry_id: int, step: str, reference: str, *, by: User, key: str) -> RosterStep:
    """Record one step: signed, declared or confirmed by the expert, approved by the client.

    ``reference`` is what it rests on: the name that was typed, a paper, the guideline's
    version. Raises RosterRefused for a step that is on record.
    """
    entry = roster_seen_by(by).select_for_update(of=("self",)).get(pk=entry_id)
    (APPROVE if step == RosterStep.Step.APPROVED else JOIN).require(by, entry)
    if earlier := earlier_result():
        return earlier
    if blockers := step_blockers(entry, step, reference):
        raise RosterRefused(blockers)
    made = RosterStep.objects.create(
        uid=uid_of(entry.uid, step),
        organisation_id=entry.organisation_id,
        engagement=entry.engagement,
        entry=entry,
        step=step,
        reference=reference,
        recorded_by=by,
        recorded_at=now(),
    )
    said = {"entry": entry.uid, "expert": entry.expert.uid, "step": step}
    record("roster.step", about=made, engagement=entry.engagement, data=said)
    return made


@verb
def end_entry(entry_id: int, because: str, *, by: User, key: str) -> RosterEntry:
    """Take a person off the roster; from this moment they see nothing of the engagement.

    What they lease in this moment comes before, or is refused.
    """
    entries = roster_seen_by(by).select_related("expert")
    entry = entries.select_for_update(of=("self", "expert"), no_key=True).get(pk=entry_id)
    MANAGE.require(by, entry)
    if earlier := earlier_result():
        return earlier
    if blockers := leaving_blockers(entry, because):
        raise RosterRefused(blockers)
    entry.left_at, entry.left_because = now(), because.strip()
    entry.save(update_fields=["left_at", "left_because"])
    said = {"expert": entry.expert.uid}
    record("roster.left", about=entry, engagement=entry.engagement, data=said)
    return entry
