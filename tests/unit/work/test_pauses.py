import pytest

from peritus.accounts.queries import engine
from peritus.journal.errors import NotAllowed
from peritus.journal.models import Event
from peritus.work.errors import PauseRefused, SlotNotOpen
from peritus.work.models import Pause
from peritus.work.queries import pauses_for_review, slots_open_to
from peritus.work.verbs import (
    lease_slot,
    pause_expert,
    pause_for_review,
    resume_expert,
    submit_judgment,
)
from tests.factories import accounts, work
from tests.factories.bench import expert
from tests.factories.engagements import engagement, guideline_version, item, lot, question

WHY = "Answers fell; we talk first."


@pytest.fixture
def course(clock):
    return engagement(manager=accounts.member("manager"), quality_lead=accounts.member("quality"))


@pytest.fixture
def ada(clock):
    return expert()


def slot_for(ada, course):
    return work.slot(item=item(lot=lot(engagement=course)), reserved_for=ada)


def kinds():
    return list(Event.objects.order_by("pk").values_list("kind", flat=True))


def pause(course, ada, **changes):
    given = {"reason": WHY, "by": course.manager, "key": "k"} | changes
    return pause_expert(course.pk, ada.pk, **given)


def test_pause_expert_withholds_new_slots_of_that_engagement_only(course, ada, clock):
    here, elsewhere = slot_for(ada, course), slot_for(ada, engagement())

    pause(course, ada)

    assert list(slots_open_to(ada, clock())) == [elsewhere]
    with pytest.raises(SlotNotOpen):
        lease_slot(here.pk, by=ada.user, key="lease")


def test_pause_expert_lets_them_finish_what_they_hold(course, ada):
    question(guideline_version=guideline_version(engagement=course), code="question")
    held = lease_slot(slot_for(ada, course).pk, by=ada.user, key="lease")

    pause(course, ada)

    submitted = submit_judgment(held.pk, held.fence, {"question": "yes"}, by=ada.user, key="s")
    assert submitted.answers == {"question": "yes"}


def test_pause_expert_pauses_once_when_repeated(course, ada):
    assert pause(course, ada) == pause(course, ada)
    assert kinds() == ["expert.paused"]


@pytest.mark.parametrize("reason", ["", "  ", "x" * 301])
def test_pause_expert_needs_a_reason(course, ada, reason):
    with pytest.raises(PauseRefused, match="Write the reason"):
        pause(course, ada, reason=reason)
    assert Pause.objects.count() == 0


def test_pause_expert_refuses_a_second_pause(course, ada):
    pause(course, ada)

    with pytest.raises(PauseRefused, match="is paused here since"):
        pause(course, ada, key="another")


def test_pause_expert_is_refused_to_the_quality_lead(course, ada):
    with pytest.raises(NotAllowed, match="manager pauses"):
        pause(course, ada, by=course.quality_lead)


def test_pause_expert_does_not_find_another_clients_engagement(course, ada):
    foreign = engagement(manager=accounts.member("manager"))
    work.pause(engagement=foreign, expert=ada)

    with pytest.raises(type(course).DoesNotExist):
        pause(foreign, ada, by=course.manager)


def test_resume_expert_opens_slots_again_once_when_repeated(course, ada, clock):
    waiting, paused = slot_for(ada, course), pause(course, ada)

    first = resume_expert(paused.pk, reason="Retrained.", by=course.manager, key="r")
    again = resume_expert(paused.pk, reason="Retrained.", by=course.manager, key="r")

    assert first == again
    assert list(slots_open_to(ada, clock())) == [waiting]
    assert kinds() == ["expert.paused", "expert.resumed"]
    assert first.resumed_because == "Retrained."


def test_resume_expert_refuses_what_has_ended_or_lacks_a_reason(course, ada):
    paused = pause(course, ada)
    with pytest.raises(PauseRefused, match="Write the reason"):
        resume_expert(paused.pk, reason=" ", by=course.manager, key="a")
    resume_expert(paused.pk, reason="Retrained.", by=course.manager, key="b")

    with pytest.raises(PauseRefused, match="was ended"):
        resume_expert(paused.pk, reason="Retrained.", by=course.manager, key="c")


def test_resume_expert_is_refused_to_others_and_not_found_elsewhere(course, ada):
    paused = pause(course, ada)

    with pytest.raises(NotAllowed):
        resume_expert(paused.pk, reason="Now.", by=course.quality_lead, key="a")
    with pytest.raises(Pause.DoesNotExist):
        resume_expert(paused.pk, reason="Now.", by=engagement().manager, key="b")


# pause_for_review


def review(course, ada, **changes):
    given = {"reason": WHY, "by": engine(), "key": "k"} | changes
    return pause_for_review(course.pk, ada.pk, **given)


def test_pause_for_review_withholds_new_slots_once_when_repeated(course, ada, clock):
    slot_for(ada, course)

    first, again = review(course, ada), review(course, ada)

    assert first == again
    assert list(pauses_for_review()) == [first]
    assert list(slots_open_to(ada, clock())) == []
    assert kinds() == ["expert.paused"]


def test_pause_for_review_is_the_engines_and_ends_by_a_person(course, ada):
    with pytest.raises(NotAllowed):
        review(course, ada, by=course.manager)
    with pytest.raises(NotAllowed):
        pause(course, ada, by=engine())
    paused = review(course, ada)
    with pytest.raises(NotAllowed):
        resume_expert(paused.pk, reason="Looked.", by=engine(), key="r")

    resume_expert(paused.pk, reason="Looked.", by=course.manager, key="r")

    assert not pauses_for_review().exists()


def test_pause_for_review_refuses_whoever_is_paused(course, ada):
    pause(course, ada)

    with pytest.raises(PauseRefused, match="is paused here since"):
        review(course, ada)


def test_a_pause_by_a_person_is_none_for_review(course, ada):
    pause(course, ada)

    assert not pauses_for_review().exists()
