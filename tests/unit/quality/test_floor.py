"""Below the plan's floor on gold: put before the manager, paused only where the plan says so."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import integers
from scipy.stats import binom, binomtest

from peritus.accounts.models import Role
from peritus.accounts.queries import engine
from peritus.algorithms.shares import exact_interval
from peritus.catalogue.plans import PlanTerms, stated
from peritus.journal.errors import NotAllowed
from peritus.journal.models import Event
from peritus.quality.drift import experts_in_alarm, open_alarms
from peritus.quality.floor import SURE, experts_below_floor, shortfall_of, shortfalls_in
from peritus.quality.models import DriftAlarm
from peritus.quality.outcomes import Cause, Known, Outcome
from peritus.quality.verbs import answer_alarm, raise_alarm, raise_floor_alarm
from peritus.work.models import Pause
from tests.factories import accounts, bench, quality, work
from tests.factories.engagements import START, engagement, lot
from tests.factories.walk import key

FLOOR = 0.8
LOW = "1010101010" + "00"  # 5 of 12


def outcomes(right, cause=Cause.GOLD):
    """Return an outcome an hour for each letter, right where it is a 1."""
    return [
        Outcome(
            judgment=n, expert=1, engagement=1, pack="kpo_quiz", item=n, lot=1, question="question",
            given="yes" if letter == "1" else "no", at=START + timedelta(hours=n), is_frozen=False,
            known=Known(cause, "yes", n, START),
        )
        for n, letter in enumerate(right)
    ]  # fmt: skip


# shortfall_of


@given(right=integers(0, 60), wrong=integers(0, 60))
def test_shortfall_of_is_what_a_one_sided_exact_test_rejects(right, wrong):
    """SciPy: the upper limit is below the floor where P(X <= right | n, floor) < 0.05."""
    found = shortfall_of(
        outcomes("1" * right + "0" * wrong), PlanTerms(pause_floor=FLOOR), after=None
    )

    enough = right + wrong >= 10
    assert (found is not None) == (enough and binom.cdf(right, right + wrong, FLOOR) < 0.05)


def test_shortfall_of_gives_the_exact_upper_limit():
    found = shortfall_of(outcomes(LOW), PlanTerms(pause_floor=FLOOR), after=None)

    limit = binomtest(5, 12).proportion_ci(0.90, "exact").high  # SciPy: 95 % on one side
    assert (found.right, found.n, found.floor, found.since) == (5, 12, FLOOR, START)
    assert found.upper == pytest.approx(limit, abs=1e-9)


@pytest.mark.parametrize(
    ("right", "cause", "terms"),
    [
        (LOW[:9], Cause.GOLD, {}),  # too few
        (LOW, Cause.GOLD, {"pause_least": 13}),
        (LOW, Cause.ADJUDICATION, {}),  # not gold
        ("1" * 12, Cause.GOLD, {}),
        (LOW, Cause.GOLD, {"pause_floor": 0.0}),  # no floor
        ("", Cause.GOLD, {}),
    ],
)
def test_shortfall_of_says_nothing_where_nothing_is_shown(right, cause, terms):
    plan = PlanTerms(**{"pause_floor": FLOOR} | terms)

    assert shortfall_of(outcomes(right, cause), plan, after=None) is None


def test_shortfall_of_counts_what_came_after_the_last_answer():
    answers = outcomes(LOW + "0" * 10)
    terms = PlanTerms(pause_floor=FLOOR)

    assert shortfall_of(answers, terms, after=answers[12].known_at) is None  # nine are left
    found = shortfall_of(answers, terms, after=answers[11].known_at)
    assert (found.right, found.n) == (0, 10)


@pytest.mark.parametrize(("able", "chance"), [(0.8, 0.170), (0.85, 0.031), (0.9, 0.003)])
def test_looking_after_every_answer_has_the_stated_chance_of_an_alarm_by_accident(able, chance):
    """Exact over all runs of 100 answers, floor 0.8, from the tenth answer on."""
    running, raised = np.ones(1), 0.0  # chance of so many right ones, no alarm so far
    for n in range(1, 101):
        running = np.append(running, 0) * (1 - able) + np.append(0, running) * able
        _, upper = exact_interval(np.arange(n + 1), np.full(n + 1, n), confidence=2 * SURE - 1)
        below = (upper < FLOOR) & (n >= PlanTerms().pause_least)
        raised += running[below].sum()
        running[below] = 0

    assert raised == pytest.approx(chance, abs=0.0005)


# raise_floor_alarm


@pytest.fixture
def ada(clock):
    return bench.expert()


def course_with(**terms):
    course = engagement(
        manager=accounts.member(Role.MANAGER), quality_lead=accounts.member(Role.QUALITY)
    )
    said = stated(PlanTerms(**{"pause_floor": FLOOR} | terms))
    quality.quality_plan(engagement=course, said=said)
    return course


@pytest.fixture
def course(clock):
    return course_with()


@pytest.fixture
def strict(clock):
    return course_with(pause_at_once=True)


def answers(course, ada, right, **changes):
    quality.known_answers(ada, lot(engagement=course), right, **changes)


def raise_for(course, ada, **changes):
    given_ = {"by": engine(), "key": "k"} | changes
    return raise_floor_alarm(course.pk, ada.pk, "question", **given_)


def test_raise_floor_alarm_raises_one_with_its_evidence(course, ada):
    answers(course, ada, LOW)
    assert experts_below_floor(course.pk) == [(ada.pk, "question")]

    alarm = raise_for(course, ada)

    assert alarm == raise_for(course, ada)
    assert (alarm.cause, alarm.fell_right, alarm.fell_n, alarm.reference) == ("floor", 5, 12, FLOOR)
    assert alarm.upper == pytest.approx(binomtest(5, 12).proportion_ci(0.90, "exact").high)
    assert experts_below_floor(course.pk) == []
    event = Event.objects.get(kind="drift.alarmed")
    assert (event.data["cause"], event.data["right"], event.data["n"]) == ("floor", 5, 12)
    assert not Pause.objects.exists()


def test_raise_floor_alarm_raises_none_where_it_is_not_due_or_open(course, ada):
    assert raise_for(course, ada) is None
    answers(course, ada, LOW)
    raise_for(course, ada)

    assert raise_for(course, ada, key="another") is None
    assert DriftAlarm.objects.count() == 1


def test_no_floor_or_plan_raises_none(ada):
    for bare in (course_with(pause_floor=0.0), engagement()):
        answers(bare, ada, LOW)
        assert shortfalls_in(bare.pk) == {}
        assert raise_for(bare, ada, key=key()) is None


def test_another_engagements_gold_counts_for_nothing_here(course, ada):
    answers(engagement(), ada, LOW)

    assert experts_below_floor(course.pk) == []


def test_raise_floor_alarm_is_refused_to_people(course, ada):
    with pytest.raises(NotAllowed):
        raise_for(course, ada, by=course.manager)


def test_each_cause_has_its_own_open_alarm(course, ada):
    answers(course, ada, "1111111110" * 3 + "0" * 12)
    assert experts_in_alarm(course.pk) == experts_below_floor(course.pk) == [(ada.pk, "question")]

    drift = raise_alarm(course.pk, ada.pk, "question", by=engine(), key="d")
    floor = raise_for(course, ada)
    answer(floor)

    assert (drift.cause, floor.cause) == ("drift", "floor")
    assert list(open_alarms()) == [drift]


def test_an_alarm_is_not_raised_again_before_as_many_gold_answers_came(course, ada, clock):
    answers(course, ada, LOW)
    answer(raise_for(course, ada))
    answers(course, ada, "0" * 9, start=clock())
    before = experts_below_floor(course.pk)
    answers(course, ada, "0", start=clock())

    assert before == []
    again = raise_for(course, ada, key="again")
    assert (again.fell_right, again.fell_n) == (0, 10)
    assert DriftAlarm.objects.values("uid").distinct().count() == 2


# pause_at_once


def answer(alarm, act="dismissed", **changes):
    given_ = {"reason": "Two were mislabelled.", "by": alarm.engagement.manager, "key": key()}
    return answer_alarm(alarm.pk, act, **given_ | changes)


def standing(ada):
    return list(Pause.objects.filter(expert=ada, resumed_at=None))


def test_the_engine_pauses_at_once_where_the_plan_says_so(strict, ada):
    answers(strict, ada, LOW)

    raise_for(strict, ada)

    [pause] = standing(ada)
    assert (pause.paused_by, pause.engagement) == (engine(), strict)
    assert "no verdict" in pause.reason
    assert not any(character.isdigit() for character in pause.reason)  # counts give gold away


@pytest.mark.parametrize("act", ["dismissed", "retrain"])
def test_an_answer_that_does_not_pause_lets_the_expert_go_on(strict, ada, act):
    answers(strict, ada, LOW)

    answer(raise_for(strict, ada), act)

    assert standing(ada) == []
    ended = Pause.objects.get()
    assert ended.resumed_by == strict.manager
    assert ended.resumed_because.startswith("The manager has looked")


def test_an_answer_that_pauses_makes_the_pause_the_managers_own(strict, ada):
    answers(strict, ada, LOW)

    answer(raise_for(strict, ada), "paused", reason="We talk first.")

    [pause] = standing(ada)
    assert (pause.paused_by, pause.reason) == (strict.manager, "We talk first.")


def test_the_pause_lasts_until_the_last_such_alarm_is_answered(strict, ada):
    answers(strict, ada, LOW)
    first = raise_for(strict, ada)
    other = quality.drift_alarm(engagement=strict, expert=ada, cause="floor", question="another")
    quality.drift_alarm(engagement=strict, expert=ada)  # a drift alarm asks for no pause

    answer(first)
    between = len(standing(ada))
    answer(other)

    assert (between, standing(ada)) == (1, [])


def test_a_pause_of_the_managers_is_neither_doubled_nor_ended(strict, ada):
    own = work.pause(engagement=strict, expert=ada, paused_by=strict.manager)
    answers(strict, ada, LOW)

    answer(raise_for(strict, ada))

    assert standing(ada) == [own]
