"""Seal events into the chain, and carry them to whoever subscribed.

One pump at a time: an advisory lock on PostgreSQL, the write lock on SQLite.
"""

from __future__ import annotations

import hashlib
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max, QuerySet

from peritus.journal.acts import in_transaction
from peritus.journal.clock import now
from peritus.journal.heads import sign_due_heads, sign_head
from peritus.journal.models import Cursor, Event, ParkedEvent
from peritus.journal.sight import seeing_everything

Handler = Callable[[Event], None]

SEAL_BATCH = 500
READ_BATCH = 40
GATHERED_BATCH = 2_000  # a bundle's earlier events cost their reading only
BATCH_SECONDS = 0.020
IDLE_BATCH_SECONDS = 0.5  # a demo or test has no other writer to wait for it
FAILURES_BEFORE_PARKING = 3
GENESIS = "0" * 64
_LOCK = 7_365_001  # any number that nothing else in the database locks


@dataclass(frozen=True)
class Subscription:
    """A handler for kinds of events; coalesced reads the last event of a subject.

    ``gathered`` names something that events say (a lot's uid): of a batch, only
    the last event of each is handled.
    """

    name: str
    kinds: frozenset[str]
    handler: Handler
    coalesced: bool
    gathered: str = ""


_subscriptions: dict[str, Subscription] = {}


def subscribe(
    name: str, to: Iterable[str], *, coalesced: bool = False, gathered: str = ""
) -> Callable[[Handler], Handler]:
    """Register the decorated handler; order of registration is order of work."""

    def register(handler: Handler) -> Handler:
        _subscriptions[name] = Subscription(name, frozenset(to), handler, coalesced, gathered)
        return handler

    return register


def subscriptions() -> list[Subscription]:
    """Return all subscriptions in their fixed order."""
    return list(_subscriptions.values())


def pump(*, until_idle: bool = False) -> int:
    """Seal what is visible and let each subscription read a batch, of all clients.

    With ``until_idle`` repeat until nothing is left. Returns how many events
    were sealed or read.
    """
    with seeing_everything():
        total = done = _round(until_idle=until_idle)
        while done and until_idle:
            total += (done := _round(until_idle=until_idle))
    return total


def _round(*, until_idle: bool) -> int:
    return _seal_all() + sum(_drain(each, until_idle=until_idle) for each in subscriptions())


def _seal_all() -> int:
    total = 0
    while something_unsealed():
        total += in_transaction(_seal_batch)
    return total


def something_unsealed() -> bool:
    """Say whether an event of any client waits for its place: the cheapest look there is."""
    with seeing_everything():
        return Event.objects.filter(place=None).exists()


def seal_and_sign(engagement_uid: UUID | None) -> None:
    """Give every event its place, and sign what an engagement's chain then holds.

    Within the caller's transaction, which holds off other pumps until it ends.
    Places are the installation's, so this sees all events, whoever the caller is.
    Raises KeyUnusable.
    """
    with seeing_everything():
        while _seal_batch():
            pass
        sign_head(engagement_uid)


def _seal_batch() -> int:
    _take_pump_lock()
    events = list(Event.objects.filter(place=None).order_by("id")[:SEAL_BATCH])
    place = Event.objects.aggregate(last=Max("place"))["last"] or 0
    heads: dict[UUID | None, str] = {}
    for event in events:
        place += 1
        chain = event.engagement_uid
        heads[chain] = next_hash(heads.get(chain) or chain_head(chain), event.body)
        event.place, event.hash = place, heads[chain]
    Event.objects.bulk_update(events, ["place", "hash"], batch_size=200)
    sign_due_heads(heads)
    return len(events)


def next_hash(previous: str, body: str) -> str:
    """Return SHA-256(previous hash, 32 raw bytes ‖ canonical event, UTF-8) in hex."""
    return hashlib.sha256(bytes.fromhex(previous) + body.encode()).hexdigest()


def chain_head(engagement_uid: UUID | None) -> str:
    """Return the last hash of a chain, 64 zeros before the first event."""
    sealed = Event.objects.filter(engagement_uid=engagement_uid, place__isnull=False)
    return sealed.order_by("-place").values_list("hash", flat=True).first() or GENESIS


def _take_pump_lock() -> None:
    """Hold off other pumps until this transaction ends (SQLite: BEGIN IMMEDIATE did)."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _drain(subscription: Subscription, *, until_idle: bool) -> int:
    total = 0
    seconds = IDLE_BATCH_SECONDS if until_idle else BATCH_SECONDS
    while read := _read_batch(subscription, seconds):
        total += read
        if not until_idle:
            break
    return total


def _read_batch(subscription: Subscription, seconds: float) -> int:
    if not _waiting(subscription, _place_of(subscription)).exists():
        return 0
    return in_transaction(lambda: _handle_batch(subscription, seconds))


def _place_of(subscription: Subscription) -> int:
    cursor = Cursor.objects.filter(subscription=subscription.name).first()
    return cursor.place if cursor else 0


def _waiting(subscription: Subscription, place: int) -> QuerySet[Event]:
    return Event.objects.filter(kind__in=subscription.kinds, place__gt=place).order_by("place")


def _handle_batch(subscription: Subscription, seconds: float) -> int:
    """Handle a batch of events; count those read, and a failure that ended it."""
    _take_pump_lock()
    cursor, _ = Cursor.objects.select_for_update().get_or_create(subscription=subscription.name)
    ends, read = time.monotonic() + seconds, 0
    most = GATHERED_BATCH if subscription.gathered else READ_BATCH
    events = list(_waiting(subscription, cursor.place)[:most])
    superseded = _passed_over(subscription, events)
    for event in events:
        if event.pk not in superseded and not _handle(subscription, event, cursor):
            read += 1  # a failure is progress too: the third one parks the event
            break
        cursor.place, read = event.place or 0, read + 1
        if time.monotonic() > ends:
            break
    cursor.save()
    return read


def _passed_over(subscription: Subscription, events: list[Event]) -> set[int]:
    """Return the events of a batch that a later event speaks for."""
    if subscription.coalesced:
        return _superseded(subscription, events)
    if subscription.gathered:
        said = [(event.data.get(subscription.gathered), event.pk) for event in events]
        last = dict(said)
        return {pk for what, pk in said if what is not None and last[what] != pk}
    return set()


def _superseded(subscription: Subscription, events: list[Event]) -> set[int]:
    """Return the events whose subject has a later event waiting: that one will do."""
    subjects = {event.subject for event in events if event.subject}
    waiting = Event.objects.filter(kind__in=subscription.kinds, subject__in=subjects)
    last = dict(waiting.values_list("subject").annotate(Max("place")))
    return {event.pk for event in events if (last.get(event.subject) or 0) > (event.place or 0)}


def _handle(subscription: Subscription, event: Event, cursor: Cursor) -> bool:
    """Handle one event in a savepoint; say whether the cursor may move on."""
    try:
        with transaction.atomic():
            subscription.handler(event)
    except Exception:  # noqa: BLE001 - a handler may fail in any way; it is kept and shown
        return _count_failure(subscription, event, cursor, traceback.format_exc())
    cursor.failures = 0
    return True


def _count_failure(subscription: Subscription, event: Event, cursor: Cursor, error: str) -> bool:
    cursor.failures += 1
    if cursor.failures < FAILURES_BEFORE_PARKING:
        return False
    cursor.failures = 0
    ParkedEvent.objects.create(
        subscription=subscription.name, event=event, error=error[-4000:], parked_at=now()
    )
    return True


def replay_parked(parked_id: int) -> ParkedEvent:
    """Handle a parked event again; it stays parked, with its error, when it fails.

    Who may ask for it is decided by ``accounts.verbs.replay_parked_event``.
    """

    def work() -> ParkedEvent:
        parked = ParkedEvent.objects.select_for_update().get(pk=parked_id)
        if parked.replayed_at is None:
            _subscriptions[parked.subscription].handler(parked.event)
            parked.replayed_at = now()
            parked.save()
        return parked

    return in_transaction(work)
