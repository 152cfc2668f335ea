"""Hand out the numbers of a plot as a file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.http import HttpResponse

from peritus.catalogue.cells import Cell, csv_text
from peritus.web.plots import Plot


def csv_of(plot: Plot, name: str) -> HttpResponse:
    """Return a plot's table as CSV, its finding in the first row."""
    return csv_file(name, [[plot.title], plot.columns, *plot.rows])


def csv_file(name: str, rows: Iterable[Sequence[Cell]]) -> HttpResponse:
    """Return rows as a CSV file; no cell can be taken for a formula."""
    response = HttpResponse(csv_text(rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
