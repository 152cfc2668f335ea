"""Read a taxonomy of fields of work from an outside file."""

from __future__ import annotations

from peritus.catalogue.fields import FieldRow, FieldsNotRead, field_rows
from peritus.intake.errors import FileRefused
from peritus.intake.reading import Row, ending_of, read_file

MOST_ROWS = 20_000
MOST_SAID = 20


def fields_in(content: bytes, file_name: str) -> list[FieldRow]:
    """Return the fields that a file of ours, of ESCO or of O*NET names.

    Raises FileRefused, which names each row that cannot be read.
    """
    if ending_of(file_name) == "txt":  # O*NET parts its columns by tabs
        file_name = f"{file_name[:-3]}tsv"
    rows = list(read_file(content, file_name, most_rows=MOST_ROWS).rows)
    if faults := [_fault(row) for row in rows if row.reason]:
        raise FileRefused(faults[:MOST_SAID])
    try:
        return field_rows((row.number, row.values) for row in rows)
    except FieldsNotRead as no:
        raise FileRefused([str(no)]) from no


def _fault(row: Row) -> str:
    return f"Row {row.number}: {row.reason}"
