"""Bring a bench from a file: people and what they claim, all rows or none.

A row is a person with at most one credential; more rows with the same address
add credentials to the same person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import partial
from itertools import groupby
from typing import Any, Final, NamedTuple

from django.db import transaction

from peritus.accounts.models import Organisation, Role, User
from peritus.accounts.verbs import grant_role, register_person
from peritus.bench.fields import codes_named
from peritus.bench.models import Expert
from peritus.bench.rules import REGISTER_EXPERT
from peritus.bench.verbs import claim_credential, describe_expert, name_fields, register_expert
from peritus.intake.errors import FileRefused
from peritus.intake.reading import Row, read_file
from peritus.journal.acts import in_transaction
from peritus.journal.canonical import sha256
from peritus.journal.errors import Blocked

MOST_ROWS: Final = 200  # each person is six acts, and on SQLite nobody else writes meanwhile
MOST_SAID: Final = 20
OF_PERSON: Final = (
    "name", "email", "country", "nationality", "team", "weekly_hours", "at_once", "fields",
)  # fmt: skip
OF_CLAIM: Final = (
    "kind", "title", "field", "level", "years", "issuer", "number", "jurisdiction", "issued",
    "expires",
)  # fmt: skip
COLUMNS: Final = (*OF_PERSON, *OF_CLAIM)
WANTED: Final = ("name", "email")


class Imported(NamedTuple):
    """How many people came to the bench, and how many credentials were claimed for them."""

    experts: int
    claims: int


class _RowRefused(ValueError):
    """A cell cannot be read; the message names its column."""


@dataclass(frozen=True)
class _Line:
    """A row as typed values; without a claim it only says who somebody is."""

    number: int
    person: Mapping[str, Any]
    claim: Mapping[str, Any]


def import_experts(content: bytes, file_name: str, *, by: User, key: str) -> Imported:
    """Register, describe and claim for everybody in a file, in one transaction.

    A repeat with the same ``key`` changes nothing. Raises FileRefused, which names
    each row that is amiss; then nobody came to the bench.
    """
    REGISTER_EXPERT.require(by)
    lines, faults = _lines(read_file(content, file_name, most_rows=MOST_ROWS).rows)
    people = _by_address(lines)
    faults += [fault for several in people for fault in _contradictions(several)]
    _refuse(faults)

    def work() -> Imported:
        found = [_brought(several, by, f"{key}:{several[0].number}") for several in people]
        _refuse([fault for faults in found for fault in faults])
        return Imported(len(people), sum(bool(line.claim) for line in lines))

    return in_transaction(work)


def _refuse(faults: Sequence[str]) -> None:
    more = len(faults) - MOST_SAID
    if faults:
        raise FileRefused([*faults[:MOST_SAID], *([f"{more} more."] if more > 0 else [])])


# Reading


def _lines(rows: Iterable[Row]) -> tuple[list[_Line], list[str]]:
    lines, faults = [], []
    for row in rows:
        _know_columns(row.values)
        try:
            lines.append(_line(row))
        except _RowRefused as no:
            faults.append(f"Row {row.number}: {no}")
    return lines, faults


def _know_columns(values: Mapping[str, str]) -> None:
    unknown = [name for name in values if name not in COLUMNS]
    missing = [name for name in WANTED if values and name not in values]
    if unknown or missing:
        said = f"no column {missing[0]!r}" if missing else f"a column {unknown[0][:60]!r}"
        raise FileRefused([f"The file has {said}. A bench has: {', '.join(COLUMNS)}."])


def _line(row: Row) -> _Line:
    if row.reason:
        raise _RowRefused(row.reason)
    said = {name: row.values.get(name, "").strip() for name in COLUMNS}
    person = {name: said[name] for name in OF_PERSON} | {
        "email": said["email"].lower(),
        "country": said["country"].upper(),
        "nationality": said["nationality"].upper(),
        "weekly_hours": _read(said, "weekly_hours", Decimal, "a number such as 20"),
        "at_once": _read(said, "at_once", int, "a whole number such as 3"),
    }
    if not any(said[name] for name in OF_CLAIM):
        return _Line(row.number, person, {})
    claim = {name: said[name] for name in OF_CLAIM} | {
        "kind": said["kind"].lower(),
        "years": _read(said, "years", int, "a whole number such as 4") or 0,
        "issued": _read(said, "issued", date.fromisoformat, "a day such as 2026-03-10"),
        "expires": _read(said, "expires", date.fromisoformat, "a day such as 2026-03-10"),
    }
    if claim["issued"] is None:
        raise _RowRefused("a credential needs the day on which it was issued, such as 2026-03-10.")
    return _Line(row.number, person, claim)


def _read(
    said: Mapping[str, str], name: str, as_value: Callable[[str], Any], wanted: str
) -> Any | None:  # noqa: ANN401 - a number or a day
    if not said[name]:
        return None
    try:
        value = as_value(said[name])
    except (ValueError, InvalidOperation):
        value = None
    if value is None or (isinstance(value, Decimal) and not value.is_finite()):
        raise _RowRefused(f"{name} is {wanted}; {said[name][:40]!r} came.")
    return value


def _by_address(lines: Sequence[_Line]) -> list[list[_Line]]:
    """Return the lines of each person, people in the order of their first line."""
    first = {line.person["email"]: line.number for line in reversed(lines)}

    def place(line: _Line) -> int:
        return first[line.person["email"]]

    return [list(several) for _, several in groupby(sorted(lines, key=place), place)]


def _contradictions(several: Sequence[_Line]) -> list[str]:
    """Say where a later line of a person says something else of them than the first."""
    first, *later = several
    return [
        f"Row {line.number}: {name} differs from row {first.number}, which has the same address."
        for line in later
        for name in OF_PERSON
        if line.person[name] not in ("", None, first.person[name])
    ]


# Bringing


def _brought(several: Sequence[_Line], by: User, key: str) -> list[str]:
    """Bring one person with their claims; return what is amiss, by row."""
    first, came = several[0], list[Expert]()
    faults = _tried(first.number, lambda: came.append(_registered(first.person, by, key)))
    for line in several:
        if came and line.claim:
            faults += _tried(line.number, partial(_claimed, came[0], line, by, key))
    return faults


def _tried(number: int, act: Callable[[], None]) -> list[str]:
    """Do a part of the work in a savepoint of its own; return what stands in its way."""
    try:
        with transaction.atomic():
            act()
    except Blocked as no:
        return [f"Row {number}: {blocker}" for blocker in no.blockers]
    return []


def _registered(person: Mapping[str, Any], by: User, key: str) -> Expert:
    handle = f"p-{sha256(key.encode())[:20]}"  # says nothing of who it is
    name, email = person["name"], person["email"]
    user = register_person(handle, name=name, email=email, by=by, key=key)
    provider = Organisation.objects.get(kind=Organisation.Kind.PROVIDER)
    grant_role(user.pk, provider.pk, Role.EXPERT, by=by, key=key)
    kind = Expert.Kind.PERSON
    expert = register_expert(handle, user_id=user.pk, name=name, kind=kind, by=by, key=key)
    described = ("country", "nationality", "team", "weekly_hours", "at_once")
    said = {each: person[each] for each in described}
    describe_expert(expert.pk, **said, by=by, key=key)
    codes, faults = codes_named(person["fields"].split(";"))
    if faults:
        raise FileRefused(faults)
    if codes:
        name_fields(expert.pk, codes, by=by, key=key)
    return expert


def _claimed(expert: Expert, line: _Line, by: User, key: str) -> None:
    claim_credential(expert.pk, **line.claim, by=by, key=f"{key}:{line.number}")
