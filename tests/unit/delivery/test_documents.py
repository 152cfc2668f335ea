"""Documents are archival PDF, the same bytes each time, and safe from their data."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader

from peritus.delivery.documents import typeset
from peritus.delivery.documents.typesetting import TEMPLATES
from tests.unit.delivery.scene import HOSTILE

AT = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)


def report(**changes: object) -> dict[str, object]:
    given: dict[str, object] = {
        "title": "Lot", "provider": "Provider", "client": "Client", "engagement": "Matter",
        "specimen": False, "status": "CERTIFIED", "claim": "At most 1 of 2.", "why": "",
        "method": [{"name": "Seed", "value": "ab" * 32, "hash": True}], "not_checked": ["Much."],
        "honesty": [], "signature": [{"name": "Signed by", "value": "Ada", "hash": False}],
        "decisions": [], "open": [], "code": None,
        "foot": {"what": "Freeze", "digest": "cd" * 32, "command": "peritus verify x.zip"},
    }  # fmt: skip
    return given | changes


def text_of(pdf: bytes) -> str:
    pages = PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def test_typeset_gives_the_same_bytes_for_the_same_data():
    assert typeset("report.typ", report(), at=AT) == typeset("report.typ", report(), at=AT)


def test_typeset_gives_tagged_pdf_a_dated_as_told():
    pdf = typeset("report.typ", report(), at=AT)

    reader = PdfReader(io.BytesIO(pdf))
    said = reader.xmp_metadata.stream.get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" in said
    assert "<pdfuaid:part>1</pdfuaid:part>" in said
    assert reader.metadata.creation_date == AT
    assert reader.pages[0].mediabox.width == pytest.approx(595.28, abs=0.01)  # A4, 210 mm


def test_typeset_dates_to_the_second():
    assert typeset("report.typ", report(), at=AT.replace(microsecond=5)) == typeset(
        "report.typ", report(), at=AT
    )


def test_typeset_shows_hostile_text_as_text():
    pdf = typeset("report.typ", report(title=HOSTILE, honesty=[HOSTILE] * 3), at=AT)

    shown = text_of(pdf)
    assert shown.count('#panic("x")') == 4
    assert "⟨U+4E2D⟩" in shown
    assert "⟨U+202E⟩" in shown


@pytest.mark.parametrize(
    "text",
    [
        '#eval("1+1")', '#read("/etc/passwd")', '#import "@preview/cetz:0.3.4": *',
        '#include "house.typ"', "#(1+1)", "#panic()", "$ sum_1^2 $", "*bold* _thin_ `raw`",
        "<label> @label", "// gone /* gone */", "= Heading", "- item -- dash", "\\u{41} \\",
        "#set page(width: 1pt)", '#link("https://evil.test")[x]', "https://evil.test/x",
        "#sys.inputs.data", ']"); #panic("', "{{ 1 }} ${1} %(a)s",
    ],
)  # fmt: skip
def test_typeset_prints_what_would_be_code_in_a_template(text):
    pdf = typeset("report.typ", report(claim=text, honesty=[text], status=text), at=AT)

    assert text_of(pdf).count(text) == 3
    reader = PdfReader(io.BytesIO(pdf))
    assert [page.get("/Annots") for page in reader.pages] == [None] * len(reader.pages)
    assert reader.attachments == {}


def test_no_template_reads_its_data_as_code():
    templates = sorted(TEMPLATES.glob("*.typ"))

    found = {
        (path.name, word)
        for path in templates
        for word in ("eval(", "plugin(", "read(", "include ", "@preview", "image(", "link(")
        if word in path.read_text(encoding="utf-8")
    }
    assert found == {("report.typ", "image(")}  # the certificate's code, drawn by ourselves
    assert "image(bytes(data.code.svg)" in (TEMPLATES / "report.typ").read_text(encoding="utf-8")
    assert len(templates) == 5


@pytest.mark.parametrize(
    "character", ["\x00", "\x1b", "\ufeff", "\ud7ff", "😀", "\u2041", "\ue000"]
)
def test_typeset_shows_by_its_code_what_no_font_has(character):
    pdf = typeset("report.typ", report(claim=f"a{character}b"), at=AT)

    assert f"a⟨U+{ord(character):04X}⟩b" in text_of(pdf)


def test_typeset_repeats_table_heads_and_counts_pages():
    row = {"title": "Item", "answer": "yes", "rule": "unanimous", "audited": ""}

    pdf = typeset("report.typ", report(decisions=[row] * 120), at=AT)

    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    assert all(f"{n} / {len(pages)}" in page for n, page in enumerate(pages, start=1))
    assert [("Answer" in page) for page in pages] == [False] + [True] * (len(pages) - 1)
    assert len(pages) > 2
