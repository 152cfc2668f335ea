"""What a file is by its bytes, whatever its name says."""

import bz2
import gzip
import io
import lzma
import sqlite3
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from peritus.file_audits.judgments import ReadingRules, judgments_of
from peritus.intake.errors import FileRefused
from peritus.intake.reading import read_file
from peritus.intake.signatures import kind_of, refuse_other_kind
from tests.unit.intake.test_spreadsheet import xlsx

TEXT_ENDINGS = ("csv", "tsv", "dat", "jsonl", "ndjson", "json")
ENDINGS = (*TEXT_ENDINGS, "xlsx")
BOOK = xlsx(("A", [["a"], ["1"]]))
TABLE = "key,name\n1,Zoë\n"
LOAD_FILE = "þDOCIDþ\x14þTITLEþ\nþ1þ\x14þxþ\n"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


def zip_of(**parts):
    content = io.BytesIO()
    with ZipFile(content, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()


FOREIGN = {
    "a PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "a ZIP archive": zip_of(a="key\n1\n"),
    "a Word document": zip_of(**{"word/document.xml": "", "word/embeddings/a.xlsx": BOOK}),
    "a binary workbook (XLSB)": zip_of(**{"xl/workbook.bin": ""}),
    "an OpenDocument file": zip_of(**{"mimetype": "", "content.xml": ""}),
    "an older Office document, or one with a password": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 9,
    "a gzip archive": gzip.compress(TABLE.encode()),
    "a bzip2 archive": bz2.compress(TABLE.encode()),
    "an xz archive": lzma.compress(TABLE.encode()),
    "an SQLite database": b"SQLite format 3\x00" + bytes(84),
    "a program": b"MZ\x90\x00\x03" + bytes(60),
    "a script": b"#!/bin/sh\nrm -rf x\n",
    "an RTF document": rb"{\rtf1\ansi key}",
    "an HTML page": b"\xef\xbb\xbf \n<!DOCTYPE html><table><tr><td>key",
    "an XML document": b'<?xml version="1.0"?><rows><row key="1"/></rows>',
    "an image": b"\x89PNG\r\n\x1a\n" + bytes(20),
    "text in UTF-32": TABLE.encode("utf-32"),
    "text in UTF-16 without the mark that says so": TABLE.encode("utf-16-le"),
}


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("words", FOREIGN)
def test_a_file_of_another_kind_is_refused_by_its_words(words, ending):
    with pytest.raises(FileRefused, match="The file is named") as refused:
        read_file(FOREIGN[words], f"items.{ending}")

    assert str(refused.value).startswith(f"The file is named .{ending}, but it is {words}: ")


IMAGES = (
    b"\xff\xd8\xff\xe0", b"GIF89a", b"RIFF\x01\x00\x00\x00WEBPVP8 ", b"BM\x00\x00",
    SVG.encode(), f"<?xml?>\n{SVG}".encode(),
)  # fmt: skip


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_is_told_by_its_bytes(image):
    assert kind_of(image).words == "an image"


def test_a_program_on_this_machine_is_told():
    with Path(sys.executable).open("rb") as program:
        assert kind_of(program.read(4_096)).words == "a program"


def test_a_database_on_this_machine_is_told(tmp_path):
    with sqlite3.connect(tmp_path / "a.csv") as database:
        database.execute("CREATE TABLE a (b)")
    database.close()

    assert kind_of((tmp_path / "a.csv").read_bytes()).words == "an SQLite database"


@pytest.mark.parametrize(
    ("content", "ending", "said"),
    [
        (BOOK, "csv", "named .csv, but it is an XLSX workbook: name it .xlsx."),
        (BOOK, "json", "named .json, but it is an XLSX workbook: name it .xlsx."),
        (TABLE.encode(), "xlsx", "named .xlsx, but it is text: name it .csv or .json,"),
        (b'[{"key": "1"}]', "csv", "named .csv, but it is JSON: name it .json, or .jsonl"),
        (b'{"key": "1"}', "xlsx", "named .xlsx, but it is JSON: name it .json, or .jsonl"),
        (LOAD_FILE.encode(), "csv", "but it is a load file of a review platform: name it .dat."),
        (LOAD_FILE.encode("cp1252"), "csv", "but it is a load file of a review platform"),
    ],
)
def test_what_is_read_under_another_name_is_refused_with_the_name_to_give(content, ending, said):
    with pytest.raises(FileRefused, match="The file is named") as refused:
        read_file(content, f"items.{ending}")

    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("content", "ending"),
    [
        *((TABLE.encode(each), "csv") for each in ("utf-8", "utf-8-sig", "utf-16", "cp1252")),
        (b"MZ,BM\n1,2\n", "csv"),
        (b"PK,PAR\n1,2\n", "csv"),
        (b"[x]\n1\n", "csv"),
        (b"<1 %,a\n1,2\n", "csv"),
        (b' \n[ {"key": "1"}]', "json"),
        ('{"key": "Zoë"}'.encode("utf-16"), "jsonl"),
        (LOAD_FILE.encode("utf-16"), "dat"),
        (LOAD_FILE.encode("cp1252"), "dat"),
        (BOOK, "xlsx"),
    ],
)  # fmt: skip
def test_a_file_that_is_what_its_name_says_passes(content, ending):
    refuse_other_kind(content, ending)


def test_an_audit_refuses_a_file_of_another_kind():
    with pytest.raises(FileRefused, match=r"named \.json, but it is a PDF"):
        judgments_of(FOREIGN["a PDF"] + b'"annotations"', "export.json", ReadingRules())
