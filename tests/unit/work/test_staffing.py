import pytest

from peritus.engagements.models import Lot
from peritus.journal.errors import KeyUsedDifferently, NotAllowed
from peritus.work.errors import StaffingRefused
from peritus.work.models import Slot, Staffing
from peritus.work.verbs import draft_staffing, publish_staffing
from tests.factories.accounts import member
from tests.factories.bench import expert, skill
from tests.factories.engagements import engagement, wall
from tests.factories.work import pause

ALL = ["q0", "q1", "q2"]


@pytest.fixture
def draft(things, course):
    """A draft in which Ada takes everything and Bob the first item."""
    expert(handle="ada"), expert(handle="bob")
    able = {"ada": ALL, "bob": ["q0"]}
    return draft_staffing(things[0].lot_id, able, by=course.manager, key="draft")


# draft_staffing


def test_draft_staffing_asks_everybody_who_is_available(draft):
    assert draft.pairs == [["ada", "q0"], ["bob", "q0"], ["ada", "q1"], ["ada", "q2"]]
    assert (draft.status, draft.total, draft.published_at) == ("optimal", draft.bound, None)
    assert not Slot.objects.exists()


def test_draft_staffing_scores_by_measured_skill(things, course):
    skill(expert=expert(handle="ada"), pack=course.pack, share=0.9)

    drafted = draft_staffing(things[0].lot_id, {"ada": ALL}, by=course.manager, key="k")

    assert drafted.total == pytest.approx(3 * 9 / 10)


def test_draft_staffing_drafts_once_when_repeated(draft, things, course):
    able = {"ada": ALL, "bob": ["q0"]}

    assert draft_staffing(things[0].lot_id, able, by=course.manager, key="draft") == draft
    assert Staffing.objects.count() == 1


def test_draft_staffing_refuses_the_same_key_for_others(draft, things, course):
    with pytest.raises(KeyUsedDifferently):
        draft_staffing(things[0].lot_id, {"ada": ALL}, by=course.manager, key="draft")


def test_draft_staffing_leaves_walled_experts_out(things, course):
    ada, _ = expert(handle="ada"), expert(handle="bob")
    wall(engagement=course, item=things[1], expert=ada)

    drafted = draft_staffing(things[0].lot_id, {"ada": ALL, "bob": ALL}, by=course.manager, key="k")

    assert drafted.pairs == [
        ["ada", "q0"], ["bob", "q0"], ["bob", "q1"], ["ada", "q2"], ["bob", "q2"],
    ]  # fmt: skip


def test_draft_staffing_refuses_items_that_nobody_may_judge(things, course):
    ada = expert(handle="ada")
    wall(engagement=course, item=things[1], expert=ada)

    with pytest.raises(StaffingRefused, match="1 items have nobody who may judge them: q1"):
        draft_staffing(things[0].lot_id, {"ada": ALL}, by=course.manager, key="k")


def test_draft_staffing_refuses_a_lot_without_experts(things, course):
    with pytest.raises(StaffingRefused, match="3 items have nobody"):
        draft_staffing(things[0].lot_id, {}, by=course.manager, key="k")


def test_draft_staffing_names_unknown_experts_and_items(things, course):
    expert(handle="ada")

    with pytest.raises(StaffingRefused) as refused:
        draft_staffing(
            things[0].lot_id, {"ada": [*ALL, "q9"], "eve": ALL}, by=course.manager, key="k"
        )

    assert refused.value.blockers == [
        "Nobody on the bench is called eve.",
        "The lot has no item q9.",
    ]


def test_draft_staffing_is_the_managers(things, course):
    with pytest.raises(NotAllowed):
        draft_staffing(things[0].lot_id, {}, by=course.quality_lead, key="k")


def test_draft_staffing_does_not_see_another_clients_lot(things):
    stranger = engagement(manager=member("manager")).manager

    with pytest.raises(Lot.DoesNotExist):
        draft_staffing(things[0].lot_id, {}, by=stranger, key="k")


# publish_staffing


def test_publish_staffing_opens_a_reserved_slot_for_each_pair(draft, course):
    publish_staffing(draft.pk, by=course.manager, key="k")

    assert list(
        Slot.objects.order_by("id").values_list("item__key", "number", "reserved_for__handle")
    ) == [("q0", 1, "ada"), ("q0", 2, "bob"), ("q1", 1, "ada"), ("q2", 1, "ada")]


def test_publish_staffing_publishes_once_when_repeated(draft, course):
    assert publish_staffing(draft.pk, by=course.manager, key="k") == publish_staffing(
        draft.pk, by=course.manager, key="k"
    )
    assert Slot.objects.count() == 4


def test_publish_staffing_refuses_a_draft_that_was_published(draft, course):
    publish_staffing(draft.pk, by=course.manager, key="k")

    with pytest.raises(StaffingRefused, match="This draft was published at"):
        publish_staffing(draft.pk, by=course.manager, key="other")


def test_publish_staffing_refuses_a_second_draft_of_the_same_slots(draft, things, course):
    publish_staffing(draft.pk, by=course.manager, key="k")
    second = draft_staffing(things[0].lot_id, {"ada": ALL}, by=course.manager, key="second")

    with pytest.raises(StaffingRefused, match="are open or were open before"):
        publish_staffing(second.pk, by=course.manager, key="other")

    second.refresh_from_db()
    assert second.published_at is None


def test_publish_staffing_is_the_managers(draft, course):
    with pytest.raises(NotAllowed):
        publish_staffing(draft.pk, by=course.quality_lead, key="k")


def test_publish_staffing_does_not_see_another_clients_draft(draft):
    stranger = engagement(manager=member("manager")).manager

    with pytest.raises(Staffing.DoesNotExist):
        publish_staffing(draft.pk, by=stranger, key="k")


def test_draft_staffing_asks_whoever_can_still_pass_the_test_and_says_who_was_left_out(
    things, course
):
    course.required_qualification = "Bar exam"
    course.save()
    expert(handle="ada")
    pause(engagement=course, expert=expert(handle="bob"))

    able = {"ada": ALL, "bob": ["q0"]}
    drafted = draft_staffing(things[0].lot_id, able, by=course.manager, key="k")

    assert {handle for handle, _ in drafted.pairs} == {"ada"}
    assert drafted.left_out == [["bob", "pause", 1]]
