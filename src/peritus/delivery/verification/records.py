"""The parts of a pack as typed records; whatever does not fit is a fault."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from peritus.delivery.verification.report import PackFault, demand
from peritus.journal.canonical import canonical, sha256
from peritus.journal.signatures import fingerprint_of

T = TypeVar("T")


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
class Item:
    """A line of items.jsonl; ``stated`` is the content whose SHA-256 is ``content``."""

    uid: str
    key: str
    title: str
    content: str
    fields: dict[str, str]
    stated: dict[str, Any]


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


@dataclass(frozen=True)
class Guideline:
    """A line of guidelines.jsonl: a version other than the freeze's own."""

    digest: str
    number: int
    text: str
    title: str


@dataclass(frozen=True)
class Plan:
    """plan.json."""

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


@dataclass(frozen=True)
class Head:
    """head.json."""

    engagement: str
    events: int
    hash: str
    place: int


@dataclass(frozen=True)
class SignedHead:
    """A line of heads.jsonl; ``body`` is the exact text that was signed."""

    body: str
    signature: str


@dataclass(frozen=True)
class HeadSaid:
    """What the body of a signed head says."""

    engagement: str
    key: str
    root: str
    signed_at: str
    size: int


@dataclass(frozen=True)
class Key:
    """A line of keys.jsonl; ``predecessor`` vouches for it by ``endorsement``."""

    endorsement: str
    made_at: str
    predecessor: str | None
    public: str
    revoked_at: str | None
    revoked_because: str

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the public key's bytes, in hex."""
        return fingerprint_of(bytes.fromhex(self.public))

    @property
    def endorsed(self) -> bytes:
        """Return what the predecessor signed."""
        return canonical(
            {"key": self.public, "made_at": self.made_at, "predecessor": self.predecessor}
        )


@dataclass(frozen=True)
class Sealed:
    """A line of events.jsonl; ``body`` is the exact text that was hashed."""

    place: int
    hash: str
    body: str

    @property
    def said(self) -> dict[str, Any]:
        """Return what the event says."""
        return dict(json.loads(self.body))


@dataclass(frozen=True)
class PackRecords:
    """All parts of a pack that are checked against each other."""

    engagement: dict[str, Any]
    guideline_digest: str
    other_guidelines: tuple[Guideline, ...]
    freeze_digest: str
    freeze: FrozenLot
    decisions: tuple[Decision, ...]
    items: tuple[Item, ...]
    judgments: tuple[Judgment, ...]
    plan: Plan
    draw: DrawRecord
    audits: tuple[Audit, ...]
    claim: Claim | None
    no_claim: NoClaim | None
    ledger: dict[str, Any]
    invoice: dict[str, Any] | None
    events: tuple[Sealed, ...]
    head: Head
    heads: tuple[SignedHead, ...]
    keys: tuple[Key, ...]

    @property
    def frozen_items(self) -> dict[str, str]:
        """Return the keys of the frozen items by their uid, in the order of keys."""
        return {decision.item: decision.key for decision in self.decisions}

    @property
    def answered_audits(self) -> tuple[Audit, ...]:
        """Return the audits that have an answer, in the order of the file."""
        return tuple(audit for audit in self.audits if audit.differs is not None)


def records_of(members: Mapping[str, bytes]) -> PackRecords:
    """Read the parts of a pack; raises PackFault naming the part that does not fit."""
    freeze = _one(FrozenLot, "freeze.json", members)
    return PackRecords(
        engagement=_object("engagement.json", members["engagement.json"]),
        guideline_digest=sha256(members["guideline.md"]),
        other_guidelines=_lines(Guideline, "guidelines.jsonl", members)
        if "guidelines.jsonl" in members
        else (),
        freeze_digest=sha256(members["freeze.json"]),
        freeze=freeze,
        decisions=tuple(shaped(Decision, row, "freeze.json") for row in freeze.decisions),
        items=_lines(Item, "items.jsonl", members),
        judgments=_lines(Judgment, "judgments.jsonl", members),
        plan=_one(Plan, "plan.json", members),
        draw=_one(DrawRecord, "draw.json", members),
        audits=_lines(Audit, "audits.jsonl", members),
        claim=_optional(Claim, "certificate.json", members),
        no_claim=_optional(NoClaim, "verdict.json", members),
        ledger=_object("ledger.json", members["ledger.json"]),
        invoice=_object("invoice.json", members["invoice.json"])
        if "invoice.json" in members
        else None,
        events=_lines(Sealed, "events.jsonl", members),
        head=_one(Head, "head.json", members),
        heads=_lines(SignedHead, "heads.jsonl", members),
        keys=_lines(Key, "keys.jsonl", members),
    )


def _one(kind: type[T], name: str, members: Mapping[str, bytes]) -> T:
    return shaped(kind, _object(name, members[name]), name)


def _optional(kind: type[T], name: str, members: Mapping[str, bytes]) -> T | None:
    return _one(kind, name, members) if name in members else None


def _lines(kind: type[T], name: str, members: Mapping[str, bytes]) -> tuple[T, ...]:
    raw = members[name]
    demand(not raw or raw.endswith(b"\n"), f"{name}: the last line does not end.")
    lines = raw.split(b"\n")[:-1]
    return tuple(
        shaped(kind, _object(f"{name}, line {number}", line), f"{name}, line {number}")
        for number, line in enumerate(lines, start=1)
    )


def _object(part: str, raw: bytes) -> dict[str, Any]:
    """Parse canonical JSON; one written otherwise could be read in two ways."""
    try:
        value = json.loads(raw)
        written = canonical(value)
    except (ValueError, TypeError, RecursionError) as error:
        raise PackFault(f"{part}: no JSON that can be read ({error}).") from None
    demand(isinstance(value, dict), f"{part}: an object is wanted.")
    demand(written == raw, f"{part}: not in canonical form (RFC 8785).")
    return dict(value)


def shaped(kind: type[T], row: object, part: str) -> T:
    """Make a record of a parsed object; raises PackFault for a field that does not fit."""
    demand(isinstance(row, dict), f"{part}: an object is wanted.")
    given: dict[str, Any] = dict(row)  # type: ignore[call-overload]
    hints = get_type_hints(kind)
    names = {each.name for each in fields(kind)}  # type: ignore[arg-type]
    wanted = {each.name for each in fields(kind) if _is_wanted(each)}  # type: ignore[arg-type]
    amiss = sorted((set(given) - names) | (wanted - set(given)))
    demand(not amiss, f"{part}: fields {amiss} are amiss.")
    for name, value in given.items():
        demand(_fits(value, hints[name]), f"{part}: {name} is {str(value)[:40]!r}.")
    return kind(**given)


def _is_wanted(each: Field[Any]) -> bool:
    """Say whether a field must be there: one with a default may be left out."""
    return each.default is MISSING and each.default_factory is MISSING


def _fits(value: object, hint: Any) -> bool:  # noqa: ANN401 - a type
    if isinstance(hint, UnionType):
        return any(_fits(value, each) for each in get_args(hint))
    if hint is Any:
        return True
    if hint in {int, float}:
        numbers = (int, float) if hint is float else int
        return isinstance(value, numbers) and not isinstance(value, bool)
    origin = get_origin(hint)
    if origin is list:
        return isinstance(value, list) and all(_fits(each, get_args(hint)[0]) for each in value)
    if origin is dict:
        wanted = get_args(hint)[1]
        return isinstance(value, dict) and all(_fits(each, wanted) for each in value.values())
    return isinstance(value, hint)
