"""Tests build their tables from the models: the migrations must give the very same."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterable

import pytest
from django.db import connection

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
BY_THE_COMMAND_ALONE = {"django_migrations"}


def tables(rows: Iterable[tuple[str, str, str]]) -> dict[str, tuple[str, str, list[str]]]:
    """Return each table, index and trigger with its clauses, in whatever order they stand."""
    found = {}
    for kind, name, text in rows:
        head, _, clauses = re.sub(r"\s+", " ", text).removesuffix(")").partition(" (")
        if name not in BY_THE_COMMAND_ALONE:
            found[name] = kind, head, sorted(re.split(r", (?=\"|CONSTRAINT|FOREIGN)", clauses))
    return found


QUERY = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"


def test_migrations_give_the_tables_of_the_models(tmp_path):
    if connection.vendor != "sqlite":
        pytest.skip("on PostgreSQL the journeys run on tables that the migrations made")
    command = [sys.executable, "-m", "django", "migrate", "--verbosity=0"]
    home = {"PERITUS_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "peritus.settings"}
    subprocess.run(command, env=os.environ | home, check=True, timeout=300)
    [database] = tmp_path.glob("*.sqlite3")

    with sqlite3.connect(database) as migrated, connection.cursor() as cursor:
        cursor.execute(QUERY)
        assert tables(migrated.execute(QUERY)) == tables(cursor.fetchall())
