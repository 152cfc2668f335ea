"""What may go in, what stands there already, and what is refused and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from peritus.catalogue.packs import ItemShape
from peritus.engagements.models import Item
from peritus.intake.reading import Row

LONGEST = {
    "key": Item._meta.get_field("key").max_length or 0,
    "title": Item._meta.get_field("title").max_length or 0,
    "family": Item._meta.get_field("family").max_length or 0,
}


class Standing(NamedTuple):
    """Where an item stands already, and the row that it came from."""

    lot: str
    fields: Mapping[str, str]


@dataclass(frozen=True)
class Target:
    """What rows are checked against: the pack's shape, the lots, what stands there.

    ``lot`` takes every row; without it each row names its own.
    """

    shape: ItemShape
    lots: tuple[str, ...]
    standing: Mapping[str, Standing]
    lot: str = ""


class Reject(NamedTuple):
    """A row that did not go in."""

    number: int
    reason: str
    values: Mapping[str, str]


@dataclass
class Sorting:
    """The rows of a file, each in one of three places."""

    sound: dict[str, list[dict[str, str]]] = field(default_factory=dict)  # by lot
    unchanged: int = 0
    rejects: list[Reject] = field(default_factory=list)


def sort_rows(rows: Iterable[Row], target: Target) -> Sorting:
    """Put each row among the sound, the unchanged or the rejected ones.

    Of two rows with one key the first sound one counts.
    """
    sorting, taken = Sorting(), dict[str, int]()
    for row in rows:
        values = {name: cell for name, cell in row.values.items() if name}
        for name in ("key", "lot", "family"):
            if name in values:
                values[name] = values[name].strip()
        if reasons := [row.reason] if row.reason else _reasons(values, target, taken):
            shown = values or {"unreadable": row.raw}
            sorting.rejects.append(Reject(row.number, " ".join(reasons), shown))
            continue
        taken[values["key"]] = row.number
        if values["key"] in target.standing:
            sorting.unchanged += 1
        else:
            sorting.sound.setdefault(_lot_of(values, target), []).append(values)
    return sorting


def _lot_of(values: Mapping[str, str], target: Target) -> str:
    return target.lot or values.get("lot", "")


def _reasons(values: Mapping[str, str], target: Target, taken: Mapping[str, int]) -> list[str]:
    key = values.get("key", "")
    if not key:
        return ["The key is missing; every row needs one that no other row has."]
    if key in taken:
        return [f"Row {taken[key]} has the key {key[:80]!r} already."]
    if reasons := _lot_blockers(values, target) + target.shape.blockers(values):
        return reasons
    if standing := target.standing.get(key):
        return _differences(values, standing, target)
    return _length_blockers(values, target.shape)


def _lot_blockers(values: Mapping[str, str], target: Target) -> list[str]:
    named = values.get("lot", "")
    if target.lot and named not in {"", target.lot}:
        return [f"It names the lot {named[:80]!r}, but the file is imported into {target.lot!r}."]
    if not (target.lot or named):
        return ["It names no lot; fill the column lot, or choose one for the whole file."]
    if not target.lot and named not in target.lots:
        known = ", ".join(target.lots[:20]) or "none yet"
        return [f"There is no lot {named[:80]!r} here; open it first. Lots: {known}."]
    return []


def _differences(values: Mapping[str, str], standing: Standing, target: Target) -> list[str]:
    """Say how a row differs from the item that has its key; content never changes."""
    key = values["key"][:80]
    if _lot_of(values, target) != standing.lot:
        return [f"Item {key!r} stands in the lot {standing.lot!r} already."]
    compared = (*target.shape.columns, "family")
    other = [name for name in compared if values.get(name, "") != standing.fields.get(name, "")]
    if other:
        return [f"Item {key!r} stands with other content ({', '.join(other)}); use a new key."]
    return []


def _length_blockers(values: Mapping[str, str], shape: ItemShape) -> list[str]:
    lengths = {
        "key": len(values["key"]),
        "title": len(shape.content(values).title),
        "family": len(values.get("family", "")),
    }
    return [
        f"Its {name} has {length} characters; up to {LONGEST[name]} are kept."
        for name, length in lengths.items()
        if length > LONGEST[name]
    ]


def file_blockers(rows: Sequence[Row]) -> list[str]:
    """Say why no row of a file can go in, where one sentence says it for all."""
    readable = [row.values for row in rows if not row.reason]
    if readable and not any("key" in values for values in readable):
        names = ", ".join(sorted({name[:80] for name in readable[0]})[:20])
        return [f"The file needs a column named key; it has {names}."]
    return []
