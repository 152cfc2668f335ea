from datetime import timedelta

import pytest

from peritus.engagements.models import Wall
from peritus.journal.errors import KeyUsedDifferently
from peritus.journal.models import Event
from peritus.work.errors import AnswersRefused, JudgmentStands, LeaseLost
from peritus.work.models import Assignment, Judgment, Slot
from peritus.work.queries import last_judgments, standing_judgments
from peritus.work.verbs import lease_slot, skip_slot, submit_judgment, take_back_judgment
from tests.factories.bench import expert
from tests.factories.engagements import guideline_version, question, wall
from tests.factories.work import judgment, slot

YES = {"holds": "yes"}


@pytest.fixture
def ada(db):
    return expert()


@pytest.fixture
def lease(things, ada):
    """A first judgment's slot, leased to Ada."""
    return lease_slot(slot(item=things[0]).pk, by=ada.user, key="lease")


def submit(lease, **changes):
    given = {"answers": YES, "by": lease.expert.user, "key": "k", "fence": lease.fence} | changes
    return submit_judgment(lease.pk, given.pop("fence"), given.pop("answers"), **given)


def kinds():
    return list(Event.objects.order_by("pk").values_list("kind", flat=True))


# submit_judgment


def test_submit_judgment_keeps_what_was_said_and_under_which_guideline(lease, course):
    given = submit(lease, reason="Stated.", confidence=4, seconds=31)

    assert (given.answers, given.reason, given.confidence, given.seconds) == (
        YES,
        "Stated.",
        4,
        31,
    )
    assert given.guideline_version == course.guideline_versions.get()
    lease.refresh_from_db()
    assert (lease.state, lease.slot.state) == ("submitted", "done")


def test_submit_judgment_submits_once_when_repeated(lease):
    assert submit(lease) == submit(lease)
    assert kinds() == ["slot.leased", "judgment.submitted"]


def test_submit_judgment_refuses_the_same_key_for_another_answer(lease):
    submit(lease)

    with pytest.raises(KeyUsedDifferently):
        submit(lease, answers={"holds": "no"})


def test_submit_judgment_does_not_see_another_experts_lease(lease):
    with pytest.raises(Assignment.DoesNotExist):
        submit(lease, by=expert().user)

    assert not Judgment.objects.exists()


def test_submit_judgment_refuses_an_old_fence(lease):
    with pytest.raises(LeaseLost, match="was given to somebody else"):
        submit(lease, fence=lease.fence - 1)


def test_submit_judgment_takes_a_late_answer_while_nobody_has_the_slot(lease, clock):
    clock.move_to(lease.expires_at + timedelta(hours=3))

    assert submit(lease).answers == YES


def test_submit_judgment_refuses_a_late_answer_once_somebody_has_the_slot(lease, clock):
    clock.move_to(lease.expires_at)
    lease_slot(lease.slot_id, by=expert().user, key="k")

    with pytest.raises(LeaseLost, match="lapsed already"):
        submit(lease)

    assert not Judgment.objects.exists()


def test_submit_judgment_refuses_what_a_wall_came_before(lease, things, ada):
    wall(engagement=lease.engagement, item=things[0], expert=ada)

    with pytest.raises(LeaseLost, match="A wall stands before"):
        submit(lease)


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({}, "needs an answer"),
        ({"holds": "perhaps"}, "must be one of yes, no"),
        ({"holds": "yes", "more": "yes"}, "There is no question 'more'"),
    ],
)
def test_submit_judgment_refuses_answers_that_do_not_fit(lease, answers, reason):
    with pytest.raises(AnswersRefused, match=reason):
        submit(lease, answers=answers)

    assert not Judgment.objects.exists()


@pytest.mark.parametrize(
    ("beside", "reason"),
    [
        ({"confidence": 0}, "Confidence is 1 to 5; 0 came."),
        ({"confidence": 6}, "Confidence is 1 to 5; 6 came."),
        ({"seconds": -1}, "Active time is not negative; -1 seconds came."),
    ],
)
def test_submit_judgment_refuses_impossible_effort(lease, beside, reason):
    with pytest.raises(AnswersRefused) as refused:
        submit(lease, **beside)

    assert refused.value.blockers == [reason]


@pytest.mark.parametrize("reason", ["", "  "])
def test_submit_judgment_asks_an_adjudicator_for_the_reason(things, ada, reason):
    wanted = slot(item=things[0], purpose=Slot.Purpose.ADJUDICATION, reserved_for=ada)
    held = lease_slot(wanted.pk, by=ada.user, key="k")

    with pytest.raises(AnswersRefused, match="An adjudication needs its reason"):
        submit(held, reason=reason)

    assert submit(held, reason="Section 2 says so.").reason == "Section 2 says so."


def test_submit_judgment_answers_the_guideline_in_force(lease, course):
    later = guideline_version(engagement=course, organisation=course.organisation)
    question(guideline_version=later, code="holds")

    assert submit(lease).guideline_version == later


# take_back_judgment


def test_take_back_judgment_leases_the_slot_anew_to_its_expert(lease, ada):
    given = submit(lease)

    again = take_back_judgment(given.pk, by=ada.user, key="k")

    assert (again.slot, again.expert, again.fence) == (lease.slot, ada, 2)
    assert not standing_judgments().exists()
    assert kinds()[-1] == "judgment.taken_back"


def test_take_back_judgment_returns_the_same_lease_when_repeated(lease, ada):
    given = submit(lease)

    assert take_back_judgment(given.pk, by=ada.user, key="k") == take_back_judgment(
        given.pk, by=ada.user, key="k"
    )


def test_a_new_answer_supersedes_what_was_taken_back(lease, ada):
    given = submit(lease)
    again = take_back_judgment(given.pk, by=ada.user, key="k")

    second = submit(again, answers={"holds": "no"}, key="second")

    assert second.supersedes == given
    assert list(last_judgments(ada)) == [second]


def test_take_back_judgment_refuses_one_that_was_taken_back(lease, ada):
    given = submit(lease)
    take_back_judgment(given.pk, by=ada.user, key="k")

    with pytest.raises(JudgmentStands, match="taken back or replaced already"):
        take_back_judgment(given.pk, by=ada.user, key="other")


@pytest.mark.parametrize(
    "purpose",
    [
        Slot.Purpose.AUDIT,
        Slot.Purpose.CENSUS,
        Slot.Purpose.QUALIFICATION,
        Slot.Purpose.CALIBRATION,
    ],
)
def test_take_back_judgment_lets_audits_tests_and_calibrations_stand(things, ada, purpose):
    wanted = slot(item=things[0], purpose=purpose, reserved_for=ada)
    given = submit(lease_slot(wanted.pk, by=ada.user, key="k"))

    with pytest.raises(JudgmentStands, match="stands once it is given"):
        take_back_judgment(given.pk, by=ada.user, key="k")


def test_take_back_judgment_lets_it_stand_behind_a_wall(lease, ada):
    given = submit(lease)
    wall(engagement=lease.engagement, item=lease.slot.item, expert=ada)

    with pytest.raises(JudgmentStands, match="A wall stands before this work"):
        take_back_judgment(given.pk, by=ada.user, key="k")

    assert Slot.objects.get(pk=lease.slot_id).state == "done"


def test_take_back_judgment_does_not_see_another_experts(lease):
    given = submit(lease)

    with pytest.raises(Judgment.DoesNotExist):
        take_back_judgment(given.pk, by=expert().user, key="k")


# skip_slot


def skip(lease, reason, **changes):
    given = {"by": lease.expert.user, "key": "k"} | changes
    return skip_slot(lease.pk, lease.fence, reason, **given)


def test_skip_slot_gives_the_slot_back(lease):
    skipped = skip(lease, "unreadable", note="Scan too dark.")

    lease.refresh_from_db()
    assert (skipped.reason, skipped.note) == ("unreadable", "Scan too dark.")
    assert (lease.state, lease.slot.state) == ("skipped", "open")


def test_skip_slot_skips_once_when_repeated(lease):
    assert skip(lease, "later") == skip(lease, "later")
    assert kinds() == ["slot.leased", "slot.skipped"]


def test_skip_slot_walls_a_conflict_off_at_once(lease, things, ada):
    skip(lease, "conflict", note="My former client.")

    raised = Wall.objects.get()
    assert (raised.expert, raised.item, raised.reason) == (ada, things[0], "My former client.")


@pytest.mark.parametrize(
    ("reason", "state"), [("guideline_silent", "withdrawn"), ("later", "open")]
)
def test_skip_slot_withdraws_a_reserved_slot_unless_put_off(things, ada, reason, state):
    wanted = slot(item=things[0], reserved_for=ada)

    skip(lease_slot(wanted.pk, by=ada.user, key="k"), reason)

    wanted.refresh_from_db()
    assert wanted.state == state


def test_skip_slot_refuses_a_reason_that_is_none(lease):
    with pytest.raises(AnswersRefused, match="'bored' came"):
        skip(lease, "bored")


def test_skip_slot_refuses_what_was_submitted(lease):
    submit(lease)

    with pytest.raises(LeaseLost, match="submitted already"):
        skip(lease, "later", key="other")


def test_skip_slot_does_not_see_another_experts_lease(lease):
    with pytest.raises(Assignment.DoesNotExist):
        skip(lease, "later", by=expert().user)


def test_the_last_judgments_are_ten_and_newest_first(things, ada):
    made = [judgment(item=things[0], expert=ada) for _ in range(11)]

    assert list(last_judgments(ada)) == made[:0:-1]
