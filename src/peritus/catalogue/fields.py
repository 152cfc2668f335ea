"""Read fields of work from the rows of a taxonomy: our own form, ESCO's or O*NET's.

Our own has the columns ``code``, ``label`` and ``broader``. ESCO: its CSV of
occupations or skills, or of broader relations. O*NET: its table of occupations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Final

ESCO, ONET = "esco", "onet"
LONGEST_CODE, LONGEST_LABEL = 120, 200
RELEASED: Final = {"", "released"}


@dataclass(frozen=True)
class FieldRow:
    """One field as a row says it; ``number`` is the row's, as a spreadsheet shows it.

    Without a label the row says only to what a known field belongs.
    """

    number: int
    code: str
    label: str
    broader: str = ""


class FieldsNotRead(ValueError):
    """The columns are those of no taxonomy that is known; the message names what is."""


def field_rows(rows: Iterable[tuple[int, Mapping[str, str]]]) -> list[FieldRow]:
    """Return the fields that rows with their numbers speak of. Raises FieldsNotRead."""
    read: list[FieldRow] = []
    places: dict[str, str] = {}
    reader = None
    for number, values in rows:
        reader = reader or _reader_of(set(values))
        if found := reader(number, values):
            read.append(found)
            places[f"{_PLACE}{values.get('code', '').strip()}"] = found.code
    codes = {each.code for each in read}
    return [_placed(each, places, codes) for each in read]


def _placed(row: FieldRow, places: Mapping[str, str], codes: set[str]) -> FieldRow:
    """Return a row below another of its file, where its code only says so: elsewhere by none."""
    if row.broader.startswith(_PLACE):
        return replace(row, broader=places.get(row.broader, ""))
    if row.code.startswith(f"{ONET}:") and row.broader not in codes:
        return replace(row, broader="")
    return row


def own_fields() -> list[FieldRow]:
    """Return the small taxonomy that comes with Peritus, for its packs' trades."""
    text = (files("peritus.catalogue") / "fields.txt").read_text(encoding="utf-8")
    parted = (line.split("|") for line in text.splitlines() if "|" in line)
    return [
        FieldRow(number, code.strip(), label.strip(), broader.strip())
        for number, (code, label, broader) in enumerate(parted, start=1)
    ]


Reader = Callable[[int, Mapping[str, str]], FieldRow | None]


def _own(number: int, values: Mapping[str, str]) -> FieldRow:
    code, label, broader = (values.get(name, "").strip() for name in ("code", "label", "broader"))
    return FieldRow(number, code, label, broader)


def _esco(number: int, values: Mapping[str, str]) -> FieldRow | None:
    """Read an occupation, skill or group; its place among others is told by its dotted code."""
    if values.get("status", "").strip() not in RELEASED:
        return None
    above = values.get("code", "").strip().rpartition(".")[0]
    place = f"{_PLACE}{above}" if above else ""
    return FieldRow(number, _tail(values["conceptUri"]), values["preferredLabel"].strip(), place)


def _esco_relation(number: int, values: Mapping[str, str]) -> FieldRow:
    return FieldRow(number, _tail(values["conceptUri"]), "", _tail(values["broaderUri"]))


def _onet(number: int, values: Mapping[str, str]) -> FieldRow:
    """Read an occupation: 15-1299.08 is a part of 15-1299.00."""
    code = values["O*NET-SOC Code"].strip()
    whole, _, detail = code.partition(".")
    broader = f"{ONET}:{whole}.00" if detail.strip("0") else ""
    return FieldRow(number, f"{ONET}:{code}", values["Title"].strip(), broader)


_PLACE: Final = "at "  # an ESCO code stands for a place until all rows are read


def _tail(uri: str) -> str:
    tail = uri.strip().rstrip("/").rpartition("/")[2]
    return f"{ESCO}:{tail}" if tail else ""


_READERS: Final[tuple[tuple[frozenset[str], Reader], ...]] = (
    (frozenset({"code", "label"}), _own),
    (frozenset({"conceptUri", "preferredLabel"}), _esco),
    (frozenset({"conceptUri", "broaderUri"}), _esco_relation),
    (frozenset({"O*NET-SOC Code", "Title"}), _onet),
)


def _reader_of(columns: set[str]) -> Reader:
    for wanted, reader in _READERS:
        if wanted <= columns:
            return reader
    known = "; ".join(", ".join(sorted(wanted)) for wanted, _ in _READERS)
    came = ", ".join(sorted(columns))[:200]
    raise FieldsNotRead(f"A taxonomy has one of these pairs of columns: {known}. {came} came.")
