"""Find appeals, and say what stands in their way."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from peritus.accounts.models import User
from peritus.bench.models import Expert, Qualification
from peritus.bench.queries import experts_seen_by
from peritus.engagements.models import Wall
from peritus.engagements.queries import engagements_seen_by
from peritus.quality.models import Appeal
from peritus.quality.outcomes import Cause, Outcome, counted_judgments, outcomes_of
from peritus.work.models import Judgment, Slot

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
    appealed = outcome is not None and _made_already(judgment, question, outcome)
    blockers = overturned_blockers(outcome, appealed=appealed)
    if len(claim.split()) < FEWEST_WORDS or len(claim) > MOST_CLAIM:
        blockers.append(
            f"Write why your answer is right: {FEWEST_WORDS} words or more, "
            f"at most {MOST_CLAIM} characters."
        )
    return blockers


def overturned_blockers(outcome: Outcome | None, *, appealed: bool) -> list[str]:
    """Say why there is nothing to appeal against, whatever the claim."""
    if outcome is None or outcome.right or not outcome.is_frozen:
        return ["No answer of yours was overturned here; there is nothing to appeal."]
    if outcome.known.cause is Cause.APPEAL:
        return ["A second person has decided this on appeal; it stands."]
    if appealed:
        return ["You appealed against this already; one appeal for each reason given."]
    return []


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


def second_people(appeal: Appeal, user: User, at: datetime) -> QuerySet[Expert]:
    """Return the people who may be asked to decide an appeal, by name.

    Nobody who judged the item or was asked about it, nobody behind a wall, and
    only who holds the qualification that the engagement asks for.
    """
    item, course = appeal.judgment.item_id, appeal.engagement
    walls = Wall.objects.filter(Q(item=None) | Q(item=item), engagement=course)
    people = experts_seen_by(user).filter(
        ~Exists(walls.filter(expert=OuterRef("pk"))),
        ~Exists(Judgment.objects.filter(item=item, expert=OuterRef("pk"))),
        ~Exists(Slot.objects.filter(item=item, reserved_for=OuterRef("pk"))),
        kind=Expert.Kind.PERSON,
    )
    if course.required_qualification:
        held = Qualification.objects.filter(
            name=course.required_qualification, passed=True, expires_at__gt=at
        )
        people = people.filter(Exists(held.filter(expert=OuterRef("pk"))))
    return people.order_by("name", "handle")
