"""Cells that no spreadsheet runs, and the one place that writes them."""

import csv
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import peritus
from peritus.catalogue.cells import as_it_was, csv_text, harmless

SOURCE = Path(peritus.__file__).parent
STARTS = "=+-@\t\r\n＝＋－＠"
texts = st.text(st.sampled_from("'=+-@\t\r\n＝ a1;|,\"\ufeff")) | st.text()


@pytest.mark.parametrize("start", STARTS)
def test_harmless_puts_an_apostrophe_before_what_a_spreadsheet_would_run(start):
    assert harmless(f"{start}1+1") == f"'{start}1+1"


@pytest.mark.parametrize("before", [" ", "\xa0", "\ufeff", "\x00", "\u3000 ", "'", "''"])
def test_harmless_looks_behind_what_programs_pass_over(before):
    assert harmless(f"{before}=1+1") == f"'{before}=1+1"


@pytest.mark.parametrize("text", ["", "yes", "GPL-2.0-only>MIT", "a=b", "'quoted'", "−5", "5 - 3"])
def test_harmless_leaves_other_texts_as_they_are(text):
    assert harmless(text) == text
    assert as_it_was(text) == text


@pytest.mark.parametrize("parted", [";", "; ", "\t", "\n"])
def test_harmless_looks_where_another_program_parts_cells(parted):
    assert harmless(f"see{parted}=1+1") == f"see{parted[0]}'{parted[1:]}=1+1"


@given(texts)
def test_what_was_made_harmless_can_be_taken_back(text):
    assert as_it_was(harmless(text)) == text


rows_of_texts = st.lists(st.tuples(texts, texts), min_size=1, max_size=3)


@given(rows_of_texts)
def test_csv_has_no_cell_that_runs_and_gives_back_what_was_written(rows):
    cells = [cell for row in csv.reader(StringIO(csv_text(rows), newline="")) for cell in row]

    assert [cell for cell in cells if cell.startswith(tuple(STARTS))] == []
    assert [*map(as_it_was, cells)] == [cell for row in rows for cell in row]


@given(rows_of_texts, st.sampled_from(";\t"))
def test_csv_has_no_cell_that_runs_where_another_sign_parts_cells(rows, delimiter):
    found = csv.reader(StringIO(csv_text(rows), newline=""), delimiter=delimiter)

    starts = [cell.lstrip()[:1] for row in found for cell in row]
    assert [each for each in starts if each in set(STARTS)] == []


def test_numbers_in_csv_stay_numbers():
    assert csv_text([["-5", -5, -0.25]]) == '"\'-5",-5,-0.25\r\n'


@pytest.mark.parametrize(
    ("word", "place"),
    [
        ("csv.writer", "catalogue/cells.py"),
        ("DictWriter", None),
        ("xlsxwriter.Workbook(", "catalogue/workbooks.py"),
        ("write_formula", None),
        (".write(0", None),
    ],
)
def test_one_place_writes_each_kind_of_table(word, place):
    found = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if word in path.read_text(encoding="utf-8")
    }

    assert found == ({place} if place else set())
