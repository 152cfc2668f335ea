import csv
import json
from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peritus.intake import reading
from peritus.intake.errors import FileRefused
from peritus.intake.reading import Row, read_file, rows_of


def csv_rows(text):
    return list(rows_of(text.encode(), "items.csv"))


def json_rows(text, name="items.json"):
    return list(rows_of(text.encode(), name))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_rows_of_csv_are_parted_as_the_header_is(delimiter):
    text = f'"key, of; a|ll"{delimiter}b\r\n1{delimiter}"x, y; z|"\r\n'

    assert csv_rows(text) == [Row(2, {"key, of; a|ll": "1", "b": "x, y; z|"})]


def test_rows_of_csv_have_the_numbers_that_a_spreadsheet_shows():
    rows = csv_rows('key,b\n1,"two\nlines"\n\n2,x\n')

    assert rows == [Row(2, {"key": "1", "b": "two\nlines"}), Row(4, {"key": "2", "b": "x"})]


def test_rows_of_csv_reject_a_row_with_other_columns():
    rows = csv_rows("key,b\n1\n2,x\n3,x,y\n")

    assert rows == [
        Row(2, {}, "It has 1 cells where the header names 2 columns.", "1"),
        Row(3, {"key": "2", "b": "x"}),
        Row(4, {}, "It has 3 cells where the header names 2 columns.", "3,x,y"),
    ]


def test_rows_of_csv_go_on_after_a_quote_left_open():
    rows = csv_rows('key,b\n1,"open\n2,x\n3,y\n')

    assert rows == [
        Row(2, {}, "A quote is opened in this row and never closed.", '1,"open'),
        Row(3, {"key": "2", "b": "x"}),
        Row(4, {"key": "3", "b": "y"}),
    ]


def test_rows_of_csv_reject_quotes_that_do_not_match():
    rows = csv_rows('key,b\n1,"a"b"\n2,x\n')

    assert [(row.number, row.reason[:24]) for row in rows] == [
        (2, "Its quotes do not match "),
        (3, ""),
    ]


def test_rows_of_csv_stop_where_quotes_are_left_open_too_often(monkeypatch):
    monkeypatch.setattr(reading, "MOST_OPEN_QUOTES", 2)
    rows = csv_rows('key,b\n1,x\na","b\na","b\na","b\n5,y\n')

    assert [(row.number, row.reason) for row in rows] == [
        (2, ""),
        (3, "A quote is opened in this row and never closed."),
        (4, "A quote is opened in this row and never closed."),
        (5, "Too many quotes are left open; from here on nothing was read."),
    ]


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("key,,b", "Column 2 of the header has no name; name it or remove it."),
        ("key,b,key", "The header names 'key' twice; rename one."),
        (",".join(map(str, range(201))), "Up to 200 columns are read; the header names 201."),
        ('key,"b', "The header cannot be read: A quote is opened in this row and never closed."),
    ],
)
def test_rows_of_csv_refuse_a_file_by_its_header(header, reason):
    with pytest.raises(FileRefused) as no:
        csv_rows(f"{header}\n1,2,3\n")

    assert no.value.blockers == [reason]


def test_rows_of_csv_refuse_a_header_alone():
    with pytest.raises(FileRefused, match="has no rows"):
        csv_rows("key,b\n")


def test_rows_of_json_lines_reject_a_truncated_line():
    rows = json_rows('{"key": "1"}\n\n{"key": "2", "b\n{"key": 3}', "items.jsonl")

    assert rows == [
        Row(1, {"key": "1"}),
        Row(
            3,
            {},
            "It is not whole JSON: Unterminated string starting at at line 1, character 14.",
            '{"key": "2", "b',
        ),
        Row(4, {"key": "3"}),
    ]


def test_rows_of_json_keep_numbers_as_they_are_written():
    rows = json_rows('[{"a": 1.10, "b": 12345678901234567890, "c": true, "d": null, "e": false}]')

    assert rows[0].values == {
        "a": "1.10",
        "b": "12345678901234567890",
        "c": "true",
        "d": "",
        "e": "false",
    }


def test_rows_of_a_json_array_keep_what_stands_before_the_cut():
    rows = json_rows('[{"key": "1"}, {"key": "2"}, {"key": "3", "te')

    assert rows[:2] == [Row(1, {"key": "1"}), Row(2, {"key": "2"})]
    assert (rows[2].number, rows[2].raw) == (3, '{"key": "3", "te')
    assert rows[2].reason.endswith("what follows was not read; check whether the file was cut off.")
    assert len(rows) == 3


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[{"key": "1"}', "The array is not closed by ]; what follows was not read"),
        ('[{"key": "1"} {"key": "2"}]', "A comma or ] was wanted; what follows was not read"),
        ('[{"key": "1"}] 7', "It stands after the array's end."),
        ('[{"key": "1"},]', "It is not whole JSON: Expecting value"),
        ('[{"key": "1"}, 7]', 'An object such as {"key": "…"} was wanted.'),
        ('[{"key": "1"}, {"key": [1]}]', "key must hold one text or number."),
        ('[{"key": "1"}, {"key": NaN}]', "key must hold one text or number."),
        ('[{"key": "1"}, {"key": "a", "key": "b"}]', "key is named twice."),
        ('[{"key": "1"}, {"a": "\\u0000"}]', "a holds a NUL character; remove it."),
        ('[{"key": "1"}, {"a": "\\ud800"}]', "a holds half of a character (a lone surrogate)"),
        ('[{"key": "1"}, {"a": "\\ufffd"}]', "a holds a character that was lost (U+FFFD)"),
        ('[{"key": "1"}, ' + "[" * 100_000, "It is not whole JSON: it is nested too deeply"),
    ],
)
def test_rows_of_a_json_array_reject_what_is_no_row(text, reason):
    rows = json_rows(text)

    assert [(row.number, bool(row.reason)) for row in rows] == [(1, False), (2, True)]
    assert rows[1].reason.startswith(reason)


def test_rows_of_a_json_file_may_be_lines():
    assert json_rows('{"key": "1"}\n{"key": "2"}') == [
        Row(1, {"key": "1"}),
        Row(2, {"key": "2"}),
    ]


def test_rows_of_refuse_an_empty_array():
    with pytest.raises(FileRefused, match="has no rows"):
        json_rows("[ ]")


def test_rows_of_reject_a_cell_over_the_limit():
    rows = csv_rows("key,b\n1," + "x" * 100_001 + "\n2,x\n")

    assert [row.reason for row in rows] == [
        "b has 100,001 characters; up to 100,000 are read.",
        "",
    ]


def test_rows_of_reject_a_json_row_with_too_many_columns():
    wide = json.dumps([{str(n): "" for n in range(201)}])

    assert json_rows(wide)[0].reason == "It has 201 columns; up to 200 are read."


def test_rows_of_refuse_too_many_rows():
    found = read_file(b"key\n1\n2\n3\n", "items.csv", most_rows=2)

    with pytest.raises(FileRefused, match="Up to 2 rows are read at once; split the file"):
        list(found.rows)


def test_read_file_refuses_another_ending():
    with pytest.raises(FileRefused, match=r"\.csv, .* came\."):
        read_file(b"key\n1", "items.pdf")


def test_read_file_says_how_it_was_read():
    found = read_file("key\nZoë".encode("cp1252"), "A.CSV")

    assert "Windows-1252" in found.note
    assert list(found.rows) == [Row(2, {"key": "Zoë"})]


cells = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00\ufffd"), min_size=1, max_size=8
)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=5), st.sampled_from(",;\t|"))
def test_rows_of_csv_return_what_a_spreadsheet_wrote(rows, delimiter):
    file = StringIO(newline="")
    csv.writer(file, delimiter=delimiter).writerows([("key", "b"), *rows])

    found = csv_rows(file.getvalue())

    assert [(row.values["key"], row.values["b"]) for row in found] == rows


@settings(max_examples=50, deadline=None)
@given(st.lists(st.dictionaries(cells, cells, max_size=3), min_size=1, max_size=4), st.data())
def test_rows_of_a_cut_json_array_return_the_rows_before_the_cut(rows, data):
    text = json.dumps(rows)
    cut = data.draw(st.integers(1, len(text)))

    try:
        found = json_rows(text[:cut])
    except FileRefused:
        found = []

    sound = [row.values for row in found if not row.reason]
    assert sound == rows[: len(sound)]
    assert len(found) - len(sound) <= 1


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60), st.sampled_from(["a.csv", "a.jsonl", "a.json"]))
def test_rows_of_any_bytes_are_rows_or_a_refusal(content, name):
    try:
        rows = list(rows_of(content, name))
    except FileRefused:
        return

    assert rows
    assert all(row.reason or "\x00" not in "".join(row.values.values()) for row in rows)


def test_rows_of_a_load_file_are_taken_out_of_their_thorns():
    text = "þDOCIDþ\x14þCALLþ\r\nþD1þ\x14þnot, privilegedþ\r\n"

    rows = list(rows_of(text.encode(), "overlay.dat"))

    assert rows == [Row(2, {"DOCID": "D1", "CALL": "not, privileged"})]
