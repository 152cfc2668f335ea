"""Import a file of items at the command line, and write what was refused."""

from __future__ import annotations

from pathlib import Path

import click

from peritus.accounts.models import User
from peritus.engagements.models import Engagement
from peritus.engagements.queries import engagements_seen_by
from peritus.intake.queries import reject_file
from peritus.intake.verbs import import_items
from peritus.journal.canonical import digest, sha256
from peritus.journal.errors import PeritusError
from peritus.journal.sight import seeing
from peritus.work.sight import sight_of


def import_items_of(code: str, file: Path, *, email: str, lot: str | None) -> int:
    """Import a file as somebody; return 0 when every row went in, else 1.

    Raises ClickException when nothing could be read or nothing is allowed.
    """
    content = file.read_bytes()
    try:
        user = User.objects.get(email__iexact=email)
        with seeing(sight_of(user)):
            engagement = engagements_seen_by(user).get(code=code)
            key = f"import:{digest([code, lot, file.name, sha256(content)])}"
            run = import_items(
                engagement.pk, content, file_name=file.name, lot_code=lot, by=user, key=key
            )
    except User.DoesNotExist:
        raise click.ClickException(f"Nobody signs in with {email}.") from None
    except Engagement.DoesNotExist:
        raise click.ClickException(f"{email} sees no engagement {code!r}.") from None
    except PeritusError as no:
        raise click.ClickException(str(no)) from no
    click.echo(f"{run.accepted} in, {run.unchanged} unchanged, {run.rejected} rejected.")
    if not run.rejected:
        return 0
    rejects = file.with_name(f"{file.name}.rejects.csv")
    rejects.write_bytes(reject_file(run))
    click.echo(f"The rejected rows, each with its reason: {rejects}")
    return 1
