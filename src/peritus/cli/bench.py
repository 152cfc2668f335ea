"""Keep the bench at the command line."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import click

from peritus.accounts.models import User
from peritus.bench.verbs import import_fields
from peritus.catalogue.fields import own_fields
from peritus.intake.taxonomies import fields_in
from peritus.journal.errors import PeritusError


def import_fields_of(file: Path | None, *, email: str) -> None:
    """Import a taxonomy, without a file our own. Raises ClickException, which names the rows."""
    try:
        by = User.objects.get(email__iexact=email)
        if file is None:
            rows, source = own_fields(), "peritus"
        else:
            rows, source = fields_in(file.read_bytes(), file.name), file.name
        changed = import_fields(rows, source=source, by=by, key=uuid4().hex)
    except User.DoesNotExist:
        raise click.ClickException(f"Nobody signs in with {email}.") from None
    except PeritusError as no:
        said = getattr(no, "blockers", [str(no)])
        raise click.ClickException("\n       ".join(said)) from no
    click.echo(f"{len(rows)} fields read, {changed} new or changed.")
