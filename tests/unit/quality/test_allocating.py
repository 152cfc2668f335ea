"""What follows for a lot from its facts under the adaptive rule: no database."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from peritus.algorithms.allocation import Stop
from peritus.catalogue.plans import PlanTerms
from peritus.quality.allocating import allocate
from peritus.quality.facts import Judged, LotFacts

LOT = UUID(int=7)
OPTIONS = {"holds": ("yes", "no")}
ITEMS, EXPERTS = tuple(range(100, 140)), tuple(range(10, 18))
NOTHING = LotFacts(
    items=ITEMS,
    experts=EXPERTS,
    judged=(),
    pending=(),
    available=tuple((item, expert) for item in range(40) for expert in range(8)),
    cost=(1.0,) * 8,
    at_once=(None,) * 8,
    level=(0,) * 8,
    is_model=(False,) * 8,
    gold={},
    adjudicated={},
    appealed=frozenset(),
    silent=frozenset(),
    checked={},
    latest=None,
)
PLAIN = PlanTerms(calibration_share=0.0)


def judged(item, *says, first=0):
    return tuple(
        Judged(item, expert, f"{item}-{expert}", {"holds": answer})
        for expert, answer in enumerate(says, start=first)
    )


def after(*judgments, **changes):
    """Return the facts once these judgments are in; they are not asked for again."""
    known = tuple(each for some in judgments for each in some)
    gone = {(each.item, each.expert) for each in known}
    left = tuple(pair for pair in NOTHING.available if pair not in gone)
    given = {"judged": known, "available": left} | changes
    return replace(NOTHING, **given)


# Thirty items on which everybody agrees teach that the panel is good.
AGREED = [judged(item, *(["yes", "no"][item % 2],) * 4) for item in range(30)]


def test_nothing_is_decided_and_a_quarter_of_the_items_is_asked_at_first():
    found = allocate(NOTHING, PLAIN, OPTIONS, LOT)

    assert {each.state for each in found.derived.values()} == {"pending"}
    assert len(found.wanted) == 10
    assert {item for item, _ in found.wanted} <= set(ITEMS)
    assert {expert for _, expert in found.wanted} <= set(EXPERTS)


def test_what_is_asked_already_counts_against_what_is_asked_at_once():
    pending = NOTHING.available[:7]

    found = allocate(replace(NOTHING, pending=pending), PLAIN, OPTIONS, LOT)

    assert len(found.wanted) == 3


def test_agreed_items_are_decided_by_aggregation_with_their_chances():
    found = allocate(after(*AGREED), PLAIN, OPTIONS, LOT)

    sure = found.derived[ITEMS[0], "holds"]
    assert (sure.state, sure.answer, sure.rule) == ("decided", "yes", "aggregated")
    assert sure.judgments == ("0-0", "0-1", "0-2", "0-3")
    assert sure.method == "dawid_skene_shrunk"
    assert sum(sure.posterior.values()) == pytest.approx(1, abs=1e-3)
    assert sure.posterior["yes"] > 0.9
    assert sure.error < 0.01


def test_gold_weighs_the_methods_that_stand():
    lone = judged(39, "no", "yes", "no")
    gold = {"holds": {item: ["yes", "no"][item % 2] for item in range(30)}}

    found = allocate(after(*AGREED, lone, gold=gold), PLAIN, OPTIONS, LOT)

    without = allocate(after(*AGREED, lone), PLAIN, OPTIONS, LOT)

    assert found.asked["holds"].consensus.method == "mixture"
    assert without.asked["holds"].consensus.method != "mixture"
    assert set(found.derived[ITEMS[39], "holds"].posterior) == {"yes", "no"}


def test_the_same_facts_give_the_same_result():
    facts = after(*AGREED[:12])

    assert (
        allocate(facts, PLAIN, OPTIONS, LOT).wanted == allocate(facts, PLAIN, OPTIONS, LOT).wanted
    )


def test_asking_what_is_wanted_leaves_every_decision_as_it_was():
    facts = after(*AGREED, judged(39, "yes", "no"))
    found = allocate(facts, PLAIN, OPTIONS, LOT)
    bought = tuple((ITEMS.index(item), EXPERTS.index(expert)) for item, expert in found.wanted)

    again = allocate(replace(facts, pending=bought), PLAIN, OPTIONS, LOT)

    assert again.derived == found.derived


SPLIT = judged(39, "yes", "no", "yes", "no", "yes", "no", "yes", "no")


def test_an_item_that_nobody_is_left_to_settle_goes_to_the_adjudicator():
    found = allocate(after(*AGREED, SPLIT), PLAIN, OPTIONS, LOT)

    assert found.asked["holds"].purchase.stop[39] == Stop.EXHAUSTED
    hung = found.derived[ITEMS[39], "holds"]
    assert (hung.state, hung.answer, hung.contested) == ("contested", "", True)
    assert hung.error > 0.05


def test_the_likeliest_answer_stands_where_the_plan_bears_its_error():
    bold = replace(PLAIN, adjudicate_above=1.0)

    found = allocate(after(*AGREED, SPLIT), bold, OPTIONS, LOT).derived[ITEMS[39], "holds"]

    assert (found.state, found.rule) == ("decided", "aggregated")
    assert found.answer == max(found.posterior, key=found.posterior.get)


def test_the_adjudicator_decides_and_silence_leaves_it_open():
    said = {39: ("adj", {"holds": "no"})}
    told = allocate(after(*AGREED, SPLIT, adjudicated=said), PLAIN, OPTIONS, LOT)
    silent = allocate(after(*AGREED, SPLIT, silent=frozenset({39})), PLAIN, OPTIONS, LOT)

    decided, left = told.derived[ITEMS[39], "holds"], silent.derived[ITEMS[39], "holds"]
    assert (decided.state, decided.answer, decided.rule) == ("decided", "no", "adjudicated")
    assert decided.judgments[-1] == "adj"
    on_appeal = allocate(
        after(*AGREED, SPLIT, adjudicated=said, appealed=frozenset({39})), PLAIN, OPTIONS, LOT
    )
    assert on_appeal.derived[ITEMS[39], "holds"].rule == "appealed"
    assert (left.state, left.answer, left.rule) == ("open", "", "no answer")


def test_what_a_census_checked_is_the_checkers_answer_whoever_decided_before():
    said = {39: ("adjudication", {"holds": "no"})}
    checks = {0: ("check-0", {"holds": "no"}), 39: ("check-39", {"holds": "yes"})}
    before = allocate(after(*AGREED, SPLIT, adjudicated=said), PLAIN, OPTIONS, LOT).derived

    found = allocate(
        after(*AGREED, SPLIT, adjudicated=said, appealed=frozenset({39}), checked=checks),
        PLAIN, OPTIONS, LOT,
    ).derived  # fmt: skip

    for place, answer in ((0, "no"), (39, "yes")):
        each, was = found[ITEMS[place], "holds"], before[ITEMS[place], "holds"]
        assert (each.state, each.answer, each.rule) == ("decided", answer, "census")
        assert each.judgments[-1] == f"check-{place}"
        assert (each.posterior, each.error, each.contested) == (
            was.posterior,
            was.error,
            was.contested,
        )
    assert {place for place in found if found[place] != before[place]} == {
        (ITEMS[0], "holds"),
        (ITEMS[39], "holds"),
    }


def test_a_budget_ends_the_buying():
    poor = replace(PLAIN, budget_per_item=Decimal("0.2"))  # 8 judgments for 40 items

    found = allocate(NOTHING, poor, OPTIONS, LOT)

    assert len(found.wanted) == 8
    spent = replace(NOTHING, pending=NOTHING.available[:8])
    assert allocate(spent, poor, OPTIONS, LOT).wanted == ()


def test_nothing_is_bought_after_the_deadline():
    late = replace(PLAIN, deadline=datetime(2026, 5, 1, tzinfo=UTC))
    facts = after(judged(0, "yes"), latest=datetime(2026, 5, 1, tzinfo=UTC))

    assert allocate(facts, late, OPTIONS, LOT).wanted == ()
    on_time = replace(facts, latest=datetime(2026, 4, 1, tzinfo=UTC))
    assert allocate(on_time, late, OPTIONS, LOT).wanted != ()


def test_nobody_is_asked_for_more_than_they_hold_at_once():
    facts = replace(NOTHING, at_once=(1,) * 8, pending=((0, 0),))

    wanted = allocate(facts, PLAIN, OPTIONS, LOT).wanted

    assert len(wanted) == len({expert for _, expert in wanted}) == 7
    assert EXPERTS[0] not in {expert for _, expert in wanted}


def test_a_form_asks_all_its_questions_so_nobody_is_asked_twice():
    two = {"holds": ("yes", "no"), "why": ("a", "b", "c")}

    wanted = allocate(NOTHING, PLAIN, two, LOT).wanted

    assert len(wanted) == len(set(wanted)) == 10


# Beside models: experts 4 to 7 are models.
MIXED = replace(NOTHING, is_model=(False,) * 4 + (True,) * 4)


def mixed(*judgments, **changes):
    return replace(after(*judgments, **changes), is_model=MIXED.is_model)


def test_models_are_asked_about_everything_and_people_once_they_have_spoken():
    wanted = allocate(MIXED, PLAIN, OPTIONS, LOT).wanted
    answered = [judged(item, *("yes",) * 4, first=4) for item in (3, 5)]
    heard = allocate(mixed(*answered), PLAIN, OPTIONS, LOT).wanted

    assert sorted(wanted) == [(item, expert) for item in ITEMS for expert in EXPERTS[4:]]
    assert {item for item, expert in heard if expert in EXPERTS[:4]} == {ITEMS[3], ITEMS[5]}


def test_models_are_asked_no_more_than_money_and_seats_allow():
    poor = replace(PLAIN, budget_per_item=Decimal("0.2"))  # 8 judgments for 40 items
    few = replace(MIXED, at_once=(None,) * 4 + (1,) * 4)

    assert len(allocate(MIXED, poor, OPTIONS, LOT).wanted) == 8
    alone = [pair for pair in allocate(few, PLAIN, OPTIONS, LOT).wanted if pair[1] in EXPERTS[4:]]
    assert len(alone) == 4


def test_models_that_agree_are_one_voice_that_people_outvote():
    agreed = [judged(item, *(["yes", "no"][item % 2],) * 4) for item in range(20)]
    apart = [judged(item, *(["no", "yes"][item % 2],) * 4, first=4) for item in range(20)]

    found = allocate(mixed(*agreed, *apart), PLAIN, OPTIONS, LOT)

    told = [found.derived[ITEMS[item], "holds"] for item in range(20)]
    assert {each.method for each in told} == {"dawid_skene_groups"}
    assert [each.answer for each in told] == ["yes", "no"] * 10
