import zipfile

import pytest

from peritus.file_audits.findings import findings_of
from peritus.file_audits.findings_book import write_findings
from peritus.file_audits.judgments import ReadingRules, judgments_of
from tests.unit.file_audits.scene import AT, rows_of_sheet, shared_set


def judged(text):
    return judgments_of(f"item,expert,answer\n{text}".encode(), "answers.csv", ReadingRules())


@pytest.mark.slow
def test_agreement_is_that_of_the_reference_table():
    content, _ = shared_set("rte")

    found = findings_of(judgments_of(content, "rte.csv", ReadingRules())).agreement

    # krippendorff 0.9.0 and irrCAC 0.4.4, as shared/QUALITY.md has them
    assert found.alpha.value == pytest.approx(0.241479, abs=1e-6)
    assert found.ac1.value == pytest.approx(0.27273, abs=1e-5)
    assert (found.ac1.low, found.ac1.high) == pytest.approx((0.24479, 0.30067), abs=0.003)


def test_contested_items_come_with_their_votes_the_most_divided_first():
    findings = findings_of(
        judged("a,1,x\na,2,x\na,3,y\nb,1,x\nb,2,y\nc,1,x\nc,2,x\nc,3,x\nd,1,y\n")
    )

    assert [(each.item, each.votes) for each in findings.contested] == [
        ("b", (("x", 1), ("y", 1))),
        ("a", (("x", 2), ("y", 1))),
    ]
    assert findings.judged_once == 1
    assert dict(findings.shares) == pytest.approx({"x": 6 / 9, "y": 3 / 9})


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("a,1,x\nb,1,y\n", "No item was judged twice"),
        ("a,1,x\na,2,x\n", "Everybody gave one and the same answer"),
        ("a,1,x\na,2,x\nb,1,y\nb,2,y\n", "Experts agree well"),
    ],
)  # fmt: skip
def test_agreement_that_cannot_be_known_says_why(text, reading):
    assert findings_of(judged(text)).agreement.reading.startswith(reading)


def test_findings_are_written_as_text_and_never_as_formulas(tmp_path):
    evil = '=HYPERLINK("http://x";"y")'
    judgments = judged(f'"{evil.replace(chr(34), chr(34) * 2)}",@a,+1\n-b,@a,=2\n-b,x,+1\n,,\n')

    write_findings(tmp_path / "f.xlsx", judgments, findings_of(judgments), at=AT)

    assert rows_of_sheet(tmp_path / "f.xlsx", "Decisions")[1][0] == evil
    assert rows_of_sheet(tmp_path / "f.xlsx", "Disagreements")[1][0] == "-b"
    assert rows_of_sheet(tmp_path / "f.xlsx", "Rejected")[1][:2] == ["5", "It has no item."]
    assert b"<f>" not in _sheets(tmp_path / "f.xlsx")


def _sheets(path):
    with zipfile.ZipFile(path) as parts:
        return b"".join(parts.read(name) for name in parts.namelist() if "worksheets" in name)


def test_decisions_by_several_methods_name_each_with_its_weight():
    text = "".join(f"i{n},{expert},x\n" for n in range(4) for expert in "abc")
    content = f"item,expert,answer,gold\n{text.replace(',x', ',x,x', 1)}i0,d,y,x\n"

    findings = findings_of(judgments_of(_padded(content), "answers.csv", ReadingRules()))

    assert findings.method_sentence == (
        "several methods, weighed by how often each is right on gold: 33 % majority vote, "
        "33 % weighted vote, 17 % Dawid-Skene, shrunk, 17 % Dawid-Skene"
    )


def _padded(text):
    """Give every row its four cells: gold may be empty."""
    rows = text.splitlines()
    return "\n".join(row if row.count(",") == 3 else f"{row}," for row in rows).encode()
