"""Put a requirement together part by part, as its plain JSON.

A path names a part by its places from the top: "" is the whole, "1.0" the first
part of the second. Nothing here is checked: ``requirement_of`` reads the whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

Expression = Mapping[str, Any]
ALL, ANY, AT_LEAST = "all", "any", "at_least"
JOINS: Final = (ALL, ANY, AT_LEAST)


def parts_of(expression: Expression) -> list[Expression] | None:
    """Return the parts that an expression joins; None where it is a single credential."""
    for word in (ALL, ANY):
        if word in expression:
            return list(expression[word])
    return list(expression["of"]) if AT_LEAST in expression else None


def joined_by(expression: Expression) -> tuple[str, int]:
    """Return how a group is joined, and how many of its parts must be met."""
    parts = parts_of(expression) or []
    if AT_LEAST in expression:
        return AT_LEAST, int(expression[AT_LEAST])
    return (ALL, len(parts)) if ALL in expression else (ANY, 1)


def group(word: str, parts: Sequence[Expression], least: int = 1) -> dict[str, Any]:
    """Return parts joined by a word; so many of them at the most must be met."""
    if word == AT_LEAST:
        return {AT_LEAST: min(max(least, 1), len(parts)), "of": list(parts)}
    return {word if word in JOINS else ALL: list(parts)}


def leaf(kind: str, title: str, **more: str | int) -> dict[str, Any]:
    """Return one credential wanted; what is empty is not asked for."""
    return {kind: title} | {name: value for name, value in more.items() if value}


def walk(expression: Expression, path: str = "") -> Iterator[tuple[str, Expression]]:
    """Return every part with its path, a group before its parts."""
    yield path, expression
    for place, part in enumerate(parts_of(expression) or []):
        yield from walk(part, f"{path}.{place}" if path else str(place))


def with_part(whole: Expression | None, path: str, part: Expression) -> Expression:
    """Add a part to the group at a path; a single credential there becomes a group of both."""
    if whole is None:
        return part

    def added(found: Expression) -> Expression:
        parts = parts_of(found)
        if parts is None:
            return group(ALL, [found, part])
        word, least = joined_by(found)
        return group(word, [*parts, part], least)

    return _changed(whole, _places(path), added) or part


def without_part(whole: Expression, path: str) -> Expression | None:
    """Take a part away, and a group that is left with nothing; None: nothing is left."""
    return _changed(whole, _places(path), lambda _found: None)


def grouped(whole: Expression, path: str) -> Expression:
    """Make a single credential a group of its own, to which alternatives can be added."""
    return _changed(whole, _places(path), lambda found: group(ANY, [found])) or whole


def joined(whole: Expression, path: str, word: str, least: int) -> Expression:
    """Join the group at a path by another word."""

    def with_word(found: Expression) -> Expression:
        parts = parts_of(found)
        return found if parts is None else group(word, parts, least)

    return _changed(whole, _places(path), with_word) or whole


def _places(path: str) -> list[int]:
    """Return the places that a path names; one that names none is of nothing there is."""
    return [int(each) if each.isdecimal() else -1 for each in path.split(".")] if path else []


def _changed(found: Expression, places: list[int], change: Any) -> Expression | None:  # noqa: ANN401 - from a part to another, or none
    if not places:
        changed: Expression | None = change(found)
        return changed
    parts, place = parts_of(found), places[0]
    if parts is None or not 0 <= place < len(parts):
        return found
    part = _changed(parts[place], places[1:], change)
    left = [*parts[:place], *([] if part is None else [part]), *parts[place + 1 :]]
    word, least = joined_by(found)
    return group(word, left, least) if left else None
