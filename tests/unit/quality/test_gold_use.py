import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from peritus.quality.gold_use import coverage_of, gold_candidates, gold_in_use, rise_in
from peritus.quality.verbs import add_gold, retire_gold
from tests.factories.bench import expert
from tests.factories.engagements import item, lot
from tests.factories.quality import gold
from tests.factories.walk import key
from tests.factories.work import judgment


def add(walk, place, answer="a", **changes):
    given = {"source": "Section 3.", "weighs": True, "by": walk.lead, "key": key()} | changes
    return add_gold(walk.items[place].pk, "answer", answer, **given)


@given(st.lists(st.booleans(), min_size=10, max_size=60))
def test_a_rise_is_as_rare_as_fishers_exact_test_says(right):
    half = len(right) // 2
    first, later = right[:half], right[half:]
    table = [[sum(later), len(later) - sum(later)], [sum(first), len(first) - sum(first)]]

    assert rise_in(right) == pytest.approx(fisher_exact(table, alternative="greater").pvalue)


def test_nothing_is_said_of_a_rise_below_ten_answers():
    assert rise_in([False] * 4 + [True] * 5) is None
    assert rise_in([False] * 5 + [True] * 5) == pytest.approx(1 / 252)


def test_coverage_counts_the_items_of_each_lot_that_have_a_known_answer_in_use(walk):
    add(walk, 0)
    add(walk, 1, weighs=False)
    retire_gold(add(walk, 2).pk, because="The source was withdrawn.", by=walk.lead, key=key())
    lot(engagement=walk.engagement)

    found = [(each.question, each.known, each.items) for each in coverage_of(walk.engagement)]

    assert found == [("answer", 1, 6), ("answer", 0, 0)]
    assert [each.share for each in coverage_of(walk.engagement)] == [pytest.approx(1 / 6), 0.0]


def test_gold_in_use_comes_with_how_often_it_was_answered_right(walk):
    walk.judge(contested={"q000": "a"})
    one, two, three = add(walk, 0), add(walk, 1), add(walk, 2, "b")
    unanswered = gold(item=item(lot=walk.lot), question="answer", weighs=True)

    used = gold_in_use(walk.engagement)

    assert [(each.gold, each.accuracy.right, each.accuracy.n) for each in used] == [
        (three, 0, 2),
        (one, 2, 3),  # the adjudicator's answer counts
        (two, 2, 2),
        (unanswered, 0, 0),
    ]


def test_gold_whose_later_answers_are_right_so_much_more_often_comes_first(walk):
    thing = walk.items[0]
    known = add(walk, 0)
    for letter in "b" * 6 + "a" * 6:
        judgment(item=thing, expert=expert(), answers={"answer": letter})

    [first] = gold_in_use(walk.engagement)

    assert (first.gold, first.may_be_known) == (known, True)
    assert first.rise == pytest.approx(1 / 924)


def test_adjudicated_decisions_without_gold_can_become_gold(walk):
    walk.judge(contested={"q000": "a", "q001": "b"})
    add(walk, 0)

    found = gold_candidates(walk.engagement, most=5)

    assert [(each.item, each.answer, each.by) for each in found] == [
        (walk.items[1], "b", walk.adjudicator.name)
    ]
    assert found[0].reason == "Statement b is the only one that fits."
