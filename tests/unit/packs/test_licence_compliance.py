"""The sample's figures, from the published files; skipped where they cannot be had.

The oracle for scope and decisions is a second reading of the raw JSON, which
shares no code with the pack.
"""

import json
import zipfile
from collections import Counter
from decimal import Decimal
from itertools import pairwise

import pytest

from peritus.algorithms.certification import AuditPlan
from peritus.catalogue.errors import PublishedDataMissing
from peritus.catalogue.packs import pack_blockers
from peritus.catalogue.published import path_of
from peritus.packs.licence_compliance import PACK, facts, gold, proposal, scope
from peritus.packs.licence_compliance.items import known_licences, licence_text, pair_of
from peritus.packs.licence_compliance.lock import locked_sources
from peritus.packs.licence_compliance.scope import PERMISSIVE, STRONG, WEAK, pairs_in
from peritus.packs.licence_compliance.sources import (
    ADJUDICATOR,
    AUDITOR,
    HANDLES,
    JUDGES,
    Pair,
    answer_of,
    first_answers,
    table,
)

SAMPLE = PACK.sample
LOTS = (PERMISSIVE, WEAK, STRONG)
YES_OF_RECLICENSE = {"1", "2", "1,2"}


@pytest.fixture(scope="module", autouse=True)
def published_files():
    """Fetch what the lock names, or say what these tests miss."""
    for source in locked_sources().values():
        try:
            path_of(source.published)
        except PublishedDataMissing as missing:
            pytest.skip(f"the licence figures are not checked: {missing}")


def raw(handle):
    """Read a table as its file has it, by code that the pack does not use."""
    source = locked_sources()[handle]
    with zipfile.ZipFile(path_of(source.published)) as wheel:
        return json.loads(wheel.read(source.member))["licenses"]


def said(handle, rows, outbound, inbound):
    """Return a plain reading of yes or no, None for all else."""
    entry = rows.get(outbound, {}).get(inbound)
    if isinstance(entry, dict):
        entry = entry["compatibility"]
    if handle == "reclicense" and entry is not None:
        entry = "yes" if entry in YES_OF_RECLICENSE else "no"
    return entry.lower() if entry and entry.lower() in {"yes", "no"} else None


@pytest.fixture(scope="module")
def oracle():
    """Answers by handle and (outbound, inbound), for all pairs of Double Open."""
    rows = {handle: raw(handle) for handle in HANDLES}
    rows[ADJUDICATOR] = {
        outbound["name"]: {
            inbound["name"]: inbound["compatibility"] for inbound in outbound["compatibilities"]
        }
        for outbound in rows[ADJUDICATOR]
    }
    names = rows[AUDITOR]
    return {
        (handle, outbound, inbound): said(handle, rows[handle], outbound, inbound)
        for handle in HANDLES
        for outbound in names
        for inbound in names
    }


def decided_in(lot):
    answers = {pair: scope.table_decision(pair).answer for pair in pairs_in(lot)}
    return {pair: answer for pair, answer in answers.items() if answer is not None}


def test_the_pack_is_sound():
    assert pack_blockers(PACK) == []


def test_scope_is_466_pairs_of_23_licences():
    licences = {licence for pair in scope.scope() for licence in pair}

    assert (len(scope.scope()), len(set(scope.scope())), len(licences)) == (466, 466, 23)


def test_scope_has_1114_first_judgments_and_three_judges_on_182_pairs():
    judges = Counter(len(first_answers(pair)) for pair in scope.scope())

    assert judges == {2: 284, 3: 182}
    assert scope.judgments_in(list(scope.scope())) == 1_114


def test_scope_and_answers_are_those_of_the_raw_files(oracle):
    names = {outbound for _, outbound, _ in oracle}
    wanted = {
        (outbound, inbound)
        for outbound in names
        for inbound in names
        if outbound != inbound
        and oracle[AUDITOR, outbound, inbound]
        and sum(oracle[judge, outbound, inbound] is not None for judge in JUDGES) >= 2
    }

    assert set(scope.scope()) == wanted
    assert {
        (handle, *pair): answer_of(handle, pair) for handle in HANDLES for pair in scope.scope()
    } == {(handle, *pair): oracle[(handle, *pair)] for handle in HANDLES for pair in wanted}


def test_gpl_2_into_mit_is_no_in_all_five_tables():
    pair = Pair(outbound="MIT", inbound="GPL-2.0-only")

    assert [answer_of(handle, pair) for handle in HANDLES] == ["no"] * 5


def test_mit_into_gpl_2_is_yes_in_all_five_tables():
    pair = Pair(outbound="GPL-2.0-only", inbound="MIT")

    assert [answer_of(handle, pair) for handle in HANDLES] == ["yes"] * 5


def test_lots_have_214_128_and_124_pairs():
    assert Counter(row["lot"] for row in SAMPLE.items()) == {
        PERMISSIVE: 214,
        WEAK: 128,
        STRONG: 124,
    }


def test_44_pairs_are_contested_and_osadl_decides_33():
    contested = {
        lot: [pair for pair in pairs_in(lot) if scope.table_decision(pair).contested]
        for lot in LOTS
    }
    answered = [
        pair for pairs in contested.values() for pair in pairs if answer_of(ADJUDICATOR, pair)
    ]

    assert [len(contested[lot]) for lot in LOTS] == [5, 30, 9]
    assert len(answered) == 33


def test_the_11_open_pairs_all_check_dependency_with_agpl_outbound():
    still_open = [pair for pair in scope.scope() if scope.table_decision(pair).answer is None]

    assert len(still_open) == 11
    assert {pair.outbound for pair in still_open} == {"AGPL-3.0-only", "AGPL-3.0-or-later"}
    assert {table(ADJUDICATOR)[pair].reason.split(":")[0] for pair in still_open} == {
        "Check dependency"
    }


def test_populations_are_214_120_and_121_and_2_17_and_2_differ():
    decided = [decided_in(lot) for lot in LOTS]

    assert [len(answers) for answers in decided] == [214, 120, 121]
    assert [sum(map(scope.differs_from_auditor, answers)) for answers in decided] == [2, 17, 2]


@pytest.mark.parametrize(
    ("lot", "limits"),
    [(PERMISSIVE, (-1, -1, 0, 2)), (WEAK, (-1, 0, 1, 3)), (STRONG, (-1, 0, 1, 3))],
)
def test_the_packs_plan_has_the_limits_that_were_set_before(lot, limits):
    plan = PACK.plan

    made = AuditPlan(
        len(decided_in(lot)), plan.promise, confidence=plan.confidence, looks=plan.looks
    )

    assert made.max_errors == limits


def test_13_of_the_17_differences_are_read_as_relicensing():
    assert facts.relicensing_differences() == facts.Share(13, 17)


@pytest.mark.parametrize(
    ("lot", "answer", "count", "population"), [(PERMISSIVE, "yes", 2, 214), (STRONG, "no", 6, 121)]
)
def test_constant_answers_do_nearly_as_well_on_the_easy_lots(lot, answer, count, population):
    share = facts.constant_answer_differences(lot, answer)

    assert share == facts.Share(count, population)


def test_gold_has_75_paths_35_of_them_direct_and_all_yes():
    known = SAMPLE.gold()

    assert (len(known), sum(answer.direct for answer in known)) == (75, 35)
    assert {(answer.answer, answer.question) for answer in known} == {("yes", "may_ship")}


def test_gold_contradicts_the_auditor_on_four_pairs():
    assert facts.gold_against_auditor() == facts.Share(4, 75)


def test_gold_stays_inside_the_lots():
    assert {answer.item_key for answer in SAMPLE.gold()} <= {row["key"] for row in SAMPLE.items()}


def test_gold_names_the_chart_and_the_path():
    sources = {answer.item_key: answer.source for answer in SAMPLE.gold()}

    assert sources["MIT>GPL-2.0-only"] == "GNU licence guide: MIT → LGPL-2.1-only → GPL-2.0-only"
    assert sources["GPL-3.0-only>AGPL-3.0-only"] == "Wheeler's chart: GPL-3.0-only → AGPL-3.0-only"


def test_gold_paths_are_made_of_arrows_of_one_chart():
    for chart in gold.CHARTS:
        arrows = raw(chart)
        steps = {step for path in gold.known_paths(chart).values() for step in pairwise(path)}

        assert {there in arrows[here]["allowed"] for here, there in steps} == {True}


def test_version_2_touches_29_pairs_with_69_judgments():
    asked_again = proposal.impact(proposal.table_rows())

    assert asked_again == proposal.Impact(pairs=29, population=128, judgments=69)
    assert asked_again.cost(SAMPLE.terms.cost_per_judgment) == Decimal("82.80")


def test_version_2_would_leave_6_of_128_differing_and_probably_no_certificate():
    supposed = proposal.what_if(proposal.table_rows())

    assert (supposed.population, supposed.opened, supposed.kept) == (128, 23, 6)
    assert (supposed.differing, supposed.differing_if_all) == (6, 8)
    assert supposed.certified_share < 0.5


def test_what_if_is_marked_and_counts_the_weak_lot_only():
    everything = [
        ({"inbound": pair.inbound, "outbound": pair.outbound}, "no", "yes")
        for lot in (PERMISSIVE, STRONG)
        for pair in pairs_in(lot)
    ]

    practice = [(row, "no", "yes") for row in SAMPLE.practice()]

    sentence = SAMPLE.proposal.what_if([*proposal.table_rows(), *everything, *practice])

    assert sentence.startswith("WHAT-IF, since no table answers under version 2: ")
    assert sentence == str(proposal.what_if(proposal.table_rows()))


@pytest.mark.parametrize(
    ("key", "answer", "touched"),
    [
        ("MPL-2.0>GPL-2.0-only", "no", True),
        ("LGPL-3.0-or-later>MIT", None, True),
        ("EPL-2.0>MIT", "yes", False),
        ("MIT>ISC", "no", False),
        ("GPL-2.0-only>MIT", None, False),
        ("MPL-2.0>EUPL-1.2", "no", False),  # outside the scope: a practice pair
    ],
)
def test_version_2_touches_the_weak_lots_pairs_that_are_no_or_open(key, answer, touched):
    inbound, outbound = key.split(">")

    row = {"inbound": inbound, "outbound": outbound}

    assert SAMPLE.proposal.touches(row, answer) is touched


def test_what_if_says_nothing_when_no_pair_is_of_the_weak_lot():
    assert SAMPLE.proposal.what_if([({"inbound": "MIT", "outbound": "ISC"}, "no", "yes")]) == ""


def test_practice_is_ten_pairs_outside_the_scope_with_one_first_judge():
    rows = SAMPLE.practice()
    pairs = [pair_of(row) for row in rows]

    assert len({row["key"] for row in rows}) == 10
    assert {len(first_answers(pair)) for pair in pairs} == {1}
    assert {answer_of(AUDITOR, pair) is None for pair in pairs} == {False}
    assert not {*pairs} & {*scope.scope()}
    assert rows == SAMPLE.practice()


def test_items_and_practice_pass_the_packs_own_check():
    rows = [*SAMPLE.items(), *SAMPLE.practice()]

    assert [PACK.items.blockers(row) for row in rows] == [[]] * 476


def test_answers_are_those_of_the_tables_and_none_is_doubled():
    recorded = {handle: SAMPLE.answers(handle) for handle in HANDLES}
    keys = {row["key"] for row in SAMPLE.items()}

    firsts = [answer for handle in JUDGES for answer in recorded[handle] if answer.item_key in keys]
    assert len(firsts) == 1_114
    assert {answer.answer for answer in firsts} == {"yes", "no"}
    for answers in recorded.values():
        assert len({answer.item_key for answer in answers}) == len(answers)


def test_osadl_gives_its_explanation_as_the_reason_or_says_what_it_said_instead():
    reasons = {answer.item_key: answer for answer in SAMPLE.answers(ADJUDICATOR)}

    decided = reasons["LGPL-3.0-only>MPL-2.0"]
    unsaid = reasons["LGPL-3.0-only>AGPL-3.0-only"]
    assert (decided.answer, facts.RELICENSING in decided.reason) == ("no", True)
    assert (unsaid.answer, unsaid.reason[:18]) == (None, "Check dependency: ")


def test_every_licence_of_the_sample_has_its_text():
    names = {licence for row in SAMPLE.items() for licence in (row["inbound"], row["outbound"])}

    assert len(names) == 23
    assert min(len(licence_text(name)) for name in names) > 400


def test_the_known_licences_are_those_whose_texts_the_locked_file_has():
    source = locked_sources()["texts"]
    with zipfile.ZipFile(path_of(source.published)) as wheel:
        texts = {name for name in wheel.namelist() if name.endswith(".LICENSE")}

    assert {source.member.format(spdx=name) for name in known_licences()} == texts


def test_content_shows_both_licences_in_full():
    row = next(row for row in SAMPLE.items() if row["key"] == "GPL-2.0-only>MIT")

    content = PACK.items.content(row)

    assert content.title == "GPL-2.0-only into MIT"
    assert [text.title for text in content.attachments] == [
        "Inbound licence: GPL-2.0-only",
        "Outbound licence: MIT",
    ]
    assert "Version 2, June 1991" in content.attachments[0].text
    assert content.attachments[1].text.startswith("Permission is hereby granted, free of charge")


def test_facts_count_from_the_tables():
    printed = " ".join(SAMPLE.facts())

    for figure in ("466 ordered pairs", "1,114", "2 of 214", "6 of 121", "4 of 75", "13 of 17"):
        assert figure in printed
