"""Derive a decision from judgments: pure, so that it can be derived again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from peritus.quality.models import Decision

UNANIMOUS, ADJUDICATED, SILENT = "unanimous", "adjudicated", "no answer"


@dataclass(frozen=True)
class Given:
    """One standing answer to a question, by the judgment's uid."""

    judgment: str
    answer: str


@dataclass(frozen=True)
class Derived:
    """What follows for one question of an item."""

    state: str
    answer: str = ""
    rule: str = ""
    contested: bool = False
    judgments: tuple[str, ...] = ()


def derive(
    first: Sequence[Given], *, wanted: int, adjudication: Given | None, adjudicator_silent: bool
) -> Derived:
    """Decide a question: unanimous first judges decide, else the adjudicator.

    ``wanted`` counts the first judgments still expected; until none is, the
    question stays pending. A silent adjudicator leaves it open.
    """
    sources = tuple(each.judgment for each in first)
    if wanted or not first:
        return Derived(Decision.State.PENDING, judgments=sources)
    answers = {each.answer for each in first}
    if len(answers) == 1:
        return Derived(Decision.State.DECIDED, answers.pop(), UNANIMOUS, False, sources)
    if adjudication is not None:
        sources = (*sources, adjudication.judgment)
        return Derived(Decision.State.DECIDED, adjudication.answer, ADJUDICATED, True, sources)
    if adjudicator_silent:
        return Derived(Decision.State.OPEN, "", SILENT, True, sources)
    return Derived(Decision.State.CONTESTED, "", "", True, sources)
