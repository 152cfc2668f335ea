"""Read the rows of an outside file: CSV, XLSX, JSON lines or a JSON array.

A row that cannot be read comes with its number and reason; the others follow.
A row's number in CSV or XLSX is the one a spreadsheet shows (the header is row
1), a JSON line's is its line, an array's its place from 1.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from itertools import islice
from typing import NamedTuple

from peritus.catalogue.cells import as_it_was
from peritus.intake.errors import FileRefused
from peritus.intake.json_rows import array_values, line_values
from peritus.intake.sheets import sheet_of
from peritus.intake.signatures import refuse_other_kind
from peritus.intake.text import MOST_BYTES, UNREADABLE, text_of

MOST_ROWS = 100_000
MOST_COLUMNS = 200
LONGEST_CELL = 100_000
MOST_OPEN_QUOTES = 20  # each costs a second look at the rest of the file
DELIMITERS = ",;\t|"
REJECT_COLUMNS = ("row", "reason")  # what a file of refused rows begins with

csv.field_size_limit(MOST_BYTES)  # the cells are measured here, with the row's number


@dataclass(frozen=True)
class Row:
    """One row as text by column; ``reason`` says why it cannot be used, "" if it can.

    ``raw`` is the text of a row that could not be taken apart.
    """

    number: int
    values: Mapping[str, str]
    reason: str = ""
    raw: str = ""


@dataclass(frozen=True)
class Reading:
    """A file's rows, and what should be known about how it was read."""

    rows: Iterator[Row]
    note: str


def read_file(
    content: bytes, file_name: str, *, sheet: str = "", most_rows: int = MOST_ROWS
) -> Reading:
    """Read a file by the ending of its name; ``sheet`` names one of a spreadsheet's.

    Raises FileRefused for a file whose bytes are of another kind than its name says;
    while the rows are taken also for too many of them, or none.
    """
    if ending_of(file_name) == "xlsx":
        found = sheet_of(content, sheet)
        return Reading(_within_limits(_rows_below_header(found.rows), most_rows), found.note)
    taken_apart = _reader_of(file_name)
    refuse_other_kind(content, ending_of(file_name))
    text, note = text_of(content)
    return Reading(_within_limits(taken_apart(text), most_rows), note)


def rows_of(content: bytes, file_name: str) -> Iterator[Row]:
    """Return the rows of a file; see ``read_file``."""
    return read_file(content, file_name).rows


def ending_of(file_name: str) -> str:
    """Return a name's ending in lower case, without its dot."""
    return file_name.lower().rpartition(".")[2]


def _reader_of(file_name: str) -> Callable[[str], Iterator[Row]]:
    readers = {
        "csv": _csv_rows,
        "tsv": _csv_rows,
        "dat": _load_file_rows,
        "jsonl": _line_rows,
        "ndjson": _line_rows,
        "json": _json_rows,
    }
    ending = ending_of(file_name)
    if ending not in readers:
        wanted = ", ".join(f".{name}" for name in (*readers, "xlsx"))
        raise FileRefused([f"A file's name ends in one of {wanted}; {file_name[-80:]!r} came."])
    return readers[ending]


def _within_limits(rows: Iterator[Row], most_rows: int) -> Iterator[Row]:
    read = 0
    for row in rows:
        read += 1
        if read > most_rows:
            raise FileRefused([f"Up to {most_rows:,} rows are read at once; split the file."])
        yield row if row.reason else Row(row.number, row.values, _cell_reason(row.values))
    if not read:
        raise FileRefused(["The file has no rows; at least one was wanted."])


def _cell_reason(values: Mapping[str, str]) -> str:
    if len(values) > MOST_COLUMNS:
        return f"It has {len(values)} columns; up to {MOST_COLUMNS} are read."
    for column, cell in values.items():
        if len(cell) > LONGEST_CELL:
            return f"{column[:80]} has {len(cell):,} characters; up to {LONGEST_CELL:,} are read."
        if fault := _characters_wrong(column) or _characters_wrong(cell):
            return f"{column[:80].encode(errors='replace').decode()} {fault}"
    return ""


def _characters_wrong(text: str) -> str:
    if "\x00" in text:
        return "holds a NUL character; remove it."
    if UNREADABLE in text:
        return "holds a character that was lost (U+FFFD); take it from the original."
    if not text.isascii() and re.search("[\ud800-\udfff]", text):
        return "holds half of a character (a lone surrogate); take it from the original."
    return ""


# Spreadsheets


def _rows_below_header(rows: Iterator[tuple[int, list[str]]]) -> Iterator[Row]:
    """Take the first row that holds something as header; pass over empty rows."""
    filled = ((number, cells) for number, cells in rows if any(map(str.strip, cells)))
    header = _header((number, (_without_empty_end(cells), "", "")) for number, cells in filled)
    for number, cells in filled:
        beyond = [cell for cell in cells[len(header) :] if cell.strip()]
        reason = "It has a value in a column that the header does not name." if beyond else ""
        yield Row(number, dict(zip(header, cells, strict=False)), reason, " | ".join(beyond))


def _without_empty_end(cells: list[str]) -> list[str]:
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    return cells


# CSV


def _csv_rows(text: str) -> Iterator[Row]:
    lines = list(StringIO(text, newline=""))
    return map(_sent_again, _parted_rows(lines, _Form(_delimiter(lines), '"')))


def _sent_again(row: Row) -> Row:
    """Take back what made a cell of our own file of refused rows harmless; others' stay."""
    if tuple(row.values)[:2] != REJECT_COLUMNS:
        return row
    cells = {as_it_was(name): as_it_was(cell) for name, cell in row.values.items()}
    return replace(row, values=cells)


def _load_file_rows(text: str) -> Iterator[Row]:
    """Read a review platform's load file: cells in thorns, parted by character 20."""
    return _parted_rows(list(StringIO(text, newline="")), _Form("\x14", "\xfe"))


class _Form(NamedTuple):
    """What parts a record's cells, and what a cell is put into."""

    delimiter: str
    quote: str


def _parted_rows(lines: Sequence[str], form: _Form) -> Iterator[Row]:
    records = enumerate(_records(lines, form), start=1)
    header = _header(records)
    for number, (cells, reason, raw) in records:
        if reason:
            yield Row(number, {}, reason, raw)
        elif len(cells) == len(header):
            yield Row(number, dict(zip(header, cells, strict=True)))
        elif cells:
            wanted = f"It has {len(cells)} cells where the header names {len(header)} columns."
            yield Row(number, {}, wanted, raw)


def _delimiter(lines: Sequence[str]) -> str:
    """Return what parts the header's columns; the comma when nothing does."""
    header = next((line for line in lines if line.strip()), "")
    bare = re.sub('"[^"]*"', "", header)
    return max(DELIMITERS, key=bare.count)


_Record = tuple[list[str], str, str]  # cells, why it cannot be read, its text


def _header(records: Iterator[tuple[int, _Record]]) -> list[str]:
    for _, (cells, reason, _raw) in records:
        if reason:
            raise FileRefused([f"The header cannot be read: {reason}"])
        if cells:
            names = [cell.strip() for cell in cells]
            if blockers := _header_blockers(names):
                raise FileRefused(blockers)
            return names
    raise FileRefused(["The file has no header; a first row that names columns was wanted."])


def _header_blockers(names: Sequence[str]) -> list[str]:
    if len(names) > MOST_COLUMNS:
        return [f"Up to {MOST_COLUMNS} columns are read; the header names {len(names)}."]
    blockers = [
        f"Column {place} of the header has no name; name it or remove it."
        for place, name in enumerate(names, start=1)
        if not name
    ]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    blockers += [f"The header names {name[:80]!r} twice; rename one." for name in twice]
    return blockers


def _records(lines: Sequence[str], form: _Form) -> Iterator[_Record]:
    """Yield each record; after a quote left open, go on with the next line."""
    start = 0
    for _ in range(MOST_OPEN_QUOTES):
        start = yield from _records_until_open_quote(lines, start, form)
        if start == len(lines):
            return
    yield [], "Too many quotes are left open; from here on nothing was read.", lines[start]


def _records_until_open_quote(
    lines: Sequence[str], start: int, form: _Form
) -> Generator[_Record, None, int]:
    """Return, as the generator's value, the line to go on with."""
    reader = csv.reader(
        islice(lines, start, None), delimiter=form.delimiter, quotechar=form.quote, strict=True
    )
    while (first := start + reader.line_num) < len(lines):
        try:
            cells = next(reader)
        except csv.Error as error:
            raw = lines[first].rstrip("\r\n")
            if "unexpected end" in str(error):
                yield [], "A quote is opened in this row and never closed.", raw
                return first + 1
            yield [], f"Its quotes do not match ({error}).", raw
        else:
            raw = "".join(lines[first : start + reader.line_num]).rstrip("\r\n")
            yield cells, "", raw
    return len(lines)


# JSON


def _json_rows(text: str) -> Iterator[Row]:
    if text.lstrip().startswith("["):
        return (Row(*found) for found in array_values(text))
    return _line_rows(text)


def _line_rows(text: str) -> Iterator[Row]:
    return (Row(*found) for found in line_values(text))
