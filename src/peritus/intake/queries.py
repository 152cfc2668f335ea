"""Find what was imported, and what was not."""

from __future__ import annotations

import csv
from io import StringIO

from django.db.models import QuerySet

from peritus.accounts.models import User
from peritus.engagements.models import Engagement, Item, Lot
from peritus.engagements.queries import engagements_seen_by, pack_of
from peritus.intake.models import ImportRun
from peritus.intake.rules import Standing, Target

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


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

    A cell that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    columns = list(dict.fromkeys(name for _, _, values in run.rejects for name in values))
    file = StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow([_harmless(name) for name in ("row", "reason", *columns)])
    for number, reason, values in run.rejects:
        cells = (values.get(name, "") for name in columns)
        writer.writerow([number, *map(_harmless, (reason, *cells))])
    return file.getvalue().encode("utf-8-sig")


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell
