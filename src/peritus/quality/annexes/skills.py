"""How the answers of a lot's judges had turned out when it was frozen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from peritus.bench.models import Expert
from peritus.engagements.models import Lot
from peritus.quality.annexes.judges import judges_of, shown_name
from peritus.quality.models import Gold
from peritus.quality.outcomes import (
    Cause,
    Outcome,
    by_expert_and_question,
    counted_judgments,
    outcomes_of,
    tally,
)
from peritus.quality.records import accuracy_of
from peritus.work.models import Judgment

CONFIDENCE = 0.95
DIGITS = 6  # further ones differ between machines


def skills(lot: Lot, number: int, _: datetime) -> dict[str, object]:
    """Return each judge's record by question, with every answer that it rests on.

    Of this engagement only: what was learnt in another client's work stays there.
    """
    judges = {expert.pk: expert for expert in judges_of(lot)}
    given = counted_judgments().filter(engagement=lot.engagement_id, expert__in=judges)
    answered = Counter(
        (expert, question)
        for expert, answers in given.values_list("expert_id", "answers")
        for question in answers
    )
    outcomes = outcomes_of(given)
    known = by_expert_and_question(outcomes)
    places = sorted(answered, key=lambda place: (judges[place[0]].uid, place[1]))
    return {
        "answers": sorted(_answers(outcomes, judges), key=_place),
        "confidence": CONFIDENCE,
        "freeze": number,
        "lot": lot.uid,
        "skills": [
            _skill(lot, judges[pk], question, answered[pk, question], known.get((pk, question), []))
            for pk, question in places
        ],
    }


def _skill(
    lot: Lot, expert: Expert, question: str, answered: int, outcomes: list[Outcome]
) -> dict[str, object]:
    accuracy, counts = accuracy_of(outcomes), tally(outcomes)
    return {
        "answered": answered,
        "by": {
            str(cause): {"known": n, "right": n - counts.wrong_by[cause]}
            for cause, n in counts.known_by.items()
        },
        "expert": expert.uid,
        "high": round(accuracy.high, DIGITS),
        "known": accuracy.n,
        "low": round(accuracy.low, DIGITS),
        "name": shown_name(lot.engagement, expert),
        "question": question,
        "right": accuracy.right,
    }


def _answers(outcomes: list[Outcome], judges: dict[int, Expert]) -> Iterable[dict[str, object]]:
    """Return each answer beside the known one, and the judgment or gold that it is known from."""
    by_gold = {each.known.reference for each in outcomes if each.known.cause is Cause.GOLD}
    judged = {each.judgment for each in outcomes}
    judged |= {each.known.reference for each in outcomes if each.known.cause is not Cause.GOLD}
    gold: dict[int, UUID] = dict(Gold.objects.filter(pk__in=by_gold).values_list("pk", "uid"))
    uids: dict[int, UUID] = dict(Judgment.objects.filter(pk__in=judged).values_list("pk", "uid"))
    for each in outcomes:
        references = gold if each.known.cause is Cause.GOLD else uids
        yield {
            "cause": each.known.cause,
            "expert": str(judges[each.expert].uid),
            "judgment": str(uids[each.judgment]),
            "known": each.known.answer,
            "question": each.question,
            "reference": references[each.known.reference],
            "right": each.right,
        }


def _place(answer: dict[str, object]) -> tuple[str, str, str]:
    return str(answer["expert"]), str(answer["question"]), str(answer["judgment"])
