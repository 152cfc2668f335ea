"""Append-only, held by the database itself on SQLite and PostgreSQL."""

from __future__ import annotations

from typing import Any

from django.db import connections

_TABLE = "journal_event"
_FIELDS = (
    "id", "organisation_id", "engagement_uid", "kind", "verb", "actor", "key", "arguments",
    "about_type", "about_uid", "subject", "at", "body",
)  # fmt: skip


def _sqlite_statements() -> list[str]:
    changed = " OR ".join(f'OLD."{field}" IS NOT NEW."{field}"' for field in _FIELDS)
    refuse = "BEGIN SELECT RAISE(ABORT, 'append-only'); END"
    return [
        f"DROP TRIGGER IF EXISTS {_TABLE}_no_update",
        f"DROP TRIGGER IF EXISTS {_TABLE}_no_delete",
        (
            f"CREATE TRIGGER {_TABLE}_no_update BEFORE UPDATE ON {_TABLE} "
            f"WHEN OLD.place IS NOT NULL OR {changed} {refuse}"
        ),
        f"CREATE TRIGGER {_TABLE}_no_delete BEFORE DELETE ON {_TABLE} {refuse}",
    ]


def _postgresql_statements() -> list[str]:
    old = ", ".join(f'OLD."{field}"' for field in _FIELDS)
    new = ", ".join(f'NEW."{field}"' for field in _FIELDS)
    return [
        (
            "CREATE OR REPLACE FUNCTION journal_append_only() RETURNS trigger LANGUAGE plpgsql "
            "AS $$ BEGIN RAISE EXCEPTION 'append-only'; END $$"
        ),
        f"DROP TRIGGER IF EXISTS {_TABLE}_no_update ON {_TABLE}",
        f"DROP TRIGGER IF EXISTS {_TABLE}_no_delete ON {_TABLE}",
        (
            f"CREATE TRIGGER {_TABLE}_no_update BEFORE UPDATE ON {_TABLE} FOR EACH ROW "
            f"WHEN (OLD.place IS NOT NULL OR ({old}) IS DISTINCT FROM ({new})) "
            "EXECUTE FUNCTION journal_append_only()"
        ),
        (
            f"CREATE TRIGGER {_TABLE}_no_delete BEFORE DELETE OR TRUNCATE ON {_TABLE} "
            "FOR EACH STATEMENT EXECUTE FUNCTION journal_append_only()"
        ),
    ]


def install_triggers(using: str = "default", **_signal: Any) -> None:  # noqa: ANN401
    """Create the triggers anew; called after every migration."""
    connection = connections[using]
    sqlite = connection.vendor == "sqlite"
    statements = _sqlite_statements() if sqlite else _postgresql_statements()
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def installed_triggers(using: str = "default") -> set[str]:
    """Return the names of the append-only triggers that the database has."""
    connection = connections[using]
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s"
        if connection.vendor == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE tgrelid = to_regclass(%s) AND NOT tgisinternal"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [_TABLE])
        return {row[0] for row in cursor.fetchall()}


EXPECTED = frozenset({f"{_TABLE}_no_update", f"{_TABLE}_no_delete"})
