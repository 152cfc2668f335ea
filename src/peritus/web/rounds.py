"""A calibration round as its readers see it: names or letters, figures, rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan

from peritus.accounts.models import User
from peritus.algorithms.agreement import Pairwise
from peritus.bench.models import Expert
from peritus.engagements.models import Item, Question
from peritus.engagements.queries import options_of
from peritus.quality.calibration import (
    Comparison,
    Disagreement,
    QuestionAgreement,
    comparison_of,
    judges_of,
)
from peritus.quality.models import CalibrationRound, Settlement
from peritus.web.letters import labels_of

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
FEW = 20  # items: below, a cell of the matrix is marked as weak


@dataclass(frozen=True)
class Cell:
    """How often two judges agree, on how many items; None: on none."""

    share: float | None
    items: int

    @property
    def is_weak(self) -> bool:
        """Say whether too few items stand behind the share."""
        return self.items < FEW


@dataclass(frozen=True)
class Compared:
    """One question: its measures, and the judges against each other."""

    question: Question
    pairwise: float | None
    alpha: float | None
    low: float | None
    high: float | None
    items: int
    judgments: int
    names: tuple[str, ...]
    matrix: tuple[tuple[str, tuple[Cell, ...]], ...]
    measured: float | None
    reached: bool


@dataclass(frozen=True)
class Apart:
    """One disagreement in words, with what may be chosen."""

    item: Item
    question: Question
    said: tuple[tuple[str, str, str], ...]  # (who, answer, reason)
    settlement: Settlement | None
    settled: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Shown:
    """All that a page shows of a compared round."""

    comparison: Comparison
    compared: tuple[Compared, ...]
    apart: tuple[Apart, ...]


def names_in(found: CalibrationRound, reader: User) -> dict[int, str]:
    """Return how a reader sees the judges: manager and quality lead by name, others by letter."""
    leads = reader.pk in {found.engagement.manager_id, found.engagement.quality_lead_id}
    return {
        judge.pk: _name(found, judge, reader, "" if leads else LETTERS[place % len(LETTERS)])
        for place, judge in enumerate(judges_of(found))
    }


def _name(found: CalibrationRound, judge: Expert, reader: User, letter: str) -> str:
    if judge.user_id == reader.pk:
        return "You"
    if judge.pk == found.lead_id:
        return "Client’s lead"
    return f"Expert {letter}" if letter else judge.name


def shown_round(found: CalibrationRound, reader: User) -> Shown:
    """Return a round's comparison in the reader's words."""
    comparison, names = comparison_of(found), names_in(found, reader)
    labels = labels_of([each.question for each in comparison.agreements])
    return Shown(
        comparison,
        tuple(_compared(each, found, names) for each in comparison.agreements),
        tuple(_apart(each, names, labels) for each in comparison.disagreements),
    )


def _compared(
    agreement: QuestionAgreement, found: CalibrationRound, names: Mapping[int, str]
) -> Compared:
    alpha, pairs = agreement.alpha, agreement.pairs
    shown = tuple(names[judge.pk] for judge in agreement.judges)
    measured = agreement.value(found.measure)
    return Compared(
        question=agreement.question,
        pairwise=_known(pairs.value) if pairs else None,
        alpha=_known(alpha.value) if alpha else None,
        low=_known(alpha.low) if alpha else None,
        high=_known(alpha.high) if alpha else None,
        items=alpha.items if alpha else 0,
        judgments=alpha.judgments if alpha else 0,
        names=shown,
        matrix=_matrix(pairs, shown) if pairs else (),
        measured=measured,
        reached=measured is not None and measured >= found.threshold,
    )


def _known(value: float | None) -> float | None:
    return None if value is None or isnan(value) else value


def _matrix(pairs: Pairwise, names: tuple[str, ...]) -> tuple[tuple[str, tuple[Cell, ...]], ...]:
    return tuple(
        (
            name,
            tuple(
                Cell(_known(float(share)), int(items))
                for share, items in zip(pairs.share[row], pairs.items[row], strict=True)
            ),
        )
        for row, name in enumerate(names)
    )


def _apart(
    each: Disagreement, names: Mapping[int, str], labels: Mapping[tuple[str, str], str]
) -> Apart:
    code, settled = each.question.code, each.settlement
    return Apart(
        item=each.item,
        question=each.question,
        said=tuple(
            (names[expert.pk], labels.get((code, answer), answer), reason)
            for expert, answer, reason in each.answers
        ),
        settlement=settled,
        settled=labels.get((code, settled.answer), settled.answer) if settled else "",
        options=tuple((option.code, option.label) for option in options_of(each.question)),
    )
