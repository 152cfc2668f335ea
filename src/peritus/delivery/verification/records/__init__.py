"""The parts of a pack as typed records; whatever does not fit is a fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from peritus.delivery.verification.container import (
    ANNEXES,
    SIGNATURE,
    TAGMANIFEST,
    check_names,
    members_of,
)
from peritus.delivery.verification.records.annexes import Agreements, Credentials, Skills
from peritus.delivery.verification.records.audits import Audit, Claim, DrawRecord, NoClaim, Plan
from peritus.delivery.verification.records.journal import Head, Key, Proof, Sealed, Signed
from peritus.delivery.verification.records.lots import (
    Census,
    Decision,
    FrozenLot,
    Guideline,
    Item,
    Judgment,
    Setting,
)
from peritus.delivery.verification.records.money import Bill, BillLine, Entry, Ledger
from peritus.delivery.verification.records.shapes import lines_of, one, optional, shaped
from peritus.journal.canonical import sha256


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
    annexes: dict[str, str]  # SHA-256 of each, by name
    skills: Skills | None
    agreement: Agreements | None
    credentials: Credentials | None

    @property
    def annexed(self) -> dict[str, dict[str, str]]:
        """Return the annexes as the event of the freeze says them; nothing where there are none."""
        return {"annexes": self.annexes} if self.annexes else {}

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
    freeze = one(FrozenLot, "freeze.json", members)
    ledger = one(Ledger, "ledger.json", members)
    invoice = optional(Bill, "invoice.json", members)
    lines = invoice.lines if invoice else ()
    return PackRecords(
        engagement=one(Setting, "engagement.json", members),
        guideline_digest=sha256(members["guideline.md"]),
        other_guidelines=lines_of(Guideline, "guidelines.jsonl", members)
        if "guidelines.jsonl" in members
        else (),
        freeze_digest=sha256(members["freeze.json"]),
        freeze=freeze,
        decisions=tuple(shaped(Decision, row, "freeze.json") for row in freeze.decisions),
        censuses=tuple(shaped(Census, row, "freeze.json: census") for row in freeze.census),
        items=lines_of(Item, "items.jsonl", members),
        judgments=lines_of(Judgment, "judgments.jsonl", members),
        plan=one(Plan, "plan.json", members),
        draw=one(DrawRecord, "draw.json", members),
        audits=lines_of(Audit, "audits.jsonl", members),
        claim=optional(Claim, "certificate.json", members),
        no_claim=optional(NoClaim, "verdict.json", members),
        entries=tuple(shaped(Entry, row, "ledger.json") for row in ledger.entries),
        invoice=invoice,
        lines=tuple(shaped(BillLine, row, "invoice.json") for row in lines),
        events=lines_of(Sealed, "events.jsonl", members),
        head=one(Head, "head.json", members),
        heads=lines_of(Signed, "heads.jsonl", members),
        proofs=lines_of(Proof, "proofs.jsonl", members),
        keys=lines_of(Key, "keys.jsonl", members),
        signature=one(Signed, SIGNATURE, files),
        manifest=sha256(files[TAGMANIFEST]),
        annexes={
            name.partition(".")[0]: sha256(members[name]) for name in ANNEXES if name in members
        },
        skills=optional(Skills, "skills.json", members),
        agreement=optional(Agreements, "agreement.json", members),
        credentials=optional(Credentials, "credentials.json", members),
    )
