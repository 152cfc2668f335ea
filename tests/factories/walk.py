"""One engagement on the quiz pack, walked step by step through its verbs.

The first judges, the adjudicator and the auditor answer as they are told, so
that a test can say what differs, what is contested, and what moves.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count

from peritus.accounts.models import Role, User
from peritus.bench.models import Expert
from peritus.billing.verbs import agree_statement, propose_statement
from peritus.catalogue.plans import PlanTerms
from peritus.engagements.models import Engagement, Item, Lot
from peritus.engagements.verbs import add_items, open_engagement, open_lot, publish_pack_guideline
from peritus.journal.pump import pump
from peritus.quality.models import Audit, Certificate, Draw, Freeze, FreezePlan
from peritus.quality.verbs import (
    certify_lot,
    commit_nonce,
    draw_audits,
    freeze_lot,
    record_plan,
    reveal_nonce,
    set_quality_plan,
)
from peritus.work.models import Judgment, Slot
from peritus.work.verbs import SlotWanted, lease_slot, open_slots, skip_slot, submit_judgment
from tests.factories.accounts import member, organisation
from tests.factories.bench import expert
from tests.factories.billing import terms_spec

NONCE = "0f" * 16
_keys = count(1)


def key() -> str:
    """Return a replay key that nothing used before."""
    return f"walk-{next(_keys)}"


class Closing(ABC):
    """From the client's nonce to the certificate of a lot that was judged."""

    client: User
    lead: User
    lot: Lot

    @abstractmethod
    def answer(self, slot: Slot, says: str | None) -> Judgment | None:
        """Lease and answer a slot for whom it is reserved."""

    def slots(self, purpose: str) -> list[Slot]:
        found = Slot.objects.filter(lot=self.lot, purpose=purpose, state=Slot.State.OPEN)
        return list(found.select_related("item", "reserved_for__user").order_by("id"))

    def commit(self) -> None:
        commitment = sha256(bytes.fromhex(NONCE)).hexdigest()
        commit_nonce(self.lot.pk, commitment, by=self.client, key=key())

    def freeze(self) -> Freeze:
        return freeze_lot(self.lot.pk, by=self.lead, key=key())

    def plan(self, freeze: Freeze) -> FreezePlan:
        return record_plan(freeze.pk, by=self.lead, key=key())

    def reveal(self, freeze: Freeze) -> Draw:
        draw = reveal_nonce(freeze.pk, NONCE, by=self.client, key=key())
        pump(until_idle=True)
        return draw

    def draw(self, freeze: Freeze) -> Draw:
        draw = draw_audits(freeze.pk, NONCE, by=self.lead, key=key())
        pump(until_idle=True)
        return draw

    def audit(self, freeze: Freeze, *, most: int = 10_000, differing: Iterable[int] = ()) -> int:
        """Answer open audits in their order; places in ``differing`` are told otherwise."""
        done, other = 0, set(differing)
        while waiting := self.waiting_audits(freeze)[: most - done]:
            for audit in waiting:
                self.answer(audit.slot, "b" if audit.place in other else "a")
            pump(until_idle=True)
            done += len(waiting)
        return done

    def waiting_audits(self, freeze: Freeze) -> list[Audit]:
        waiting = Audit.objects.filter(freeze=freeze, differs=None).order_by("place")
        return list(waiting.select_related("item", "slot__item", "slot__reserved_for__user"))

    def certify(self, freeze: Freeze) -> Certificate:
        return certify_lot(freeze.pk, by=self.lead, key=key())


@dataclass
class Walk(Closing):
    """An engagement with one lot, and everybody who acts in it."""

    size: int = 6
    looks: tuple[int, ...] = (3, 6)
    promise: float = 0.2
    first_judges: int = 2
    terms: PlanTerms = PlanTerms()  # noqa: RUF009 - immutable
    client: User = field(init=False)
    manager: User = field(init=False)
    lead: User = field(init=False)
    judges: tuple[Expert, ...] = field(init=False)
    adjudicator: Expert = field(init=False)
    auditor: Expert = field(init=False)
    engagement: Engagement = field(init=False)
    lot: Lot = field(init=False)

    def __post_init__(self) -> None:
        self.client = member(Role.CLIENT, organisation=organisation())
        self.manager, self.lead = member(Role.MANAGER), member(Role.QUALITY)
        self.judges = tuple(expert() for _ in range(self.first_judges))
        self.adjudicator = expert(kind="source")
        self.auditor = expert(kind="source")
        self._open()

    def _open(self) -> None:
        by = self.manager
        self.engagement = open_engagement(
            self.client.memberships.get().organisation_id,
            "matter",
            title="A matter",
            pack="kpo_quiz",
            manager_id=by.pk,
            quality_lead_id=self.lead.pk,
            by=by,
            key=key(),
        )
        publish_pack_guideline(self.engagement.pk, by=by, key=key())
        self.set_plan()
        self._agree_terms()
        self.lot = open_lot(self.engagement.pk, "first", title="First lot", by=by, key=key())
        add_items(self.lot.pk, [row(number) for number in range(self.size)], by=by, key=key())

    def set_plan(self) -> None:
        set_quality_plan(
            self.engagement.pk,
            promise=self.promise,
            confidence=0.95,
            looks=list(self.looks),
            rule="unanimous_else_adjudicate",
            measure="differs from the auditor",
            adjudicator_id=self.adjudicator.pk,
            auditor_id=self.auditor.pk,
            terms=self.terms,
            by=self.manager,
            key=key(),
        )

    def _agree_terms(self) -> None:
        statement = propose_statement(
            self.engagement.pk, text="The work.", terms=terms_spec(), by=self.manager, key=key()
        )
        agree_statement(statement.pk, by=self.client, key=key())

    @property
    def items(self) -> list[Item]:
        return list(self.lot.items.order_by("key"))

    def open_first_slots(self) -> None:
        wanted = [
            SlotWanted(item.pk, Slot.Purpose.FIRST, number, judge.pk)
            for item in self.items
            for number, judge in enumerate(self.judges, start=1)
        ]
        open_slots(self.lot.pk, wanted, by=self.manager, key=key())

    def judge(self, contested: Mapping[str, str | None] | None = None) -> None:
        """Let both judges say "a"; on contested keys one says "b".

        ``contested`` maps a key to what the adjudicator says, None for silence.
        """
        contested = contested or {}
        self.open_first_slots()
        for slot in self.slots(Slot.Purpose.FIRST):
            apart = slot.item.key in contested and slot.number == 2
            self.answer(slot, "b" if apart else "a")
        pump(until_idle=True)
        for slot in self.slots(Slot.Purpose.ADJUDICATION):
            self.answer(slot, contested[slot.item.key])
        pump(until_idle=True)

    def drawn(self) -> Freeze:
        """Judge, commit, freeze, plan and draw; the first look's audits are open."""
        self.judge()
        self.commit()
        freeze = self.freeze()
        self.plan(freeze)
        self.reveal(freeze)
        return freeze

    def answer(self, slot: Slot, says: str | None) -> Judgment | None:
        """Lease and answer a slot for whom it is reserved; None skips it."""
        by = slot.reserved_for.user
        lease = lease_slot(slot.pk, by=by, key=key())
        if says is None:
            silent = "guideline_silent"
            skip_slot(lease.pk, lease.fence, silent, note="It depends.", by=by, key=key())
            return None
        reason = f"Statement {says} is the only one that fits."
        return submit_judgment(
            lease.pk, lease.fence, {"answer": says}, reason=reason, by=by, key=key()
        )


def row(number: int) -> dict[str, str]:
    """Return a row that the quiz pack takes."""
    text = {"key": f"q{number:03}", "topic": "Nature of work", "text": f"Statement {number}?"}
    return text | {code: f"Answer {code} to {number}" for code in "abcd"}
