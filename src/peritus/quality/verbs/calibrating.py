"""Open a calibration round before production, and end its judging."""

from __future__ import annotations

from collections.abc import Sequence

from peritus.accounts.models import User
from peritus.accounts.rules import CLIENT
from peritus.algorithms.draw import audit_order
from peritus.bench.models import Expert
from peritus.catalogue.identity import uid_of
from peritus.engagements.models import Item, Lot, Wall
from peritus.engagements.queries import current_guideline, lots_seen_by
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.canonical import digest
from peritus.journal.clock import now
from peritus.quality.calibration import (
    SEATS,
    experts_of_lot,
    rounds_seen_by,
    seed_of,
    waiting_slots,
)
from peritus.quality.errors import RoundRefused
from peritus.quality.models import CalibrationRound, QualityPlan
from peritus.quality.rules import END_JUDGING, RUN_ROUND, round_size
from peritus.work.models import Assignment, Slot
from peritus.work.verbs import SlotWanted, open_slots, withdraw_slots


@verb
def open_round(
    lot_id: int, expert_ids: Sequence[int], *, lead_id: int, by: User, key: str
) -> CalibrationRound:
    """Open a round: a drawn sample of the lot's items, judged by each of the experts.

    ``lead_id`` is the expert that the client's lead acts as. The items follow
    from the lot's uid and the round's number, so nobody can choose them; those
    of earlier rounds come last. Raises RoundRefused.
    """
    lot = lots_seen_by(by).select_for_update(of=("self",)).get(pk=lot_id)
    RUN_ROUND.require(by, lot.engagement)
    if earlier := earlier_result():
        return earlier
    plan = QualityPlan.objects.filter(engagement=lot.engagement_id).first()
    judges = _judges(expert_ids, lead_id)
    if blockers := opening_blockers(lot, plan) + _seat_blockers(lot, plan, judges, lead_id):
        raise RoundRefused(blockers)
    terms, number = plan.terms, lot.calibration_rounds.count() + 1  # type: ignore[union-attr]
    seed = seed_of(lot.uid, number)
    items = drawn_for_round(lot, seed)[: round_size(lot.items.count(), terms)]
    found = CalibrationRound.objects.create(
        uid=uid_of(lot.uid, "calibration", number),
        organisation_id=lot.organisation_id,
        engagement_id=lot.engagement_id,
        lot=lot,
        guideline_version=current_guideline(lot.engagement),
        number=number,
        seed=seed.hex(),
        measure=terms.round_measure,
        threshold=terms.round_threshold,
        lead_id=lead_id,
        opened_by=by,
        opened_at=now(),
    )
    open_slots(lot.pk, _wanted(found, items, judges), by=by, key=key)
    record(
        "calibration.opened",
        about=found,
        engagement=lot.engagement,
        subject=lot.uid,
        data={
            "digest": digest([item.uid for item in items]),
            "experts": sorted(str(each.uid) for each in judges),
            "items": len(items),
            "measure": found.measure,
            "number": number,
            "seed": found.seed,
            "threshold": found.threshold,
        },
    )
    return found


def _judges(expert_ids: Sequence[int], lead_id: int) -> list[Expert]:
    found = Expert.objects.filter(pk__in=[*expert_ids, lead_id]).select_related("user")
    return list(found.order_by("handle"))


def opening_blockers(lot: Lot, plan: QualityPlan | None) -> list[str]:
    """Say why no round of a lot can be opened now, for the page and the error alike."""
    blockers = []
    if plan is None:
        blockers.append("The engagement has no quality plan; it says what a round must reach.")
    if not lot.items.exists():
        blockers.append(f"{lot} has no item yet.")
    standing = lot.calibration_rounds.exclude(state=CalibrationRound.State.CLOSED).first()
    if standing is not None:
        blockers.append(f"{standing} is not closed yet.")
    return blockers


def _seat_blockers(
    lot: Lot, plan: QualityPlan | None, judges: list[Expert], lead_id: int
) -> list[str]:
    """Say who is missing at the table, or may not sit there."""
    blockers, seated = [], {each.pk for each in judges}
    lead = next((each for each in judges if each.pk == lead_id), None)
    if lead is None or not CLIENT.holds(lead.user, lot.engagement):
        blockers.append("The client's lead takes part: name somebody of the client on the bench.")
    if not 3 <= len(judges) < SEATS:
        blockers.append(
            f"A round has two experts and the client's lead at least, and fewer than {SEATS} "
            f"in all; {len(judges)} came."
        )
    absent = [each.name for each in experts_of_lot(lot) if each.pk not in seated]
    if absent:
        blockers.append(f"All experts of the lot take part; missing: {', '.join(absent[:5])}.")
    if plan is not None and plan.auditor_id in seated:
        blockers.append(f"{plan.auditor} audits this lot blind, and so takes no part.")
    walls = Wall.objects.filter(engagement=lot.engagement_id, item=None, expert__in=seated)
    blockers += [f"{wall.expert} is walled off." for wall in walls.select_related("expert")]
    return blockers


def drawn_for_round(lot: Lot, seed: bytes) -> list[Item]:
    """Return the lot's items in the order of a round's draw, those of earlier rounds last."""
    items = {str(item.uid): item for item in lot.items.all()}
    used = set(
        Slot.objects.filter(lot=lot, purpose=Slot.Purpose.CALIBRATION).values_list(
            "item", flat=True
        )
    )
    order = [items[uid] for uid in audit_order(seed, list(items))]
    return sorted(order, key=lambda item: item.pk in used)


def _wanted(
    found: CalibrationRound, items: Sequence[Item], judges: Sequence[Expert]
) -> list[SlotWanted]:
    """Return a slot for each judge on each item, but where a wall stands between them."""
    walls = Wall.objects.filter(engagement=found.engagement_id, item__isnull=False)
    barred = set(walls.values_list("expert", "item"))
    first = found.number * SEATS
    return [
        SlotWanted(item.pk, Slot.Purpose.CALIBRATION, first + place, judge.pk)
        for item in items
        for place, judge in enumerate(judges)
        if (judge.pk, item.pk) not in barred
    ]


@verb
def end_judging(round_id: int, *, by: User, key: str) -> CalibrationRound:
    """End the judging, so that everybody sees what everybody said.

    The program does so with the last answer; the manager may before, and what
    nobody answered is withdrawn then. Raises RoundRefused while an item is on
    somebody's desk: they would see the others' answers before giving their own.
    """
    found = rounds_seen_by(by).select_for_update(of=("self",)).get(pk=round_id)
    END_JUDGING.require(by, found.engagement)
    if earlier := earlier_result():
        return earlier
    if blockers := judging_blockers(found):
        raise RoundRefused(blockers)
    waiting = list(waiting_slots(found).values_list("pk", flat=True))
    if waiting:
        withdraw_slots(found.lot_id, waiting, by=by, key=key)
    found.state, found.judged_at = CalibrationRound.State.DISCUSSING, now()
    found.save(update_fields=["state", "judged_at"])
    record(
        "calibration.judged",
        about=found,
        engagement=found.engagement,
        subject=found.lot.uid,
        data={"unanswered": len(waiting)},
    )
    return found


def judging_blockers(found: CalibrationRound) -> list[str]:
    """Say why the judging of a round cannot end now."""
    if found.state != CalibrationRound.State.JUDGING:
        return ["The judging of this round has ended already."]
    held = Assignment.objects.filter(
        slot__in=waiting_slots(found), state=Assignment.State.ACTIVE, expires_at__gt=now()
    )
    if n := held.count():
        until = max(held.values_list("expires_at", flat=True))
        return [f"{n} items are on somebody's desk, at the longest until {until:%H:%M} UTC."]
    return []
