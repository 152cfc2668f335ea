"""Kinds of question: what an answer may be, and how two answers compare."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from peritus.catalogue.errors import UnknownQuestionKind


@dataclass(frozen=True)
class Option:
    """One answer that may be chosen; its place gives its digit key."""

    code: str
    label: str


@dataclass(frozen=True)
class QuestionKind:
    """What a kind of question accepts, and how its answers are compared.

    ``schema(options)`` is the JSON Schema of an answer, for whoever is asked by a
    program; ``blockers(answer, options)`` says why an answer is not acceptable, one
    sentence a reason; ``canonical`` gives the form in which answers are
    stored, hashed and compared; ``distance`` lies in [0, 1]; ``aggregator``
    names the method of ``algorithms.aggregation`` and ``widget`` the form
    control.
    """

    name: str
    schema: Callable[[Sequence[Option]], Mapping[str, object]]
    blockers: Callable[[object, Sequence[Option]], list[str]]
    canonical: Callable[[object], str]
    distance: Callable[[str, str], float]
    aggregator: str
    widget: str


def _choice_blockers(answer: object, options: Sequence[Option]) -> list[str]:
    codes = [option.code for option in options]
    if answer in codes:
        return []
    return [f"The answer must be one of {', '.join(codes)}; {str(answer)[:80]!r} came."]


def _choice_schema(options: Sequence[Option]) -> dict[str, object]:
    return {"type": "string", "enum": [option.code for option in options]}


CHOICE = QuestionKind(
    name="choice",
    schema=_choice_schema,
    blockers=_choice_blockers,
    canonical=str,
    distance=lambda one, other: float(one != other),
    aggregator="dawid_skene",
    widget="choice",
)

KINDS = {kind.name: kind for kind in (CHOICE,)}


def kind_named(name: str) -> QuestionKind:
    """Return the kind of question of that name, or raise UnknownQuestionKind."""
    if name not in KINDS:
        raise UnknownQuestionKind(f"Kinds of question are {', '.join(KINDS)}; {name!r} came.")
    return KINDS[name]
