"""What was known of a lot's judges when it was frozen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Skills:
    """skills.json."""

    answers: list[dict[str, Any]]
    confidence: float
    freeze: int
    lot: str
    skills: list[dict[str, Any]]


@dataclass(frozen=True)
class SkillShown:
    """One judge's record on one question; ``by`` counts what it was held against."""

    answered: int
    by: dict[str, dict[str, int]]
    expert: str
    high: float
    known: int
    low: float
    name: str
    question: str
    right: int


@dataclass(frozen=True)
class AnswerHeld:
    """An answer beside the known one; ``reference`` is a judgment's id, or that of the gold."""

    cause: str
    expert: str
    judgment: str
    known: str
    question: str
    reference: str
    right: bool


@dataclass(frozen=True)
class Agreements:
    """agreement.json."""

    calibration: list[dict[str, Any]]
    confidence: float
    freeze: int
    lot: str
    method: str
    questions: list[dict[str, Any]]
    resamples: int


@dataclass(frozen=True)
class AgreementShown:
    """The agreement on one question; a figure is null where it is not defined."""

    alpha: float | None
    high: float | None
    items: int
    judges: int
    judgments: int
    low: float | None
    question: str
    same: float | None


@dataclass(frozen=True)
class RoundShown:
    """What a calibration round came to."""

    agreement: list[dict[str, Any]]
    closed_at: str
    measure: str
    number: int
    reached: bool
    threshold: float
    uid: str


@dataclass(frozen=True)
class Credentials:
    """credentials.json."""

    at: str
    experts: list[dict[str, Any]]
    freeze: int
    lot: str
    required: str


@dataclass(frozen=True)
class Entitled:
    """What one judge held; ``since`` is their first answer in the lot, null before any."""

    credentials: list[dict[str, Any]]
    expert: str
    kind: str
    name: str
    qualifications: list[dict[str, Any]]
    since: str | None


@dataclass(frozen=True)
class CredentialHeld:
    """A credential that was verified."""

    checked_at: str | None
    checked_by: str | None
    issued_in: int
    issuer: str
    jurisdiction: str
    title: str
    valid_until: str | None


@dataclass(frozen=True)
class TestPassed:
    """A test that was passed."""

    asked: int
    name: str
    passed_at: str
    right: int
    valid_until: str
