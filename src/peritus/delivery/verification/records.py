"""The parts of a pack as typed records; whatever does not fit is a fault."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from functools import cache
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from peritus.delivery.verification.container import SIGNATURE, TAGMANIFEST, check_names, members_of
from peritus.delivery.verification.report import PackFault, demand
from peritus.journal.canonical import canonical, sha256
from peritus.journal.signatures import IN_HEX, fingerprint_of

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


@dataclass(frozen=True)
class Guideline:
    """A line of guidelines.jsonl: a version other than the freeze's own."""

    digest: str
    number: int
    text: str
    title: str


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
class Ledger:
    """ledger.json."""

    entries: list[dict[str, Any]]


@dataclass(frozen=True)
class Entry:
    """One entry inside ledger.json."""

    entry: str
    fact: dict[str, str]
    posted_at: str
    sides: list[dict[str, Any]]


@dataclass(frozen=True)
class EntrySide:
    """One side of an entry."""

    account: str
    amount: str
    currency: str
    expert: str | None
    memo: str


@dataclass(frozen=True)
class Bill:
    """invoice.json."""

    client: str
    currency: str
    engagement: dict[str, str]
    honesty: list[str]
    issued_at: str
    lines: list[dict[str, Any]]
    number: str
    provider: str
    specimen: bool
    terms: list[dict[str, Any]]
    total: str
    uid: str


@dataclass(frozen=True)
class BillLine:
    """One line inside invoice.json."""

    amount: str
    freeze: str
    items: list[str]
    kind: str
    lot: str
    place: int
    quantity: int
    text: str
    trace: str
    uid: str
    unit_price: str


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


@dataclass(frozen=True)
class Head:
    """head.json."""

    engagement: str
    events: int
    hash: str
    place: int


@dataclass(frozen=True)
class Signed:
    """A line of heads.jsonl, or signature.json; ``body`` is the exact text that was signed."""

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
class ManifestSaid:
    """What the body of signature.json says: the SHA-256 of the manifest over all manifests."""

    format: str
    key: str
    manifest: str


@dataclass(frozen=True)
class Proof:
    """A line of proofs.jsonl: the steps from an event, or an earlier head, to the last head.

    ``place`` counts from 1; of a consistency it is the size of the earlier head.
    """

    kind: str
    place: int
    size: int
    hash: str
    proof: list[str]


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
        return fingerprint_of(bytes_of(self.public, "keys.jsonl"))

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


@dataclass(frozen=True)
class Said:
    """What the body of an event says."""

    about: dict[str, str]
    actor: str
    arguments: str
    at: str
    data: dict[str, Any]
    engagement: str
    key: str
    kind: str
    program: str
    subject: str | None
    verb: str


@dataclass(frozen=True)
class PackRecords:
    """All parts of a pack that are checked against each other."""

    engagement: Setting
    guideline_digest: str
    other_guidelines: tuple[Guideline, ...]
    freeze_digest: str
    freeze: FrozenLot
    decisions: tuple[Decision, ...]
    censuses: tuple[Census, ...]
    items: tuple[Item, ...]
    judgments: tuple[Judgment, ...]
    plan: Plan
    draw: DrawRecord
    audits: tuple[Audit, ...]
    claim: Claim | None
    no_claim: NoClaim | None
    entries: tuple[Entry, ...]
    invoice: Bill | None
    lines: tuple[BillLine, ...]
    events: tuple[Sealed, ...]
    head: Head
    heads: tuple[Signed, ...]
    proofs: tuple[Proof, ...]
    keys: tuple[Key, ...]
    signature: Signed
    manifest: str  # SHA-256 of the manifest over all manifests

    @property
    def frozen_items(self) -> dict[str, str]:
        """Return the keys of the frozen items by their uid, in the order of keys."""
        return {decision.item: decision.key for decision in self.decisions}

    @property
    def in_census(self) -> set[str]:
        """Return the items that a census checked entirely; none of them is drawn."""
        return {decision.item for decision in self.decisions if decision.rule == "census"}

    @property
    def answered_audits(self) -> tuple[Audit, ...]:
        """Return the audits that have an answer, in the order of the file."""
        return tuple(audit for audit in self.audits if audit.differs is not None)


def records_of(files: Mapping[str, bytes]) -> PackRecords:
    """Read the parts of a pack; raises PackFault naming the part that does not fit."""
    members = members_of(files)
    check_names(members)
    freeze = _one(FrozenLot, "freeze.json", members)
    ledger = _one(Ledger, "ledger.json", members)
    invoice = _optional(Bill, "invoice.json", members)
    lines = invoice.lines if invoice else ()
    return PackRecords(
        engagement=_one(Setting, "engagement.json", members),
        guideline_digest=sha256(members["guideline.md"]),
        other_guidelines=_lines(Guideline, "guidelines.jsonl", members)
        if "guidelines.jsonl" in members
        else (),
        freeze_digest=sha256(members["freeze.json"]),
        freeze=freeze,
        decisions=tuple(shaped(Decision, row, "freeze.json") for row in freeze.decisions),
        censuses=tuple(shaped(Census, row, "freeze.json: census") for row in freeze.census),
        items=_lines(Item, "items.jsonl", members),
        judgments=_lines(Judgment, "judgments.jsonl", members),
        plan=_one(Plan, "plan.json", members),
        draw=_one(DrawRecord, "draw.json", members),
        audits=_lines(Audit, "audits.jsonl", members),
        claim=_optional(Claim, "certificate.json", members),
        no_claim=_optional(NoClaim, "verdict.json", members),
        entries=tuple(shaped(Entry, row, "ledger.json") for row in ledger.entries),
        invoice=invoice,
        lines=tuple(shaped(BillLine, row, "invoice.json") for row in lines),
        events=_lines(Sealed, "events.jsonl", members),
        head=_one(Head, "head.json", members),
        heads=_lines(Signed, "heads.jsonl", members),
        proofs=_lines(Proof, "proofs.jsonl", members),
        keys=_lines(Key, "keys.jsonl", members),
        signature=_one(Signed, SIGNATURE, files),
        manifest=sha256(files[TAGMANIFEST]),
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


def parsed(kind: type[T], text: str, part: str) -> T:
    """Make a record of canonical JSON that stands as a text in a record."""
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        raise PackFault(f"{part}: a text that has no UTF-8.") from None
    return shaped(kind, _object(part, raw), part)


def bytes_of(text: str, part: str) -> bytes:
    """Return the bytes that a text gives in hex, in small letters and not none of them."""
    demand(IN_HEX.fullmatch(text) is not None, f"{part}: {text[:40]!r} is no text in hex.")
    return bytes.fromhex(text)


def shaped(kind: type[T], row: object, part: str) -> T:
    """Make a record of a parsed object; raises PackFault for a field that does not fit."""
    demand(isinstance(row, dict), f"{part}: an object is wanted.")
    given: dict[str, Any] = dict(row)  # type: ignore[call-overload]
    hints, wanted = _shape_of(kind)  # type: ignore[arg-type]
    amiss = sorted((set(given) - set(hints)) | (wanted - set(given)))
    demand(not amiss, f"{part}: fields {amiss} are amiss.")
    for name, value in given.items():
        demand(_fits(value, hints[name]), f"{part}: {name} is {str(value)[:40]!r}.")
    return kind(**given)


@cache
def _shape_of(kind: type) -> tuple[dict[str, Any], set[str]]:
    """Return the types of a record's fields, and the names of those that must be there."""
    wanted = {each.name for each in fields(kind) if _is_wanted(each)}
    return get_type_hints(kind), wanted


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
