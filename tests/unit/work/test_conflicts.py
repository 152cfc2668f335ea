"""Conflicts found by names before anybody is asked, and cleared or walled off by a person."""

import pytest

from peritus.accounts.models import Role
from peritus.engagements.errors import PartyRefused
from peritus.engagements.verbs import name_party, raise_wall
from peritus.journal.errors import NotAllowed
from peritus.journal.models import Event
from peritus.work.conflicts import alike, conflicts_of, words_of
from peritus.work.errors import ConflictNotCleared, StaffingRefused
from peritus.work.verbs import Seat, clear_conflict, draft_staffing, publish_staffing, seat_panel
from tests.factories import accounts, bench, work
from tests.factories.engagements import engagement, guideline_version, item, lot, party

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bolt GmbH", "BOLT"),
        ("Bolt", "Bolt Energy Holding"),
        ("Société Générale S.A.", "SOCIETE GENERALE"),
        ("O'Neil & Sons Ltd.", "ONeil and Sons"),
        ("AG", "AG"),
    ],
)
def test_alike_names(one, other):
    assert alike(words_of(one), words_of(other)) or {"and"} == words_of(other) - words_of(one)


@pytest.mark.parametrize(
    ("one", "other"), [("Bolt", "Boltzmann"), ("Bolt Energy", "Bolt Steel"), ("", "Bolt")]
)
def test_names_that_are_not_alike(one, other):
    assert not alike(words_of(one), words_of(other))


@pytest.fixture
def course():
    """An engagement for Avocet against Bolt, with a lot of one item."""
    found = engagement(
        organisation=accounts.organisation(name="Avocet AG"),
        manager=accounts.member(Role.MANAGER),
    )
    guideline_version(engagement=found)
    party(engagement=found, name="Bolt GmbH", affiliates=["Spark Ltd"])
    item(lot=lot(engagement=found), key="a")
    return found


def worked_for(name, *, parties=(), **changes):
    """Return a person who worked in another client's engagement."""
    other = engagement(organisation=accounts.organisation(name=name))
    for each in parties:
        party(engagement=other, name=each)
    judge = bench.expert(**changes)
    work.judgment(item=item(lot=lot(engagement=other)), expert=judge)
    return judge


def names(course, *experts):
    return [each.names for each in conflicts_of(course, experts)]


def test_who_works_for_a_party_is_found(course):
    assert names(course, worked_for("Bolt Energy")) == [("Bolt GmbH",)]


def test_who_works_for_an_affiliate_is_found(course):
    assert names(course, worked_for("SPARK, Limited")) == [("Spark Ltd",)]


def test_who_worked_against_the_client_is_found(course):
    assert names(course, worked_for("Crow SA", parties=["Avocet"])) == [("Avocet AG",)]


def test_who_met_the_same_party_before_is_found(course):
    assert names(course, worked_for("Crow SA", parties=["Bolt"])) == [("Bolt GmbH",)]


def test_who_met_none_of_them_or_works_for_the_client_is_not(course):
    own = bench.expert()
    work.judgment(
        item=item(lot=lot(engagement=engagement(organisation=course.organisation))), expert=own
    )

    assert names(course, worked_for("Crow SA", parties=["Dove"]), own, bench.expert()) == []


def test_a_published_source_has_no_conflicts(course):
    assert names(course, worked_for("Bolt", kind="source")) == []


def test_what_is_told_names_nothing_of_the_other_engagement(course):
    judge = worked_for("Bolt Secret Holding", parties=["A secret party"])

    (found,) = conflicts_of(course, [judge])

    assert "ecret" not in str(found)
    assert str(found) == (
        f"{judge} met Bolt GmbH in other work: bar them, or write why it is no conflict."
    )


def staffed(course, judge):
    draft = draft_staffing(
        course.lots.get().pk, {judge.handle: ["a"]}, by=course.manager, key="draft"
    )
    return publish_staffing(draft.pk, by=course.manager, key=f"p{Event.objects.count()}")


def test_nobody_is_asked_before_a_conflict_was_looked_at(course):
    judge = worked_for("Bolt")

    with pytest.raises(StaffingRefused, match="met Bolt GmbH in other work"):
        staffed(course, judge)
    with pytest.raises(StaffingRefused, match="met Bolt GmbH in other work"):
        seat_panel(course.lots.get().pk, [Seat(judge.pk, 1)], by=course.manager, key="seat")

    assert not course.lots.get().slots.exists()
    assert not course.lots.get().panel.exists()


def test_a_cleared_conflict_lets_them_be_asked_until_another_name_comes(course):
    judge = worked_for("Bolt", parties=["Crow"])
    cleared = clear_conflict(
        course.pk, judge.pk, reason=" Another Bolt. ", by=course.manager, key="clear"
    )

    assert (cleared.names, cleared.reason) == (["Bolt GmbH"], "Another Bolt.")
    assert Event.objects.get(kind="conflict.cleared").data == {
        "expert": str(judge.uid), "names": 1,
    }  # fmt: skip
    assert staffed(course, judge).published_at
    name_party(course.pk, "Crow & Co", by=course.manager, key="crow")
    assert names(course, judge) == [("Crow & Co",)]


def test_whoever_is_barred_needs_no_clearing(course):
    judge = worked_for("Bolt")

    raise_wall(
        course.pk, judge.pk, reason="Acts for Bolt.", kind="adversity", by=course.manager, key="w"
    )

    assert names(course, judge) == []


@pytest.mark.parametrize("reason", ["", " ", "x" * 301])
def test_clear_conflict_needs_its_reason(course, reason):
    with pytest.raises(ConflictNotCleared, match="Write why"):
        clear_conflict(course.pk, worked_for("Bolt").pk, reason=reason, by=course.manager, key="k")


def test_clear_conflict_refuses_what_is_none(course):
    with pytest.raises(ConflictNotCleared, match="No name of this engagement was found"):
        clear_conflict(course.pk, bench.expert().pk, reason="None.", by=course.manager, key="k")


def test_clear_conflict_is_the_managers_and_done_once(course):
    judge = worked_for("Bolt")

    with pytest.raises(NotAllowed):
        clear_conflict(course.pk, judge.pk, reason="So.", by=course.quality_lead, key="k")
    first, again = (
        clear_conflict(course.pk, judge.pk, reason="So.", by=course.manager, key="k")
        for _ in range(2)
    )

    assert first == again


@pytest.mark.parametrize(
    ("name", "affiliates"), [("", []), (" ", []), ("x" * 201, []), ("Bolt", [""] * 2)]
)
def test_name_party_wants_names(course, name, affiliates):
    with pytest.raises(PartyRefused, match="Every name has 1 to 200 characters"):
        name_party(course.pk, name, affiliates=affiliates, by=course.manager, key="k")
