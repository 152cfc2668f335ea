"""Keep the bench at the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import click

from peritus.accounts.models import User
from peritus.bench.verbs import import_fields
from peritus.catalogue.fields import own_fields
from peritus.intake.experts import import_experts
from peritus.intake.taxonomies import fields_in
from peritus.journal.errors import PeritusError


def import_fields_of(file: Path | None, *, email: str) -> None:
    """Import a taxonomy, without a file our own. Raises ClickException, which names the rows."""
    with _refusals_told():
        if file is None:
            rows, source = own_fields(), "peritus"
        else:
            rows, source = fields_in(file.read_bytes(), file.name), file.name
        changed = import_fields(rows, source=source, by=_somebody(email), key=uuid4().hex)
        click.echo(f"{len(rows)} fields read, {changed} new or changed.")


def import_experts_of(file: Path, *, email: str) -> None:
    """Import a bench, all rows or none. Raises ClickException, which names the rows."""
    with _refusals_told():
        by = _somebody(email)
        came = import_experts(file.read_bytes(), file.name, by=by, key=uuid4().hex)
        click.echo(f"{came.experts} experts came to the bench, {came.claims} credentials to check.")


def _somebody(email: str) -> User:
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        raise click.ClickException(f"Nobody signs in with {email}.")
    return user


@contextmanager
def _refusals_told() -> Iterator[None]:
    """Say at the command line what refuses, a line for each reason."""
    try:
        yield
    except PeritusError as no:
        said = getattr(no, "blockers", [str(no)])
        raise click.ClickException("\n       ".join(said)) from no
