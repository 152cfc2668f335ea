"""Tokens by which programs call the API: made once, kept by hash, noted by the day."""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

from peritus.journal.acts import in_transaction
from peritus.journal.clock import now
from peritus.sign_in.models import ApiToken

PREFIX: Final = "peritus_"  # so that scanners find tokens that leaked into code
SECRET_BYTES: Final = 32


def new_token() -> str:
    """Return a token: 256 random bits under a prefix that is known."""
    return PREFIX + secrets.token_urlsafe(SECRET_BYTES)


def token_digest(secret: str) -> str:
    """Return under which hash a token is kept; it is too long to guess, so no salt is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def token_that_counts(secret: str) -> ApiToken | None:
    """Return the token that a program holds, with its person, and note the day.

    None where it was never made, is revoked, past its time, or its person is gone.
    """
    standing = ApiToken.objects.filter(revoked_at=None, expires_at__gt=now(), user__is_active=True)
    found = standing.select_related("user").filter(digest=token_digest(secret)).first()
    if found and found.last_used_on != now().date():
        used = ApiToken.objects.filter(pk=found.pk)
        in_transaction(lambda: used.update(last_used_on=now().date()))
    return found
