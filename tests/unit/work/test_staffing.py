from datetime import date

import pytest

from peritus.engagements.models import Lot
from peritus.engagements.verbs import require_credentials
from peritus.journal.errors import KeyUsedDifferently, NotAllowed
from peritus.work.errors import StaffingRefused
from peritus.work.models import Slot, Staffing
from peritus.work.staffing import (
    Terms,
    candidates_of,
    everybody_there,
    explained,
    publication_blockers,
)
from peritus.work.verbs import draft_staffing, publish_staffing
from tests.factories.accounts import member, user
from tests.factories.bench import credential, expert, skill
from tests.factories.engagements import engagement, lot, wall
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
    skill(expert=expert(handle="ada"), pack=course.pack, question="holds", share=0.9)

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


# terms


@pytest.fixture
def three(course):
    """Ada, who is mostly right, Bob, who is less often, and Cid, of whom nothing is known."""
    people = [expert(handle=handle, name=handle.title()) for handle in ("ada", "bob", "cid")]
    for each, share in zip(people, (0.9, 0.7), strict=False):
        skill(expert=each, pack=course.pack, question="holds", share=share)
    return people


def drafted(things, course, key="draft", **terms):
    everybody = everybody_there()
    return draft_staffing(
        things[0].lot_id, everybody, terms=Terms(**terms), by=course.manager, key=key
    )


def test_draft_staffing_takes_the_likeliest_right_within_their_load(things, course, three):
    found = drafted(things, course, each=1, most=2)

    assert [handle for handle, _ in found.pairs].count("ada") == 2
    assert found.total == pytest.approx(2 * 0.9 + 0.8)  # whoever is not measured is the mean
    assert (found.minimum, found.status) == (pytest.approx(0.8), "optimal")


def test_draft_staffing_reaches_the_floor_or_says_what_would_do(things, course, three):
    found = drafted(things, course, each=2, floor=1.5, objective="max_min")

    assert found.minimum == pytest.approx(1.7)
    with pytest.raises(StaffingRefused, match=r"needs scores of at least 1\.75 in sum"):
        drafted(things, course, key="higher", each=2, floor=1.75)


def test_draft_staffing_keeps_a_team_apart(things, course, three):
    for each in three[:2]:
        each.team = "Berlin"
        each.save()

    found = drafted(things, course, each=2, one_of_a_team=True)

    assert {(h, k) for h, k in found.pairs if h == "cid"} == {("cid", f"q{n}") for n in range(3)}


def test_draft_staffing_keeps_to_pins_and_to_pairs_apart(things, course, three):
    found = drafted(
        things, course, each=1, pins=(("cid", "q1"),), apart=(("ada", "q2"), ("cid", "q2"))
    )

    assert found.pairs == [["ada", "q0"], ["cid", "q1"], ["bob", "q2"]]


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"each": 0}, "At least one judgment of each item is wanted; 0 came."),
        ({"most": 1, "least": 2}, "takes at least 2 items; at most 1 came."),
        ({"least": -1}, "takes no fewer than 0 items; -1 came."),
        ({"floor": float("nan")}, "The least sum of an item is 0 or more; nan came."),
        ({"pins": (("ada", "q0"),), "apart": (("ada", "q0"),)}, "ada is both pinned to q0 and"),
        ({"pins": (("eve", "q9"),)}, "Nobody on the bench is called eve.*has no item q9"),
        ({"each": 4}, "wants 4 experts, only 3 are allowed"),
    ],
)
def test_draft_staffing_refuses_terms_that_nobody_can_meet(things, course, three, terms, words):
    with pytest.raises(StaffingRefused, match=words):
        drafted(things, course, **terms)

    assert not Staffing.objects.exists()


def test_draft_staffing_refuses_a_lot_without_items(course):
    empty = engagement(manager=course.manager)

    with pytest.raises(StaffingRefused, match="has no items yet; import them first"):
        draft_staffing(lot(engagement=empty).pk, {}, by=course.manager, key="k")


def test_draft_staffing_leaves_out_whose_credential_has_expired(things, course, three, clock):
    require_credentials(course.pk, {"licence": "Admission"}, by=course.manager, key="wanted")
    for each, expires in zip(three, (date(2026, 1, 1), None, None), strict=True):
        credential(
            expert=each, kind="licence", title="Admission", state="verified",
            issued=date(2020, 1, 1), expires=expires,
        )  # fmt: skip

    found = drafted(things, course, each=2)

    assert {handle for handle, _ in found.pairs} == {"bob", "cid"}
    assert found.left_out == [["ada", "credential", 3]]


# everybody_there


def test_everybody_there_are_the_people_whose_accounts_are_in_use(three):
    expert(handle="gone", user=user(is_active=False))
    expert(handle="table", kind="source")

    assert list(everybody_there()) == ["ada", "bob", "cid"]


# explained


def why(staffing, handle, key):
    return explained(staffing, (handle, key), candidates_of(staffing))


def test_explained_says_what_the_other_way_would_cost(things, course, three):
    found = drafted(things, course, each=1, most=2)
    [weakest] = [key for handle, key in found.pairs if handle == "cid"]

    assert why(found, "bob", weakest).startswith(
        f"Bob does not judge {weakest} (score 0.7): it went to Cid (0.8)"
    )
    assert "With this pair the total would fall from 2.6 to 2.5." in why(found, "bob", weakest)


def test_explained_names_what_keeps_somebody_away(things, course, three):
    wall(engagement=course, item=things[1], expert=three[0])
    found = drafted(things, course, each=1, apart=(("bob", "q0"),))

    assert why(found, "ada", "q1") == "Ada cannot judge q1: A wall stands before this work."
    assert why(found, "bob", "q0") == "Bob was kept off q0 by the manager."
    with pytest.raises(KeyError):
        why(found, "eve", "q0")


def test_explained_says_that_somebody_was_not_available(things, course, three):
    found = draft_staffing(
        things[0].lot_id, {"ada": ALL, "bob": ["q0"]}, by=course.manager, key="k"
    )

    assert why(found, "bob", "q1") == "Bob was not available for q1."


def test_explained_says_so_when_what_is_known_has_changed(things, course, three):
    found = drafted(things, course, each=1)
    skill(expert=three[2], pack=course.pack, question="holds", share=0.99)

    assert "has changed since this draft. Draft anew to see why." in why(found, "ada", "q0")


# publication_blockers


def test_publish_staffing_refuses_what_a_wall_has_come_between(things, course, three):
    found = drafted(things, course, each=1)
    wall(engagement=course, item=things[1], expert=three[0])

    assert publication_blockers(found) == ["Ada: A wall stands before this work. Draft anew."]
    with pytest.raises(StaffingRefused, match="Draft anew"):
        publish_staffing(found.pk, by=course.manager, key="k")
    assert not Slot.objects.exists()


# Terms


def test_terms_move_a_pair_from_pinned_to_apart_and_free():
    pair, terms = ("ada", "q0"), Terms(pins=(("ada", "q0"), ("bob", "q1")))

    apart = terms.with_pair(pair, pinned=False)

    assert (apart.pins, apart.apart) == ((("bob", "q1"),), (pair,))
    assert apart.with_pair(pair, pinned=True) == Terms(pins=(pair, ("bob", "q1")))
    assert apart.without(pair) == Terms(pins=(("bob", "q1"),))


def test_terms_are_read_back_as_they_were_stored(things, course, three):
    terms = {"each": 2, "most": 3, "floor": 0.5, "pins": (("ada", "q0"),)}

    found = drafted(things, course, **terms)

    assert Terms.stored(Staffing.objects.get(pk=found.pk).terms) == Terms(**terms)
