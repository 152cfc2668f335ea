"""Parse a spreadsheet (XLSX), after a look at what it would unpack to; ``sheets`` lets it run.

Formulas come as the values that were stored with them; macros and links are
never followed.
"""

from __future__ import annotations

import datetime as dt
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from peritus.intake.errors import SAVE_AS_CSV, FileRefused

MOST_UNPACKED_BYTES = 300_000_000
MOST_PARTS = 5_000
MOST_CELLS = 5_000_000
MOST_TEXT_BYTES = 2_000_000_000
_PLACE = re.compile(rb"""\br\s*=\s*["']([A-Z]{0,3})(\d+)["']""")
_STRING_END = re.compile(rb"</(?:\w+:)?si\s*>")
_SHEET, _STRINGS = "xl/worksheets/", "xl/sharedstrings.xml"


Numbered = tuple[int, list[str]]  # a row: the number that the spreadsheet shows, its cells


def sheet_lines(content: bytes, name: str) -> Iterator[str | Numbered]:
    """Yield a note, then the rows of the sheet of that name, or of the first that holds something.

    Raises FileRefused for what is no spreadsheet, one with a password, one
    that would unpack beyond the limits, or one without such a sheet.
    """
    _refuse_bombs(content)
    try:
        with CalamineWorkbook.from_filelike(BytesIO(content)) as book:
            chosen, others = _chosen(book, name)
            yield f"Sheet {chosen!r} was read; not read: {', '.join(others)}." if others else ""
            yield from _numbered(book.get_sheet_by_name(chosen).iter_rows())
    except CalamineError as error:
        raise FileRefused([f"The spreadsheet cannot be read ({error}). {SAVE_AS_CSV}"]) from error


def _chosen(book: CalamineWorkbook, name: str) -> tuple[str, list[str]]:
    """Return the sheet to read and the other visible ones."""
    visible = [
        each.name
        for each in book.sheets_metadata
        if each.typ == SheetTypeEnum.WorkSheet and each.visible == SheetVisibleEnum.Visible
    ]
    if name and name not in book.sheet_names:
        raise FileRefused([f"A sheet {name!r} was wanted; the file has {_listed(visible)}."])
    filled = (each for each in visible if book.get_sheet_by_name(each).start)
    chosen = name or next(filled, None)
    if chosen is None:
        raise FileRefused(["No visible sheet holds anything; a header and rows were wanted."])
    return chosen, [each for each in visible if each != chosen]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names) or "none"


def _numbered(rows: Iterable[Sequence[object]]) -> Iterator[Numbered]:
    for number, cells in enumerate(rows, start=1):  # empty rows above the first come too
        yield number, [_as_text(cell) for cell in cells]


def _as_text(cell: object) -> str:
    """Write a cell as its reader sees it: 1 for 1.0, true, 2026-01-05."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)


def _refuse_bombs(content: bytes) -> None:
    """Refuse a file that would unpack, or fill memory, far beyond its size.

    Every part is unpacked once, up to the size that it declares, so a wrong
    declaration shows. The reader keeps a sheet as a full rectangle and a text
    anew in each cell: both are bounded from what the parts say.
    """
    try:
        with ZipFile(BytesIO(content)) as parts:
            _refuse_parts([part.filename.lower() for part in parts.infolist()])
            declared = sum(part.file_size for part in parts.infolist())
            if declared > MOST_UNPACKED_BYTES:
                wanted = f"up to {MOST_UNPACKED_BYTES:,} bytes are read"
                raise FileRefused([f"It unpacks to {declared:,} bytes; {wanted}. {SAVE_AS_CSV}"])
            cells, longest = _extent(parts)
    except (BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise FileRefused(
            [f"It is no whole XLSX file, or has a password ({error}). {SAVE_AS_CSV}"]
        ) from error
    if cells > MOST_CELLS:
        wanted = f"up to {MOST_CELLS:,} are read"
        raise FileRefused([f"A sheet spans {cells:,} cells; {wanted}. {SAVE_AS_CSV}"])
    if cells * longest > MOST_TEXT_BYTES:
        raise FileRefused(
            [f"{cells:,} cells with texts of up to {longest:,} bytes are too many. {SAVE_AS_CSV}"]
        )


def _refuse_parts(names: Sequence[str]) -> None:
    if len(names) > MOST_PARTS:
        raise FileRefused(
            [f"It has {len(names):,} parts; up to {MOST_PARTS:,} are read. {SAVE_AS_CSV}"]
        )
    if len(set(names)) < len(names):  # programs differ in which of the two they take
        raise FileRefused([f"Two of its parts have one name. {SAVE_AS_CSV}"])


def _extent(parts: ZipFile) -> tuple[int, int]:
    """Return the cells of the widest-spread sheet, and the longest shared text."""
    cells, longest = 0, 0
    for part in parts.infolist():
        xml = parts.read(part)
        name = part.filename.lower()
        if name.startswith(_SHEET):
            cells = max(cells, _rectangle(xml))
        elif name == _STRINGS:
            longest = max(map(len, _STRING_END.split(xml)))
    return cells, longest


def _rectangle(xml: bytes) -> int:
    """Return how many cells a sheet's outermost places span."""
    widest, rows, columns = 0, 0, xml.count(b"<c") and 1
    for letters, row in _PLACE.findall(xml):
        rows = max(rows, int(row[:9]))
        widest = max(widest, _column(letters))
    return max(rows * max(widest, columns), 0)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number
