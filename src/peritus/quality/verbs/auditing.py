"""Plan, draw and read an audit that nobody can steer."""

from __future__ import annotations

from peritus.accounts.models import User
from peritus.algorithms.draw import audit_order, audit_seed
from peritus.catalogue.identity import uid_of
from peritus.engagements.models import Item
from peritus.engagements.queries import lots_seen_by
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.canonical import sha256
from peritus.journal.clock import now
from peritus.quality.errors import AuditStands, DrawRefused, PlanRefused
from peritus.quality.models import Audit, Draw, Freeze, FreezePlan, NonceCommitment, QualityPlan
from peritus.quality.queries import (
    audit_outcomes,
    audit_plan_for,
    census_items,
    commitment_for,
    freezes_seen_by,
    frozen_answer,
    plan_of,
    standing_of,
)
from peritus.quality.rules import DERIVE, DRAW, PLAN_AUDIT, TAKE_PART_IN_DRAW
from peritus.work.models import Judgment, Slot
from peritus.work.verbs import SlotWanted, open_slots, slot_uid

NONCE_BYTES = 16


@verb
def commit_nonce(lot_id: int, commitment: str, *, by: User, key: str) -> NonceCommitment:
    """Commit the client to a nonce for the lot's next freeze, by its SHA-256.

    Raises DrawRefused when the next freeze has its commitment.
    """
    lot = lots_seen_by(by).select_for_update(of=("self",)).get(pk=lot_id)
    TAKE_PART_IN_DRAW.require(by, lot.engagement)
    if earlier := earlier_result():
        return earlier
    number = lot.freezes.count() + 1
    if not _is_hex(commitment, size=32):
        raise DrawRefused(["A commitment is the SHA-256 of the nonce: 64 hexadecimal digits."])
    if commitment_for(lot, number):
        raise DrawRefused([f"Freeze {number} of {lot} has its commitment; it cannot be changed."])
    commitment_row = NonceCommitment.objects.create(
        uid=uid_of(lot.uid, "nonce", number),
        organisation_id=lot.organisation_id,
        engagement_id=lot.engagement_id,
        lot=lot,
        freeze_number=number,
        commitment=commitment.lower(),
        committed_at=now(),
    )
    record(
        "nonce.committed",
        about=commitment_row,
        engagement=lot.engagement,
        subject=lot.uid,
        data={"commitment": commitment_row.commitment, "freeze_number": number, "lot": lot.code},
    )
    return commitment_row


@verb
def record_plan(freeze_id: int, *, by: User, key: str) -> FreezePlan:
    """Record the audit plan of a freeze, before anything is drawn.

    It is on what no census checked. Raises PlanRefused when the freeze has its
    plan, or nothing is left to be drawn.
    """
    freeze = freezes_seen_by(by).select_for_update(of=("self",)).get(pk=freeze_id)
    PLAN_AUDIT.require(by, freeze.engagement)
    if earlier := earlier_result():
        return earlier
    if FreezePlan.objects.filter(freeze=freeze).exists():
        raise PlanRefused([f"{freeze} has its audit plan; a second one would let somebody choose."])
    quality = QualityPlan.objects.get(engagement=freeze.engagement_id)
    census = census_items(freeze).count()
    if census == freeze.population:
        raise PlanRefused(["A census checked every item; none is left to be drawn."])
    plan = audit_plan_for(freeze.population, quality, census=census)
    stored = FreezePlan.objects.create(
        uid=uid_of(freeze.uid, "plan"),
        organisation_id=freeze.organisation_id,
        engagement_id=freeze.engagement_id,
        freeze=freeze,
        tolerance=quality.promise,
        confidence=plan.confidence,
        census=census,
        looks=list(plan.looks),
        max_errors=list(plan.max_errors),
        level=plan.level,
        digest=plan.digest,
        recorded_at=now(),
    )
    record(
        "plan.recorded",
        about=stored,
        engagement=freeze.engagement,
        subject=freeze.lot.uid,
        data={
            "confidence": plan.confidence,
            "digest": plan.digest,
            "freeze": freeze.digest,
            "level": plan.level,
            "looks": list(plan.looks),
            "max_errors": list(plan.max_errors),
            "population": plan.population,
            "tolerance": plan.tolerance,
            **({"census": census} if census else {}),
        },
    )
    return stored


@verb
def reveal_nonce(freeze_id: int, nonce: str, *, by: User, key: str) -> Draw:
    """Reveal the client's nonce (hexadecimal): the draw follows from it.

    Raises DrawRefused when it is not the nonce that was committed to.
    """
    freeze = freezes_seen_by(by).select_for_update(of=("self",)).get(pk=freeze_id)
    TAKE_PART_IN_DRAW.require(by, freeze.engagement)
    if earlier := earlier_result():
        return earlier
    committed = commitment_for(freeze.lot, freeze.number)
    blockers = _nonce_blockers(nonce) + draw_blockers(freeze)
    if committed is None:
        blockers.append("No commitment was made before this freeze.")
    elif _is_hex(nonce) and committed.commitment != sha256(bytes.fromhex(nonce)):
        blockers.append("This is not the nonce that was committed to before the freeze.")
    if blockers:
        raise DrawRefused(blockers)
    return _draw(freeze, Draw.Drawer.CLIENT, nonce)


@verb
def draw_audits(freeze_id: int, nonce: str, *, by: User, key: str) -> Draw:
    """Draw with the provider's own nonce, where the client committed to none.

    The certificate will say that the provider drew. Raises DrawRefused when a
    client's commitment waits to be revealed.
    """
    freeze = freezes_seen_by(by).select_for_update(of=("self",)).get(pk=freeze_id)
    DRAW.require(by, freeze.engagement)
    if earlier := earlier_result():
        return earlier
    if blockers := _nonce_blockers(nonce) + provider_draw_blockers(freeze):
        raise DrawRefused(blockers)
    return _draw(freeze, Draw.Drawer.PROVIDER, nonce)


def _is_hex(text: str, *, size: int = 0) -> bool:
    """Say whether the text is bytes in hexadecimal digits, and so many if asked."""
    digits = set(text.lower()) <= set("0123456789abcdef")
    return digits and len(text) % 2 == 0 and (len(text) == 2 * size if size else bool(text))


def _nonce_blockers(nonce: str) -> list[str]:
    return [] if _is_hex(nonce) else ["A nonce is bytes in hexadecimal digits, not empty."]


def draw_blockers(freeze: Freeze) -> list[str]:
    """Say what stands in the way of any draw, for the page and the error alike."""
    blockers = []
    if not FreezePlan.objects.filter(freeze=freeze).exists():
        blockers.append("Record the audit plan first: it must stand before the draw.")
    if Draw.objects.filter(freeze=freeze).exists():
        blockers.append("This freeze has its draw; a second one would let somebody choose.")
    return blockers


def provider_draw_blockers(freeze: Freeze) -> list[str]:
    """Say what stands in the way of a draw with the provider's own nonce."""
    blockers = draw_blockers(freeze)
    if commitment_for(freeze.lot, freeze.number):
        blockers.append("The client committed to a nonce; only the client reveals it.")
    return blockers


def _draw(freeze: Freeze, drawer: str, nonce: str) -> Draw:
    seed = audit_seed(freeze.digest, bytes.fromhex(nonce))
    draw = Draw.objects.create(
        uid=uid_of(freeze.uid, "draw"),
        organisation_id=freeze.organisation_id,
        engagement_id=freeze.engagement_id,
        freeze=freeze,
        drawer=drawer,
        nonce=nonce,
        seed=seed.hex(),
        drawn_at=now(),
    )
    record(
        "draw.made",
        about=draw,
        engagement=freeze.engagement,
        subject=freeze.lot.uid,
        data={
            "drawer": drawer,
            "freeze": freeze.digest,
            "nonce": nonce,
            "seed": seed.hex(),
        },
    )
    return draw


def drawn_items(freeze: Freeze, draw: Draw) -> list[Item]:
    """Return the frozen items in the order in which they are audited; none of a census."""
    frozen = Item.objects.filter(frozen_decisions__freeze=freeze)
    rest = frozen.exclude(pk__in=census_items(freeze).values("pk"))
    items = {str(item.uid): item for item in rest}
    return [items[uid] for uid in audit_order(bytes.fromhex(draw.seed), list(items))]


@verb
def open_audits(freeze_id: int, look: int, *, by: User, key: str) -> Freeze:
    """Open the blind audits that are missing until a look of the plan."""
    freeze = freezes_seen_by(by).select_for_update(of=("self",)).get(pk=freeze_id)
    DERIVE.require(by)
    if earlier := earlier_result():
        return earlier
    draw = Draw.objects.get(freeze=freeze)
    auditor = QualityPlan.objects.get(engagement=freeze.engagement_id).auditor_id
    opened = freeze.audits.count()
    items = drawn_items(freeze, draw)[opened:look]
    wanted = [SlotWanted(item.pk, Slot.Purpose.AUDIT, freeze.number, auditor) for item in items]
    open_slots(freeze.lot_id, wanted, by=by, key=key)
    slots = Slot.objects.in_bulk(
        [slot_uid(item, Slot.Purpose.AUDIT, freeze.number) for item in items],
        field_name="uid",
    )
    by_item = {slot.item_id: slot for slot in slots.values()}
    Audit.objects.bulk_create(
        _audit(freeze, by_item[item.pk], place)
        for place, item in enumerate(items, start=opened + 1)
    )
    record(
        "audits.opened",
        about=freeze,
        engagement=freeze.engagement,
        subject=freeze.lot.uid,
        data={"from": opened + 1, "look": look, "to": opened + len(items)},
    )
    return freeze


def _audit(freeze: Freeze, slot: Slot, place: int) -> Audit:
    return Audit(
        uid=uid_of(freeze.uid, "audit", place),
        organisation_id=freeze.organisation_id,
        engagement_id=freeze.engagement_id,
        freeze=freeze,
        item_id=slot.item_id,
        slot=slot,
        place=place,
    )


@verb
def record_audit(slot_id: int, judgment_id: int | None, *, by: User, key: str) -> Audit:
    """Compare the auditor's answer with the frozen one; read a complete look.

    No answer counts as a difference: what was not confirmed is not claimed.
    Where the plan goes on, the next look's audits are opened.
    """
    DERIVE.require(by)
    audits = Audit.objects.select_related("freeze__lot", "engagement", "item")
    audit = audits.select_for_update(of=("self",)).get(slot=slot_id)
    if earlier := earlier_result():
        return earlier
    if audit.differs is not None:
        raise AuditStands([f"{audit} has its answer; a second one would let somebody choose."])
    audit.judgment = Judgment.objects.get(pk=judgment_id) if judgment_id else None
    frozen = frozen_answer(audit.freeze, audit.item_id)
    audit.differs = audit.judgment is None or audit.judgment.answers != frozen
    audit.save(update_fields=["judgment", "differs"])
    record(
        "audit.recorded",
        about=audit,
        engagement=audit.engagement,
        subject=audit.item.uid,
        data={
            "differs": audit.differs,
            "freeze": audit.freeze.digest,
            "item": audit.item.uid,
            "judgment": audit.judgment and audit.judgment.uid,
            "place": audit.place,
        },
    )
    _read_look(audit.freeze, by, key)
    return audit


def _read_look(freeze: Freeze, by: User, key: str) -> None:
    plan, audited = plan_of(freeze), len(audit_outcomes(freeze))
    if plan is None or audited not in plan.looks or audited < freeze.audits.count():
        return
    standing = standing_of(freeze)
    if standing.next_look is not None:
        open_audits(freeze.pk, standing.next_look, by=by, key=key)
