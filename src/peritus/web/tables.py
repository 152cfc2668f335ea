"""Hand out the numbers of a plot as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from django.http import HttpResponse

from peritus.web.plots import Plot

FORMULA_STARTS = ("=", "+", "-", "@")


def csv_of(plot: Plot, name: str) -> HttpResponse:
    """Return a plot's table as CSV, its finding in the first row."""
    return csv_file(name, [[plot.title], plot.columns, *plot.rows])


def csv_file(name: str, rows: Iterable[Sequence[str]]) -> HttpResponse:
    """Return rows as a CSV file; no cell can be taken for a formula."""
    sheet = io.StringIO(newline="")
    safe = [
        [f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell for cell in row] for row in rows
    ]
    csv.writer(sheet).writerows(safe)
    response = HttpResponse(sheet.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
