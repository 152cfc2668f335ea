"""Bring the database up to date, and make the role that serves from it."""

from __future__ import annotations

import click
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from peritus.accounts.errors import RoleNotGranted, RoleUnfit
from peritus.accounts.serving import let_serve, require_owner, require_serving_role
from peritus.journal.sight import has_policies


def bring_up_to_date() -> None:
    """Apply every migration; triggers and policies are put back after it."""
    try:
        require_owner()
    except RoleUnfit as no:
        raise click.ClickException(str(no)) from no
    call_command("migrate", verbosity=0, interactive=False)


def migrate_sqlite() -> None:
    """Bring SQLite up to date; on PostgreSQL whoever serves owns no table, and cannot."""
    if not has_policies():
        bring_up_to_date()


def require_fit_database() -> None:
    """Refuse a PostgreSQL that is behind this version, or a role that is not to serve.

    Raises RoleUnfit.
    """
    require_serving_role()
    if not has_policies():
        return
    executor = MigrationExecutor(connection)
    if behind := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        told = f"The database is {len(behind)} migrations behind this version."
        raise RoleUnfit([told, "Run `peritus migrate` as the role that owns the tables."])


def make_role(name: str, password: str) -> None:
    """Let a role serve, and say how to connect as it."""
    try:
        let_serve(name, password)
    except RoleNotGranted as no:
        raise click.ClickException("\n       ".join(no.blockers)) from no
    database = connection.settings_dict["NAME"]
    click.echo(f"{name} may serve. DATABASE_URL=postgresql://{name}@HOST/{database}")
