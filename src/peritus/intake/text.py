"""Turn the bytes of an outside file into text, and say how."""

from __future__ import annotations

import codecs
from typing import NamedTuple

from peritus.intake.errors import FileRefused

MOST_BYTES = 50_000_000
UNREADABLE = "\ufffd"  # what stands for bytes that are no character

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Text(NamedTuple):
    """A file's text, and what the reader should know about how it was read."""

    text: str
    note: str


def text_of(content: bytes) -> Text:
    """Decode UTF-8, or UTF-16 with its mark, or else Windows-1252 with a note.

    Raises FileRefused for an empty, oversized or binary file.
    """
    refuse_too_large(content)
    decoded = _decoded(content)
    if "\x00" in decoded.text:
        raise FileRefused(
            ["The file holds NUL bytes, so it is not plain text; save it as UTF-8 text."]
        )
    if not decoded.text.strip():
        raise FileRefused(["The file is empty; a header or a first row was wanted."])
    return decoded


def refuse_too_large(content: bytes) -> None:
    """Raise FileRefused for more bytes than are read at once."""
    if len(content) > MOST_BYTES:
        raise FileRefused(
            [f"Files of up to {MOST_BYTES:,} bytes are read; {len(content):,} came. Split it."]
        )


def _decoded(content: bytes) -> Text:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return Text(_strictly(content, encoding), "")
    try:
        return Text(content.decode("utf-8"), "")
    except UnicodeDecodeError as error:
        whole, rest = content[: error.start].decode("utf-8"), content[error.start :]
        # One odd byte after ASCII alone says nothing for UTF-8: "Zoë" ends so in others.
        told = len(rest) > 1 or not whole.isascii()
        if error.reason == "unexpected end of data" and told:
            return Text(whole + UNREADABLE, "The file ends in the middle of a character.")
    note = "The file is not UTF-8; it was read as Windows-1252. Check letters with accents."
    return Text(_strictly(content, "cp1252"), note)


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        reason = f"byte {error.start} is no character of {error.encoding}"
        raise FileRefused(
            [f"The file's encoding is not known: {reason}. Save it as UTF-8."]
        ) from error
