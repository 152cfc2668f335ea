"""The ledger and the invoice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Ledger:
    """ledger.json."""

    entries: list[dict[str, Any]]


@dataclass(frozen=True)
class Entry:
    """One entry inside ledger.json."""

    entry: str
    fact: dict[str, str]
    posted_at: str
    sides: list[dict[str, Any]]


@dataclass(frozen=True)
class EntrySide:
    """One side of an entry."""

    account: str
    amount: str
    currency: str
    expert: str | None
    memo: str


@dataclass(frozen=True)
class Bill:
    """invoice.json."""

    client: str
    currency: str
    engagement: dict[str, str]
    honesty: list[str]
    issued_at: str
    lines: list[dict[str, Any]]
    number: str
    provider: str
    specimen: bool
    terms: list[dict[str, Any]]
    total: str
    uid: str


@dataclass(frozen=True)
class BillLine:
    """One line inside invoice.json."""

    amount: str
    freeze: str
    items: list[str]
    kind: str
    lot: str
    place: int
    quantity: int
    text: str
    trace: str
    uid: str
    unit_price: str
