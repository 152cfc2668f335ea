"""The role that serves users on PostgreSQL: it owns nothing and bypasses nothing.

Policies do not hold for a table's owner, a superuser, or a role with BYPASSRLS. So
tables are migrated as one role, and everything else connects as another.
"""

from __future__ import annotations

import re
from typing import Any, Final

from django.db import connection, transaction

from peritus.accounts.errors import RoleNotGranted, RoleUnfit
from peritus.accounts.policies import guarded_models, policy_faults
from peritus.journal.models import Event
from peritus.journal.sight import has_policies

ROLE_NAME: Final = re.compile(r"[a-z_][a-z0-9_]{0,62}")

TO_DO: Final = (
    "Make a role to serve with, once, connected as the owner: `peritus database-role NAME`. "
    "Then let DATABASE_URL name that role; only `peritus migrate` and `peritus database-role` "
    "run as the owner. See docs/howto/postgresql.md."
)

_ATTRIBUTES = "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
# Whoever may become the owner is refused too: an owner's rows are not held back.
_OWNED = """
SELECT relname FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relname = ANY(%s)
  AND pg_has_role(current_user, relowner, 'MEMBER') ORDER BY relname
"""


def role_faults() -> list[str]:
    """Say why policies would not hold for the role that is connected; nothing on SQLite."""
    if not has_policies():
        return []
    with connection.cursor() as cursor:
        cursor.execute(_ATTRIBUTES)
        superuser, bypasses = cursor.fetchone()
    owned = _owned_tables()
    faults = []
    if superuser:
        faults.append("It is a superuser.")
    if bypasses:
        faults.append("It has BYPASSRLS.")
    if owned and not superuser:
        faults.append(f"It owns {len(owned)} tables of client data, {owned[0]} among them.")
    return faults


def _owned_tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_OWNED, [_tables()])
        return [row[0] for row in cursor.fetchall()]


def require_owner() -> None:
    """Refuse to migrate tables that another role owns; where there are none yet, anybody may.

    Raises RoleUnfit.
    """
    made = has_policies() and set(_tables()) & set(connection.introspection.table_names())
    if made and not _owned_tables():
        raise RoleUnfit(["Migrate as the role that owns the tables; this one serves."])


def require_serving_role() -> None:
    """Refuse to serve where the database would not hold clients' rows apart.

    Raises RoleUnfit with what is wrong and what to do.
    """
    if faults := role_faults():
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            told = f"Policies do not hold for the role that is connected, {cursor.fetchone()[0]}."
        raise RoleUnfit([told, *faults, TO_DO])
    if faults := policy_faults():
        raise RoleUnfit([*faults, "Run `peritus migrate` as the role that owns the tables."])


def let_serve(role: str, password: str = "") -> None:
    """Make a role if it is not there, and give it the rights to serve; repeating changes nothing.

    It reads and writes rows; of events it sets the seal only, and deletes none.
    Without a password it can sign in only as the server's own rules let it.
    Raises RoleNotGranted.
    """
    if blockers := _grant_blockers(role):
        raise RoleNotGranted(blockers)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        verb = "ALTER" if cursor.fetchone() else "CREATE"
        quoted = connection.ops.quote_name(role)
        cursor.execute(f"{verb} ROLE {quoted} LOGIN")
        if password:
            cursor.execute(f"ALTER ROLE {quoted} PASSWORD %s", [_scrambled(role, password)])
        cursor.execute("SELECT quote_ident(current_schema())")
        for statement in _grants(quoted, cursor.fetchone()[0]):
            cursor.execute(statement)


def _grant_blockers(role: str) -> list[str]:
    if not has_policies():
        return ["Only PostgreSQL has roles; this installation runs on SQLite."]
    if not ROLE_NAME.fullmatch(role):
        return [f"A role's name is lower-case letters, digits and _; {role[:63]!r} came."]
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = %s", [role])
        unfit = cursor.fetchone() or (False,)
        cursor.execute("SELECT current_user = %s", [role])
        itself = cursor.fetchone()[0]
    blockers = [f"Run `peritus migrate` first. {fault}" for fault in policy_faults()]
    if not all(name in connection.introspection.table_names() for name in _tables()):
        blockers.append("Run `peritus migrate` first: tables are missing.")
    if unfit[0]:
        blockers.append(f"{role} is a superuser or has BYPASSRLS; choose another name.")
    if itself:
        blockers.append(f"{role} is connected now, as the owner; choose another name.")
    return blockers


def _tables() -> list[str]:
    return [model._meta.db_table for model in guarded_models()]


def _scrambled(role: str, password: str) -> str:
    """Return the password as the server keeps it, so that it stands in no log."""
    session: Any = connection.connection
    kept: bytes = session.pgconn.encrypt_password(
        password.encode(), role.encode(), b"scram-sha-256"
    )
    return kept.decode()


def _grants(role: str, schema: str) -> list[str]:
    quote, events = connection.ops.quote_name, Event._meta.db_table
    database, rows = quote(connection.settings_dict["NAME"]), "SELECT, INSERT, UPDATE, DELETE"
    later = f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT"
    return [
        f"GRANT CONNECT ON DATABASE {database} TO {role}",
        f"GRANT USAGE ON SCHEMA {schema} TO {role}",
        f"GRANT {rows} ON ALL TABLES IN SCHEMA {schema} TO {role}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
        f"{later} {rows} ON TABLES TO {role}",
        f"{later} USAGE ON SEQUENCES TO {role}",
        f"REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}",
        f"REVOKE UPDATE, DELETE ON {events} FROM {role}",
        f"GRANT UPDATE (place, hash) ON {events} TO {role}",
    ]


def isolation_sentence() -> str:
    """Say what holds one client's rows apart from another's on this installation."""
    if has_policies():
        return "PostgreSQL holds each client's rows apart, by policies and by keys."
    return (
        "SQLite: queries and keys alone hold clients apart. Meant for one provider's own use on "
        "one machine; where clients sign in, use PostgreSQL (docs/howto/postgresql.md)."
    )
