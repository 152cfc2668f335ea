"""Discuss what a round's judges do not agree on, keep minutes, or waive the round."""

from __future__ import annotations

from math import isnan

from peritus.accounts.models import User
from peritus.catalogue.identity import uid_of
from peritus.catalogue.kinds import kind_named
from peritus.engagements.models import Lot, Question
from peritus.engagements.queries import lots_seen_by, options_of, questions_of
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.canonical import digest
from peritus.journal.clock import now
from peritus.quality.calibration import (
    Comparison,
    QuestionAgreement,
    comparison_of,
    judges_of,
    lot_calibration,
    round_items,
    rounds_seen_by,
)
from peritus.quality.errors import RoundRefused
from peritus.quality.models import CalibrationRound, RoundWaiver, Settlement
from peritus.quality.rules import RUN_ROUND, SETTLE
from peritus.work.verbs import release_production


@verb
def settle_disagreement(
    round_id: int,
    item_id: int,
    question: str,
    answer: str,
    *,
    reason: str,
    by: User,
    key: str,
) -> Settlement:
    """Write down what the discussion of a disagreement came to, and why.

    May be done anew until the round closes: the last one stands, and each is an
    event. Decides nothing: in production the item is judged once more. Raises
    RoundRefused.
    """
    found = rounds_seen_by(by).select_for_update(of=("self",)).get(pk=round_id)
    SETTLE.require(by, found.engagement)
    if earlier := earlier_result():
        return earlier
    asked = {each.code: each for each in questions_of(found.guideline_version)}
    apart = comparison_of(found).disagreements
    place = next((d for d in apart if (d.item.pk, d.question.code) == (item_id, question)), None)
    blockers = _state_blockers(found)
    if place is None:
        blockers.append("The judges of this round do not disagree there.")
    else:
        blockers += _answer_blockers(asked[question], answer)
    if not reason.strip():
        blockers.append("Write the reason: it is what the guideline will say.")
    if blockers or place is None:
        raise RoundRefused(blockers)
    settlement, _ = Settlement.objects.update_or_create(
        uid=uid_of(found.uid, "settlement", place.item.uid, question),
        organisation_id=found.organisation_id,
        engagement_id=found.engagement_id,
        round=found,
        item=place.item,
        question=question,
        defaults={
            "answer": answer,
            "reason": reason.strip(),
            "settled_by": by,
            "settled_at": now(),
        },
    )
    record(
        "calibration.settled",
        about=settlement,
        engagement=found.engagement,
        subject=place.item.uid,
        data={"answer": answer, "question": question, "reason": digest(reason.strip())},
    )
    return settlement


def _answer_blockers(question: Question, answer: str) -> list[str]:
    return kind_named(question.kind).blockers(answer, options_of(question))


def _state_blockers(found: CalibrationRound) -> list[str]:
    if found.state == CalibrationRound.State.DISCUSSING:
        return []
    when = "still being judged" if found.state == CalibrationRound.State.JUDGING else "closed"
    return [f"{found} is {when}; it is discussed in between."]


@verb
def close_round(round_id: int, *, decided: str, by: User, key: str) -> CalibrationRound:
    """Close a round with its minutes; production opens where the threshold is reached.

    Raises RoundRefused while a disagreement is not settled, or without a word
    on what was ``decided``.
    """
    found = rounds_seen_by(by).select_for_update(of=("self",)).get(pk=round_id)
    RUN_ROUND.require(by, found.engagement)
    if earlier := earlier_result():
        return earlier
    comparison = comparison_of(found)
    if blockers := closing_blockers(found, comparison, decided):
        raise RoundRefused(blockers)
    found.reached, found.state = comparison.reached(found), CalibrationRound.State.CLOSED
    found.closed_by, found.closed_at = by, now()
    found.minutes = _minutes(found, comparison, decided.strip())
    found.save(update_fields=["reached", "state", "closed_by", "closed_at", "minutes"])
    if found.reached and lot_calibration(found.lot).hold:
        because = f"calibration round {found.number} reached what was agreed"
        release_production(found.lot_id, because=because, by=by, key=key)
    record(
        "calibration.closed",
        about=found,
        engagement=found.engagement,
        subject=found.lot.uid,
        data={
            "agreement": found.minutes["agreement"],
            "disagreements": len(comparison.disagreements),
            "minutes": digest(found.minutes),
            "reached": found.reached,
        },
    )
    return found


def closing_blockers(
    found: CalibrationRound, comparison: Comparison, decided: str | None = None
) -> list[str]:
    """Say why a round cannot be closed, for the page and the error alike."""
    blockers = _state_blockers(found)
    if comparison.unsettled:
        blockers.append(f"{comparison.unsettled} disagreements are not settled yet.")
    if decided is not None and not decided.strip():
        blockers.append("Write what was decided: the minutes are what remains of the round.")
    return blockers


def _minutes(found: CalibrationRound, comparison: Comparison, decided: str) -> dict[str, object]:
    return {
        "agreement": [_stated(each, found.measure) for each in comparison.agreements],
        "closed_at": found.closed_at.isoformat() if found.closed_at else None,
        "closed_by": found.closed_by.name if found.closed_by else "",
        "decided": decided,
        "disagreements": [
            {
                "answers": {expert.handle: answer for expert, answer, _ in each.answers},
                "item": each.item.key,
                "question": each.question.code,
                "reason": each.settlement.reason if each.settlement else "",
                "settled": each.settlement.answer if each.settlement else "",
            }
            for each in comparison.disagreements
        ],
        "guideline": found.guideline_version.number,
        "items": [item.key for item in round_items(found)],
        "judges": [each.handle for each in judges_of(found)],
        "judgments": comparison.judgments,
        "lead": found.lead.handle,
        "measure": found.measure,
        "opened_at": found.opened_at.isoformat(),
        "opened_by": found.opened_by.name,
        "reached": found.reached,
        "threshold": found.threshold,
    }


def _stated(agreement: QuestionAgreement, measure: str) -> dict[str, object]:
    """Return an agreement as minutes hold it; what is not defined is null."""
    alpha = agreement.alpha
    figures = {
        "alpha": alpha.value if alpha else None,
        "high": alpha.high if alpha else None,
        "low": alpha.low if alpha else None,
        "measured": agreement.value(measure),
        "pairwise": agreement.pairs.value if agreement.pairs else None,
    }
    rounded = {name: _rounded(value) for name, value in figures.items()}
    return {
        **rounded,
        "items": alpha.items if alpha else 0,
        "judgments": alpha.judgments if alpha else 0,
        "question": agreement.question.code,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None or isnan(value) else round(value, 6)


@verb
def waive_round(lot_id: int, *, reason: str, by: User, key: str) -> RoundWaiver:
    """Let a lot's production begin without what was agreed, for a reason that stays.

    Raises RoundRefused without a reason, or where nothing holds the lot.
    """
    lot = lots_seen_by(by).select_for_update(of=("self",)).get(pk=lot_id)
    RUN_ROUND.require(by, lot.engagement)
    if earlier := earlier_result():
        return earlier
    if blockers := waiver_blockers(lot, reason):
        raise RoundRefused(blockers)
    last = lot.calibration_rounds.order_by("-number").first()
    waiver = RoundWaiver.objects.create(
        uid=uid_of(lot.uid, "round-waiver"),
        organisation_id=lot.organisation_id,
        engagement_id=lot.engagement_id,
        lot=lot,
        round=last,
        reason=reason.strip(),
        waived_by=by,
        waived_at=now(),
    )
    release_production(lot.pk, because="its calibration round was waived", by=by, key=key)
    record(
        "calibration.waived",
        about=waiver,
        engagement=lot.engagement,
        subject=lot.uid,
        data={"reason": digest(reason.strip()), "round": last.number if last else None},
    )
    return waiver


def waiver_blockers(lot: Lot, reason: str | None = None) -> list[str]:
    """Say why a lot's round cannot be waived, for the page and the error alike."""
    stands = lot_calibration(lot)
    blockers = []
    if stands.hold is None:
        blockers.append("No calibration round was agreed, so there is nothing to waive.")
    if stands.released:
        blockers.append(f"Production of {lot} is open already.")
    if any(each.state != CalibrationRound.State.CLOSED for each in stands.rounds):
        blockers.append("A round is under way; close it with its minutes first.")
    if reason is not None and not reason.strip():
        blockers.append("Write the reason: a waiver stays on record with it.")
    return blockers
