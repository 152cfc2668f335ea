"""A verb: one act in one transaction, with one event and a replay key."""

from __future__ import annotations

import inspect
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from django.apps import apps
from django.db import OperationalError, connection, models, transaction

import peritus
from peritus.journal.canonical import canonical, digest
from peritus.journal.clock import now
from peritus.journal.errors import (
    Chained,
    KeyUsedDifferently,
    NotAnAct,
    PeritusError,
    RefusalFact,
)
from peritus.journal.models import Event, Salt
from peritus.journal.personal import commitment, new_salt, personal_fields, said_of

P = ParamSpec("P")
R = TypeVar("R")

LOCK_WAIT_SECONDS = 20.0
_JITTER_SECONDS = (0.0005, 0.003)


@dataclass(frozen=True)
class _Act:
    verb: str
    actor: UUID
    key: str
    given: Mapping[str, object]
    personal: tuple[str, ...]
    salt: str

    def arguments(self, salt: str) -> str:
        """Return the digest of what was given; personal data enters it under a salt only."""
        said = {name: value for name, value in self.given.items() if name not in self.personal}
        if self.personal:
            kept = {name: self.given.get(name) for name in self.personal}
            said["personal"] = commitment(salt, kept)
        return digest(said)


_act: ContextVar[_Act] = ContextVar("act")
_verbs: dict[str, str] = {}  # name of each verb, and the module it lives in


def verb(function: Callable[P, R]) -> Callable[P, R]:
    """Run ``function`` as one act: in a transaction, its replay key at hand.

    The function takes ids and plain values, and the keywords ``by`` and
    ``key``. While SQLite is locked by another writer the outermost verb is
    tried again after a jitter, for up to 20 s. A refusal that carries a fact is
    recorded after its act was rolled back, under a key of its own: the act's
    key stays free.
    """
    signature = inspect.signature(function)
    if _verbs.setdefault(function.__name__, function.__module__) != function.__module__:
        raise ImportError(f"Two rooms have a verb {function.__name__}; replays would mix them up.")

    @wraps(function)
    def act(*args: P.args, **kwargs: P.kwargs) -> R:
        given = dict(signature.bind(*args, **kwargs).arguments)
        by, key = given.pop("by"), given.pop("key")
        fields = personal_fields(function)
        salt = new_salt() if fields else ""
        outer = _act.get(None)
        token = _act.set(_Act(function.__name__, by.uid, key, given, fields, salt))
        try:
            return in_transaction(lambda: function(*args, **kwargs))
        except PeritusError as refusal:
            if outer is None and (fact := refusal.fact) is not None:
                in_transaction(lambda: _record_refusal(fact))
            raise
        finally:
            _act.reset(token)

    return act


def _record_refusal(fact: RefusalFact) -> None:
    act = _act.get()
    begins = f"refused:{digest([act.key])[:32]}:"
    before = Event.objects.filter(actor=act.actor, verb=act.verb, key__startswith=begins).count()
    token = _act.set(replace(act, key=f"{begins}{before + 1}"))
    try:
        record(fact.kind, about=fact.about, engagement=fact.engagement, data=fact.data)
    finally:
        _act.reset(token)


def in_transaction(work: Callable[[], R]) -> R:
    """Do ``work`` in a transaction; wait with jitter where SQLite is busy."""
    if connection.in_atomic_block:
        with transaction.atomic():
            return work()
    with _own_waiting():
        return _tried_until_free(work)


def _tried_until_free(work: Callable[[], R]) -> R:
    deadline = time.monotonic() + LOCK_WAIT_SECONDS
    while True:
        try:
            with transaction.atomic():
                return work()
        except OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
        time.sleep(random.uniform(*_JITTER_SECONDS))  # noqa: S311 - spreads waiting writers


@contextmanager
def _own_waiting() -> Iterator[None]:
    """Take SQLite's waiting away from a writer: its queue is unfair, ours is not."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        waits = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
        cursor.execute("PRAGMA busy_timeout=0")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout={waits}")


def earlier_result() -> Any | None:  # noqa: ANN401 - whatever the verb returns
    """Return what this act's first run was about, or None when it is the first.

    Raises KeyUsedDifferently when the key was used with other arguments.
    Call it after the lock, or two racing repeats both miss it.
    """
    act = _act.get()
    first = Event.objects.filter(actor=act.actor, verb=act.verb, key=act.key).first()
    if first is None:
        return None
    if first.arguments != act.arguments(_salt_of(first)) and not _is_forgotten(first):
        raise KeyUsedDifferently(
            f"Key {act.key!r} already stands for {act.verb} with other arguments. "
            "Use a new key for a new act."
        )
    return apps.get_model(first.about_type)._default_manager.get(uid=first.about_uid)


def _salt_of(event: Event) -> str:
    return Salt.objects.filter(event=event).values_list("salt", flat=True).first() or ""


def _is_forgotten(event: Event) -> bool:
    """Say whether nobody can know any more with which personal data an act was done."""
    return "personal" in event.data and not _salt_of(event)


def record(
    kind: str,
    *,
    about: models.Model,
    engagement: Chained | None = None,
    subject: UUID | None = None,
    data: Mapping[str, object] | None = None,
) -> Event:
    """Insert the event of the running act; the pump gives it its place later.

    ``engagement`` chooses the chain (None: the installation's own), ``data``
    what the event says beyond who, what and when: no personal data, to which
    the verb's ``personal`` arguments are committed.
    """
    act = _act.get(None)
    if act is None:
        raise NotAnAct(f"{kind} was recorded outside a verb.")
    event = Event(
        organisation_id=engagement.organisation_id if engagement else None,
        engagement_uid=engagement.uid if engagement else None,
        kind=kind,
        verb=act.verb,
        actor=act.actor,
        key=act.key,
        arguments=act.arguments(act.salt),
        about_type=about._meta.label_lower,
        about_uid=about.uid,  # type: ignore[attr-defined]
        subject=subject,
        at=now(),
    )
    said = dict(data or {})
    if act.personal:
        said["personal"] = said_of(about, act.personal, act.salt)
    event.body = canonical(_said_by(event, said)).decode()
    event.save(force_insert=True)
    if act.personal:
        Salt.objects.create(event=event, salt=act.salt)
    return event


def _said_by(event: Event, data: Mapping[str, object]) -> dict[str, object]:
    return {
        "about": {"type": event.about_type, "uid": event.about_uid},
        "actor": event.actor,
        "arguments": event.arguments,
        "at": event.at.isoformat(),
        "data": data,
        "engagement": event.engagement_uid,
        "key": event.key,
        "kind": event.kind,
        "program": peritus.__version__,
        "subject": event.subject,
        "verb": event.verb,
    }
