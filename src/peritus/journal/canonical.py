"""Canonical JSON (RFC 8785) of whatever an act is called with or says."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from uuid import UUID

import rfc8785

LARGEST_INTEGER = 2**53 - 1


def plain(value: object) -> object:
    """Return the value as JSON types; money, dates, ids, large integers as text.

    Bytes stand as their SHA-256. Raises TypeError for anything else.
    """
    if value is None or isinstance(value, bool | str | float):
        return value
    if isinstance(value, int):
        return value if abs(value) <= LARGEST_INTEGER else str(value)
    if isinstance(value, bytes):
        return sha256(value)
    return _plain_structure(value)


def _plain_structure(value: object) -> object:
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return plain(value.value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(name): plain(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    raise TypeError(f"{type(value).__name__} has no canonical JSON form")


def canonical(value: object) -> bytes:
    """Return the one byte string that stands for ``value``."""
    return rfc8785.dumps(plain(value))  # type: ignore[arg-type]


def sha256(data: bytes) -> str:
    """Return the SHA-256 of ``data`` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def digest(value: object) -> str:
    """Return the SHA-256 of the canonical form, in hexadecimal."""
    return sha256(canonical(value))
