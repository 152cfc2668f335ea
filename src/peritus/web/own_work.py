"""What an expert sees of their own: tests, results, latest answers, pay."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from django.db.models import Count, Q
from django.utils.safestring import SafeString

from peritus.accounts.models import Organisation
from peritus.bench.models import Expert, Qualification
from peritus.bench.queries import is_qualified
from peritus.billing.models import Payout
from peritus.catalogue.qualifications import QualificationSpec
from peritus.engagements.models import Item, Lot, Question, RosterEntry, RosterStep
from peritus.engagements.queries import pack_of
from peritus.quality.attempts import (
    answers_in_time,
    attempt_ends_at,
    attempt_slots,
    attempts_used,
    begin_blockers,
    is_graded,
    is_open,
    latest_result,
    spec_of,
    text_to_confirm,
)
from peritus.web.marks import mark_in_words, result_in_words, terms_in_words
from peritus.web.text import rendered
from peritus.work.leasing import PREPARING, QUALIFICATION, Asked, hidden
from peritus.work.models import Judgment, Slot
from peritus.work.queries import standing_judgments


@dataclass(frozen=True)
class TestCard:
    """A test of the provider's training, and where the expert stands in it."""

    __test__ = False  # pytest looks for classes of this name

    lot: Lot
    name: str
    questions: int
    mark: str  # what passes, in words
    shown: str  # what the last attempt has shown, in words
    state: str  # "take", "open", "grading", "failed" or "passed"
    result: Qualification | None
    attempts: int | None  # how many may be taken until one is passed; None: any number
    used: int
    terms: str  # how it is taken, in words
    ends_at: datetime | None  # when an open one is over
    training: SafeString
    to_confirm: str  # digest of the training text, while it must be confirmed as read
    blockers: tuple[str, ...]  # why it cannot be taken again now
    key: str


def training_lots() -> list[Lot]:
    """Return the lots of the provider's training whose pack has a test."""
    lots = Lot.objects.filter(engagement__organisation__kind=Organisation.Kind.PROVIDER)
    found = lots.select_related("engagement").order_by("engagement_id", "place")
    return [lot for lot in found if pack_of(lot.engagement).qualification]


def spent_tests(expert: Expert) -> list[tuple[Lot, str]]:
    """Return the tests of which an expert has used every attempt and passed none."""
    found = []
    for lot in training_lots():
        spec = spec_of(lot)
        if spec.attempts is not None and attempts_used(lot, expert, spec) >= spec.attempts:
            found.append((lot, spec.name))
    return found


def test_cards(expert: Expert, at: datetime) -> list[TestCard]:
    """Return the tests that an expert can take, with where they stand."""
    return [test_card(lot, expert, at) for lot in training_lots()]


def test_card(lot: Lot, expert: Expert, at: datetime) -> TestCard:
    """Return where an expert stands in one test."""
    spec, slots = spec_of(lot), attempt_slots(lot, expert)
    result = latest_result(expert, spec)
    state = _state(spec, slots, result, expert, at)
    questions = len(slots) or spec.asked or lot.items.count()
    return TestCard(
        lot=lot,
        name=spec.name,
        questions=questions,
        mark=mark_in_words(spec, questions),
        shown=result_in_words(spec, result.right, result.asked) if result else "",
        state=state,
        result=result,
        attempts=spec.attempts,
        used=attempts_used(lot, expert, spec),
        terms=terms_in_words(spec),
        training=rendered(spec.training),
        to_confirm=text_to_confirm(lot, expert),
        ends_at=attempt_ends_at(spec, slots) if state == "open" else None,
        blockers=tuple(begin_blockers(lot, expert, at)) if state == "failed" else (),
        key=uuid4().hex,
    )


def _state(
    spec: QualificationSpec,
    slots: list[Slot],
    result: Qualification | None,
    expert: Expert,
    at: datetime,
) -> str:
    if is_open(spec, slots, at):
        return "open"
    if slots and not is_graded(spec, slots, result):
        return "grading"
    if is_qualified(expert, spec.name, at):
        return "passed"
    return "failed" if result else "take"


@dataclass(frozen=True)
class GradedQuestion:
    """A question of a graded test: own answer, right answer, and why."""

    title: str
    own: str  # "" where it was not answered, or not in time
    right: str
    was_right: bool
    explanation: str


def graded_questions(card: TestCard, expert: Expert) -> list[GradedQuestion]:
    """Return the latest attempt question by question; nothing before it is graded."""
    if card.state not in {"passed", "failed"}:
        return []
    pack, spec, slots = (
        pack_of(card.lot.engagement),
        spec_of(card.lot),
        attempt_slots(card.lot, expert),
    )
    given, code = answers_in_time(spec, slots), pack.questions[0].code
    answers = {slot: judgment.answers[code] for slot, judgment in given.items()}
    return [
        _graded(
            slot.item, dict(pack.items.content(slot.item.fields).facts), spec, answers.get(slot.pk)
        )
        for slot in slots
    ]


def _graded(
    item: Item, statements: dict[str, str], spec: QualificationSpec, own: str | None
) -> GradedQuestion:
    right = spec.key[item.key]
    return GradedQuestion(
        title=item.title,
        own=statements.get(own, own) if own else "",
        right=statements.get(right, right),
        was_right=own == right,
        explanation=spec.explanations[item.key],
    )


def labels_under(judgments: Iterable[Judgment]) -> dict[tuple[str, str], str]:
    """Return how answers read under the guideline versions that they were given under."""
    versions = {each.guideline_version_id for each in judgments}
    return {
        (question.code, code): label
        for question in Question.objects.filter(guideline_version__in=versions)
        for code, label in question.options
    }


@dataclass(frozen=True)
class OwnJudgment:
    """One of the expert's own standing answers."""

    title: str
    engagement: str
    answer: str
    confidence: int | None
    at: datetime


def own_judgments(expert: Expert, most: int) -> list[OwnJudgment]:
    """Return the expert's latest own answers outside tests."""
    mine = standing_judgments().filter(expert=expert).select_related("item", "engagement")
    latest = list(mine.exclude(slot__purpose=Slot.Purpose.QUALIFICATION).order_by("-id")[:most])
    labels = labels_under(latest)
    return [
        OwnJudgment(
            title=each.item.title,
            engagement=each.engagement.title,
            answer=", ".join(labels.get(pair, pair[1]) for pair in each.answers.items()),
            confidence=each.confidence,
            at=each.submitted_at,
        )
        for each in latest
    ]


def pay_of(expert: Expert) -> list[Payout]:
    """Return what was stated for the expert's work, by engagement."""
    return list(Payout.objects.filter(expert=expert).select_related("engagement").order_by("id"))


@dataclass(frozen=True)
class HeldBack:
    """Work reserved for the expert that waits for a qualification."""

    qualification: str
    slots: int


def held_back(expert: Expert, at: datetime) -> list[HeldBack]:
    """Return what the expert could begin if a qualification were held; nothing hidden."""
    asked = Asked.now(expert, at)
    reserved = Slot.objects.filter(
        QUALIFICATION.stands(asked),
        ~hidden(asked),
        reserved_for=expert,
        state=Slot.State.OPEN,
    ).exclude(purpose__in=PREPARING)
    name = "engagement__required_qualification"
    counted = reserved.values_list(name).annotate(n=Count("id")).order_by(name)
    return [HeldBack(*row) for row in counted]


def engagements_to_sign(expert: Expert) -> list[str]:
    """Return the titles of engagements on whose roster something of the expert's is missing."""
    own = RosterStep.Step.values[:-1]  # the client approves
    entries = RosterEntry.objects.filter(expert=expert, left_at=None)
    done = entries.annotate(n=Count("steps", filter=Q(steps__step__in=own)))
    missing = done.filter(n__lt=len(own)).order_by("-entered_at")
    return list(missing.values_list("engagement__title", flat=True))
