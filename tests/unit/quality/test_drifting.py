from datetime import timedelta

import pytest

from peritus.accounts.models import Role
from peritus.accounts.queries import engine
from peritus.journal.errors import NotAllowed
from peritus.journal.models import Event
from peritus.quality.drift import experts_in_alarm, open_alarms, watch_over, watches_in
from peritus.quality.errors import AlarmClosed
from peritus.quality.models import DriftAlarm
from peritus.quality.verbs import answer_alarm, raise_alarm
from peritus.work.errors import PauseRefused
from peritus.work.models import Pause
from tests.factories import accounts, bench, quality, work
from tests.factories.engagements import START, engagement, lot

pytestmark = pytest.mark.slow
GOOD = "1111111110" * 3  # 27 of 30: what the expert had shown


@pytest.fixture
def course(clock):
    return engagement(
        manager=accounts.member(Role.MANAGER), quality_lead=accounts.member(Role.QUALITY)
    )


@pytest.fixture
def ada(clock):
    return bench.expert()


def answers(course, ada, right, **changes):
    quality.known_answers(ada, lot(engagement=course), right, **changes)


def raise_for(course, ada, **changes):
    return raise_alarm(course.pk, ada.pk, "question", **{"by": engine(), "key": "k"} | changes)


def test_nothing_is_watched_before_thirty_answers_are_known(course, ada):
    answers(course, ada, GOOD[:-1])

    assert watches_in(course.pk) == {}


def test_nothing_is_watched_of_who_was_never_right():
    assert watch_over([], after=None) is None


def test_a_fall_raises_one_alarm_with_its_evidence(course, ada):
    answers(course, ada, GOOD + "1" * 10 + "0" * 8)
    assert experts_in_alarm(course.pk) == [(ada.pk, "question")]

    alarm = raise_for(course, ada)

    assert alarm == raise_for(course, ada)
    assert (alarm.reference_right, alarm.reference_n) == (27, 30)
    assert alarm.reference == pytest.approx(0.79070, abs=1e-5)  # SciPy: binomtest
    assert (alarm.fell_right, alarm.fell_n) == (0, alarm.watched - 10)
    assert alarm.since == START + timedelta(hours=40)
    assert experts_in_alarm(course.pk) == []
    kinds = Event.objects.filter(kind__startswith="drift").values_list("kind", flat=True)
    assert list(kinds) == ["drift.alarmed"]


def test_steady_answers_raise_none(course, ada):
    answers(course, ada, GOOD * 2)

    assert raise_for(course, ada) is None
    assert DriftAlarm.objects.count() == 0


def test_another_engagement_does_not_see_the_fall(course, ada):
    answers(engagement(), ada, GOOD + "0" * 8)

    assert raise_for(course, ada) is None
    assert watches_in(course.pk) == {}


def test_an_open_alarm_is_not_raised_twice(course, ada):
    answers(course, ada, GOOD + "0" * 8)
    raise_for(course, ada)

    assert raise_for(course, ada, key="another") is None
    assert DriftAlarm.objects.count() == 1


def test_raise_alarm_is_refused_to_people(course, ada):
    with pytest.raises(NotAllowed):
        raise_for(course, ada, by=course.manager)


def test_points_hold_groups_against_exact_limits(course, ada):
    answers(course, ada, GOOD + "1" * 20 + "0" * 20 + "1" * 5)

    [watch] = watches_in(course.pk).values()

    found = [(each.right, each.n, each.signals) for each in watch.points()]
    assert found == [(20, 20, False), (0, 20, True), (5, 5, False)]


# answer_alarm


@pytest.fixture
def alarm(course, ada):
    return quality.drift_alarm(engagement=course, expert=ada)


def answer(alarm, act="dismissed", **changes):
    given = {"reason": "Items 31 to 38 were mislabelled.", "by": alarm.engagement.manager} | changes
    return answer_alarm(alarm.pk, act, **{"key": "a"} | given)


def test_answer_alarm_dismisses_once_when_repeated(alarm):
    first, again = answer(alarm), answer(alarm)

    assert first == again
    assert (first.act, first.acted_by) == ("dismissed", alarm.engagement.manager)
    assert not open_alarms().exists()
    assert not Pause.objects.exists()


def test_answer_alarm_pauses_with_the_same_reason(alarm):
    answer(alarm, "paused", reason="We talk first.")

    pause = Pause.objects.get()
    assert (pause.expert, pause.reason, pause.resumed_at) == (alarm.expert, "We talk first.", None)


def test_answer_alarm_leaves_the_alarm_open_when_a_pause_is_refused(alarm):
    work.pause(engagement=alarm.engagement, expert=alarm.expert)

    with pytest.raises(PauseRefused):
        answer(alarm, "paused")
    assert open_alarms().exists()


def test_answer_alarm_watches_afresh_from_then_on(course, ada, clock):
    answers(course, ada, GOOD + "0" * 8)
    alarm = raise_for(course, ada)

    answer(alarm)

    [watch] = watches_in(course.pk).values()
    assert (watch.watched, watch.alarm.at) == ((), None)
    assert (watch.reference_right, watch.reference_n) == (27, 30)


@pytest.mark.parametrize(
    ("act", "reason", "why"),
    [
        ("fired", "Because.", "An alarm is answered by one of"),
        ("dismissed", " ", "Write the reason"),
    ],
)
def test_answer_alarm_refuses_other_acts_and_no_reason(alarm, act, reason, why):
    with pytest.raises(AlarmClosed, match=why):
        answer(alarm, act, reason=reason)


def test_answer_alarm_refuses_a_second_answer(alarm):
    answer(alarm)

    with pytest.raises(AlarmClosed, match="was answered at"):
        answer(alarm, key="another")


def test_answer_alarm_is_refused_to_others_and_not_found_elsewhere(alarm):
    with pytest.raises(NotAllowed, match="manager answers alarms"):
        answer(alarm, by=alarm.engagement.quality_lead)
    with pytest.raises(DriftAlarm.DoesNotExist):
        answer(alarm, by=quality.drift_alarm().engagement.manager)
