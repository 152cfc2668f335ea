from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from peritus.accounts.queries import engine
from peritus.bench.models import Expert, Qualification
from peritus.catalogue.packs import GoldAnswer
from peritus.catalogue.qualifications import questions_of_attempt
from peritus.catalogue.registry import pack_named
from peritus.engagements.models import Lot
from peritus.engagements.verbs import add_items
from peritus.journal.clock import now
from peritus.journal.errors import KeyUsedDifferently, NotAllowed
from peritus.journal.models import Event, ParkedEvent
from peritus.journal.pump import pump
from peritus.quality import attempts
from peritus.quality.attempts import attempt_ended_at, attempt_slots, attempts_used
from peritus.quality.errors import QualificationRefused
from peritus.quality.rules import another_attempt_blockers
from peritus.quality.tasks import end_tests
from peritus.quality.verbs import (
    grade_qualification,
    grant_attempts,
    open_qualification,
    record_gold,
)
from peritus.work.errors import LeaseLost
from peritus.work.models import Slot
from peritus.work.verbs import lease_next_slot, lease_slot, skip_slot, submit_judgment
from tests.factories.accounts import member, provider
from tests.factories.bench import expert
from tests.factories.engagements import engagement, guideline_version, item, lot, question
from tests.factories.walk import key
from tests.factories.work import slot

pytestmark = pytest.mark.slow

PACK = pack_named("kpo_quiz")
RIGHT = PACK.qualification.key
WAIT = timedelta(minutes=PACK.qualification.wait_minutes)


def training(house):
    """Return the onboarding quiz as a lot of an organisation's engagement."""
    manager = member("manager")
    course = engagement(organisation=house, manager=manager)
    version = guideline_version(engagement=course, organisation=house)
    options = [[code, code] for code in "abcd"]
    question(guideline_version=version, code="answer", options=options)
    quiz = lot(engagement=course)
    add_items(quiz.pk, PACK.item_rows(), by=manager, key=key())
    known = [GoldAnswer(name, "answer", said, "The quiz.", True) for name, said in RIGHT.items()]
    record_gold(course.pk, known, weighs=True, by=manager, key=key())
    return quiz


@pytest.fixture
def quiz(clock):
    return training(provider())


@pytest.fixture
def ada(db):
    return expert()


def take(quiz, expert, *, wrong=0, skipped=0):
    """Answer every question of the open test, so many of them wrong or skipped."""
    for place, each in enumerate(attempt_slots(quiz, expert)):
        lease = lease_slot(each.pk, by=expert.user, key=key())
        if place < skipped:
            skip_slot(lease.pk, lease.fence, "other", by=expert.user, key=key())
            continue
        right = RIGHT[each.item.key]
        said = right if place >= skipped + wrong else "abcd"["abcd".index(right) - 1]
        submit_judgment(lease.pk, lease.fence, {"answer": said}, by=expert.user, key=key())
    pump(until_idle=True)


def test_open_qualification_opens_every_question_to_the_expert(quiz, ada):
    open_qualification(quiz.pk, ada.pk, by=ada.user, key="k")

    slots = attempt_slots(quiz, ada)
    assert len(slots) == 12
    assert {(slot.purpose, slot.reserved_for, slot.number) for slot in slots} == {
        ("qualification", ada, 1)
    }


def test_open_qualification_opens_once_when_repeated(quiz, ada):
    for _ in range(2):
        open_qualification(quiz.pk, ada.pk, by=ada.user, key="k")

    assert Slot.objects.count() == 12


def test_open_qualification_refuses_the_same_key_for_another_expert(quiz, ada):
    open_qualification(quiz.pk, ada.pk, by=engine(), key="k")

    with pytest.raises(KeyUsedDifferently):
        open_qualification(quiz.pk, expert().pk, by=engine(), key="k")


def test_open_qualification_refuses_while_a_test_is_open(quiz, ada):
    open_qualification(quiz.pk, ada.pk, by=ada.user, key="k")

    with pytest.raises(QualificationRefused, match="is open to you already"):
        open_qualification(quiz.pk, ada.pk, by=ada.user, key="other")


def test_open_qualification_is_the_experts_own(quiz, ada):
    with pytest.raises(NotAllowed):
        open_qualification(quiz.pk, ada.pk, by=expert().user, key="k")


def test_open_qualification_shows_nobody_a_clients_items(quiz, ada, clock):
    of_client = training(engagement().organisation)

    with pytest.raises(Lot.DoesNotExist):
        open_qualification(of_client.pk, ada.pk, by=ada.user, key="k")

    assert not Slot.objects.exists()


def test_open_qualification_needs_a_pack_with_a_test(clock, ada):
    house = provider()
    other = lot(engagement=engagement(organisation=house, pack="licence_compliance"))

    with pytest.raises(QualificationRefused, match="belongs to a pack without a test"):
        open_qualification(other.pk, ada.pk, by=ada.user, key="k")


@pytest.mark.parametrize(
    ("wrong", "skipped", "right", "passed"),
    [(0, 0, 12, True), (2, 0, 10, True), (3, 0, 9, False), (0, 3, 9, False)],
)
def test_a_test_is_graded_when_nothing_waits_any_more(quiz, ada, wrong, skipped, right, passed):
    open_qualification(quiz.pk, ada.pk, by=ada.user, key="k")

    take(quiz, ada, wrong=wrong, skipped=skipped)

    got = Qualification.objects.get()
    assert (got.expert, got.name, got.right, got.asked, got.passed) == (
        ada,
        "KPO onboarding",
        right,
        12,
        passed,
    )
    assert got.expires_at - got.granted_at == pytest.approx(timedelta(days=365), abs=timedelta(1))
    assert not ParkedEvent.objects.exists()


def test_a_failed_test_may_be_taken_again_and_a_passed_one_not(quiz, ada, clock):
    open_qualification(quiz.pk, ada.pk, by=ada.user, key="first")
    take(quiz, ada, wrong=12)
    clock.move_to(now() + WAIT)
    open_qualification(quiz.pk, ada.pk, by=ada.user, key="second")
    take(quiz, ada)

    with pytest.raises(QualificationRefused, match="You passed 'KPO onboarding'"):
        open_qualification(quiz.pk, ada.pk, by=ada.user, key="third")

    assert list(Qualification.objects.order_by("id").values_list("passed", flat=True)) == [
        False,
        True,
    ]


def fail(quiz, ada, clock):
    """Fail the open test, and let the waiting time go by."""
    open_qualification(quiz.pk, ada.pk, by=ada.user, key=key())
    take(quiz, ada, wrong=12)
    clock.move_to(now() + WAIT)


def test_open_qualification_refuses_before_the_waiting_time_is_over(quiz, ada, clock):
    open_qualification(quiz.pk, ada.pk, by=ada.user, key="first")
    take(quiz, ada, wrong=12)
    earliest = attempt_ended_at(PACK.qualification, attempt_slots(quiz, ada)) + WAIT
    clock.move_to(earliest - timedelta(seconds=2))  # every look takes a second

    with pytest.raises(QualificationRefused) as refused:
        open_qualification(quiz.pk, ada.pk, by=ada.user, key="early")
    clock.move_to(earliest)
    open_qualification(quiz.pk, ada.pk, by=ada.user, key="due")

    assert refused.value.blockers == [
        f"You may take 'KPO onboarding' again from {earliest:%Y-%m-%d %H:%M} UTC on."
    ]
    assert len({slot.number for slot in Slot.objects.all()}) == 2


def test_open_qualification_refuses_once_every_attempt_was_used(quiz, ada, clock):
    for _ in range(PACK.qualification.attempts):
        fail(quiz, ada, clock)
    clock.move_to(now() + timedelta(days=400))

    with pytest.raises(QualificationRefused, match="5 of 5 attempts at 'KPO onboarding' are used"):
        open_qualification(quiz.pk, ada.pk, by=ada.user, key="sixth")


@pytest.fixture
def spent(quiz, ada, clock):
    """Ada has used every attempt, and passed none."""
    for _ in range(PACK.qualification.attempts):
        fail(quiz, ada, clock)


@pytest.mark.parametrize("role", ["manager", "quality"])
def test_grant_attempts_lets_whoever_used_all_try_anew(quiz, ada, spent, role):
    grant = grant_attempts(quiz.pk, ada.pk, " Was ill. ", by=member(role), key="granted")

    open_qualification(quiz.pk, ada.pk, by=ada.user, key="anew")

    assert (grant.because, attempts_used(quiz, ada, PACK.qualification)) == ("Was ill.", 1)
    assert Event.objects.get(kind="attempts.granted").data == {"expert": str(ada.uid)}


@pytest.mark.parametrize("because", ["", " ", "x" * 301])
def test_grant_attempts_wants_a_reason(quiz, ada, spent, because):
    with pytest.raises(QualificationRefused, match="Write why in at most 300 characters"):
        grant_attempts(quiz.pk, ada.pk, because, by=member("manager"), key="k")


def test_grant_attempts_refuses_while_attempts_are_left(quiz, ada, clock):
    fail(quiz, ada, clock)

    with pytest.raises(QualificationRefused, match="of 'KPO onboarding' 4 attempts are left"):
        grant_attempts(quiz.pk, ada.pk, "Why not.", by=member("manager"), key="k")


def test_grant_attempts_is_of_others_and_of_managers_and_leads(quiz, ada, spent):
    for role in ("finance", "expert"):
        with pytest.raises((NotAllowed, Expert.DoesNotExist)):
            grant_attempts(quiz.pk, ada.pk, "Please.", by=member(role), key=role)
    leading = member("quality", organisation=provider())
    Expert.objects.filter(pk=ada.pk).update(user=leading)

    with pytest.raises(NotAllowed, match="never oneself"):
        grant_attempts(quiz.pk, ada.pk, "Please.", by=leading, key="own")


def test_a_grant_for_one_does_not_count_for_another(quiz, ada, spent, clock):
    other = expert()
    for _ in range(PACK.qualification.attempts):
        fail(quiz, other, clock)
    grant_attempts(quiz.pk, ada.pk, "Was ill.", by=member("manager"), key="granted")

    with pytest.raises(QualificationRefused, match="5 of 5 attempts"):
        open_qualification(quiz.pk, other.pk, by=other.user, key="other")


def test_attempts_of_others_and_before_a_pass_do_not_count(quiz, ada, clock):
    other = expert()
    for _ in range(PACK.qualification.attempts):
        fail(quiz, other, clock)
    fail(quiz, ada, clock)
    open_qualification(quiz.pk, ada.pk, by=ada.user, key="passes")
    used = attempts_used(quiz, ada, PACK.qualification)
    take(quiz, ada)
    clock.move_to(now() + timedelta(days=366))  # the pass has lapsed
    open_qualification(quiz.pk, ada.pk, by=ada.user, key="renews")

    assert (used, attempts_used(quiz, ada, PACK.qualification)) == (2, 1)


def test_open_qualification_waits_until_the_last_attempt_is_graded(quiz, ada, clock):
    open_qualification(quiz.pk, ada.pk, by=ada.user, key="first")
    for each in attempt_slots(quiz, ada):
        lease = lease_slot(each.pk, by=ada.user, key=key())
        submit_judgment(lease.pk, lease.fence, {"answer": "a"}, by=ada.user, key=key())
    clock.move_to(now() + WAIT)

    with pytest.raises(QualificationRefused, match="is being graded"):
        open_qualification(quiz.pk, ada.pk, by=ada.user, key="second")


LIMIT = timedelta(minutes=PACK.qualification.limit_minutes)


def test_open_qualification_asks_in_an_order_that_anybody_can_draw_again(quiz, ada):
    other = expert()
    for each in (ada, other):
        open_qualification(quiz.pk, each.pk, by=each.user, key=key())

    orders = [[slot.item.key for slot in attempt_slots(quiz, each)] for each in (ada, other)]
    served = []
    for _ in orders[0]:
        lease = lease_next_slot(lot_id=quiz.pk, by=ada.user, key=key())
        served.append(lease.slot.item.key)
        submit_judgment(lease.pk, lease.fence, {"answer": "a"}, by=ada.user, key=key())

    drawn = questions_of_attempt(
        PACK.qualification, RIGHT, seed=str(quiz.uid), expert=str(ada.uid), attempt=1
    )
    assert orders[0] == served == drawn
    assert orders[0] != orders[1]
    assert sorted(orders[0]) == sorted(orders[1]) == sorted(RIGHT)


@pytest.fixture
def confirming(monkeypatch):
    """Return the test as a pack declares it that wants its training text confirmed."""
    spec = replace(PACK.qualification, training_confirmed=True, training="Read *this*.")
    monkeypatch.setattr(attempts, "pack_of", lambda _: replace(PACK, qualification=spec))
    return spec


def test_open_qualification_wants_the_training_text_confirmed(quiz, ada, confirming):
    with pytest.raises(QualificationRefused, match="Read the training text"):
        open_qualification(quiz.pk, ada.pk, by=ada.user, key="unread")
    with pytest.raises(QualificationRefused, match="has changed since you read it"):
        open_qualification(quiz.pk, ada.pk, read="0" * 64, by=ada.user, key="other text")

    open_qualification(quiz.pk, ada.pk, read=confirming.to_confirm, by=ada.user, key="k")

    said = Event.objects.get(kind="qualification.opened").data
    assert said["training"] == sha256(b"Read *this*.").hexdigest()


def test_a_confirmed_text_is_not_asked_for_again_unless_it_changed(
    quiz, ada, confirming, monkeypatch
):
    open_qualification(quiz.pk, ada.pk, read=confirming.to_confirm, by=ada.user, key="k")
    of_ada = attempts.text_to_confirm(quiz, ada)
    of_other = attempts.text_to_confirm(quiz, expert())
    changed = replace(confirming, training="Read that.")
    monkeypatch.setattr(attempts, "pack_of", lambda _: replace(PACK, qualification=changed))

    assert (of_ada, of_other) == ("", confirming.to_confirm)
    assert attempts.text_to_confirm(quiz, ada) == changed.to_confirm


def test_two_tests_are_open_to_one_expert_at_once(quiz, ada):
    second = training(quiz.organisation)

    for each in (quiz, second):
        open_qualification(each.pk, ada.pk, by=ada.user, key=key())

    assert [len(attempt_slots(each, ada)) for each in (quiz, second)] == [12, 12]


def answer(lease, ada):
    """Submit the right answer to what an expert has in hand."""
    right = {"answer": RIGHT[lease.slot.item.key]}
    submit_judgment(lease.pk, lease.fence, right, by=ada.user, key=key())


def test_end_tests_grades_what_came_in_before_the_time_was_over(quiz, ada, clock):
    open_qualification(quiz.pk, ada.pk, by=ada.user, key="k")
    for _ in range(10):
        answer(lease_next_slot(lot_id=quiz.pk, by=ada.user, key=key()), ada)
    held = lease_next_slot(lot_id=quiz.pk, by=ada.user, key=key())
    clock.move_to(attempt_slots(quiz, ada)[0].opened_at + LIMIT - timedelta(seconds=30))
    early = end_tests()
    clock.move_to(now() + timedelta(minutes=1))
    ended, again = end_tests(), end_tests()
    pump(until_idle=True)

    got = Qualification.objects.get()
    assert (early, ended, again) == (0, 1, 0)
    assert (got.right, got.asked, got.passed) == (10, 12, True)
    states = [slot.state for slot in attempt_slots(quiz, ada)]
    assert (states.count("done"), states.count("withdrawn")) == (10, 2)
    with pytest.raises(LeaseLost):
        answer(held, ada)
    assert not ParkedEvent.objects.exists()


def test_an_answer_after_the_end_counts_as_wrong_and_ends_the_attempt(quiz, ada, clock):
    open_qualification(quiz.pk, ada.pk, by=ada.user, key="k")
    for _ in range(10):
        answer(lease_next_slot(lot_id=quiz.pk, by=ada.user, key=key()), ada)
    clock.move_to(attempt_slots(quiz, ada)[0].opened_at + LIMIT)
    answer(lease_next_slot(lot_id=quiz.pk, by=ada.user, key=key()), ada)
    pump(until_idle=True)  # before the worker looked at the clock

    got = Qualification.objects.get()
    assert (got.right, got.asked) == (10, 12)
    assert end_tests() == 0
    assert not ParkedEvent.objects.exists()


def test_an_attempt_that_ran_out_ended_with_its_time(quiz, ada, clock):
    open_qualification(quiz.pk, ada.pk, by=ada.user, key="k")
    ends_at = attempt_slots(quiz, ada)[0].opened_at + LIMIT
    clock.move_to(ends_at + timedelta(minutes=1))
    with pytest.raises(QualificationRefused, match="is being graded"):
        open_qualification(quiz.pk, ada.pk, by=ada.user, key="early")
    end_tests()

    with pytest.raises(QualificationRefused) as refused:
        open_qualification(quiz.pk, ada.pk, by=ada.user, key="next")

    assert f"from {ends_at + WAIT:%Y-%m-%d %H:%M} UTC" in str(refused.value)
    assert [each.right for each in Qualification.objects.all()] == [0]


def test_end_tests_leaves_what_has_no_limit(clock, ada):
    other = lot(engagement=engagement(pack="licence_compliance"))
    slot(item=item(lot=other), purpose="qualification", reserved_for=ada)
    clock.move_to(now() + timedelta(days=400))

    assert end_tests() == 0


def test_a_test_that_says_nothing_is_taken_as_often_and_as_soon_as_one_likes():
    spec = replace(PACK.qualification, attempts=None, wait_minutes=0)
    at = datetime(2026, 3, 10, 9, tzinfo=UTC)

    assert another_attempt_blockers(spec, 99, at, at) == []


def test_grade_qualification_waits_for_every_question(quiz, ada):
    open_qualification(quiz.pk, ada.pk, by=ada.user, key="k")

    grade_qualification(quiz.pk, ada.pk, by=engine(), key="k")

    assert not Qualification.objects.exists()


def test_grade_qualification_is_the_engines(quiz, ada):
    with pytest.raises(NotAllowed):
        grade_qualification(quiz.pk, ada.pk, by=ada.user, key="k")
