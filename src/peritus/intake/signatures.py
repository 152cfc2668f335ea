"""Tell by its first bytes what a file is, and refuse one whose name says another thing."""

from __future__ import annotations

import re
import struct
from typing import NamedTuple

from peritus.intake.errors import FileRefused

LOOKED_AT = 2_048
_LONGEST_END = 22 + 65_535  # of a zip: its last record and a comment
_SAVE = "save what it shows as CSV or XLSX"
_UNPACK = "unpack it and give the file that is in it"


class Kind(NamedTuple):
    """What a file is, and what can be done about it; ``ending`` is "" for what is not read."""

    words: str
    advice: str
    ending: str = ""


WORKBOOK = Kind("an XLSX workbook", "name it .xlsx", "xlsx")
_ZIP = Kind("a ZIP archive", _UNPACK)
_OLD_OFFICE = Kind("an older Office document, or one with a password", f"open it and {_SAVE}")
_UTF16 = Kind("text in UTF-16 without the mark that says so", "save it as UTF-8")
_UTF32 = Kind("text in UTF-32", "save it as UTF-8")
_LOAD_FILE = Kind("a load file of a review platform", "name it .dat", "dat")
_JSON = Kind("JSON", "name it .json, or .jsonl where each line is an object", "json")
_HTML = Kind("an HTML page", f"open it and {_SAVE}")
_XML = Kind("an XML document", _SAVE)
_TEXT = Kind("text", "name it .csv or .json, whichever it is", "csv")

_STARTS = (
    (b"\xd0\xcf\x11\xe0", _OLD_OFFICE),
    (b"%PDF-", Kind("a PDF", "give the table that it was made from")),
    (b"%!PS", Kind("PostScript", "give the table that it was made from")),
    (b"{\\rtf", Kind("an RTF document", _SAVE)),
    (b"\x1f\x8b", Kind("a gzip archive", _UNPACK)),
    (b"BZh", Kind("a bzip2 archive", _UNPACK)),
    (b"\xfd7zXZ\x00", Kind("an xz archive", _UNPACK)),
    (b"\x28\xb5\x2f\xfd", Kind("a Zstandard archive", _UNPACK)),
    (b"7z\xbc\xaf\x27\x1c", Kind("a 7z archive", _UNPACK)),
    (b"Rar!\x1a\x07", Kind("a RAR archive", _UNPACK)),
    (b"PAR1", Kind("a Parquet file", "write it as CSV or JSON lines")),
    (b"ARROW1", Kind("an Arrow file", "write it as CSV or JSON lines")),
    (b"SQLite format 3\x00", Kind("an SQLite database", "write its table as CSV")),
    (b"\x7fELF", Kind("a program", "send no programs")),
    (b"\xcf\xfa\xed\xfe", Kind("a program", "send no programs")),
    (b"\xca\xfe\xba\xbe", Kind("a program", "send no programs")),
    (b"#!/", Kind("a script", "send no programs")),
)
_IMAGES = (
    b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\x00", b"MM\x00*",
    b"\x00\x00\x01\x00",
)  # fmt: skip
_IMAGE = Kind("an image", "give the text that it shows")
# An Office document is a zip, told by a part that each has.
_PARTS = (
    (b"xl/workbook.xml", WORKBOOK),
    (b"xl/workbook.bin", Kind("a binary workbook (XLSB)", "save it as XLSX")),
    (b"xl/", WORKBOOK),
    (b"word/", Kind("a Word document", _SAVE)),
    (b"ppt/", Kind("a presentation", _SAVE)),
    (b"content.xml", Kind("an OpenDocument file", "save it as XLSX")),
)
_MARKUP = re.compile(r"<(!doctype\s|!--|html|head|body|table|script|div|meta)", re.IGNORECASE)
_SVG = re.compile(r"<svg[\s>]", re.IGNORECASE)
_BEGINS_JSON = re.compile(r'\[?\s*\{\s*"')
_FITS = {
    "xlsx": {"xlsx"},
    "json": {"json"}, "jsonl": {"json"}, "ndjson": {"json"},
    "dat": {"dat"}, "csv": {"csv"}, "tsv": {"csv"},
}  # fmt: skip


def refuse_other_kind(content: bytes, ending: str) -> None:
    """Raise FileRefused where a file's bytes are of another kind than its ending says.

    What shows no kind at all passes: its reader says what is amiss.
    """
    found = kind_of(content)
    if found is None and ending == "xlsx" and content and b"\x00" not in content[:LOOKED_AT]:
        found = _TEXT
    if found is not None and found.ending not in _FITS[ending]:
        raise FileRefused(
            [f"The file is named .{ending}, but it is {found.words}: {found.advice}."]
        )


def kind_of(content: bytes) -> Kind | None:
    """Return what a file is by its bytes; None for plain rows, and for what shows no kind."""
    head = content[:LOOKED_AT]
    if head.startswith(b"PK") and head[2:4] in {b"\x03\x04", b"\x05\x06", b"\x07\x08"}:
        return _in_zip(content)
    found = next((kind for start, kind in _STARTS if head.startswith(start)), None)
    return found or _by_binary(head) or _by_text(head)


def _in_zip(content: bytes) -> Kind:
    names = _contents_table(content).lower()
    return next((kind for part, kind in _PARTS if part in names), _ZIP)


def _contents_table(content: bytes) -> bytes:
    """Return the bytes in which an archive names its parts; all bytes if they cannot be found."""
    end = content.rfind(b"PK\x05\x06", -_LONGEST_END)
    size, start = struct.unpack("<LL", content[end + 12 : end + 20].ljust(8, b"\0"))
    table = content[start : start + size] if end >= 0 else b""
    return table if table.startswith(b"PK\x01\x02") else content


def _by_binary(head: bytes) -> Kind | None:
    """Tell what is no text, where two letters are not enough to tell it from words."""
    if head.startswith(_IMAGES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        return _IMAGE
    if head.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        return _UTF32
    if head.startswith(b"MZ") and b"\x00" in head:
        return Kind("a program", "send no programs")
    if head.startswith(b"BM") and b"\x00" in head:
        return _IMAGE
    every_other_is_nul = {0} in ({*head[:64:2]}, {*head[1:64:2]})
    return _UTF16 if every_other_is_nul and any(head[:64]) else None


def _by_text(head: bytes) -> Kind | None:
    text = _first_words(head)
    if _SVG.match(text) or (text.startswith("<?xml") and _SVG.search(text)):
        return _IMAGE
    if _MARKUP.match(text):
        return _HTML
    if text.startswith("<?xml"):
        return _XML
    if text.startswith("þ") and "\x14" in text:
        return _LOAD_FILE
    return _JSON if _BEGINS_JSON.match(text) else None


def _first_words(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", errors="replace").lstrip()
    if head.startswith(b"\xfe"):  # a thorn in Windows-1252
        return head.decode("cp1252", errors="replace")
    return head.decode("utf-8-sig", errors="replace").lstrip()
