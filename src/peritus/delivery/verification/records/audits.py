"""The plan, the draw, the audits, and what is claimed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """plan.json; the plan is on what no census checked."""

    census: int
    freeze: str
    population: int
    tolerance: float
    confidence: float
    looks: list[int]
    max_errors: list[int]
    level: float
    digest: str
    recorded_at: str


@dataclass(frozen=True)
class DrawRecord:
    """draw.json; ``commitment`` is null when the provider drew."""

    freeze: str
    drawer: str
    nonce: str
    seed: str
    commitment: str | None
    drawn_at: str


@dataclass(frozen=True)
class Audit:
    """A line of audits.jsonl; ``differs`` is null until the auditor has answered."""

    uid: str
    place: int
    item: str
    key: str
    differs: bool | None
    judgment: str | None
    answer: dict[str, str] | None


@dataclass(frozen=True)
class Claim:
    """certificate.json."""

    uid: str
    number: str
    freeze: str
    measure: str
    method: str
    population: int
    claimed_errors: int
    bound: float
    confidence: float
    level: float
    census: int
    audited: int
    differing: int
    plan: str
    drawer: str
    checker_error: str
    not_checked: str
    signed_by: str
    signed_at: str


@dataclass(frozen=True)
class NoClaim:
    """verdict.json, of a lot that is not certified."""

    freeze: str
    verdict: str
    audited: int
    differing: int
    population: int
    sequence_upper: float
