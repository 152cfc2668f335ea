"""Find delivered files, and what an invoice line leads to."""

from __future__ import annotations

from django.db.models import QuerySet

from peritus.accounts.models import User
from peritus.billing.models import InvoiceLine
from peritus.blobs.store import content_of
from peritus.delivery.models import DeliveredFile
from peritus.delivery.rules import readable_files
from peritus.engagements.queries import engagements_seen_by


def files_seen_by(user: User) -> QuerySet[DeliveredFile]:
    """Return the delivered files that the user may read."""
    files = DeliveredFile.objects.filter(engagement__in=engagements_seen_by(user))
    return files if user.is_engine else files.filter(readable_files(user))


def file_bytes(file: DeliveredFile) -> bytes:
    """Return a delivered file's bytes, checked against their digest."""
    return content_of(file.organisation_id, file.sha256)


def trace_path(line: InvoiceLine) -> str:
    """Return the workspace's page of a line's items and judgments."""
    return f"/invoices/{line.invoice.number}/lines/{line.place}/"
