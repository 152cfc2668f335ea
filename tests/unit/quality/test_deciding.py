from hypothesis import given
from hypothesis.strategies import booleans, integers, lists, permutations, sampled_from

from peritus.quality.deciding import Given, ItemFacts, derive
from peritus.quality.models import Decision

answers = lists(sampled_from(["yes", "no", "unknown"]), max_size=6)
State = Decision.State


def judged(*said):
    return [Given(f"j{number}", answer) for number, answer in enumerate(said)]


def decided(first, *, wanted=0, adjudication=None, silent=False):
    return derive(first, wanted=wanted, adjudication=adjudication, adjudicator_silent=silent)


def test_derive_waits_for_judgments_that_are_wanted():
    assert decided(judged("yes"), wanted=1).state == State.PENDING
    assert decided([]).state == State.PENDING


def test_derive_lets_unanimous_judges_decide():
    found = decided(judged("yes", "yes"))

    assert (found.state, found.answer, found.rule) == ("decided", "yes", "unanimous")
    assert (found.contested, found.judgments) == (False, ("j0", "j1"))


def test_derive_contests_a_disagreement_until_the_adjudicator_speaks():
    assert decided(judged("yes", "no")).state == State.CONTESTED


def test_derive_follows_the_adjudicator():
    found = decided(judged("yes", "no"), adjudication=Given("a", "no"))

    assert (found.state, found.answer, found.rule) == ("decided", "no", "adjudicated")
    assert (found.contested, found.judgments) == (True, ("j0", "j1", "a"))


def test_derive_leaves_a_question_open_when_the_adjudicator_is_silent():
    found = decided(judged("yes", "no"), silent=True)

    assert (found.state, found.answer, found.rule) == ("open", "", "no answer")


@given(answers.flatmap(lambda said: permutations(judged(*said))), integers(0, 2), booleans())
def test_derive_does_not_depend_on_the_order_of_judgments(first, wanted, silent):
    adjudication = None if silent else Given("a", "no")
    in_order = sorted(first, key=lambda each: each.judgment)

    one = decided(first, wanted=wanted, adjudication=adjudication, silent=silent)
    other = decided(in_order, wanted=wanted, adjudication=adjudication, silent=silent)

    assert (one.state, one.answer, one.rule, one.contested) == (
        other.state,
        other.answer,
        other.rule,
        other.contested,
    )
    assert sorted(one.judgments) == sorted(other.judgments)


@given(answers, integers(0, 2), booleans(), booleans())
def test_derive_answers_only_what_is_decided(said, wanted, adjudicated, silent):
    adjudication = Given("a", "no") if adjudicated else None

    found = decided(judged(*said), wanted=wanted, adjudication=adjudication, silent=silent)

    assert bool(found.answer) == (found.state == State.DECIDED)
    assert found.answer in {"", "no", *said}
    assert found.contested == (not wanted and len(set(said)) > 1)


@given(sampled_from(["yes", "no"]), integers(1, 6), booleans())
def test_derive_lets_nobody_overrule_unanimous_judges(answer, size, silent):
    found = decided(judged(*[answer] * size), adjudication=Given("a", "other"), silent=silent)

    assert (found.answer, found.rule, found.contested) == (answer, "unanimous", False)


def test_item_facts_tell_first_judgments_from_adjudications():
    facts = ItemFacts(
        judgments=[
            ("adjudication", "a", {"q": "no"}),
            ("first", "j0", {"q": "yes"}),
            ("further", "j1", {"q": "no"}),
        ],
        slots=[("first", "done"), ("further", "done"), ("adjudication", "done")],
    )

    assert facts.derived("q").judgments == ("j0", "j1", "a")


def test_item_facts_wait_for_open_and_leased_first_slots_only():
    said = [("first", "j0", {"q": "yes"})]

    for state, expected in (("open", "pending"), ("leased", "pending"), ("withdrawn", "decided")):
        facts = ItemFacts(judgments=said, slots=[("first", "done"), ("first", state)])
        assert facts.derived("q").state == expected
    waiting = ItemFacts(judgments=said, slots=[("first", "done"), ("audit", "open")])
    assert waiting.derived("q").state == "decided"
