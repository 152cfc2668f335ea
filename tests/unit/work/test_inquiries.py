from datetime import timedelta

import pytest

from peritus.engagements.models import Engagement
from peritus.journal.errors import KeyUsedDifferently, NotAllowed
from peritus.journal.models import Event
from peritus.work.errors import InquiryAnswered
from peritus.work.models import Inquiry
from peritus.work.verbs import answer_inquiry, open_inquiry
from tests.factories.accounts import member
from tests.factories.engagements import engagement, item
from tests.factories.work import inquiry


def ask(course, things, **changes):
    given = {"owner_id": course.manager.pk, "by": course.manager, "key": "k"} | changes
    return open_inquiry(
        course.pk,
        "silent",
        title="Which reading?",
        text="The guideline is silent.",
        item_ids=[thing.pk for thing in things],
        **given,
    )


def keys(asked):
    return sorted(asked.inquiry_items.values_list("item__key", flat=True))


def kinds():
    return list(Event.objects.order_by("pk").values_list("kind", flat=True))


# open_inquiry


def test_open_inquiry_asks_its_owner_until_a_day(course, things):
    asked = ask(course, things[:1])

    assert (asked.owner, keys(asked)) == (course.manager, ["q0"])
    assert asked.due_at - asked.opened_at == timedelta(days=5)
    assert kinds() == ["inquiry.opened"]


def test_open_inquiry_merges_doubts_with_one_cause(course, things):
    first = ask(course, things[:2])
    merged = ask(course, things[1:], key="other")

    assert (first, keys(merged)) == (merged, ["q0", "q1", "q2"])
    assert kinds() == ["inquiry.opened", "inquiry.merged"]


def test_open_inquiry_asks_once_when_repeated(course, things):
    assert ask(course, things) == ask(course, things)
    assert kinds() == ["inquiry.opened"]


def test_open_inquiry_refuses_the_same_key_for_other_items(course, things):
    ask(course, things[:1])

    with pytest.raises(KeyUsedDifferently):
        ask(course, things)


def test_open_inquiry_leaves_items_of_others_out(course, things):
    assert keys(ask(course, [things[0], item()])) == ["q0"]


def test_open_inquiry_is_the_managers(course, things):
    with pytest.raises(NotAllowed):
        ask(course, things, by=course.quality_lead)


def test_open_inquiry_does_not_see_another_engagement(course, things):
    with pytest.raises(Engagement.DoesNotExist):
        ask(course, things, by=engagement(manager=member("manager")).manager)


# answer_inquiry


@pytest.fixture
def asked(course):
    """An inquiry that the client owns."""
    return inquiry(engagement=course, owner=member("client", organisation=course.organisation))


def test_answer_inquiry_answers_for_all_its_items(asked):
    answered = answer_inquiry(asked.pk, "Use inside.", by=asked.owner, key="k")

    assert (answered.answer, answered.answered_at is None) == ("Use inside.", False)
    assert kinds() == ["inquiry.answered"]


def test_answer_inquiry_answers_once_when_repeated(asked):
    first = answer_inquiry(asked.pk, "Use inside.", by=asked.owner, key="k")

    assert answer_inquiry(asked.pk, "Use inside.", by=asked.owner, key="k") == first
    assert kinds() == ["inquiry.answered"]


def test_answer_inquiry_refuses_the_same_key_for_another_answer(asked):
    answer_inquiry(asked.pk, "Use inside.", by=asked.owner, key="k")

    with pytest.raises(KeyUsedDifferently):
        answer_inquiry(asked.pk, "Relicensing.", by=asked.owner, key="k")


def test_answer_inquiry_refuses_a_second_answer(asked):
    answer_inquiry(asked.pk, "Use inside.", by=asked.owner, key="k")

    with pytest.raises(InquiryAnswered):
        answer_inquiry(asked.pk, "Relicensing.", by=asked.owner, key="other")

    asked.refresh_from_db()
    assert asked.answer == "Use inside."


def test_answer_inquiry_is_its_owners(asked, course):
    with pytest.raises(NotAllowed, match="Only whoever was asked answers"):
        answer_inquiry(asked.pk, "Use inside.", by=course.manager, key="k")


def test_answer_inquiry_does_not_see_another_clients(asked):
    other = inquiry()
    stranger = member("client", organisation=other.organisation)

    with pytest.raises(Inquiry.DoesNotExist):
        answer_inquiry(asked.pk, "Use inside.", by=stranger, key="k")
