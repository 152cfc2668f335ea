"""An engagement under the adaptive rule, whose panel answers from arrays."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from peritus.accounts.models import Role
from peritus.billing.verbs import agree_statement, propose_statement
from peritus.catalogue.packs import GoldAnswer
from peritus.catalogue.plans import ADAPTIVE, PlanTerms
from peritus.engagements.verbs import add_items, open_engagement, open_lot, publish_pack_guideline
from peritus.journal.pump import pump
from peritus.quality.verbs import record_gold, set_quality_plan
from peritus.work.models import Judgment, Slot
from peritus.work.verbs import Seat, lease_slot, seat_panel, submit_judgment
from tests.factories.accounts import member, organisation
from tests.factories.bench import expert
from tests.factories.billing import terms_spec
from tests.factories.walk import Closing, key, row


class PanelWalk(Closing):
    """One lot of the quiz pack; ``answers`` maps (item key, worker) to what they would say.

    Workers are published sources, but for ``models``.
    """

    def __init__(
        self,
        answers: Mapping[tuple[str, str], str],
        *,
        terms: PlanTerms = PlanTerms(),  # noqa: B008
        items: Sequence[str] | None = None,
        looks: Sequence[int] = (25, 50),
        promise: float = 0.1,
        models: Collection[str] = (),
    ) -> None:
        self.answers = answers
        # The policy's draws follow from the lot's uid, and that from the client's.
        self.client = member(Role.CLIENT, organisation=organisation(uid=UUID(int=20261125)))
        self.manager, self.lead = member(Role.MANAGER), member(Role.QUALITY)
        self.adjudicator, self.auditor = expert(kind="source"), expert(kind="source")
        by = self.manager
        self.engagement = open_engagement(
            self.client.memberships.get().organisation_id,
            "panel",
            title="A panel",
            pack="kpo_quiz",
            manager_id=by.pk,
            quality_lead_id=self.lead.pk,
            by=by,
            key=key(),
        )
        publish_pack_guideline(self.engagement.pk, by=by, key=key())
        set_quality_plan(
            self.engagement.pk,
            promise=promise,
            confidence=0.95,
            looks=list(looks),
            rule=ADAPTIVE,
            measure="differs from the auditor",
            adjudicator_id=self.adjudicator.pk,
            auditor_id=self.auditor.pk,
            terms=terms,
            by=by,
            key=key(),
        )
        statement = propose_statement(
            self.engagement.pk, text="The work.", terms=terms_spec(), by=by, key=key()
        )
        agree_statement(statement.pk, by=self.client, key=key())
        keys = sorted({item for item, _ in answers}) if items is None else list(items)
        self.lot = open_lot(self.engagement.pk, "lot", title="A lot", by=by, key=key())
        rows = [row(number) | {"key": each} for number, each in enumerate(keys)]
        add_items(self.lot.pk, rows, by=by, key=key())
        workers = sorted({worker for _, worker in answers})
        self.experts = {
            name: expert(handle=name, kind="model" if name in models else "source")
            for name in workers
        }

    def seat(self, *, at_once: int | None = None, pay: Decimal = Decimal(1)) -> None:
        """Seat everybody on the items that they have an answer for."""
        able: dict[str, list[str]] = {}
        for item, worker in self.answers:
            able.setdefault(worker, []).append(item)
        seats = [
            Seat(self.experts[name].pk, pay, tuple(sorted(keys)), at_once)
            for name, keys in sorted(able.items())
        ]
        seat_panel(self.lot.pk, seats, by=self.manager, key=key())
        pump(until_idle=True)

    def gold(self, known: Mapping[str, str]) -> None:
        answers = [GoldAnswer(item, "answer", says, "Known.", True) for item, says in known.items()]
        record_gold(self.engagement.pk, answers, weighs=True, by=self.manager, key=key())

    def waiting(self) -> list[Slot]:
        slots = Slot.objects.filter(lot=self.lot, state=Slot.State.OPEN)
        slots = slots.filter(purpose__in=("first", "further"))
        return list(slots.select_related("item", "reserved_for__user").order_by("id"))

    def answer(self, slot: Slot, says: str | None = None) -> Judgment | None:
        """Lease and answer a slot as its expert would."""
        by = slot.reserved_for.user
        lease = lease_slot(slot.pk, by=by, key=key())
        says = says or self.answers[slot.item.key, slot.reserved_for.handle]
        return submit_judgment(
            lease.pk, lease.fence, {"answer": says}, reason="So it is.", by=by, key=key()
        )

    def run(self) -> int:
        """Let everybody answer, round by round, until nothing is asked; count the rounds."""
        rounds = 0
        while slots := self.waiting():
            for slot in slots:
                self.answer(slot)
            pump(until_idle=True)
            rounds += 1
        return rounds
