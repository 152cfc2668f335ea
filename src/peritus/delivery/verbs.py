"""Hand over what was frozen: files of a lot, its evidence, an invoice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from peritus.accounts.models import User
from peritus.billing.queries import invoices_seen_by
from peritus.blobs.store import keep
from peritus.catalogue.identity import uid_of
from peritus.delivery.errors import InvoiceNotDeliverable, LotNotDeliverable, PackNotWritable
from peritus.delivery.evidence import evidence_files, pack_blockers
from peritus.delivery.frozen import facts_of, view_of
from peritus.delivery.invoices import invoice_facts, invoice_json, invoice_pdf
from peritus.delivery.models import DeliveredFile
from peritus.delivery.reports import PDF, REPORT, pack_name, report
from peritus.delivery.rules import DELIVER, DELIVER_INVOICE
from peritus.delivery.verification.container import zipped
from peritus.engagements.models import Engagement
from peritus.engagements.queries import pack_of
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.canonical import sha256
from peritus.journal.clock import now
from peritus.journal.pump import seal_and_sign
from peritus.quality.models import Freeze
from peritus.quality.queries import freezes_seen_by


@dataclass(frozen=True)
class Written:
    """A file that was just written."""

    name: str
    media_type: str
    content: bytes


@verb
def deliver_lot(freeze_id: int, *, by: User, key: str) -> DeliveredFile:
    """Write the pack's files and the report of a freeze, all or none.

    Returns the report. A lot that is not certified is delivered too; its
    report says so and why. What was delivered stays: once the claim has
    changed, the files are written again under numbered names. Raises
    LotNotDeliverable when nothing has changed.
    """
    freeze = _freeze(freeze_id, by)
    if earlier := earlier_result():
        return earlier
    facts = facts_of(freeze)
    view = view_of(facts)
    written = [
        Written(each.file_name, each.media_type, each.write(view))
        for each in pack_of(freeze.engagement).writers
    ]
    written.append(Written(REPORT, PDF, report(facts)))
    if _stand_delivered(freeze, written):
        raise LotNotDeliverable([f"{freeze} was delivered, and nothing has changed since."])
    files = _store(freeze.engagement, freeze, written)
    record(
        "lot.delivered",
        about=files[-1],
        engagement=freeze.engagement,
        subject=freeze.lot.uid,
        data={"files": _said(files), "freeze": freeze.digest, "status": facts.claim.status},
    )
    return files[-1]


def _freeze(freeze_id: int, by: User) -> Freeze:
    scope = freezes_seen_by(by).select_related(
        "engagement__organisation", "lot", "guideline_version"
    )
    freeze = scope.select_for_update(of=("self",)).get(pk=freeze_id)
    DELIVER.require(by, freeze.engagement)
    return freeze


@verb
def write_evidence_pack(freeze_id: int, *, by: User, key: str) -> DeliveredFile:
    """Write everything needed to check a freeze without Peritus, as one zip.

    What the journal holds is sealed and signed first. Raises PackNotWritable
    while the evidence is not complete, KeyUnusable where nothing can be signed.
    """
    freeze = _freeze(freeze_id, by)
    if earlier := earlier_result():
        return earlier
    facts = facts_of(freeze)
    if blockers := pack_blockers(facts):
        raise PackNotWritable(blockers)
    seal_and_sign(freeze.engagement.uid)
    name = pack_name(facts)
    files = evidence_files(facts)
    pack = Written(name, "application/zip", zipped(name.removesuffix(".zip"), files))
    [file] = _store(freeze.engagement, freeze, [pack])
    record(
        "evidence.written",
        about=file,
        engagement=freeze.engagement,
        subject=freeze.lot.uid,
        data={"files": _said([file]), "freeze": freeze.digest},
    )
    return file


@verb
def deliver_invoice(invoice_id: int, *, by: User, key: str) -> DeliveredFile:
    """Write an invoice as JSON and as PDF; returns the PDF."""
    scope = invoices_seen_by(by).select_related("engagement__organisation")
    invoice = scope.select_for_update(of=("self",)).get(pk=invoice_id)
    DELIVER_INVOICE.require(by)
    if earlier := earlier_result():
        return earlier
    stem = f"invoice-{invoice.number}"
    if DeliveredFile.objects.filter(engagement=invoice.engagement, name=f"{stem}.pdf").exists():
        raise InvoiceNotDeliverable([f"{invoice} was delivered; an issued invoice never changes."])
    facts = invoice_facts(invoice)
    data = invoice_json(facts)
    pdf = invoice_pdf(facts, f"{stem}.json", data)
    written = [
        Written(f"{stem}.json", "application/json", data),
        Written(f"{stem}.pdf", PDF, pdf),
    ]
    files = _store(invoice.engagement, None, written)
    record(
        "invoice.delivered",
        about=files[-1],
        engagement=invoice.engagement,
        data={"files": _said(files), "invoice": invoice.number},
    )
    return files[-1]


def _stand_delivered(freeze: Freeze, written: list[Written]) -> bool:
    known = set(freeze.delivered_files.values_list("sha256", flat=True))
    return all(sha256(each.content) in known for each in written)


def _store(
    engagement: Engagement, freeze: Freeze | None, written: list[Written]
) -> list[DeliveredFile]:
    """Store files under names that none has yet."""
    at = now()
    taken = set(
        DeliveredFile.objects.filter(engagement=engagement, freeze=freeze).values_list(
            "name", flat=True
        )
    )
    files = [_file(engagement, freeze, each, _free_name(each.name, taken), at) for each in written]
    return DeliveredFile.objects.bulk_create(files)


def _file(
    engagement: Engagement, freeze: Freeze | None, written: Written, name: str, at: datetime
) -> DeliveredFile:
    owner = engagement.organisation_id
    parent = freeze.uid if freeze else engagement.uid
    return DeliveredFile(
        uid=uid_of(parent, "file", name),
        organisation_id=owner,
        engagement=engagement,
        freeze=freeze,
        name=name,
        media_type=written.media_type,
        sha256=keep(owner, written.content, written.media_type),
        size=len(written.content),
        written_at=at,
    )


def _free_name(name: str, taken: set[str]) -> str:
    """Return the name, numbered from the second file of it on."""
    stem, _, ending = name.rpartition(".")
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{stem}-v{number}.{ending}"
    return free


def _said(files: list[DeliveredFile]) -> list[dict[str, object]]:
    return [{"name": each.name, "sha256": each.sha256, "size": each.size} for each in files]
