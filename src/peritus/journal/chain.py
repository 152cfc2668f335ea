"""Check the chain: which event was altered, which is not sealed yet."""

from __future__ import annotations

import json
from dataclasses import dataclass
from uuid import UUID

from peritus.journal.models import Event
from peritus.journal.pump import GENESIS, next_hash


@dataclass(frozen=True)
class ChainReport:
    """What checking a chain found; ``fault`` names the first break, "" if none."""

    engagement_uid: UUID | None
    sealed: int
    unsealed: int
    head: str
    fault: str


def chains() -> list[UUID | None]:
    """Return the engagements that have a chain; None is the installation's."""
    found = Event.objects.order_by("engagement_uid").values_list("engagement_uid", flat=True)
    return list(found.distinct())


def verify_chain(engagement_uid: UUID | None) -> ChainReport:
    """Redo every hash of one chain in the order of places."""
    events = Event.objects.filter(engagement_uid=engagement_uid)
    head, sealed, fault = GENESIS, 0, ""
    for event in events.filter(place__isnull=False).order_by("place").iterator(2000):
        head = next_hash(head, event.body)
        if fault := _fault_of(event, head):
            break
        sealed += 1
    return ChainReport(engagement_uid, sealed, events.filter(place=None).count(), head, fault)


def missing_places() -> list[int]:
    """Return places that no event has: whoever removed one left its gap."""
    sealed = Event.objects.filter(place__isnull=False)
    places = {place or 0 for place in sealed.values_list("place", flat=True)}
    return sorted(set(range(1, max(places, default=0) + 1)) - places)


def _fault_of(event: Event, expected_hash: str) -> str:
    said = json.loads(event.body)
    columns = {
        "kind": event.kind, "verb": event.verb, "actor": str(event.actor), "key": event.key,
        "arguments": event.arguments, "at": event.at.isoformat(),
        "engagement": event.engagement_uid and str(event.engagement_uid),
        "subject": event.subject and str(event.subject),
        "about": {"type": event.about_type, "uid": str(event.about_uid)},
    }  # fmt: skip
    for name, value in columns.items():
        if said.get(name) != value:
            return f"Event at place {event.place} ({event.kind}): column {name} was altered."
    if event.hash != expected_hash:
        return (
            f"Event at place {event.place} ({event.kind}): its hash does not follow from the "
            "event before it; something was altered, removed, inserted or moved here."
        )
    return ""
