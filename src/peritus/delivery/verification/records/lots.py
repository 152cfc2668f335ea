"""What was agreed, judged and frozen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Setting:
    """engagement.json."""

    client: str
    code: str
    experts: list[dict[str, str]]
    guideline: dict[str, Any]
    honesty: list[str]
    lot: dict[str, str]
    pack: str
    plan: dict[str, Any] | None
    provider: str
    questions: list[dict[str, Any]]
    specimen: bool
    title: str
    uid: str


@dataclass(frozen=True)
class Guideline:
    """A line of guidelines.jsonl: a version other than the freeze's own."""

    digest: str
    number: int
    text: str
    title: str


@dataclass(frozen=True)
class Item:
    """A line of items.jsonl; ``stated`` is the content whose SHA-256 is ``content``."""

    uid: str
    key: str
    title: str
    content: str
    fields: dict[str, str]
    stated: dict[str, Any]


@dataclass(frozen=True)
class Judgment:
    """A line of judgments.jsonl."""

    uid: str
    item: str
    expert: str
    purpose: str
    slot: str
    answers: dict[str, str]
    reason: str
    guideline: str
    submitted_at: str
    supersedes: str | None
    taken_back: bool


@dataclass(frozen=True)
class Decision:
    """One decision inside freeze.json; ``method`` and ``posterior`` if aggregated."""

    item: str
    key: str
    question: str
    answer: str
    rule: str
    content: str
    judgments: list[str]
    method: str = ""
    posterior: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class FrozenLot:
    """freeze.json; ``gold`` holds what aggregated decisions knew, by question and item."""

    engagement: str
    guideline: str
    lot: str
    number: int
    open: list[str]
    decisions: list[dict[str, Any]]
    gold: dict[str, dict[str, str]] = field(default_factory=dict)
    census: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Census:
    """A census inside freeze.json: what was foretold of each item, and what was checked."""

    batch: int
    checked: list[dict[str, Any]]
    confidence: float
    largest: float
    number: int
    risk: list[list[Any]]
    tolerance: float
    uid: str


@dataclass(frozen=True)
class CensusCheck:
    """One check of a census; ``differs`` is null where the auditor has not answered."""

    decided: dict[str, str]
    differs: bool | None
    item: str
    judgment: str | None
    place: int
