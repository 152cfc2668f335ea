"""A walk whose production waits for a calibration round, and its round step by step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from peritus.bench.models import Expert
from peritus.catalogue.plans import PlanTerms
from peritus.journal.pump import pump
from peritus.quality.calibration import comparison_of, round_slots
from peritus.quality.models import CalibrationRound
from peritus.quality.verbs import close_round, open_round, settle_disagreement
from peritus.work.models import Slot
from tests.factories.bench import expert
from tests.factories.walk import Walk, key

AGREED = PlanTerms(round_share=0.5, round_threshold=0.9)


class RoundWalk:
    """An engagement of 8 items that agreed on a round of all; the client's lead is on the bench."""

    def __init__(self, **changes: Any) -> None:
        self.walk = Walk(**{"size": 8, "looks": (4, 8), "terms": AGREED} | changes)
        self.lead: Expert = expert(user=self.walk.client)

    @property
    def judges(self) -> tuple[Expert, ...]:
        return (*self.walk.judges, self.lead)

    def open(self, **changes: Any) -> CalibrationRound:
        given = {"lead_id": self.lead.pk, "by": self.walk.manager, "key": key()} | changes
        judges = given.pop("experts", self.walk.judges)
        return open_round(self.walk.lot.pk, [each.pk for each in judges], **given)

    def slots(self, found: CalibrationRound) -> list[Slot]:
        waiting = round_slots(found).filter(state=Slot.State.OPEN)
        return list(
            waiting.select_related("item", "reserved_for__user").order_by("item__key", "number")
        )

    def judge(self, found: CalibrationRound, apart: Mapping[str, str] | None = None) -> None:
        """Let everybody say "a"; on the items in ``apart`` the first judge says otherwise."""
        apart, odd = apart or {}, self.walk.judges[0]
        for slot in self.slots(found):
            says = apart.get(slot.item.key, "a") if slot.reserved_for == odd else "a"
            self.walk.answer(slot, says)
        pump(until_idle=True)
        found.refresh_from_db()

    def settle(self, found: CalibrationRound, answer: str = "a") -> None:
        for each in comparison_of(found).disagreements:
            settle_disagreement(
                found.pk, each.item.pk, each.question.code, answer,
                reason="Section 2 says so.", by=self.walk.lead, key=key(),
            )  # fmt: skip

    def close(self, found: CalibrationRound, decided: str = "Read section 2 again.") -> None:
        close_round(found.pk, decided=decided, by=self.walk.manager, key=key())
        pump(until_idle=True)
        found.refresh_from_db()
