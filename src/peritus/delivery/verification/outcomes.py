"""How answers had turned out at the freeze, told again from the events alone.

What gold says stands in no event as text, so it is left out here: gold comes
before all else, and where a pack says that an answer was held against gold,
only the rest is told again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from peritus.delivery.verification.chain import Chain, SaidEvent
from peritus.delivery.verification.decisions import adjudication_number

AUDIT, ADJUDICATION, APPEAL, GOLD = "audit", "adjudication", "appeal", "gold"
UNCOUNTED = ("audit", "census", "calibration")
"""Purposes that tell nothing of who answers: checks, and rounds in which rules are learnt."""


@dataclass(frozen=True)
class Held:
    """What an answer was held against: a judgment, by its id."""

    cause: str
    answer: str
    reference: str


class History:
    """What an engagement's events said of answers, up to one freeze."""

    def __init__(self, chain: Chain, frozen: SaidEvent) -> None:
        self._said = [event for event in chain.events if event.order < frozen.order]
        self._reopened: dict[str, int] = {}
        for event in self._of("items.reopened"):
            self._reopened |= dict.fromkeys(event.data["items"], event.order)
        self._taken = {e.data["judgment"]: e.order for e in self._of("judgment.taken_back")}
        self._first_freeze: dict[str | None, int] = {}
        for event in self._of("lot.frozen"):
            self._first_freeze.setdefault(event.subject, event.order)
        self.judgments = {event.about: event for event in self._of("judgment.submitted")}
        self._adjudications = self._standing_adjudications()
        self._audits = self._answered_audits()

    def _of(self, kind: str) -> Iterable[SaidEvent]:
        return (event for event in self._said if event.kind == kind)

    def _is_in_force(self, event: SaidEvent) -> bool:
        """Say whether an event about an item came after the item was last reopened."""
        return self._reopened.get(event.data["item"], -1) < event.order

    @property
    def counted(self) -> list[SaidEvent]:
        """The judgments that count for their expert's record, in order."""
        return [
            event
            for event in self.judgments.values()
            if event.data["purpose"] not in UNCOUNTED
            and self._is_in_force(event)
            and self._stood(event)
        ]

    def _stood(self, judgment: SaidEvent) -> bool:
        """Say whether it was never taken back, or only once its lot had been frozen."""
        taken = self._taken.get(judgment.about)
        frozen = self._first_freeze.get(judgment.data["lot"])
        return taken is None or (frozen is not None and frozen < taken)

    def _standing_adjudications(self) -> dict[str, list[tuple[int, SaidEvent]]]:
        """Return by item the numbered adjudications that nobody superseded or took back."""
        last = {
            (event.data["slot"], event.data["expert"]): event
            for event in self.judgments.values()
            if event.data["purpose"] == "adjudication" and self._is_in_force(event)
        }
        found: dict[str, list[tuple[int, SaidEvent]]] = defaultdict(list)
        for event in last.values():
            if event.about not in self._taken:
                number = adjudication_number(event.data["item"], event.data["slot"])
                found[event.data["item"]].append((number, event))
        return {item: sorted(each, key=lambda one: one[0]) for item, each in found.items()}

    def _answered_audits(self) -> dict[str, SaidEvent]:
        """Return by item the auditor's judgment, of the latest freeze that was audited."""
        numbers = {e.data["digest"]: e.data["number"] for e in self._of("lot.frozen")}
        found = [e for e in self._of("audit.recorded") if e.data["judgment"]]
        found.sort(key=lambda event: numbers[event.data["freeze"]])
        return {
            event.data["item"]: self.judgments[event.data["judgment"]]
            for event in found
            if self._is_in_force(event)
        }

    def answered(self) -> Counter[tuple[str, str]]:
        """Count the answers of each expert to each question."""
        return Counter(
            (event.data["expert"], question)
            for event in self.counted
            for question in event.data["answers"]
        )

    def outcomes(self) -> dict[tuple[str, str], Held | None]:
        """Return, by judgment and question, what the first answer in a slot is held against."""
        seen: set[tuple[str, str]] = set()
        found: dict[tuple[str, str], Held | None] = {}
        for event in self.counted:
            place = event.data["slot"], event.data["expert"]
            if place not in seen:
                found |= {
                    (event.about, question): self._held(event, question)
                    for question in event.data["answers"]
                }
            seen.add(place)
        return found

    def _held(self, event: SaidEvent, question: str) -> Held | None:
        item, own = event.data["item"], 0
        if event.data["purpose"] == "adjudication":
            own = adjudication_number(item, event.data["slot"])
        above = [each for each in self._adjudications.get(item, []) if each[0] > own]
        number, highest = above[-1] if above else (0, None)
        if highest and number > 1:
            return _told(APPEAL, highest, question)
        if audited := self._audits.get(item):
            return _told(AUDIT, audited, question)
        return _told(ADJUDICATION, highest, question) if highest else None


def _told(cause: str, judgment: SaidEvent, question: str) -> Held | None:
    answer = judgment.data["answers"].get(question)
    return None if answer is None else Held(cause, answer, judgment.about)
