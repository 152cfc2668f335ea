"""Lots, evidence and invoices are handed over once, by whom they may be."""

from __future__ import annotations

import io
import json
from decimal import Decimal

import pytest
import zxingcpp
from pypdf import PdfReader
from pypdfium2 import PdfDocument

from peritus.accounts.models import Role
from peritus.delivery.errors import InvoiceNotDeliverable, LotNotDeliverable, PackNotWritable
from peritus.delivery.evidence import evidence_files
from peritus.delivery.frozen import facts_of
from peritus.delivery.models import DeliveredFile
from peritus.delivery.queries import file_bytes
from peritus.delivery.statements import opened_statement
from peritus.delivery.verbs import deliver_invoice, deliver_lot, write_evidence_pack
from peritus.delivery.verification import verify_pack
from peritus.engagements.models import Engagement
from peritus.journal.canonical import canonical, sha256
from peritus.journal.errors import KeyUsedDifferently, NotAllowed
from peritus.journal.models import Event
from peritus.journal.pump import pump
from peritus.quality.models import Freeze
from peritus.quality.verbs import certify_lot
from tests.factories import accounts as people
from tests.unit.delivery import scene as scenes

pytestmark = pytest.mark.slow


def text_of(file: DeliveredFile) -> str:
    pages = PdfReader(io.BytesIO(file_bytes(file))).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def test_deliver_lot_writes_a_report_of_a_certified_lot(certified):
    report = deliver_lot(certified.freeze.pk, by=certified.cast.manager, key="k")

    said = text_of(report)
    assert (
        "CERTIFIED At most 3 of 11 decisions differ from the auditor's (95 % confidence)." in said
    )
    assert "SPECIMEN" in said
    assert "Ada Quist, quality lead" in said
    assert certified.freeze.digest in said
    assert "NOT CERTIFIED" not in said


def test_the_code_on_a_report_holds_what_is_certified_signed(certified):
    report = deliver_lot(certified.freeze.pk, by=certified.cast.manager, key="k")

    page = PdfDocument(file_bytes(report))[0]
    [code] = zxingcpp.read_barcodes(page.render(scale=4).to_numpy())
    opened = opened_statement(code.text)
    assert opened.fault == ""
    assert opened.said["number"] == certified.freeze.certificate.number
    assert opened.said["freeze"] == certified.freeze.digest
    assert "no accreditation, and no warranty" in text_of(report)


def test_a_report_without_certificate_shows_no_code(spent):
    report = deliver_lot(spent.freeze.pk, by=spent.cast.manager, key="k")

    page = PdfDocument(file_bytes(report))[0]
    assert zxingcpp.read_barcodes(page.render(scale=4).to_numpy()) == []


def test_deliver_lot_writes_why_a_lot_is_not_certified(spent):
    report = deliver_lot(spent.freeze.pk, by=spent.cast.manager, key="k")

    said = text_of(report)
    assert "NOT CERTIFIED Nothing is claimed about these decisions." in said
    assert "4 of 4 audited decisions differ from the auditor's" in said


def test_deliver_lot_shows_no_name_of_a_person_who_judged(certified):
    report = deliver_lot(certified.freeze.pk, by=certified.cast.manager, key="k")

    said = text_of(report)
    assert [name for name in ("Secret", "Hidden") if name in said] == []


def test_deliver_lot_records_one_event_with_names_and_digests(certified):
    report = deliver_lot(certified.freeze.pk, by=certified.cast.manager, key="k")

    event = Event.objects.get(kind="lot.delivered")
    assert json.loads(event.body)["data"] == {
        "files": [{"name": "report.pdf", "sha256": report.sha256, "size": report.size}],
        "freeze": certified.freeze.digest,
        "status": "CERTIFIED",
    }


def test_deliver_lot_delivers_once_when_repeated(certified):
    first = deliver_lot(certified.freeze.pk, by=certified.cast.manager, key="k")
    again = deliver_lot(certified.freeze.pk, by=certified.cast.manager, key="k")

    assert again == first
    assert DeliveredFile.objects.count() == 1


def test_deliver_lot_refuses_a_key_that_stands_for_another_freeze(certified, spent):
    manager = certified.cast.manager
    Engagement.objects.filter(pk=spent.engagement.pk).update(manager=manager)
    deliver_lot(certified.freeze.pk, by=manager, key="k")

    with pytest.raises(KeyUsedDifferently):
        deliver_lot(spent.freeze.pk, by=manager, key="k")


def test_deliver_lot_refuses_to_deliver_the_same_again(certified):
    deliver_lot(certified.freeze.pk, by=certified.cast.manager, key="k")

    with pytest.raises(LotNotDeliverable, match="nothing has changed"):
        deliver_lot(certified.freeze.pk, by=certified.cast.manager, key="k2")


def test_deliver_lot_keeps_what_was_delivered_before_the_signature(db):
    scene = scenes.played(sign=False)
    deliver_lot(scene.freeze.pk, by=scene.cast.manager, key="before")
    certify_lot(scene.freeze.pk, by=scene.cast.lead, key="sign")

    deliver_lot(scene.freeze.pk, by=scene.cast.manager, key="after")

    names = DeliveredFile.objects.order_by("id").values_list("name", flat=True)
    assert list(names) == ["report.pdf", "report-v2.pdf"]
    first, second = DeliveredFile.objects.order_by("id")
    assert "The audits allow a certificate; it is not signed yet." in text_of(first)
    assert "At most 3 of 11" in text_of(second)


@pytest.mark.parametrize("who", ["client", "lead", "finance"])
def test_deliver_lot_is_refused_to_all_but_the_manager(certified, who):
    with pytest.raises(NotAllowed):
        deliver_lot(certified.freeze.pk, by=getattr(certified.cast, who), key="k")


def test_deliver_lot_hides_another_engagements_freeze(certified):
    stranger = people.member(Role.MANAGER)

    with pytest.raises(Freeze.DoesNotExist):
        deliver_lot(certified.freeze.pk, by=stranger, key="k")


def test_write_evidence_pack_writes_a_pack_that_verifies(certified, tmp_path):
    file = write_evidence_pack(certified.freeze.pk, by=certified.cast.manager, key="k")

    path = tmp_path / file.name
    path.write_bytes(file_bytes(file))
    assert file.name == "evidence-first-1.zip"
    assert verify_pack(path).faults == ()


def test_write_evidence_pack_writes_the_same_bytes_for_the_same_facts(certified):
    one, two = (evidence_files(facts_of(certified.freeze)) for _ in range(2))

    assert one == two


def test_write_evidence_pack_names_no_person_who_judged(certified):
    file = write_evidence_pack(certified.freeze.pk, by=certified.cast.manager, key="k")

    content = file_bytes(file)
    assert [name for name in (b"Secret", b"Hidden") if name in content] == []
    assert b"Table of audit" in content


def test_write_evidence_pack_seals_and_signs_what_waits_for_the_pump(certified, tmp_path):
    deliver_lot(certified.freeze.pk, by=certified.cast.manager, key="k")
    assert Event.objects.filter(place=None).exists()

    file = write_evidence_pack(certified.freeze.pk, by=certified.cast.manager, key="k")

    (tmp_path / "pack.zip").write_bytes(file_bytes(file))
    report = verify_pack(tmp_path / "pack.zip")
    assert report.passed
    events = Event.objects.filter(engagement_uid=certified.freeze.engagement.uid)
    signed = next(check.detail for check in report.checks if check.name == "heads")
    assert f"over {events.count() - 1} events" in signed  # all but the pack's own


def test_write_evidence_pack_can_be_written_again_later(certified):
    write_evidence_pack(certified.freeze.pk, by=certified.cast.manager, key="k")
    pump(until_idle=True)

    later = write_evidence_pack(certified.freeze.pk, by=certified.cast.manager, key="k2")

    assert later.name == "evidence-first-1-v2.zip"


def test_write_evidence_pack_is_refused_without_a_plan(db):
    scene = scenes.played(plan=False)

    with pytest.raises(PackNotWritable) as refused:
        write_evidence_pack(scene.freeze.pk, by=scene.cast.manager, key="k")

    assert len(refused.value.blockers) == 2


def test_deliver_lot_says_that_nothing_was_planned(db):
    scene = scenes.played(plan=False)

    report = deliver_lot(scene.freeze.pk, by=scene.cast.manager, key="k")

    assert "No audit plan was recorded for this freeze." in text_of(report)


def test_deliver_invoice_writes_exact_canonical_data(certified):
    invoice = scenes.billed(certified)

    deliver_invoice(invoice.pk, by=certified.cast.finance, key="k")

    file = DeliveredFile.objects.get(name=f"invoice-{invoice.number}.json")
    content = file_bytes(file)
    said = json.loads(content)
    assert canonical(said) == content
    assert (said["total"], said["lines"][0]["unit_price"]) == ("71.50", "6.5000")
    assert len(said["lines"][0]["items"]) == 11
    assert said["lines"][0]["freeze"] == certified.freeze.digest


def test_deliver_invoice_shows_a_credit_with_its_reason(spent):
    invoice = scenes.billed(spent)

    pdf = deliver_invoice(invoice.pk, by=spent.cast.finance, key="k")

    said = text_of(pdf)
    data = DeliveredFile.objects.get(name=f"invoice-{invoice.number}.json")
    assert "SPECIMEN" in said
    assert "ASSUMED" in said
    assert "EUR −71.50" in said
    assert "since 4 of 4 audited decisions differ" in said
    assert f"/invoices/{invoice.number}/lines/2" in said
    assert data.sha256 in said


def test_deliver_invoice_sums_its_lines(spent):
    invoice = scenes.billed(spent)

    deliver_invoice(invoice.pk, by=spent.cast.finance, key="k")

    said = json.loads(file_bytes(DeliveredFile.objects.get(media_type="application/json")))
    assert sum(Decimal(line["amount"]) for line in said["lines"]) == Decimal(said["total"])


def test_deliver_invoice_delivers_once(certified):
    invoice = scenes.billed(certified)
    first = deliver_invoice(invoice.pk, by=certified.cast.finance, key="k")

    again = deliver_invoice(invoice.pk, by=certified.cast.finance, key="k")

    assert again == first
    with pytest.raises(InvoiceNotDeliverable):
        deliver_invoice(invoice.pk, by=certified.cast.finance, key="k2")


@pytest.mark.parametrize("who", ["client", "lead", "manager"])
def test_deliver_invoice_is_refused_to_all_but_finance(certified, who):
    invoice = scenes.billed(certified)

    with pytest.raises(NotAllowed):
        deliver_invoice(invoice.pk, by=getattr(certified.cast, who), key="k")


def test_delivered_files_have_the_digest_of_their_bytes(certified):
    deliver_lot(certified.freeze.pk, by=certified.cast.manager, key="k")

    assert [sha256(file_bytes(file)) for file in DeliveredFile.objects.all()] == list(
        DeliveredFile.objects.values_list("sha256", flat=True)
    )
