"""Check the riskiest decisions of a lot, one and all, before it is frozen."""

from __future__ import annotations

from collections.abc import Sequence

from peritus.accounts.models import User
from peritus.accounts.queries import engine
from peritus.catalogue.identity import uid_of
from peritus.engagements.models import Item, Lot
from peritus.engagements.queries import lots_seen_by
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.canonical import digest
from peritus.journal.clock import now
from peritus.quality.census import Foretold, foretold, next_batch, worth_blockers
from peritus.quality.errors import AuditStands, CensusRefused
from peritus.quality.models import Census, CensusCheck, Decision, QualityPlan
from peritus.quality.rules import DERIVE, END_CENSUS, OPEN_CENSUS
from peritus.quality.verbs.freezing import freeze_blockers
from peritus.work.models import Judgment, Slot
from peritus.work.verbs import SlotWanted, open_slots, slot_uid, withdraw_slots


@verb
def open_census(lot_id: int, *, by: User, key: str) -> Census:
    """Open a census of the riskiest decisions of a lot that could be frozen, with its first batch.

    What is foretold of every decision is recorded now and changes no more.
    Raises CensusRefused, also where checking the riskiest would save nothing.
    """
    lot = lots_seen_by(by).select_for_update(of=("self",)).get(pk=lot_id)
    OPEN_CENSUS.require(by, lot.engagement)
    if earlier := earlier_result():
        return earlier
    if blockers := census_blockers(lot):
        raise CensusRefused(blockers)
    census = _census(lot, by)
    record(
        "census.opened",
        about=census,
        engagement=lot.engagement,
        subject=lot.uid,
        data={
            "batch": census.batch,
            "confidence": census.confidence,
            "largest": census.largest,
            "number": census.number,
            "risk": digest(census.risk),
            "tolerance": census.tolerance,
        },
    )
    continue_census(census.pk, by=engine(), key=f"{census.uid}:1")
    return census


def census_blockers(lot: Lot, of_freeze: Sequence[str] | None = None) -> list[str]:
    """Say why no census can be opened in a lot, for the page and the error alike.

    Whatever holds up its freeze does, and is asked for unless it is given.
    """
    quality = QualityPlan.objects.filter(engagement=lot.engagement_id).first()
    if quality is None or not quality.terms.largest_census:
        return ["The quality plan of this engagement has no census of the riskiest."]
    held = freeze_blockers(lot) if of_freeze is None else list(of_freeze)
    return held or worth_blockers(foretold(lot, quality))


def _census(lot: Lot, by: User) -> Census:
    start: Foretold = foretold(lot, QualityPlan.objects.get(engagement=lot.engagement_id))
    number = lot.censuses.count() + 1
    return Census.objects.create(
        uid=uid_of(lot.uid, "census", number),
        organisation_id=lot.organisation_id,
        engagement_id=lot.engagement_id,
        lot=lot,
        number=number,
        risk=[list(each) for each in start.risk],
        tolerance=start.tolerance,
        confidence=start.confidence,
        largest=start.largest,
        most=start.most,
        batch=start.batch,
        opened_by=by,
        opened_at=now(),
    )


@verb
def continue_census(census_id: int, *, by: User, key: str) -> Census:
    """Open the checks that a census wants next, or complete it where it wants none."""
    DERIVE.require(by)
    census = _standing(census_id, by)
    if earlier := earlier_result():
        return earlier
    if batch := next_batch(census):
        _open_batch(census, batch, by, key)
        return census
    _close(census, Census.State.COMPLETE, "census.completed")
    return census


def _standing(census_id: int, by: User) -> Census:
    found = Census.objects.filter(lot__in=lots_seen_by(by)).select_related("lot", "engagement")
    return found.select_for_update(of=("self",)).get(pk=census_id)


def _open_batch(census: Census, batch: Sequence[str], by: User, key: str) -> None:
    found = {str(item.uid): item for item in Item.objects.filter(uid__in=batch)}
    items = [found[uid] for uid in batch]
    auditor = QualityPlan.objects.get(engagement=census.engagement_id).auditor_id
    purpose, number = Slot.Purpose.CENSUS, census.number
    # Served by their age: sorted otherwise than by risk, so that the order tells nothing.
    shuffled = sorted(items, key=lambda item: str(item.uid))
    wanted = [SlotWanted(item.pk, purpose, number, auditor) for item in shuffled]
    open_slots(census.lot_id, wanted, by=by, key=key)
    uids = [slot_uid(item, purpose, number) for item in items]
    slots = {slot.item_id: slot for slot in Slot.objects.filter(uid__in=uids)}
    decided = _decided(items)
    before = census.checks.count()
    CensusCheck.objects.bulk_create(
        _check(census, slots[item.pk], place, decided[item.pk])
        for place, item in enumerate(items, start=before + 1)
    )
    record(
        "census.batch_opened",
        about=census,
        engagement=census.engagement,
        subject=census.lot.uid,
        data={
            "decided": digest([decided[item.pk] for item in items]),
            "from": before + 1,
            "items": batch,
        },
    )


def _decided(items: Sequence[Item]) -> dict[int, dict[str, str]]:
    answers: dict[int, dict[str, str]] = {}
    rows = Decision.objects.filter(item__in=items).order_by("question")
    for item, question, answer in rows.values_list("item_id", "question", "answer"):
        answers.setdefault(item, {})[question] = answer
    return answers


def _check(census: Census, slot: Slot, place: int, decided: dict[str, str]) -> CensusCheck:
    return CensusCheck(
        uid=uid_of(census.uid, "check", place),
        organisation_id=census.organisation_id,
        engagement_id=census.engagement_id,
        census=census,
        item_id=slot.item_id,
        slot=slot,
        place=place,
        decided=decided,
    )


def _close(census: Census, state: str, kind: str) -> None:
    census.state, census.closed_at = state, now()
    census.save(update_fields=["state", "closed_at"])
    answered = census.checks.exclude(judgment=None)
    record(
        kind,
        about=census,
        engagement=census.engagement,
        subject=census.lot.uid,
        data={"checked": answered.count(), "differing": answered.filter(differs=True).count()},
    )


@verb
def record_census(slot_id: int, judgment_id: int | None, *, by: User, key: str) -> CensusCheck:
    """Compare the checker's answer with what was decided; go on after a whole batch.

    No answer counts as a difference for what is checked next, and leaves the item
    outside of the census: it may be drawn like any other.
    """
    DERIVE.require(by)
    checks = CensusCheck.objects.select_related("census", "engagement", "item")
    check = checks.select_for_update(of=("self",)).get(slot=slot_id)
    if earlier := earlier_result():
        return earlier
    if check.differs is not None:
        raise AuditStands([f"{check} has its answer; a second one would let somebody choose."])
    check.judgment = Judgment.objects.get(pk=judgment_id) if judgment_id else None
    check.differs = check.judgment is None or check.judgment.answers != check.decided
    check.save(update_fields=["judgment", "differs"])
    record(
        "census.recorded",
        about=check,
        engagement=check.engagement,
        subject=check.item.uid,
        data={
            "census": check.census.uid,
            "differs": check.differs,
            "item": check.item.uid,
            "judgment": check.judgment and check.judgment.uid,
            "place": check.place,
        },
    )
    census = check.census
    if census.state == Census.State.OPEN and not census.checks.filter(differs=None).exists():
        continue_census(census.pk, by=by, key=f"{census.uid}:{census.checks.count() + 1}")
    return check


@verb
def call_off_census(census_id: int, *, by: User, key: str) -> Census:
    """End a census before it is complete; what was checked stays checked.

    The quality lead may, say where the auditor cannot go on; the engine does where
    rules changed. Checks that nobody has begun are withdrawn; the draw comes later,
    so that a sample stays a sample. Raises CensusRefused where it has ended.
    """
    census = _standing(census_id, by)
    END_CENSUS.require(by, census.engagement)
    if earlier := earlier_result():
        return earlier
    if census.state != Census.State.OPEN:
        raise CensusRefused([f"{census} is {census.get_state_display().lower()} already."])
    waiting = Slot.objects.filter(census_checks__census=census, state=Slot.State.OPEN)
    if slots := list(waiting.values_list("pk", flat=True)):
        withdraw_slots(census.lot_id, slots, by=engine(), key=f"{census.uid}:withdrawn")
    _close(census, Census.State.CALLED_OFF, "census.called_off")
    return census
