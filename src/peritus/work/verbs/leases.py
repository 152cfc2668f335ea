"""Lease slots: one at a time, to whoever asks, until a time."""

from __future__ import annotations

from datetime import datetime, timedelta

from peritus.accounts.models import User
from peritus.bench.models import Expert
from peritus.catalogue.identity import uid_of
from peritus.engagements.queries import engagements_seen_by
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.clock import now
from peritus.journal.errors import PeritusError
from peritus.work.errors import LeaseLost, NothingToDo, SlotNotOpen
from peritus.work.leasing import AGAIN, bars_against, refusal_on_record
from peritus.work.models import Assignment, Slot
from peritus.work.queries import active_assignments, assignments_of, slots_open_to
from peritus.work.rules import WITHDRAW_SLOTS, lease_blockers

LEASE_SECONDS = 30 * 60


@verb
def lease_slot(
    slot_id: int, *, lease_seconds: int = LEASE_SECONDS, by: User, key: str
) -> Assignment:
    """Lease one slot to the expert who asks, if every condition holds now."""
    expert = _asking(by)
    if earlier := earlier_result():
        return earlier
    at = now()
    open_now = slots_open_to(expert, at)
    slot = open_now.select_for_update(of=("self",), skip_locked=True).filter(pk=slot_id).first()
    if slot is None or _was_taken_over(slot, expert, at):
        raise _refused(slot_id, expert, at)
    return _lease(slot, expert, at, lease_seconds)


def _asking(by: User) -> Expert:
    """Return the expert that asks, one request after the other.

    In two windows at once neither would see what the other takes, and an item
    would be judged twice by one expert.
    """
    return Expert.objects.select_for_update(of=("self",), no_key=True).get(user=by)


@verb
def lease_next_slot(
    *, lot_id: int | None = None, lease_seconds: int = LEASE_SECONDS, by: User, key: str
) -> Assignment:
    """Lease the next open slot; a lease already held is returned instead.

    Raises NothingToDo when no slot is open to the expert.
    """
    expert = _asking(by)
    if earlier := earlier_result():
        return earlier
    at = now()
    held, waiting = active_assignments(expert, at), slots_open_to(expert, at)
    if lot_id is not None:
        held, waiting = held.filter(slot__lot=lot_id), waiting.filter(lot=lot_id)
    if mine := held.order_by("id").first():
        return mine
    slot = waiting.select_for_update(of=("self",), skip_locked=True).first()
    if slot is None or _was_taken_over(slot, expert, at):
        raise NothingToDo("Nothing is open to you now; new slots appear here by themselves.")
    return _lease(slot, expert, at, lease_seconds)


def _was_taken_over(slot: Slot, expert: Expert, at: datetime) -> bool:
    """Say whether somebody took a lapsed lease over while this act waited for the row.

    The row itself is read anew with its lock, its leases are not (PostgreSQL).
    """
    lapsed = slot.state == Slot.State.LEASED
    return lapsed and not slots_open_to(expert, at).filter(pk=slot.pk).exists()


def _refused(slot_id: int, expert: Expert, at: datetime) -> PeritusError:
    """Return why a slot is not leased; what it is, only whoever it is reserved for reads."""
    slot = Slot.objects.select_related("engagement").filter(pk=slot_id).first()
    if slot is None:
        return SlotNotOpen([NOT_YOURS])
    bars = bars_against(expert, slot, at)
    if slot.reserved_for_id != expert.pk:
        said = [NOT_YOURS]
    elif active_assignments(expert, at).filter(slot=slot).exists():
        said = ["You hold this slot already."]
    else:
        said = [bar.sentence for bar in bars] or [f"It is {slot.get_state_display().lower()}."]
    return refusal_on_record(SlotNotOpen(said), bars, slot, expert)


NOT_YOURS = "This slot is not open to you: it is taken, walled off, or asks for another expert."


def _lease(slot: Slot, expert: Expert, at: datetime, lease_seconds: int) -> Assignment:
    slot.assignments.filter(state=Assignment.State.ACTIVE).update(state=Assignment.State.LAPSED)
    slot.fence += 1
    slot.state = Slot.State.LEASED
    slot.save(update_fields=["fence", "state"])
    assignment = write_lease(slot, expert, at, lease_seconds)
    record(
        "slot.leased",
        about=assignment,
        engagement=slot.engagement,
        data={"slot": slot.uid, "fence": slot.fence, "expert": expert.uid},
    )
    return assignment


def write_lease(slot: Slot, expert: Expert, at: datetime, lease_seconds: int) -> Assignment:
    """Write the lease of a slot whose fence was just raised; the caller records it."""
    return Assignment.objects.create(
        uid=uid_of(slot.uid, "lease", slot.fence),
        organisation_id=slot.organisation_id,
        engagement_id=slot.engagement_id,
        slot=slot,
        expert=expert,
        fence=slot.fence,
        leased_at=at,
        expires_at=at + timedelta(seconds=lease_seconds),
    )


@verb
def extend_lease(assignment_id: int, *, by: User, key: str) -> Assignment:
    """Hold a lease for as long again, while nobody else has the slot and nothing bars its holder.

    Raises LeaseLost with every reason.
    """
    held = assignments_of(by).select_related("expert", "slot", "engagement")
    assignment = held.select_for_update(of=("self",)).get(pk=assignment_id)
    if earlier := earlier_result():
        return earlier
    bars = bars_against(assignment.expert, assignment.slot, now(), AGAIN)
    blockers = lease_blockers(assignment, assignment.fence) + [bar.sentence for bar in bars]
    if blockers:
        refusal = LeaseLost(" ".join(blockers))
        raise refusal_on_record(refusal, bars, assignment.slot, assignment.expert)
    assignment.expires_at = now() + timedelta(seconds=LEASE_SECONDS)
    assignment.save(update_fields=["expires_at"])
    record("lease.extended", about=assignment, engagement=assignment.engagement)
    return assignment


@verb
def give_back_leases(engagement_id: int, expert_id: int, *, by: User, key: str) -> int:
    """Let go of all that an expert holds in an engagement; return how many there were.

    The slots wait for them still, until what waits is staffed anew.
    """
    engagement = engagements_seen_by(by).get(pk=engagement_id)
    WITHDRAW_SLOTS.require(by, engagement)
    if earlier_result():
        return 0
    held = Assignment.objects.filter(engagement=engagement, expert=expert_id)
    held = held.filter(state=Assignment.State.ACTIVE)
    rows = held.select_related("slot").select_for_update(of=("slot", "self")).order_by("slot")
    slots = [each.slot_id for each in rows]
    held.filter(slot__in=slots).update(state=Assignment.State.LAPSED)
    Slot.objects.filter(pk__in=slots, state=Slot.State.LEASED).update(state=Slot.State.OPEN)
    said = {"expert": Expert.objects.get(pk=expert_id).uid, "count": len(slots)}
    record("leases.given_back", about=engagement, engagement=engagement, data=said)
    return len(slots)
