"""Documents that broke other programs, and strings that break forms: read, or refused in words."""

import csv
import json
from io import StringIO
from zipfile import ZipFile

import pytest

from peritus.intake.cage import caged
from peritus.intake.errors import FileRefused
from peritus.intake.reading import rows_of

ENDINGS = ("xlsx", "csv", "json", "jsonl")
ARCHIVES = ("poi.zip", "pdf-samples.zip", "verapdf.zip")


@pytest.mark.slow
def test_no_document_does_more_than_be_read_or_refused(shared_data, figure):
    read = refused = 0

    for archive in ARCHIVES:
        with ZipFile(shared_data / "oracles" / "documents" / archive) as documents:
            for name in documents.namelist():
                content = documents.read(name)
                for ending in ENDINGS:
                    try:
                        sum(1 for _ in rows_of(content, f"x.{ending}"))
                        read += 1
                    except FileRefused:
                        refused += 1

    assert read > 50
    assert refused > 2000
    figure(f"outside files: {read + refused} readings of hostile documents, {refused} refused")


def test_a_workbook_that_ends_its_parser_does_not_end_us(shared_data):
    with ZipFile(shared_data / "oracles" / "documents" / "poi.zip") as documents:
        content = documents.read("spreadsheet/Simple.xlsb")  # calamine panics at it

    with pytest.raises(FileRefused, match="The file's reader gave it up as damaged"):
        caged("peritus.intake.spreadsheet:sheet_lines", content, "")


def test_naughty_strings_come_through_as_they_are(shared_data):
    path = shared_data / "oracles" / "blns" / "blns.json"
    strings = [each for each in json.loads(path.read_text(encoding="utf-8")) if each.strip()]
    sheet = StringIO(newline="")
    csv.writer(sheet).writerows([["text"], *([each] for each in strings)])

    rows = list(rows_of(sheet.getvalue().encode(), "x.csv"))

    told = [row.values["text"] for row in rows if not row.reason]
    assert len(rows) == len(strings)
    assert [each for each in told if each not in strings and each.strip() not in strings] == []
    assert len(told) > 0.95 * len(strings)
