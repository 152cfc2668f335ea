"""Find what was imported, and what was not."""

from __future__ import annotations

from django.db.models import QuerySet

from peritus.accounts.models import User
from peritus.catalogue.cells import csv_text
from peritus.engagements.models import Engagement, Item, Lot
from peritus.engagements.queries import engagements_seen_by, pack_of
from peritus.intake.models import ImportRun
from peritus.intake.reading import REJECT_COLUMNS
from peritus.intake.rules import Standing, Target


def import_runs_seen_by(user: User) -> QuerySet[ImportRun]:
    """Return the imports into engagements that the user sees, the last one first."""
    seen = engagements_seen_by(user)
    return ImportRun.objects.filter(engagement__in=seen).order_by("-imported_at", "-pk")


def target_of(engagement: Engagement, lot: Lot | None) -> Target:
    """Return what rows that go into the engagement are checked against."""
    items = Item.objects.filter(
        organisation_id=engagement.organisation_id, engagement=engagement
    ).values_list("key", "lot__code", "fields")
    return Target(
        shape=pack_of(engagement).items,
        lots=tuple(engagement.lots.order_by("place").values_list("code", flat=True)),
        standing={key: Standing(code, fields) for key, code, fields in items},
        lot=lot.code if lot else "",
    )


def reject_file(run: ImportRun) -> bytes:
    """Return the refused rows as CSV with number and reason, to be mended and sent again.

    Formulas in it are harmless, and what they were when the file is read again.
    """
    columns = list(dict.fromkeys(name for _, _, values in run.rejects for name in values))
    columns = [name for name in columns if name not in REJECT_COLUMNS]  # sent a second time
    rows = [
        [number, reason, *(values.get(name, "") for name in columns)]
        for number, reason, values in run.rejects
    ]
    return csv_text([[*REJECT_COLUMNS, *columns], *rows]).encode("utf-8-sig")
