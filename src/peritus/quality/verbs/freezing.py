"""Freeze a lot: what others rely on does not move any more."""

from __future__ import annotations

from collections.abc import Set

from peritus.accounts.models import User
from peritus.blobs.store import keep
from peritus.catalogue.identity import uid_of
from peritus.engagements.models import Lot
from peritus.engagements.queries import current_guideline, lots_seen_by
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.canonical import canonical, sha256
from peritus.journal.clock import now
from peritus.quality.annexes import keep_annexes
from peritus.quality.census import census_document, unfinished_census
from peritus.quality.errors import LotNotFreezable
from peritus.quality.facts import known_answers
from peritus.quality.models import Decision, Freeze, FrozenDecision
from peritus.quality.queries import latest_freeze, lot_counts, moved_since
from peritus.quality.rules import FREEZE
from peritus.quality.touching import suspension_of


@verb
def freeze_lot(lot_id: int, *, by: User, key: str) -> Freeze:
    """Freeze the lot's decided items; open ones are left out and counted.

    The frozen document is stored under its digest, and beside it what is known of
    the lot's judges at this moment. Raises LotNotFreezable
    while a decision is pending or contested or a census goes on, when nothing is
    decided, or when nothing moved since the lot's last freeze and no changed rule
    suspends it.
    """
    lot = lots_seen_by(by).select_for_update(of=("self",)).get(pk=lot_id)
    FREEZE.require(by, lot.engagement)
    if earlier := earlier_result():
        return earlier
    if blockers := freeze_blockers(lot):
        raise LotNotFreezable(blockers)
    guideline = current_guideline(lot.engagement)
    number, at = lot.freezes.count() + 1, now()
    decided = _decided(lot)
    document = canonical(_document(lot, decided, number, guideline.digest))
    freeze = Freeze.objects.create(
        uid=uid_of(lot.uid, "freeze", number),
        organisation_id=lot.organisation_id,
        engagement_id=lot.engagement_id,
        lot=lot,
        guideline_version=guideline,
        number=number,
        digest=sha256(document),
        population=len({each.item_id for each in decided}),
        open_items=lot_counts(lot).open,
        annexes=keep_annexes(lot, number, at),
        frozen_at=at,
    )
    keep(lot.organisation_id, document, "application/json")
    FrozenDecision.objects.bulk_create(_frozen(freeze, each) for each in decided)
    record(
        "lot.frozen",
        about=freeze,
        engagement=lot.engagement,
        subject=lot.uid,
        data={
            "annexes": freeze.annexes,
            "digest": freeze.digest,
            "number": number,
            "open": freeze.open_items,
            "population": freeze.population,
        },
    )
    return freeze


def freeze_blockers(lot: Lot) -> list[str]:
    """Say why a lot cannot be frozen, for the page and the error alike."""
    counts = lot_counts(lot)
    blockers = []
    if counts.pending:
        blockers.append(f"{counts.pending} items still wait for judgments or an adjudication.")
    if not counts.decided:
        blockers.append("No item of this lot is decided yet.")
    newest = latest_freeze(lot)
    if newest is not None and not suspension_of(newest) and not moved_since(newest):
        blockers.append(
            f"Nothing moved since freeze {newest.number}: its audit stands. Freezing the same "
            "answers again would only draw another sample."
        )
    return blockers + unfinished_census(lot)


def _decided(lot: Lot) -> list[Decision]:
    decided = Decision.objects.filter(lot=lot, state=Decision.State.DECIDED)
    return list(decided.select_related("item").order_by("item__key", "question"))


def _document(
    lot: Lot, decided: list[Decision], number: int, guideline_digest: str
) -> dict[str, object]:
    open_items = Decision.objects.filter(lot=lot, state=Decision.State.OPEN)
    aggregated = {each.question for each in decided if each.method}
    censuses = census_document(lot)
    return {
        **({"census": censuses} if censuses else {}),
        **({"gold": _gold(lot, aggregated)} if aggregated else {}),
        "decisions": [_stated(each) for each in decided],
        "engagement": lot.engagement.uid,
        "guideline": guideline_digest,
        "lot": lot.code,
        "number": number,
        "open": sorted(open_items.values_list("item__key", flat=True)),
    }


def _gold(lot: Lot, questions: Set[str]) -> dict[str, dict[str, str]]:
    """Return what the aggregation of these questions knew, by item."""
    uids = {pk: str(uid) for pk, uid in lot.items.values_list("pk", "uid")}
    return {
        question: {uids[pk]: answer for pk, answer in known.items()}
        for question, known in known_answers(lot).items()
        if question in questions
    }


def _stated(decision: Decision) -> dict[str, object]:
    """Return a decision as the document holds it; how it was aggregated, if it was."""
    said: dict[str, object] = {
        "answer": decision.answer,
        "content": decision.item.content,
        "item": decision.item.uid,
        "judgments": decision.judgments,
        "key": decision.item.key,
        "question": decision.question,
        "rule": decision.rule,
    }
    if decision.method:
        said |= {"method": decision.method, "posterior": decision.posterior}
    return said


def _frozen(freeze: Freeze, decision: Decision) -> FrozenDecision:
    return FrozenDecision(
        uid=uid_of(freeze.uid, decision.item.uid, decision.question),
        organisation_id=freeze.organisation_id,
        freeze=freeze,
        item_id=decision.item_id,
        question=decision.question,
        answer=decision.answer,
        rule=decision.rule,
        judgments=decision.judgments,
        method=decision.method,
        posterior=decision.posterior,
        error=decision.error,
    )
