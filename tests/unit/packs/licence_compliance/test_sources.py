"""What counts as an answer in each table's own words."""

import json

import pytest

from peritus.packs.licence_compliance import sources
from peritus.packs.licence_compliance.lock import FOLDER, locked_sources
from peritus.packs.licence_compliance.sources import Pair, Reading


def test_key_reads_from_inbound_to_outbound():
    assert Pair(outbound="MIT", inbound="GPL-2.0-only").key == "GPL-2.0-only>MIT"


@pytest.mark.parametrize("word", ["Unknown", "Check dependency", "Same", "", "maybe"])
def test_words_that_are_no_answer_are_kept_as_the_reason(word):
    raw = [{"name": "MIT", "compatibilities": [
        {"name": "ISC", "compatibility": word, "explanation": "n.a."}
    ]}]  # fmt: skip

    assert sources._osadl(raw) == {Pair("MIT", "ISC"): Reading(None, f"{word}: n.a.")}


@pytest.mark.parametrize(("word", "answer"), [("Yes", "yes"), ("NO", "no"), (" yes", "yes")])
def test_yes_and_no_are_read_in_any_case(word, answer):
    raw = [{"name": "MIT", "compatibilities": [
        {"name": "ISC", "compatibility": word, "explanation": "So it is."}
    ]}]  # fmt: skip

    assert sources._osadl(raw) == {Pair("MIT", "ISC"): Reading(answer, "So it is.")}


def test_the_name_of_osadls_entry_is_the_outbound_licence():
    raw = [{"name": "MIT", "compatibilities": [
        {"name": "GPL-2.0-only", "compatibility": "No", "explanation": "Copyleft."}
    ]}]  # fmt: skip

    (pair,) = sources._osadl(raw)

    assert (pair.outbound, pair.inbound) == ("MIT", "GPL-2.0-only")


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("0", "no"),
        ("1", "yes"),
        ("2", "yes"),
        ("1,2", "yes"),
        ("1, 2", "yes"),
        (0, "no"),
        ("3", None),
    ],
)
def test_reclicense_codes_are_read_as_yes_and_no(code, answer):
    (reading,) = sources._nested("reclicense", {"MIT": {"ISC": code}}).values()

    assert reading.answer == answer


def test_double_opens_comments_become_one_reason():
    raw = {"MIT": {"ISC": {"compatibility": "no", "comment": ["One.", "Two."]}}}

    assert sources._nested("double_open", raw) == {Pair("MIT", "ISC"): Reading("no", "One. Two.")}


@pytest.mark.parametrize("handle", ["hermine", "oslc"])
def test_plain_tables_give_no_reason(handle):
    assert sources._nested(handle, {"MIT": {"ISC": "yes"}}) == {
        Pair("MIT", "ISC"): Reading("yes", "")
    }


def test_the_lock_names_no_host_and_no_path():
    text = (FOLDER / "sources.lock.json").read_text()

    assert "://" not in text
    assert not [row for row in json.loads(text) if "/" in row["file"]]


def test_the_lock_has_a_whole_digest_and_a_packaging_date_for_each_file():
    rows = locked_sources().values()

    assert {len(row.published.sha256) for row in rows} == {64}
    assert {len(row.packaged) for row in rows} == {len("2025-01-30")}
    assert len(rows) == 8
