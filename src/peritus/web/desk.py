"""What stands on the workbench: one leased item, its question, own progress.

Blind by construction: only the adjudication form reads other judgments, and
nothing here says what the slot is for beyond that and calibration, or who else
was asked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from uuid import uuid4

from django.db.models import QuerySet
from django.utils.safestring import SafeString

from peritus.accounts.models import User
from peritus.bench.models import Expert
from peritus.catalogue.packs import ItemContent
from peritus.engagements.models import GuidelineVersion, Lot, Question
from peritus.engagements.queries import content_of_item, current_guideline, options_of, questions_of
from peritus.quality.attempts import end_of_test
from peritus.quality.queries import deciding_judgments
from peritus.web.reading import Paragraph, anchor_of, paragraphs_of
from peritus.web.text import rendered
from peritus.work.models import Assignment, Judgment, Slot
from peritus.work.queries import (
    ALIKE,
    active_assignments,
    assignments_of,
    last_judgments,
    slots_open_to,
    standing_judgments,
)

WORDS_PER_MINUTE, LEAST_IDLE, MOST_IDLE = 100, 5, 15
READ_OF_A_LEASE = ("slot__item", "slot__lot", "engagement", "expert__user")
_TEST = Slot.Purpose.QUALIFICATION


@dataclass(frozen=True)
class OptionShown:
    """One answer with its key, such as ``Digit1`` or ``Shift+Digit1``."""

    code: str
    label: str
    text: str
    key: str
    hint: str


@dataclass(frozen=True)
class QuestionShown:
    """A question with its keys and the guideline section that rules it."""

    code: str
    text: str
    section: str
    anchor: str
    options: tuple[OptionShown, ...]


@dataclass(frozen=True)
class TextShown:
    """A long text beside the item, set for reading."""

    title: str
    anchor: str
    paragraphs: tuple[Paragraph, ...]


@dataclass(frozen=True)
class FirstAnswer:
    """A first judge's answer without a name."""

    letter: str
    answer: str
    reason: str


@dataclass(frozen=True)
class DecidedBefore:
    """One of the expert's own last answers, which may be taken back."""

    judgment: int
    title: str
    answer: str
    key: str


@dataclass(frozen=True)
class Progress:
    """How far the expert is in a lot: own answers, and what is still open."""

    lot: Lot
    done: int
    left: int

    @property
    def total(self) -> int:
        """All slots of the expert in the lot."""
        return self.done + self.left


@dataclass(frozen=True)
class Typed:
    """What the expert typed, given back when an answer was refused."""

    reason: str = ""
    confidence: str = ""
    answers: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True)
class Desk:
    """Everything that one item's page shows."""

    assignment: Assignment
    key: str
    content: ItemContent
    facts: tuple[tuple[str, str], ...]
    texts: tuple[TextShown, ...]
    questions: tuple[QuestionShown, ...]
    guideline: GuidelineVersion
    guideline_text: SafeString
    progress: Progress
    last: tuple[DecidedBefore, ...]
    first_answers: tuple[FirstAnswer, ...]
    idle_minutes: int
    adjudicates: bool
    calibrates: bool
    may_skip: bool
    ends_at: datetime | None = None  # of a test with a time limit
    blockers: tuple[str, ...] = ()
    typed: Typed = field(default_factory=Typed)

    @property
    def answers_by_one_key(self) -> bool:
        """One question of one choice: its key answers and goes on."""
        return len(self.questions) == 1 and not self.adjudicates


def adjudicates(assignment: Assignment) -> bool:
    """Say whether the holder decides between first answers, and so sees them."""
    return assignment.slot.purpose == Slot.Purpose.ADJUDICATION


@lru_cache(maxsize=64)
def guideline_text(markdown: str) -> SafeString:
    """Return a guideline as HTML; versions never change, so each is set once."""
    return rendered(markdown)


def leases_of(user: User) -> QuerySet[Assignment]:
    """Return the user's own leases with all that a desk reads of them."""
    return assignments_of(user).select_related(*READ_OF_A_LEASE)


def latest_lease(expert: Expert, at: datetime) -> Assignment | None:
    """Return the newest lease held: after an undo, the item that came back."""
    held = active_assignments(expert, at).select_related(*READ_OF_A_LEASE)
    return held.order_by("-id").first()


def desk_of(
    assignment: Assignment,
    at: datetime,
    *,
    blockers: Iterable[str] = (),
    typed: Typed | None = None,
) -> Desk:
    """Return what the holder of a lease sees."""
    guideline = current_guideline(assignment.engagement)
    questions, content = questions_of(guideline), content_of_item(assignment.slot.item)
    shown = tuple(_question(each, content) for each in questions)
    labels = labels_of(questions)
    return Desk(
        assignment=assignment,
        key=uuid4().hex,
        content=content,
        facts=_facts_beside(content, shown),
        texts=tuple(
            TextShown(text.title, f"text-{place}", paragraphs_of(text.text))
            for place, text in enumerate(content.attachments, start=1)
        ),
        questions=shown,
        guideline=guideline,
        guideline_text=guideline_text(guideline.text),
        progress=progress_in(assignment.slot, assignment.expert, at),
        last=last_decided(assignment.slot, assignment.expert, labels),
        first_answers=_first_answers(assignment.slot, labels) if adjudicates(assignment) else (),
        idle_minutes=idle_minutes(content),
        adjudicates=adjudicates(assignment),
        calibrates=assignment.slot.purpose == Slot.Purpose.CALIBRATION,
        may_skip=assignment.slot.purpose != _TEST,
        ends_at=end_of_test(assignment.slot),
        blockers=tuple(blockers),
        typed=typed or Typed(),
    )


def _question(question: Question, content: ItemContent) -> QuestionShown:
    facts = dict(content.facts)
    options = tuple(
        OptionShown(option.code, option.label, facts.get(option.label, ""), *_key(place))
        for place, option in enumerate(options_of(question))
    )
    anchor = anchor_of(question.section)
    return QuestionShown(question.code, question.text, question.section, anchor, options)


def _key(place: int) -> tuple[str, str]:
    """Return the key of an option by its place, and how it is written on the page."""
    digit = (place + 1) % 10
    return (f"Digit{digit}", str(digit)) if place < 10 else (f"Shift+Digit{digit}", f"⇧{digit}")


def _facts_beside(
    content: ItemContent, questions: tuple[QuestionShown, ...]
) -> tuple[tuple[str, str], ...]:
    """Return the facts that no option shows already."""
    in_options = {option.label for each in questions for option in each.options if option.text}
    return tuple(fact for fact in content.facts if fact[0] not in in_options)


def labels_of(questions: list[Question]) -> dict[tuple[str, str], str]:
    """Return how each answer reads, by question and code."""
    return {
        (question.code, option.code): option.label
        for question in questions
        for option in options_of(question)
    }


def idle_minutes(content: ItemContent) -> int:
    """Return after how long without a sign of life reading is asked about."""
    texts = [text.text for text in content.attachments] + [value for _, value in content.facts]
    words = sum(len(text.split()) for text in texts)
    return min(max(round(words / WORDS_PER_MINUTE), LEAST_IDLE), MOST_IDLE)


def progress_in(slot: Slot, expert: Expert, at: datetime) -> Progress:
    """Return how far the expert is in the slot's lot, in work of the same kind."""
    same: dict[str, object] = {"lot": slot.lot_id, "purpose__in": looks_like(slot)}
    if slot.purpose == _TEST:
        same["number"] = slot.number
    of_slot = {f"slot__{name}": value for name, value in same.items()}
    done = standing_judgments().filter(expert=expert, **of_slot)
    held = active_assignments(expert, at).filter(**of_slot)
    left = slots_open_to(expert, at).filter(**same).count() + held.count()
    return Progress(slot.lot, done.count(), left)


def looks_like(slot: Slot) -> tuple[str, ...]:
    """Return the purposes that an expert must not tell from the slot's, not even by a count."""
    return ALIKE if slot.purpose in ALIKE else (slot.purpose,)


def last_decided(
    slot: Slot, expert: Expert, labels: dict[tuple[str, str], str]
) -> tuple[DecidedBefore, ...]:
    """Return the expert's last answers in the slot's lot, newest first."""
    return tuple(
        DecidedBefore(each.pk, each.item.title, _said(each, labels), uuid4().hex)
        for each in last_judgments(expert)
        if belongs_beside(each.slot, slot)
    )


def belongs_beside(other: Slot, slot: Slot) -> bool:
    """Say whether two slots are the same kind of work in one lot, and the same attempt."""
    same_attempt = slot.purpose != _TEST or other.number == slot.number
    return other.lot_id == slot.lot_id and other.purpose in looks_like(slot) and same_attempt


def _said(judgment: Judgment, labels: dict[tuple[str, str], str]) -> str:
    return ", ".join(labels.get(pair, pair[1]) for pair in judgment.answers.items())


def _first_answers(slot: Slot, labels: dict[tuple[str, str], str]) -> tuple[FirstAnswer, ...]:
    """Return the first answers nameless, in an order that no judge can be read from."""
    given = [
        each
        for each in deciding_judgments(slot.item)
        if each.slot.purpose != Slot.Purpose.ADJUDICATION
    ]
    given.sort(key=lambda each: hashlib.sha256(f"{slot.uid}{each.uid}".encode()).digest())
    return tuple(
        FirstAnswer(chr(ord("A") + place), _said(each, labels), each.reason)
        for place, each in enumerate(given)
    )
