"""Let a transaction see the rows of the organisations it is for, and no others.

On PostgreSQL each table of client data has a policy (``accounts.policies``) that
reads one setting of the transaction. It is told here, before a transaction's first
statement, and again where a block inside it sees more or less. Outside of a
transaction each statement gets one of its own. Whoever begins nothing here sees
no row. SQLite knows no policies: nothing is told there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum
from typing import Any, Final, Literal

from django.apps import apps
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

SETTING: Final = "peritus.organisations"


class _All(Enum):
    EVERYTHING = "every organisation"


Sight = frozenset[int] | Literal[_All.EVERYTHING]
"""Whose rows are seen: the ids of organisations, or everything."""

EVERYTHING: Final = _All.EVERYTHING

_sight: ContextVar[Sight | None] = ContextVar("sight", default=None)  # None: nothing was begun


def has_policies() -> bool:
    """Say whether the database can hold rows back by itself: PostgreSQL can."""
    return connection.vendor == "postgresql"


@contextmanager
def seeing(sight: Sight | Iterable[int]) -> Iterator[None]:
    """See the rows of these organisations only, until the block ends."""
    token = _sight.set(sight if sight is EVERYTHING else frozenset(sight))
    try:
        tell_again()
        yield
    finally:
        _sight.reset(token)
        tell_again()


@contextmanager
def seeing_everything() -> Iterator[None]:
    """See every organisation's rows: for the pump, and whatever acts for the provider."""
    with seeing(EVERYTHING):
        yield


def tell_again() -> None:
    """Tell the open transaction what is seen now: a block began or ended, a client is new.

    After a failed statement nothing can be told; rolling back restores what was told before.
    """
    session = connection.connection
    if has_policies() and session is not None and _status(session) == "INTRANS":
        _tell(session)


def _status(session: Any) -> str:  # noqa: ANN401 - psycopg is an optional extra
    """Return whether a transaction has begun (INTRANS), failed (INERROR) or not (IDLE)."""
    return str(session.info.transaction_status.name)


def _tell(session: Any) -> None:  # noqa: ANN401 - psycopg is an optional extra
    """Set what the policies read, until the transaction ends; past Django, as its BEGIN is."""
    sight = _sight.get()
    if sight is EVERYTHING:
        table = apps.get_model("accounts.Organisation")._meta.db_table
        every = f"(SELECT coalesce(array_agg(id), '{{}}')::text FROM {table})"  # noqa: S608 - ours
        session.execute(f"SELECT set_config('{SETTING}', {every}, true)")
    else:
        listed = "" if sight is None else f"{{{','.join(map(str, sorted(sight)))}}}"
        session.execute(f"SELECT set_config('{SETTING}', %s, true)", [listed])


def tell_each_transaction(connection: BaseDatabaseWrapper, **_signal: Any) -> None:  # noqa: ANN401
    """Have every transaction of a connection told what it sees; called when one is made."""
    if connection.vendor == "postgresql" and _telling not in connection.execute_wrappers:
        connection.execute_wrappers.append(_telling)


def _telling(
    execute: Callable[..., Any],
    sql: str,
    params: Any,  # noqa: ANN401 - whatever the statement takes
    many: bool,  # noqa: FBT001 - Django's signature
    context: dict[str, Any],
) -> Any:  # noqa: ANN401 - whatever Django's cursor returns
    """Do a statement; tell its transaction first, where it is the first one."""
    database = context["connection"]
    if _sight.get() is None or _status(database.connection) != "IDLE":
        return execute(sql, params, many, context)
    if database.in_atomic_block:
        _tell(database.connection)
        return execute(sql, params, many, context)
    with transaction.atomic(using=database.alias):
        _tell(database.connection)
        return execute(sql, params, many, context)
