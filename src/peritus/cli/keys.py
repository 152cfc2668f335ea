"""Keep the installation's signing keys at the command line."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import click

from peritus.accounts.queries import engine
from peritus.accounts.verbs import revoke_signing_key, rotate_signing_key
from peritus.journal.errors import PeritusError
from peritus.journal.models import SigningKey


def list_keys() -> None:
    """Print every key with its state, the first one first."""
    for key in SigningKey.objects.select_related("predecessor").order_by("id"):
        state = (
            f"revoked {key.revoked_at:%Y-%m-%d}: {key.revoked_because}" if key.revoked_at else ""
        )
        vouched = (
            f"vouched for by {key.predecessor.fingerprint[:16]}" if key.predecessor else "first"
        )
        click.echo(f"{key.fingerprint}  made {key.made_at:%Y-%m-%d}  {state or vouched}")


def rotate_key() -> None:
    """Make the next key, and print its fingerprint, which others compare."""
    made = _done(lambda: rotate_signing_key(by=engine(), key=uuid4().hex))
    click.echo(f"{made.fingerprint}  signs from now on; tell those who check our evidence.")


def revoke_key(fingerprint: str, because: str) -> None:
    """Revoke a key, and say what to do next."""
    found = _done(
        lambda: revoke_signing_key(fingerprint, because=because, by=engine(), key=uuid4().hex)
    )
    click.echo(f"{found.fingerprint}  is revoked. `peritus keys rotate` makes the next one.")


def _done(act: Callable[[], SigningKey]) -> SigningKey:
    try:
        return act()
    except PeritusError as refused:
        raise click.ClickException(str(refused)) from None
