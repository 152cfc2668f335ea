"""Take JSON lines and JSON arrays apart, value by value."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

_BLANK = re.compile(r"[ \t\r\n]*")
_CUT_OFF = "what follows was not read; check whether the file was cut off."
LONGEST_RAW = 1_000


class Found(NamedTuple):
    """A value's number and columns, or the reason why it has none."""

    number: int
    values: Mapping[str, str]
    reason: str = ""
    raw: str = ""


class _Object(tuple[tuple[str, object], ...]):
    """The pairs of an object in their order, repeated names included."""

    __slots__ = ()


class _NotJson(str):
    """NaN and Infinity, which Python would read and JSON does not have."""

    __slots__ = ()


# Numbers stay the text that was written: 1.10 and 007 mean something to their writer.
_decoder = json.JSONDecoder(
    object_pairs_hook=_Object, parse_int=str, parse_float=str, parse_constant=_NotJson
)


def line_values(text: str) -> Iterator[Found]:
    """Yield the object on each line that is not blank."""
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = _decoder.decode(line.strip())
        except (ValueError, RecursionError) as error:
            yield Found(number, {}, f"It is not whole JSON: {_told(error)}.", line[:LONGEST_RAW])
        else:
            yield _found(number, value, line)


def array_values(text: str) -> Iterator[Found]:
    """Yield each element of an array; after a broken one the rest cannot be told apart."""
    at = _skip(text, _skip(text, 0) + 1)
    if text[at : at + 1] == "]":
        return
    number = 0
    while True:
        number += 1
        try:
            value, end = _decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            raw = text[at : at + LONGEST_RAW]
            yield Found(number, {}, f"It is not whole JSON: {_told(error)}; {_CUT_OFF}", raw)
            return
        yield _found(number, value, text[at : min(end, at + LONGEST_RAW)])
        at = _skip(text, end)
        if text[at : at + 1] != ",":
            break
        at = _skip(text, at + 1)
    yield from _after_the_last(number + 1, text, at)


def _after_the_last(number: int, text: str, at: int) -> Iterator[Found]:
    """Refuse whatever stands where the array should have ended."""
    closed = text[at : at + 1] == "]"
    rest = text[at + closed :].strip()
    if closed and rest:
        yield Found(number, {}, "It stands after the array's end.", rest[:LONGEST_RAW])
    elif rest:
        yield Found(number, {}, f"A comma or ] was wanted; {_CUT_OFF}", rest[:LONGEST_RAW])
    elif not closed:
        yield Found(number, {}, f"The array is not closed by ]; {_CUT_OFF}")


def _skip(text: str, at: int) -> int:
    blank = _BLANK.match(text, at)
    return blank.end() if blank else at


def _told(error: ValueError | RecursionError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno}, character {error.colno}"
    return "it is nested too deeply"


def _found(number: int, value: object, raw: str) -> Found:
    if not isinstance(value, _Object):
        reason = 'An object such as {"key": "…"} was wanted.'
        return Found(number, {}, reason, raw[:LONGEST_RAW])
    values: dict[str, str] = {}
    for name, cell in value:
        text = _as_text(cell)
        if text is None or name in values:
            fault = "must hold one text or number" if text is None else "is named twice"
            return Found(number, {}, f"{name[:80]} {fault}.", raw[:LONGEST_RAW])
        values[name] = text
    return Found(number, values)


def _as_text(cell: object) -> str | None:
    """Return a cell as text; None for what is no single text or number."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, str) and not isinstance(cell, _NotJson):
        return cell
    return None
