"""What an expert may read of how their own answers turned out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from peritus.accounts.models import User
from peritus.algorithms.shares import exact_interval
from peritus.quality.appeals import overturned_blockers, own_appeals
from peritus.quality.models import Appeal, Gold
from peritus.quality.outcomes import Cause, Outcome, counted_judgments, outcomes_of
from peritus.work.models import Judgment


@dataclass(frozen=True)
class Accuracy:
    """Right answers among known ones, with the exact 95 % interval of their share.

    ``low`` and ``high`` are shares, 0 and 1 where nothing is known.
    """

    right: int
    n: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """The share of right answers, 0 where nothing is known."""
        return self.right / self.n if self.n else 0.0


def accuracy_of(outcomes: Sequence[Outcome]) -> Accuracy:
    """Count outcomes that were right, with the interval that their number allows."""
    right, n = sum(each.right for each in outcomes), len(outcomes)
    low, high = exact_interval(right, n)
    return Accuracy(right, n, float(low), float(high))


@dataclass(frozen=True)
class QuestionRecord:
    """How an expert's answers to one question of a pack turned out."""

    pack: str
    question: str
    gold: Accuracy
    all_known: Accuracy


@dataclass(frozen=True)
class Overturned:
    """An own answer that was counted wrong, with the reason, and what can be done."""

    outcome: Outcome
    judgment: Judgment
    reason: str
    blockers: tuple[str, ...]


def revealed_outcomes(user: User) -> list[Outcome]:
    """Return how the user's own answers turned out, in lots that are frozen.

    While a lot is open an answer can be taken back: a count that rises would
    tell which item is gold, and the next one its answer.
    """
    given = counted_judgments().filter(expert__user=user)
    return [each for each in outcomes_of(given) if each.is_frozen]


def records_by_question(outcomes: Sequence[Outcome]) -> list[QuestionRecord]:
    """Return the record of each question, on gold and on all that is known."""
    groups: dict[tuple[str, str], list[Outcome]] = {}
    for each in outcomes:
        groups.setdefault((each.pack, each.question), []).append(each)
    return [
        QuestionRecord(
            pack,
            question,
            accuracy_of([each for each in group if each.known.cause is Cause.GOLD]),
            accuracy_of(group),
        )
        for (pack, question), group in sorted(groups.items())
    ]


def overturned_answers(user: User, outcomes: Sequence[Outcome]) -> list[Overturned]:
    """Return the user's answers that were counted wrong, newest first, in four queries."""
    wrong = [each for each in reversed(outcomes) if not each.right]
    related = ("item__lot", "engagement", "guideline_version")
    mine = Judgment.objects.select_related(*related).in_bulk([each.judgment for each in wrong])
    reasons = _reasons(wrong)
    appealed = set(own_appeals(user).values_list("judgment", "question", "gold", "contested"))
    return [
        Overturned(
            each,
            mine[each.judgment],
            reasons[each.known.cause is Cause.GOLD, each.known.reference],
            tuple(overturned_blockers(each, appealed=_against(each) in appealed)),
        )
        for each in wrong
    ]


def _against(outcome: Outcome) -> tuple[int, str, int | None, int | None]:
    of_gold, reference = outcome.known.cause is Cause.GOLD, outcome.known.reference
    gold, contested = (reference, None) if of_gold else (None, reference)
    return outcome.judgment, outcome.question, gold, contested


def _reasons(wrong: Sequence[Outcome]) -> dict[tuple[bool, int], str]:
    """Return what proves each known answer, by whether it is gold, and its id."""
    by_gold = {each.known.reference for each in wrong if each.known.cause is Cause.GOLD}
    by_judge = {each.known.reference for each in wrong if each.known.cause is not Cause.GOLD}
    gold = Gold.objects.filter(pk__in=by_gold).values_list("pk", "source")
    judged = Judgment.objects.filter(pk__in=by_judge).values_list("pk", "reason")
    return {(True, pk): text for pk, text in gold} | {(False, pk): text for pk, text in judged}


def appeals_of(user: User) -> list[Appeal]:
    """Return the user's own appeals: waiting ones by their limit, then the latest settled."""
    found = own_appeals(user).select_related("judgment__item__lot", "engagement")
    waiting = Appeal.Outcome.WAITING
    return [
        *found.filter(outcome=waiting).order_by("due_at", "id"),
        *found.exclude(outcome=waiting).order_by("-decided_at", "-id"),
    ]
