"""Personal data outside the chain: events commit to it under a salt that can be forgotten.

An event never holds who somebody is, but SHA-256(salt ‖ canonical JSON) of it.
While the salt is there, anybody can see that what stands in the tables is what
was said. Once it is deleted nobody can find out by guessing, and no hash of the
chain changes.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar
from uuid import UUID

from django.db import models

from peritus.journal.canonical import canonical, sha256
from peritus.journal.models import Salt

F = TypeVar("F", bound=Callable[..., object])
SALT_BYTES = 32
_FIELDS = "personal_fields"


def personal(*fields: str) -> Callable[[F], F]:
    """Say which arguments of a verb are personal data: fields of what its event is about."""

    def marked(function: F) -> F:
        setattr(function, _FIELDS, fields)
        return function

    return marked


def personal_fields(verb: Callable[..., object]) -> tuple[str, ...]:
    """Return which arguments of a verb are personal data."""
    fields: tuple[str, ...] = getattr(verb, _FIELDS, ())
    return fields


def new_salt() -> str:
    """Return 32 random bytes, hexadecimal."""
    return secrets.token_hex(SALT_BYTES)


def commitment(salt: str, said: Mapping[str, object]) -> str:
    """Return SHA-256(salt ‖ canonical JSON), hexadecimal."""
    return sha256(bytes.fromhex(salt) + canonical(said))


def said_of(about: models.Model, fields: Iterable[str], salt: str) -> dict[str, object]:
    """Return what an event says of personal data: which fields, and the commitment to them."""
    values = {name: getattr(about, name) for name in fields}
    return {"commitment": commitment(salt, values), "fields": sorted(values)}


def changed_since_said(salt: Salt, about: models.Model) -> list[str]:
    """Return the fields of a row that its event committed to, if they changed since."""
    said = salt.event.data["personal"]
    now = said_of(about, said["fields"], salt.salt)
    return [] if now["commitment"] == said["commitment"] else said["fields"]


def forget(uids: Iterable[UUID]) -> int:
    """Delete the salts of all that was said of these rows, for ever; return how many."""
    count, _ = Salt.objects.filter(event__about_uid__in=list(uids)).delete()
    return count
