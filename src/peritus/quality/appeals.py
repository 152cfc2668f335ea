"""Find appeals, and say what stands in their way."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from peritus.accounts.models import User
from peritus.engagements.queries import engagements_seen_by
from peritus.quality.models import Appeal
from peritus.quality.outcomes import Cause, Outcome, counted_judgments, outcomes_of
from peritus.work.models import Judgment

FEWEST_WORDS, MOST_CLAIM = 3, 2_000


def appeals_seen_by(user: User) -> QuerySet[Appeal]:
    """Return the appeals of the engagements that the user sees."""
    return Appeal.objects.filter(engagement__in=engagements_seen_by(user))


def own_appeals(user: User) -> QuerySet[Appeal]:
    """Return the appeals that the user made."""
    return Appeal.objects.filter(judgment__expert__user=user)


def appeals_that_became_overdue(at: datetime) -> QuerySet[Appeal]:
    """Return the appeals whose time limit passed and was not noted yet."""
    waiting = Appeal.objects.filter(outcome=Appeal.Outcome.WAITING, overdue_noted_at=None)
    return waiting.filter(due_at__lt=at).order_by("due_at", "id")


def outcome_of(judgment: Judgment, question: str) -> Outcome | None:
    """Return how one answer turned out, None where nothing is known of it."""
    found = outcomes_of(counted_judgments().filter(pk=judgment.pk))
    return next((each for each in found if each.question == question), None)


def appeal_blockers(
    judgment: Judgment, question: str, outcome: Outcome | None, claim: str
) -> list[str]:
    """Say why an answer cannot be appealed for, for the page and the error alike."""
    blockers = []
    if outcome is None or outcome.right or not outcome.is_frozen:
        blockers.append("No answer of yours was overturned here; there is nothing to appeal.")
    elif outcome.known.cause is Cause.APPEAL:
        blockers.append("A second person has decided this on appeal; it stands.")
    elif _made_already(judgment, question, outcome):
        blockers.append("You appealed against this already; one appeal for each reason given.")
    if len(claim.split()) < FEWEST_WORDS or len(claim) > MOST_CLAIM:
        blockers.append(
            f"Write why your answer is right: {FEWEST_WORDS} words or more, "
            f"at most {MOST_CLAIM} characters."
        )
    return blockers


def _made_already(judgment: Judgment, question: str, outcome: Outcome) -> bool:
    same = {"judgment": judgment, "question": question}
    by_gold = Appeal.objects.filter(**same, gold=outcome.known.reference, gold__isnull=False)
    by_judge = Appeal.objects.filter(**same, contested=outcome.known.reference)
    return by_gold.exists() if outcome.known.version else by_judge.exists()


def decision_blockers(appeal: Appeal) -> list[str]:
    """Say why an appeal cannot be decided any more."""
    if appeal.outcome == Appeal.Outcome.WAITING:
        return []
    return [f"It was {appeal.get_outcome_display().lower()} at {appeal.decided_at:%Y-%m-%d} UTC."]
