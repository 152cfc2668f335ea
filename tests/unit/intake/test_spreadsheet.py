import datetime as dt
import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from peritus.intake import spreadsheet
from peritus.intake.errors import FileRefused
from peritus.intake.reading import Row, read_file


def xlsx(*sheets, first_row=0):
    """Write sheets as lists of rows, each from `first_row` on."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True})
    date = book.add_format({"num_format": "yyyy-mm-dd"})
    for name, rows in sheets:
        sheet = book.add_worksheet(name)
        for at, cells in enumerate(rows, start=first_row):
            for column, cell in enumerate(cells):
                if isinstance(cell, dt.date):
                    sheet.write_datetime(at, column, cell, date)
                else:
                    sheet.write(at, column, cell)
    book.close()
    return content.getvalue()


def with_part(content, name, xml):
    """Put another part in place of one of an XLSX file's."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.infolist():
            new.writestr(part, xml if part.filename == name else old.read(part))
    return out.getvalue()


def rows(content, **options):
    return list(read_file(content, "answers.xlsx", **options).rows)


def test_rows_of_a_sheet_have_the_numbers_that_it_shows():
    content = xlsx(("A", [["item", "answer"], ["x", "yes"], ["", ""], ["y", "no"]]), first_row=2)

    assert rows(content) == [
        Row(4, {"item": "x", "answer": "yes"}),
        Row(6, {"item": "y", "answer": "no"}),
    ]


def test_cells_are_the_text_that_a_reader_sees():
    cells = [1.0, 0.25, True, "007", dt.date(2026, 1, 5), " = 1"]
    content = xlsx(("A", [list("abcdef"), cells]))

    assert list(rows(content)[0].values.values()) == [
        "1", "0.25", "true", "007", "2026-01-05", " = 1",
    ]  # fmt: skip


def test_a_value_beyond_the_header_rejects_its_row():
    content = xlsx(("A", [["item", "answer", ""], ["x", "yes", ""], ["y", "no", "lost"]]))

    assert [row.reason for row in rows(content)] == [
        "",
        "It has a value in a column that the header does not name.",
    ]


def test_the_first_sheet_that_holds_something_is_read_unless_one_is_named():
    content = xlsx(("Cover", []), ("Round 1", [["a"], ["1"]]), ("Round 2", [["a"], ["2"]]))

    found = read_file(content, "answers.XLSX")

    assert [row.values["a"] for row in found.rows] == ["1"]
    assert found.note == "Sheet 'Round 1' was read; not read: Cover, Round 2."
    assert rows(content, sheet="Round 2")[0].values["a"] == "2"
    with pytest.raises(FileRefused, match="A sheet 'Round 3' was wanted; the file has 'Cover'"):
        rows(content, sheet="Round 3")


def test_what_is_no_spreadsheet_is_refused():
    with pytest.raises(FileRefused, match="no whole XLSX file, or has a password"):
        rows(b"PK\x03\x04xl/workbook.xml")
    with pytest.raises(FileRefused, match="No visible sheet holds anything"):
        rows(xlsx(("A", [])))


def test_a_file_that_unpacks_beyond_the_limit_is_refused(monkeypatch):
    content = xlsx(("A", [["a"], ["1"]]))
    monkeypatch.setattr(spreadsheet, "MOST_UNPACKED_BYTES", 1_000)

    with pytest.raises(FileRefused, match=r"It unpacks to .* bytes; up to 1,000 bytes are read"):
        list(spreadsheet.sheet_lines(content, ""))


def archive(*entries):
    """Return a sound workbook with entries (name or ZipInfo, content) put behind its parts."""
    out = io.BytesIO(xlsx(("A", [["a"], ["1"]])))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as new:
        for name, content in entries:
            new.writestr(name, content)
    return out.getvalue()


def link_to(target):
    entry = zipfile.ZipInfo("xl/link.xml")
    entry.create_system, entry.external_attr = 3, 0o120777 << 16
    return entry, target


def test_more_parts_than_a_workbook_has_are_refused():
    with pytest.raises(FileRefused, match=r"It has 5,0\d\d parts; up to 5,000 are read"):
        rows(archive(*((f"xl/media/{n}", "") for n in range(5_000))))


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ["xl/worksheets/sheet1.xml", "XL/Worksheets/Sheet1.xml"])
def test_two_parts_of_one_name_are_refused(name):
    with pytest.raises(FileRefused, match="Two of its parts have one name"):
        rows(archive((name, "<worksheet/>")))


def test_a_part_that_is_larger_than_it_says_is_refused():
    content = bytearray(archive(("xl/media/a", b"0" * 100_000)))
    at = content.rfind(b"PK\x01\x02")  # the table's last entry, and what it says of the size
    content[at + 24 : at + 28] = (10).to_bytes(4, "little")

    with pytest.raises(FileRefused, match=r"no whole XLSX file, .*Bad CRC-32"):
        rows(bytes(content))


def test_a_part_that_is_encrypted_is_refused():
    content = bytearray(archive(("xl/media/a", b"secret")))
    content[content.rfind(b"PK\x01\x02") + 8] |= 1

    with pytest.raises(FileRefused, match="or has a password"):
        rows(bytes(content))


@pytest.mark.parametrize(
    "entry",
    [
        ("../../../../tmp/peritus-was-here", "x"),
        ("/tmp/peritus-was-here", "x"),
        ("C:\\peritus-was-here", "x"),
        link_to("/tmp/peritus-was-here"),
        ("xl/nested.zip", archive(("a" * 60_000, "b" * 1_000_000))),
    ],
    ids=["up", "root", "drive", "link", "nested"],
)
def test_what_no_part_names_is_neither_unpacked_nor_followed(entry):
    there = Path("/tmp/peritus-was-here")
    assert not there.exists()

    assert rows(archive(entry)) == [Row(2, {"a": "1"})]

    assert not there.exists()


def test_one_far_cell_does_not_make_a_full_rectangle():
    far = b'<sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    content = xlsx(("A", [["a"], ["1"]]))
    bomb = with_part(content, "xl/worksheets/sheet1.xml", b"<worksheet>" + far + b"</worksheet>")

    with pytest.raises(FileRefused, match="A sheet spans 17,179,869,184 cells"):
        rows(bomb)


def test_one_long_text_in_many_cells_is_refused(monkeypatch):
    content = xlsx(("A", [["a"], *[["long " * 40]] * 50]))
    monkeypatch.setattr(spreadsheet, "MOST_TEXT_BYTES", 10_000)

    with pytest.raises(FileRefused, match=r"51 cells with texts of up to .* are too many"):
        list(spreadsheet.sheet_lines(content, ""))


def test_a_broken_part_is_refused():
    content = bytearray(xlsx(("A", [["a"], ["1"]])))
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        sheet = parts.getinfo("xl/worksheets/sheet1.xml")
    at = sheet.header_offset + 30 + len(sheet.filename)
    content[at + 5 : at + 25] = bytes(20)

    with pytest.raises(FileRefused, match="no whole XLSX file"):
        rows(bytes(content))
