"""Name judges by letter, so that a client weighs answers and not people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from peritus.bench.models import Expert
from peritus.engagements.models import Engagement, Question
from peritus.engagements.queries import options_of
from peritus.web.people import Viewer
from peritus.work.models import Judgment, Slot


@dataclass(frozen=True)
class ShownJudgment:
    """A judgment as a page shows it: by letter, with a name where one may stand."""

    letter: str
    name: str
    purpose: str
    answer: str
    reason: str
    at: object
    seconds: int | None


def may_name(viewer: Viewer, engagement: Engagement, expert: Expert) -> bool:
    """Let the provider see names, a client those of published sources only."""
    is_source = expert.kind == Expert.Kind.SOURCE
    return not viewer.is_client or (engagement.specimen and is_source)


def shown_judgments(
    judgments: Iterable[Judgment],
    engagement: Engagement,
    viewer: Viewer,
    labels: Mapping[tuple[str, str], str],
) -> list[ShownJudgment]:
    """Return judgments with letters in the order of their slots."""
    letters = iter("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return [
        ShownJudgment(
            letter="Adjudicator" if _adjudicates(each) else next(letters, "…"),
            name=each.expert.name if may_name(viewer, engagement, each.expert) else "",
            purpose=each.slot.purpose,
            answer=labelled(each.answers, labels),
            reason=each.reason,
            at=each.submitted_at,
            seconds=each.seconds,
        )
        for each in sorted(judgments, key=_adjudicates)
    ]


def _adjudicates(judgment: Judgment) -> bool:
    return judgment.slot.purpose == Slot.Purpose.ADJUDICATION


def labels_of(questions: Iterable[Question]) -> dict[tuple[str, str], str]:
    """Return the words of every answer, by question and answer code."""
    return {
        (question.code, option.code): option.label
        for question in questions
        for option in options_of(question)
    }


def labelled(answers: Mapping[str, object] | None, labels: Mapping[tuple[str, str], str]) -> str:
    """Return answers in the words of their options."""
    return ", ".join(
        labels.get((code, str(value)), str(value)) for code, value in (answers or {}).items()
    )
