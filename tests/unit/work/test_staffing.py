from datetime import date
from decimal import Decimal

import pytest

from peritus.bench.models import Field
from peritus.engagements.models import Lot
from peritus.engagements.verbs import require_credentials
from peritus.journal.clock import now
from peritus.journal.errors import KeyUsedDifferently, NotAllowed
from peritus.work.costs import costs_of
from peritus.work.errors import StaffingRefused
from peritus.work.leasing import LASTING
from peritus.work.models import Slot, Staffing
from peritus.work.staffing import (
    Terms,
    candidates_of,
    everybody_there,
    explained,
    fairness_prices,
    move_prices,
    publication_blockers,
    stranded,
)
from peritus.work.verbs import draft_staffing, lease_slot, publish_staffing, skip_slot
from tests.factories.accounts import member, uid, user
from tests.factories.bench import credential, expert, pay_rate, skill
from tests.factories.engagements import engagement, item, lot, wall
from tests.factories.work import judgment, pause, slot

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


def test_whoever_is_kept_from_all_owes_no_load(things, course, three):
    wall(engagement=course, expert=three[0])

    found = drafted(things, course, each=1, least=1)

    assert sorted({handle for handle, _ in found.pairs}) == ["bob", "cid"]


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

    with pytest.raises(StaffingRefused, match="has no items; import them"):
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


# drafting anew what waits


@pytest.fixture
def published(things, course, three):
    """Ada has every item; nobody has begun."""
    found = drafted(things, course, each=1)
    return publish_staffing(found.pk, by=course.manager, key="published")


def again(things, course, key="again", **terms):
    return drafted(things, course, key=key, **{"move_price": 1.0} | terms)


def reserved():
    found = Slot.objects.order_by("item__key", "number")
    return [(slot.item.key, slot.reserved_for.handle, slot.state) for slot in found]


def test_what_waits_is_moved_only_where_it_must_be(things, course, three, published):
    wall(engagement=course, item=things[1], expert=three[0])

    found = again(things, course)
    publish_staffing(found.pk, by=course.manager, key="moved")

    assert [(before, after) for _, before, after in found.moves] == [("ada", "cid")]
    assert found.total == pytest.approx(0.9 + 0.8 + 0.9)
    assert found.bound == pytest.approx(found.total)
    assert reserved() == [
        ("q0", "ada", "open"), ("q1", "cid", "open"), ("q2", "ada", "open"),
    ]  # fmt: skip


def test_a_move_is_made_where_it_brings_more_than_its_price(things, course, three, published):
    skill(expert=three[2], pack=course.pack, question="holds", share=0.96)

    dear = again(things, course, key="dear", move_price=0.07)
    cheap = again(things, course, key="cheap", move_price=0.05)

    assert (dear.moves, len(cheap.moves)) == ([], 3)
    assert cheap.total - dear.total == pytest.approx(3 * 0.06)


def test_what_was_begun_stays_and_nobody_gets_an_item_twice(things, course, three, published):
    lease = lease_slot(Slot.objects.get(item=things[0]).pk, by=three[0].user, key="lease")
    wall(engagement=course, expert=three[0])
    found = again(things, course)

    assert {key for _, key in found.pairs} == {"q1", "q2"}
    publish_staffing(found.pk, by=course.manager, key="moved")
    lease.refresh_from_db()
    assert (lease.state, reserved()[0]) == ("active", ("q0", "ada", "leased"))


def test_whoever_skipped_an_item_for_good_is_not_asked_for_it_again(things, course, three):
    publish_staffing(drafted(things, course, each=2).pk, by=course.manager, key="published")
    slot = Slot.objects.get(item=things[0], reserved_for=three[0])
    lease = lease_slot(slot.pk, by=three[0].user, key="lease")
    skip_slot(lease.pk, lease.fence, "not_my_field", by=three[0].user, key="skip")
    wall(engagement=course, item=things[0], expert=three[2])

    found = again(things, course)

    assert [(before, after) for _, before, after in found.moves] == [("cid", "bob")]


def test_a_lease_that_lapsed_is_handed_over(things, course, three, published, clock):
    lease = lease_slot(Slot.objects.get(item=things[0]).pk, by=three[0].user, key="lease")
    clock.move_to(lease.expires_at)
    wall(engagement=course, expert=three[0])

    publish_staffing(again(things, course).pk, by=course.manager, key="moved")

    lease.refresh_from_db()
    assert (lease.state, reserved()[0]) == ("lapsed", ("q0", "cid", "open"))


def test_publish_staffing_refuses_moves_of_what_was_begun_since(things, course, three, published):
    wall(engagement=course, item=things[1], expert=three[0])
    found = again(things, course, apart=(("ada", "q0"),))
    lease_slot(Slot.objects.get(item=things[0]).pk, by=three[0].user, key="lease")

    with pytest.raises(StaffingRefused, match="1 of these slots were begun or moved since"):
        publish_staffing(found.pk, by=course.manager, key="moved")

    assert [handle for _, handle, _ in reserved()] == ["ada"] * 3


def test_draft_staffing_says_when_nothing_waits(things, course, three):
    with pytest.raises(StaffingRefused, match="Nothing of this lot waits"):
        again(things, course)


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"move_price": -1.0}, "A move's price is 0 to 1,000 right answers; -1 came."),
        ({"floor": 0.5}, "weighed for the most in all, with no floor"),
    ],
)
def test_draft_staffing_refuses_terms_that_do_not_fit_what_waits(
    things, course, three, published, terms, words
):
    with pytest.raises(StaffingRefused, match=words):
        again(things, course, **terms)


def test_explained_counts_the_price_of_a_move(things, course, three, published):
    found = again(things, course, move_price=0.5)

    assert "With this pair the total would fall from 4.2 to 3.6." in why(found, "cid", "q0")


def test_stranded_names_for_whom_slots_wait_in_vain(things, course, three, published):
    wall(engagement=course, item=things[1], expert=three[0])

    assert stranded(things[0].lot, now(), LASTING) == {("Ada", "wall"): 1}


# pay and families


@pytest.fixture
def paid(course, three):
    """Ada costs 5 EUR a judgment, Bob 1; Cid 12 an hour, five minutes a judgment."""
    agreed = ((5, "judgment"), (1, "judgment"), (12, "hour"))
    for each, (amount, per) in zip(three, agreed, strict=True):
        pay_rate(expert=each, amount=Decimal(amount), per=per, valid_from=date(2026, 1, 1))
    return three


def test_costs_of_follow_from_rates_and_pace(course, paid):
    found = costs_of(course, [*paid, expert()], now())

    assert [found[each.pk][::2] for each in paid] == [
        (Decimal(5), False), (Decimal(1), False), (Decimal(1), True),
    ]  # fmt: skip
    assert set(found) == {each.pk for each in paid}


def test_pay_counts_once_it_is_said_what_a_right_answer_is_worth(things, course, paid):
    dear = drafted(things, course, key="dear", each=1, worth=Decimal(100), currency="EUR")
    cheap = drafted(things, course, key="cheap", each=1, worth=Decimal(10), currency="EUR")

    assert {handle for handle, _ in dear.pairs} == {"ada"}  # .9 − .05 against .8 − .01
    assert {handle for handle, _ in cheap.pairs} == {"cid"}  # .9 − .5 against .8 − .1
    assert cheap.total == pytest.approx(3 * 0.8)
    assert Terms.stored(Staffing.objects.get(pk=cheap.pk).terms).worth == Decimal(10)


def test_draft_staffing_names_with_whom_no_pay_is_agreed(things, course, paid):
    expert(handle="eve", name="Eve")

    with pytest.raises(StaffingRefused, match="No pay in EUR is agreed with Eve: agree it, or"):
        drafted(things, course, each=1, worth=Decimal(10), currency="EUR")
    with pytest.raises(StaffingRefused, match="agreed with Ada, Bob, Cid, Eve"):
        drafted(things, course, key="other", each=1, worth=Decimal(10), currency="USD")


def test_whoever_is_kept_away_needs_no_pay(things, course, paid):
    wall(engagement=course, expert=expert(handle="eve"))

    found = drafted(things, course, each=1, worth=Decimal(100), currency="EUR")

    assert {handle for handle, _ in found.pairs} == {"ada"}


def test_whoever_knows_a_family_goes_on_with_it_where_that_is_worth_it(things, course, three):
    for each in things[:2]:
        each.family = "Contract 7"
        each.save()
    judgment(slot=slot(item=things[0], number=9, state="done"), expert=three[1])

    little = drafted(things, course, key="little", each=1, familiar=0.1)
    much = drafted(things, course, key="much", each=1, familiar=0.3)

    assert {handle for handle, _ in little.pairs} == {"ada"}
    assert much.pairs == [["bob", "q0"], ["bob", "q1"], ["ada", "q2"]]


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        (
            {"worth": Decimal(0), "currency": "EUR"},
            "is 0.01 to 1,000,000, in a currency",
        ),
        (
            {"worth": Decimal(1), "currency": "euro"},
            "is 0.01 to 1,000,000, in a currency",
        ),
        ({"familiar": -0.1}, "A known family is worth 0 to 1,000 right answers; -0.1 came."),
        ({"familiar": 0.1, "objective": "max_min"}, "weighed for the most in all, with no floor"),
    ],
)
def test_draft_staffing_refuses_what_cannot_be_weighed(things, course, paid, terms, words):
    with pytest.raises(StaffingRefused, match=words):
        drafted(things, course, **terms)


# what fairness costs, what moves bring, what would make it possible


def test_fairness_prices_rise_on_the_weakest_item_and_fall_in_all(things, course, three):
    found = drafted(things, course, each=1, most=2, apart=(("ada", "q0"), ("cid", "q0")))

    curve = fairness_prices(found, candidates_of(found))

    assert curve[0] == (pytest.approx(0.7), pytest.approx(found.total))
    assert [total for _, total in curve] == sorted((t for _, t in curve), reverse=True)


def test_move_prices_tell_what_each_move_brings(things, course, three, published):
    skill(expert=three[2], pack=course.pack, question="holds", share=0.96)

    curve = move_prices(things[0].lot, everybody_there(), now())

    assert curve == [(n, pytest.approx(2.7 + n * 0.06)) for n in range(4)]


def test_draft_staffing_says_what_would_make_it_possible(things, course, three):
    with pytest.raises(StaffingRefused) as refused:
        drafted(things, course, each=2, most=1)

    said = refused.value.blockers
    assert said[0] == "The items want 6 experts in all, the experts can take only 3."
    assert said[1].startswith("It would be possible so: Let ")
    assert "more item" in said[1]


def test_likeness_to_earlier_work_for_the_same_client_counts_what_it_is_said_to(
    things, course, three
):
    earlier = lot(engagement=course)
    theirs = lot()  # another client's: tells nothing here
    for each in things:
        each.title, each.fields = "Lease", {"text": "tenant pays rent"}
        each.save()
    told = {"title": "Rent", "fields": {"text": "the tenant pays rent late"}}
    judgment(slot=slot(item=item(lot=earlier, **told), state="done"), expert=three[1])
    judgment(slot=slot(item=item(lot=theirs, **told), state="done"), expert=three[2])

    little = drafted(things, course, key="little", each=1, similar=0.1)
    much = drafted(things, course, key="much", each=1, similar=0.5)

    assert {handle for handle, _ in little.pairs} == {"ada"}
    assert {handle for handle, _ in much.pairs} == {"bob"}
    assert much.total == pytest.approx(3 * 0.7)
    with pytest.raises(StaffingRefused, match=r"Likeness is worth 0 to .* right answers; nan"):
        drafted(things, course, key="nan", similar=float("nan"))


def test_the_fields_that_somebody_works_in_count_as_their_words(things, course, three):
    three[2].fields.add(Field.objects.create(uid=uid(), code="x-lease", label="Lease of flats"))
    things[0].title = "A lease"
    things[0].save()

    found = drafted(things[:1], course, each=1, similar=0.9)

    assert ["cid", "q0"] in found.pairs
