"""Stable ids: the same thing has the same id in every run."""

from __future__ import annotations

from uuid import UUID, uuid5

PERITUS = UUID("6f3f0f0e-7c0b-5d0c-9a53-6d1f6f4c2b10")


def uid_of(parent: UUID, *parts: object) -> UUID:
    """Return uuid5 of the parent's id and the parts joined by a slash."""
    return uuid5(parent, "/".join(str(part) for part in parts))
