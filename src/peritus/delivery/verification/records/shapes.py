"""Parsed JSON as typed records; whatever does not fit is a fault."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from functools import cache
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from peritus.delivery.verification.report import PackFault, demand
from peritus.journal.canonical import canonical
from peritus.journal.signatures import IN_HEX

T = TypeVar("T")


def one(kind: type[T], name: str, members: Mapping[str, bytes]) -> T:
    return shaped(kind, _object(name, members[name]), name)


def optional(kind: type[T], name: str, members: Mapping[str, bytes]) -> T | None:
    return one(kind, name, members) if name in members else None


def lines_of(kind: type[T], name: str, members: Mapping[str, bytes]) -> tuple[T, ...]:
    raw = members[name]
    demand(not raw or raw.endswith(b"\n"), f"{name}: the last line does not end.")
    lines = raw.split(b"\n")[:-1]
    return tuple(
        shaped(kind, _object(f"{name}, line {number}", line), f"{name}, line {number}")
        for number, line in enumerate(lines, start=1)
    )


def _object(part: str, raw: bytes) -> dict[str, Any]:
    """Parse canonical JSON; one written otherwise could be read in two ways."""
    try:
        value = json.loads(raw)
        written = canonical(value)
    except (ValueError, TypeError, RecursionError) as error:
        raise PackFault(f"{part}: no JSON that can be read ({error}).") from None
    demand(isinstance(value, dict), f"{part}: an object is wanted.")
    demand(written == raw, f"{part}: not in canonical form (RFC 8785).")
    return dict(value)


def parsed(kind: type[T], text: str, part: str) -> T:
    """Make a record of canonical JSON that stands as a text in a record."""
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        raise PackFault(f"{part}: a text that has no UTF-8.") from None
    return shaped(kind, _object(part, raw), part)


def bytes_of(text: str, part: str) -> bytes:
    """Return the bytes that a text gives in hex, in small letters and not none of them."""
    demand(IN_HEX.fullmatch(text) is not None, f"{part}: {text[:40]!r} is no text in hex.")
    return bytes.fromhex(text)


def shaped(kind: type[T], row: object, part: str) -> T:
    """Make a record of a parsed object; raises PackFault for a field that does not fit."""
    demand(isinstance(row, dict), f"{part}: an object is wanted.")
    given: dict[str, Any] = dict(row)  # type: ignore[call-overload]
    hints, wanted = _shape_of(kind)  # type: ignore[arg-type]
    amiss = sorted((set(given) - set(hints)) | (wanted - set(given)))
    demand(not amiss, f"{part}: fields {amiss} are amiss.")
    for name, value in given.items():
        demand(_fits(value, hints[name]), f"{part}: {name} is {str(value)[:40]!r}.")
    return kind(**given)


@cache
def _shape_of(kind: type) -> tuple[dict[str, Any], set[str]]:
    """Return the types of a record's fields, and the names of those that must be there."""
    wanted = {each.name for each in fields(kind) if _is_wanted(each)}
    return get_type_hints(kind), wanted


def _is_wanted(each: Field[Any]) -> bool:
    """Say whether a field must be there: one with a default may be left out."""
    return each.default is MISSING and each.default_factory is MISSING


def _fits(value: object, hint: Any) -> bool:  # noqa: ANN401 - a type
    if isinstance(hint, UnionType):
        return any(_fits(value, each) for each in get_args(hint))
    if hint is Any:
        return True
    if hint in {int, float}:
        numbers = (int, float) if hint is float else int
        return isinstance(value, numbers) and not isinstance(value, bool)
    origin = get_origin(hint)
    if origin is list:
        return isinstance(value, list) and all(_fits(each, get_args(hint)[0]) for each in value)
    if origin is dict:
        wanted = get_args(hint)[1]
        return isinstance(value, dict) and all(_fits(each, wanted) for each in value.values())
    return isinstance(value, hint)
