"""The commands about the database itself; what they do on PostgreSQL, the journeys show."""

import click
import pytest
from click.testing import CliRunner
from django.db import connection

from peritus.cli.main import main

WITHOUT_DATABASE = {"audit", "statement", "verify", "verifier"}
AS_OWNER = {"migrate", "database-role"}


def commands_of(group, begun=False):
    """Return each command's name, and whether it or its group asks who may serve."""
    for name, command in group.commands.items():
        starts = begun or bool({"_start", "_act_for_provider"} & set(names_in(command)))
        if isinstance(command, click.Group):
            yield from commands_of(command, starts)
        else:
            yield name, starts


def names_in(command):
    return command.callback.__code__.co_names


def test_every_command_that_reads_the_database_says_for_whom():
    found = dict(commands_of(main))

    assert {name for name, starts in found.items() if not starts} == WITHOUT_DATABASE | AS_OWNER
    assert {"serve", "check", "retention", "rotate", "parked"} <= set(found)


@pytest.fixture
def sqlite(db):
    if connection.vendor != "sqlite":
        pytest.skip("on PostgreSQL tests/journeys/test_isolation.py runs the commands")


def test_database_role_says_that_sqlite_has_none(sqlite):
    ended = CliRunner().invoke(main, ["database-role", "peritus_serves"])

    assert ended.exit_code == 1
    assert "Error: Only PostgreSQL has roles" in ended.output


def test_check_says_what_sqlite_is_meant_for(sqlite):
    ended = CliRunner().invoke(main, ["check"])

    assert ended.exit_code == 0
    assert "SQLite: queries and keys alone hold clients apart." in ended.output
