"""Documents that broke other programs, and strings that break forms: read, or refused in words."""

import csv
import json
from io import StringIO
from zipfile import ZipFile

import pytest

from peritus.intake.cage import caged
from peritus.intake.errors import FileRefused
from peritus.intake.reading import rows_of


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
