"""The events of the engagement: hashes redone, and found again by what they say."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from peritus.delivery.verification.records import PackRecords
from peritus.delivery.verification.records.journal import Said, Sealed
from peritus.delivery.verification.records.shapes import parsed
from peritus.delivery.verification.report import demand, demand_equal

CHAIN_START = "0" * 64


@dataclass(frozen=True)
class SaidEvent:
    """An event as it was said: its order in the chain, and its words."""

    order: int
    kind: str
    actor: str
    subject: str | None
    about: str
    at: str
    data: dict[str, Any]
    engagement: str


@dataclass(frozen=True)
class Chain:
    """The engagement's events in order."""

    events: tuple[SaidEvent, ...]

    @cached_property
    def _by_kind(self) -> dict[str, list[SaidEvent]]:
        kinds: dict[str, list[SaidEvent]] = {}
        for event in self.events:
            kinds.setdefault(event.kind, []).append(event)
        return kinds

    def of_kind(self, kind: str, **data: object) -> list[SaidEvent]:
        """Return the events of a kind whose data say all of ``data``."""
        wanted = data.items()
        return [
            event
            for event in self._by_kind.get(kind, [])
            if all(event.data.get(name) == value for name, value in wanted)
        ]

    def only(self, kind: str, **data: object) -> SaidEvent:
        """Return the one event of a kind that says ``data``; raises PackFault otherwise."""
        found = self.of_kind(kind, **data)
        demand(len(found) == 1, f"events.jsonl: one {kind} is wanted, {len(found)} stand there.")
        return found[0]


def chain_of(events: Iterable[Sealed]) -> Chain:
    """Return the chain's events as said; raises PackFault for one that says nothing."""
    return Chain(tuple(_said(order, sealed) for order, sealed in enumerate(events)))


def _said(order: int, sealed: Sealed) -> SaidEvent:
    part = f"events.jsonl, event {order + 1}"
    said = parsed(Said, sealed.body, part)
    demand("uid" in said.about, f"{part}: it does not say what it is about.")
    return SaidEvent(
        order=order,
        kind=said.kind,
        actor=said.actor,
        subject=said.subject,
        about=said.about["uid"],
        at=said.at,
        data=said.data,
        engagement=said.engagement,
    )


def check_chain(pack: PackRecords, chain: Chain, known_head: str = "") -> str:
    """Redo every hash from 64 zeros; the last must be the head.

    ``known_head`` is a hash that the reader got elsewhere and that must occur.
    """
    head, place, seen = CHAIN_START, 0, set()
    for number, (event, said) in enumerate(zip(pack.events, chain.events, strict=True), start=1):
        demand_equal(
            f"events.jsonl, event {number}: engagement", said.engagement, pack.freeze.engagement
        )
        head = next_hash(head, event.body)
        demand_equal(f"events.jsonl, event {number}: hash", event.hash, head)
        demand(event.place > place, f"events.jsonl, event {number}: its place does not rise.")
        place = event.place
        seen.add(head)
    demand_equal("head.json: hash", pack.head.hash, head)
    demand_equal("head.json: events", pack.head.events, len(pack.events))
    demand_equal("head.json: place", pack.head.place, place)
    demand_equal("head.json: engagement", pack.head.engagement, pack.freeze.engagement)
    demand(
        not known_head or known_head in seen,
        f"head.json: the head {known_head} that you know is not in this chain; the pack tells "
        "an older or another story.",
    )
    return f"{len(pack.events)} events, head {head[:16]}…"


def next_hash(previous: str, body: str) -> str:
    """Return SHA-256(previous hash, 32 raw bytes ‖ event's text in UTF-8) in hex.

    Written out again, not imported: the check shall not rest on what it checks.
    """
    return hashlib.sha256(bytes.fromhex(previous) + body.encode()).hexdigest()
