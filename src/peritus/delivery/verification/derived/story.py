"""What a pack's other files say, as far as derived files tell it again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from peritus.delivery.verification.chain import Chain, SaidEvent, chain_of
from peritus.delivery.verification.records.annexes import Agreements, Credentials, Skills
from peritus.delivery.verification.records.audits import Audit, Claim, DrawRecord, NoClaim, Plan
from peritus.delivery.verification.records.journal import Head, Sealed
from peritus.delivery.verification.records.lots import FrozenLot, Guideline, Judgment, Setting
from peritus.delivery.verification.records.money import Bill
from peritus.delivery.verification.records.shapes import lines_of, one, optional
from peritus.journal.canonical import sha256


@dataclass(frozen=True)
class Story:
    """The members of a pack, read where they are asked for.

    Raises PackFault for a member that is not as it must be.
    """

    members: Mapping[str, bytes]

    @cached_property
    def chain(self) -> Chain:
        return chain_of(lines_of(Sealed, "events.jsonl", self.members))

    @cached_property
    def setting(self) -> Setting:
        return one(Setting, "engagement.json", self.members)

    @cached_property
    def lot(self) -> FrozenLot:
        return one(FrozenLot, "freeze.json", self.members)

    @cached_property
    def digest(self) -> str:
        """The digest of the freeze."""
        return sha256(self.members["freeze.json"])

    @cached_property
    def judgments(self) -> tuple[Judgment, ...]:
        return lines_of(Judgment, "judgments.jsonl", self.members)

    @cached_property
    def audits(self) -> tuple[Audit, ...]:
        return lines_of(Audit, "audits.jsonl", self.members)

    @cached_property
    def plan(self) -> Plan:
        return one(Plan, "plan.json", self.members)

    @cached_property
    def draw(self) -> DrawRecord:
        return one(DrawRecord, "draw.json", self.members)

    @cached_property
    def head(self) -> Head:
        return one(Head, "head.json", self.members)

    @cached_property
    def claim(self) -> Claim | None:
        return optional(Claim, "certificate.json", self.members)

    @cached_property
    def no_claim(self) -> NoClaim | None:
        return optional(NoClaim, "verdict.json", self.members)

    @cached_property
    def skills(self) -> Skills | None:
        return optional(Skills, "skills.json", self.members)

    @cached_property
    def agreement(self) -> Agreements | None:
        return optional(Agreements, "agreement.json", self.members)

    @cached_property
    def credentials(self) -> Credentials | None:
        return optional(Credentials, "credentials.json", self.members)

    @cached_property
    def invoice(self) -> Bill | None:
        return optional(Bill, "invoice.json", self.members)

    @cached_property
    def guidelines(self) -> tuple[Guideline, ...]:
        """The other guideline versions that the lot was judged under."""
        name = "guidelines.jsonl"
        return lines_of(Guideline, name, self.members) if name in self.members else ()

    @cached_property
    def frozen(self) -> SaidEvent:
        """The event that announced the freeze."""
        return self.chain.only("lot.frozen", digest=self.digest)

    def of_freeze(self, kind: str) -> list[SaidEvent]:
        """Return the events of a kind that name this freeze."""
        return self.chain.of_kind(kind, freeze=self.digest)

    def of_lot(self, kind: str) -> list[SaidEvent]:
        """Return the events of a kind about this lot, up to its freeze."""
        lot, frozen = self.frozen.subject, self.frozen.order
        return [e for e in self.chain.of_kind(kind) if e.subject == lot and e.order < frozen]

    @cached_property
    def judged(self) -> list[SaidEvent]:
        """The events of judgments in this lot."""
        return self.chain.of_kind("judgment.submitted", lot=self.frozen.subject)


def experts_in(events: Iterable[SaidEvent]) -> list[str]:
    """Return whose judgments the events are, by id."""
    return sorted({event.data["expert"] for event in events})
