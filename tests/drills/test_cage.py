"""What a hostile file may do to its parser, and what of it reaches us: a refusal, soon."""

import subprocess
import sys
import time
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from peritus.intake.cage import Limits, caged
from peritus.intake.errors import FileRefused
from peritus.intake.sheets import sheet_of
from tests.unit.intake.test_spreadsheet import with_part, xlsx

RUN, TELL = "builtins:exec", "builtins:eval"  # parsers that do whatever their file says
SHEETS = "peritus.intake.spreadsheet:sheet_lines"
TIGHT = Limits(seconds=5, processor_seconds=2, memory_bytes=300_000_000, output_bytes=1_000_000)
BOOK = xlsx(("A", [["a", "b"], ["1", "2"]]))

pytestmark = pytest.mark.slow


def refusal_of(program, limits=TIGHT, parser=RUN, arguments=()):
    with pytest.raises(FileRefused) as refused:
        list(caged(parser, program, *arguments, limits=limits, advice="Mend it.").values)
    return str(refused.value)


def told(expression):
    return list(caged(TELL, expression.encode(), limits=TIGHT).values)


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (b"while True: pass", "took more than 2 seconds of processor time, or was ended"),
        (b"import time; time.sleep(60)", "was ended after 5 seconds"),
        (b"bytearray(400_000_000)", "needs more than 300,000,000 bytes of memory"),
        (b"import os; os.abort()", "crashed (SIGABRT)"),
        (b"import os; os.kill(os.getpid(), 11)", "crashed (SIGSEGV)"),
        (b"import os; os._exit(3)", "gave it up as damaged"),
        (b"raise SystemExit(3)", "gave it up as damaged"),
        (b"def f(): f()\nf()", "gave it up as damaged"),
    ],
)  # fmt: skip
def test_what_a_parser_does_wrong_is_a_refusal_that_says_so(program, said):
    began = time.monotonic()

    assert refusal_of(program).startswith(f"The file's reader {said}")

    assert time.monotonic() - began < 8


def test_a_parser_that_finds_without_end_is_refused():
    endless = b"iter(lambda: 'x' * 10_000, 0)"

    assert refusal_of(endless, parser=TELL) == (
        "The file's reader finds more than 1,000,000 bytes in it. Mend it."
    )


@pytest.mark.parametrize(
    "line", ["[]", "{}", "{", "[" * 100_000, '{"value": 1, "more": 2}', "\\x00"]
)
def test_what_no_reader_writes_is_not_taken(line):
    program = f"import os, sys; sys.stdout.flush(); os.write(1, b'''{line}\\n'''); os._exit(0)"

    assert refusal_of(program.encode()) == (
        "The file's reader wrote what no reader writes; nothing was taken."
    )


def test_a_parser_sees_no_settings_no_rooms_and_no_folder_of_ours(monkeypatch):
    monkeypatch.setenv("PERITUS_SIGNING_KEY", "secret")

    assert told("[sorted({*__import__('os').environ} - {'LC_CTYPE'})]") == [[]]
    assert told("[__import__('os').getcwd()]") == ["/"]
    loaded = told("__import__('sys').modules")
    assert {name.partition(".")[0] for name in loaded} & {"django", "numpy", "sqlite3"} == set()


@pytest.mark.parametrize("path", ["/etc/passwd", "/dev/null"])
def test_a_parser_can_open_nothing(path):
    assert Path(path).exists()
    assert told("[__import__('resource').getrlimit(__import__('resource').RLIMIT_NOFILE)]") == [
        [0, 0]
    ]
    assert refusal_of(f"[open({path!r})]".encode(), parser=TELL).startswith(
        "The file's reader gave it up"
    )
    assert refusal_of(b"[__import__('socket').socket()]", parser=TELL).startswith(
        "The file's reader gave it up"
    )


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes where Linux lists them")
def test_nothing_goes_on_after_the_time_is_over():
    marked = Limits(seconds=1, processor_seconds=98_765)  # stands in the order of the process

    refusal_of(b"import os, time\ntry: os.fork()\nexcept OSError: pass\ntime.sleep(60)", marked)

    lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert [line for line in lines if b"98765" in line] == []


def test_limits_that_a_system_does_not_have_are_named():
    program = (
        "import sys; sys.modules['resource'] = None\n"
        "from peritus.intake.caged import hold\n"
        "print(hold({'memory': 1, 'processor time': 1}))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30
    )

    assert done.stdout == "['memory', 'processor time']\n"


# Files


def bomb(part, begin, filling, size):
    """Return a small workbook, of which one part unpacks to a size."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(BOOK)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for each in old.namelist():
            xml = begin + filling * (size // len(filling))
            new.writestr(each, xml if each == part else old.read(each))
    return out.getvalue()


def test_a_bomb_of_empty_texts_is_refused_for_the_memory_that_it_wants(figure):
    content = bomb("xl/sharedStrings.xml", b"<sst>", b"<si/>", 60_000_000)
    began = time.monotonic()

    said = refusal_of(content, parser=SHEETS, arguments=("",))

    assert len(content) < 100_000
    assert said in {
        "The file's reader needs more than 300,000,000 bytes of memory. Mend it.",
        "The file's reader crashed (SIGABRT). Mend it.",
    }
    figure(f"cage: a bomb of {len(content):,} bytes is refused in {time.monotonic() - began:.1f} s")


def test_a_sheet_that_takes_too_long_is_refused():
    row = b'<row r="1"><c r="A1"><v>1</v></c></row>'
    content = bomb("xl/worksheets/sheet1.xml", b"<worksheet><sheetData>", row, 100_000_000)

    said = refusal_of(content, Limits(processor_seconds=1, seconds=60), SHEETS, ("",))

    assert said.startswith("The file's reader took more than 1 seconds of processor time")


CELL = b'<worksheet><sheetData><row r="1"><c r="A1" t="str"><v>&a;</v></c></row></sheetData>'
DEEP = {
    "rows": b"<worksheet><sheetData>" + b"<row>" * 500_000,
    "anything": b"<x>" * 1_000_000,
    "entities": b'<!DOCTYPE w [<!ENTITY b "bbbbbbbb"><!ENTITY a "&b;&b;&b;">]>' + CELL,
    "an outside file": b'<!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + CELL,
}


@pytest.mark.parametrize("kind", DEEP)
def test_xml_that_breaks_parsers_is_read_or_refused_soon(kind):
    began = time.monotonic()

    try:
        rows = list(sheet_of(with_part(BOOK, "xl/worksheets/sheet1.xml", DEEP[kind])).rows)
    except FileRefused:
        rows = []

    assert "root:" not in str(rows)
    assert sum(len(cell) for _, cells in rows for cell in cells) < 1_000
    assert time.monotonic() - began < 5


def test_a_small_workbook_is_read_soon(figure):
    sheet_of(BOOK)
    began = time.monotonic()

    for _ in range(10):
        assert list(sheet_of(BOOK).rows) == [(1, ["a", "b"]), (2, ["1", "2"])]

    each = (time.monotonic() - began) / 10
    assert each < 1
    figure(f"cage: a small workbook is read in {each * 1000:.0f} ms, its own process included")


def test_a_workbook_that_is_read_leaves_no_process_and_no_file_behind():
    before = open_files()

    note = sheet_of(BOOK).note  # and its rows are never taken

    assert note == ""
    assert open_files() == before


def open_files():
    return {each.name for each in Path("/proc/self/fd").glob("*")}
