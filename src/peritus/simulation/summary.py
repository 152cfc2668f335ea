"""What came out of a run, read from the tables: for the terminal and the tests."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from django.conf import settings

from peritus.billing.models import Invoice
from peritus.billing.queries import SavingReport, saving_at, saving_of
from peritus.catalogue.packs import Sample
from peritus.delivery.figures import percent
from peritus.delivery.models import DeliveredFile
from peritus.delivery.queries import file_bytes
from peritus.engagements.models import Engagement, Lot
from peritus.engagements.queries import pack_of
from peritus.quality.comparison import Comparison, compare_methods
from peritus.quality.models import Certificate, Freeze, GuidelineProposal, QualityPlan
from peritus.quality.queries import LotCounts, Standing, latest_freeze, lot_counts, standing_of

LOSS_EXAMPLE = Decimal("5.50")


@dataclass(frozen=True)
class LotSummary:
    """One lot: its counts, what was proven, and what comes next."""

    lot: Lot
    counts: LotCounts
    freeze: Freeze | None
    standing: Standing | None
    certificate: Certificate | None
    comparison: Comparison | None
    next_step: str

    @property
    def claim(self) -> str:
        """What is claimed about the lot, in one sentence part."""
        if self.freeze is None or self.standing is None:
            return "nothing: the lot is not frozen"
        if self.certificate:
            return f"at most {self.certificate.claimed_errors} of {self.freeze.population} differ"
        return (
            f"not certified; at most {percent(self.standing.sequence_upper)} differ "
            "(sequence, true at every look)"
        )


@dataclass(frozen=True)
class Summary:
    """All that the end of a demo prints."""

    engagement: Engagement
    sample: Sample
    plan: QualityPlan
    lots: tuple[LotSummary, ...]
    invoice: Invoice
    charged: Decimal
    credited: Decimal
    saving: SavingReport
    saving_if_cheaper: SavingReport
    proposal: GuidelineProposal | None
    change_price: Decimal
    facts: tuple[str, ...]
    files: Path


def summary_of(engagement: Engagement, sample: Sample) -> Summary:
    """Read the figures of a finished run."""
    invoice = engagement.invoices.order_by("id")[0]
    lines = list(invoice.lines.values_list("kind", "amount"))
    proposal = engagement.guideline_proposals.order_by("-id").first()
    order = engagement.change_orders.order_by("-id").first()
    question = pack_of(engagement).questions[0].code
    return Summary(
        engagement=engagement,
        sample=sample,
        plan=QualityPlan.objects.select_related("adjudicator", "auditor").get(
            engagement=engagement
        ),
        lots=tuple(_lot(lot, question) for lot in engagement.lots.order_by("place")),
        invoice=invoice,
        charged=sum((amount for kind, amount in lines if kind == "charge"), Decimal(0)),
        credited=-sum((amount for kind, amount in lines if kind == "credit"), Decimal(0)),
        saving=saving_of(engagement),
        saving_if_cheaper=saving_at(engagement, LOSS_EXAMPLE),
        proposal=proposal,
        change_price=order.price if order else Decimal(0),
        facts=tuple(sample.facts()),
        files=files_folder(engagement),
    )


def _lot(lot: Lot, question: str) -> LotSummary:
    freeze = latest_freeze(lot)
    standing = standing_of(freeze) if freeze else None
    certificate = Certificate.objects.filter(freeze=freeze).first() if freeze else None
    return LotSummary(
        lot=lot,
        counts=lot_counts(lot),
        freeze=freeze,
        standing=standing,
        certificate=certificate,
        comparison=compare_methods(lot, question),
        next_step=_next_step(freeze, standing, certificate),
    )


def _next_step(
    freeze: Freeze | None, standing: Standing | None, certificate: Certificate | None
) -> str:
    if freeze is None or standing is None:
        return "freeze the lot"
    if certificate is None:
        return "credited in full; clarify the guideline, judge the touched items again"
    return "none: accepted and billed" if hasattr(freeze, "acceptance") else "client accepts"


def files_folder(engagement: Engagement) -> Path:
    """Return the folder that ``write_files`` fills for an engagement."""
    return Path(settings.HOME) / "files" / engagement.code


def write_files(engagement: Engagement) -> Path:
    """Copy the delivered files out of the store, one folder for each lot."""
    root = files_folder(engagement)
    files = DeliveredFile.objects.filter(engagement=engagement).select_related("freeze__lot")
    for each in files.order_by("id"):
        folder = root / each.freeze.lot.code if each.freeze else root
        folder.mkdir(parents=True, exist_ok=True)
        (folder / each.name).write_bytes(file_bytes(each))
    return root
