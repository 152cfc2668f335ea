"""report.pdf: the pack's own figures for people, the same bytes each time, refused if altered."""

from __future__ import annotations

import io
import json
import re

import pytest
from pypdf import PdfReader

from peritus.delivery.verification import verify_pack
from peritus.delivery.verification.derived import report as derived
from peritus.delivery.verification.derived.provenance import provenance
from tests.factories.packs import change, files_of, members_of, repacked, verdicts

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
REPORT, PROV = "report.pdf", "prov.json"


def text_of(pack: bytes) -> str:
    pages = PdfReader(io.BytesIO(members_of(pack)[REPORT])).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def key_of(pack: bytes) -> str:
    return json.loads(json.loads(files_of(pack)[1]["signature.json"])["body"])["key"]


def put_report(pack: bytes, content: bytes) -> bytes:
    """Put another report into a pack, and let everything else fit to it."""
    members = members_of(pack) | {REPORT: content}
    members[PROV] = provenance(members, key_of(pack))
    return repacked(members, derived=False)


def test_it_repeats_the_certificates_figures_and_says_who_judged(packs):
    shown, claim = text_of(packs.certified), members_of(packs.certified)["certificate.json"]
    stated = json.loads(claim)

    most, of = stated["claimed_errors"], stated["population"]
    assert f"CERTIFIED At most {most} of {of} decisions differ from the auditor's" in shown
    assert f"{stated['audited']} of {of} drawn and answered blind; {stated['differing']}" in shown
    for words in (stated["number"], stated["not_checked"], "Ada Quist", "10 by unanimous first"):
        assert words in shown
    right = "3 of 4 right (19.4 % to 99.4 %); known by gold (3), adjudication (1)"
    assert right in shown  # Clopper-Pearson, by R's binom.test
    assert "Admitted to the bar (Bar of Example, 2019, checked 2026-01-05)" in shown
    assert "Krippendorff's alpha −0.05" in shown
    assert "Names of people who judged: the claim does not rest on who they are" in shown
    assert key_of(packs.certified) in shown


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("spent", "NOT CERTIFIED", "4 of 4 audited decisions differ"),
        ("running", "NOT CERTIFIED", "The audit goes on: 2 of at most 8 are answered."),
        ("provider_drawn", "CERTIFIED", "The provider: the client committed to no nonce"),
    ],
)
def test_it_says_what_is_claimed_or_why_nothing_is(packs, name, status, words):
    shown = text_of(getattr(packs, name))

    assert status in shown
    assert words in shown


def test_it_names_no_person_who_judged(packs):
    raw, shown = members_of(packs.certified)[REPORT], text_of(packs.certified)

    for secret in ("Jo Secret", "Kim Hidden", "2019-03-14"):
        assert secret not in shown
        assert secret.encode() not in raw


def test_it_is_tagged_pdf_a_and_the_same_to_the_byte(packs):
    members = members_of(packs.certified)
    reader = PdfReader(io.BytesIO(members[REPORT]))

    said = reader.xmp_metadata.stream.get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" in said
    assert "<pdfuaid:part>1</pdfuaid:part>" in said
    others = {name: each for name, each in members.items() if name not in {REPORT, PROV}}
    assert derived.report(others, key_of(packs.certified)) == members[REPORT]


def test_both_verifiers_refuse_the_report_of_another_pack(packs, tmp_path):
    path = tmp_path / "pack.zip"
    path.write_bytes(put_report(packs.certified, members_of(packs.spent)[REPORT]))

    found = verdicts(path)

    assert (found.ours, found.foreign) == (("report",), ("report",))


def better(packs) -> bytes:
    """Set a report that is about the right files, and tells more than they do."""
    members = members_of(packs.certified)
    others = {name: each for name, each in members.items() if name not in {REPORT, PROV}}
    about = derived.rests_on(others)
    change(others, "certificate.json", claimed_errors=0)
    rests_on, derived.rests_on = derived.rests_on, lambda _: about
    try:
        return derived.report(others, key_of(packs.certified))
    finally:
        derived.rests_on = rests_on


def test_verify_refuses_a_report_that_tells_other_figures(packs, tmp_path):
    path = tmp_path / "pack.zip"
    path.write_bytes(put_report(packs.certified, better(packs)))

    found = verdicts(path)

    assert found.ours == ("report",)
    assert found.foreign == ()  # it says that it does not redo this


def test_verify_says_so_where_another_release_of_typst_set_the_report(packs, tmp_path):
    path, content = tmp_path / "pack.zip", members_of(packs.certified)[REPORT]
    told = re.search(rb"Typst [0-9.]+", content)[0]
    path.write_bytes(put_report(packs.certified, content.replace(told, b"Typst 9" + told[7:])))

    report = verify_pack(path)

    assert report.passed
    [detail] = [check.detail for check in report.checks if check.name == "report"]
    assert detail.startswith("Set by Typst 9")


def test_left_out_reads_the_points_of_the_scope():
    points = "## What is left out, and why\n\n- One\n  more.\n- Two.\n\n## To be read\n\n- Three.\n"
    scope = f"# Scope\n\n{points}"

    assert derived.left_out(scope) == ["One more.", "Two."]
