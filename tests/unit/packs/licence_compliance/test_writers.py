"""Files of a frozen lot."""

import csv
import io

from peritus.catalogue.packs import FreezeView, FrozenAnswer
from peritus.packs.licence_compliance.writers import WRITERS, grid, matrix

NOTES = [
    [],
    ["Note", "Sample, Permissive, freeze 2, abc123"],
    ["Note", "At most 10 of 214 differ."],
    ["Note", "Not legal advice."],
]


def frozen(inbound, outbound, answer, **changes):
    values = {
        "item_key": f"{inbound}>{outbound}",
        "item_id": "1",
        "title": f"{inbound} into {outbound}",
        "fields": {"inbound": inbound, "outbound": outbound},
        "question": "may_ship",
        "answer": answer,
        "rule": "unanimous",
        "judgments": (("OSLC Handbook", answer, ""), ("Hermine", answer, "")),
        "audited": "",
    }
    return FrozenAnswer(**{**values, **changes})


def view(*answers):
    return FreezeView(
        engagement="Sample",
        lot_code="permissive",
        lot_title="Permissive",
        number=2,
        digest="abc123",
        claim="At most 10 of 214 differ.",
        answers=answers,
        honesty=("Not legal advice.",),
    )


def rows_of(written):
    return list(csv.reader(io.StringIO(written.decode("utf-8"), newline="")))


def test_matrix_has_one_row_per_pair_with_every_sources_answer():
    adjudicated = frozen(
        "Apache-2.0",
        "LGPL-2.1-only",
        "no",
        rule="adjudicated",
        audited="differs",
        judgments=(("Hermine", "yes", ""), ("OSADL", "no", "It is stated so.")),
    )

    rows = rows_of(matrix(view(frozen("MIT", "ISC", "yes"), adjudicated)))

    assert rows == [
        ["key", "inbound", "outbound", "answer", "rule", "audit", "Hermine", "OSADL",
         "OSLC Handbook"],
        ["MIT>ISC", "MIT", "ISC", "yes", "unanimous", "", "yes", "", "yes"],
        ["Apache-2.0>LGPL-2.1-only", "Apache-2.0", "LGPL-2.1-only", "no", "adjudicated", "differs",
         "yes", "no", ""],
        *NOTES,
    ]  # fmt: skip


def test_grid_has_outbound_down_and_inbound_across():
    rows = rows_of(
        grid(
            view(
                frozen("MIT", "ISC", "yes"),
                frozen("ISC", "MIT", "no"),
                frozen("0BSD", "MIT", "yes"),
            )
        )
    )

    assert rows == [
        ["outbound \\ inbound", "0BSD", "ISC", "MIT"],
        ["ISC", "", "", "yes"],
        ["MIT", "yes", "no", ""],
        *NOTES,
    ]


def test_every_writer_neutralises_formulas_of_rows_names_and_notes():
    poisoned = frozen(
        "=inbound()", "+outbound", "@answer", rule="-rule", judgments=(("=name", "=said", ""),)
    )

    cells = [
        cell for writer in WRITERS for row in rows_of(writer.write(view(poisoned))) for cell in row
    ]

    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))] == []
    assert {"'=inbound()", "'+outbound", "'@answer", "'-rule", "'=name", "'=said"} <= {*cells}


def test_writers_return_the_same_bytes_for_the_same_freeze():
    freeze = view(frozen("MIT", "ISC", "yes"))

    assert [writer.write(freeze) for writer in WRITERS] == [
        writer.write(freeze) for writer in WRITERS
    ]
