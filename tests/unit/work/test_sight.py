"""Whose rows a person may see at all; the same on both databases."""

from datetime import timedelta

import pytest

from peritus.accounts.models import Role
from peritus.accounts.queries import engine
from peritus.engagements.queries import engagements_seen_by
from peritus.journal.clock import now
from peritus.journal.sight import EVERYTHING
from peritus.work.models import Slot
from peritus.work.sight import sight_of
from tests.factories import accounts, bench, engagements, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    return accounts.provider()


@pytest.fixture
def others():
    """Another client's work, which nobody here has to do with."""
    return work.slot(reserved_for=bench.expert())


@pytest.mark.parametrize("role", [Role.MANAGER, Role.QUALITY, Role.FINANCE])
def test_the_providers_staff_see_everything(house, others, role):
    assert sight_of(accounts.member(role)) is EVERYTHING


def test_the_engine_sees_everything(others):
    assert sight_of(engine()) is EVERYTHING


def test_a_client_sees_their_own_organisation_only(house, others):
    organisation = accounts.organisation()

    seen = sight_of(accounts.member(Role.CLIENT, organisation=organisation))

    assert seen == {organisation.pk}


def test_a_clients_own_manager_is_no_staff_of_the_provider(house, others):
    organisation = accounts.organisation()

    seen = sight_of(accounts.member(Role.MANAGER, organisation=organisation))

    assert seen == {organisation.pk}


def test_whoever_leads_an_engagement_sees_its_client(house, others):
    lead = accounts.user()
    engagement = engagements.engagement(quality_lead=lead)

    assert sight_of(lead) == {engagement.organisation_id}


def test_somebody_without_any_role_sees_nothing(house, others):
    assert sight_of(accounts.user()) == frozenset()


@pytest.mark.parametrize("role", [None, *Role])
def test_whatever_engagements_a_user_sees_their_clients_are_seen(house, others, role):
    organisation = accounts.organisation()
    person = accounts.member(Role.CLIENT, organisation=organisation)
    if role:
        accounts.membership(user=person, organisation=house, role=role)
    engagements.engagement(organisation=organisation)
    engagements.engagement(manager=person)
    found = set(engagements_seen_by(person).values_list("organisation", flat=True))

    sight = sight_of(person)

    assert len(found) >= 2
    assert sight is EVERYTHING or found <= sight


@pytest.fixture
def judge(house):
    return bench.expert(user=accounts.member(Role.EXPERT))


def test_an_expert_whom_nobody_asked_sees_the_providers_tests_only(house, judge, others):
    assert sight_of(judge.user) == {house.pk}


def test_an_expert_sees_where_they_sit_on_a_panel(house, judge, others):
    seat = work.panel_seat(expert=judge)

    assert sight_of(judge.user) == {house.pk, seat.organisation_id}


def test_an_expert_sees_where_they_once_held_a_lease(house, judge, others):
    lease = work.assignment(expert=judge, state="lapsed")

    assert sight_of(judge.user) == {house.pk, lease.organisation_id}


@pytest.mark.parametrize(
    ("state", "seen"), [("open", True), ("leased", True), ("done", False), ("withdrawn", False)]
)
def test_an_expert_sees_where_they_are_asked_to_judge(house, judge, others, state, seen):
    slot = work.slot(reserved_for=judge, state=state)

    assert (slot.organisation_id in sight_of(judge.user)) is seen


def open_to_all(**engagement):
    there = engagements.engagement(**engagement)
    item = engagements.item(lot=engagements.lot(engagement=there))
    return work.slot(item=item, reserved_for=None, purpose=Slot.Purpose.FIRST)


def test_an_expert_sees_where_anybody_may_judge(house, judge, others):
    slot = open_to_all()

    assert sight_of(judge.user) == {house.pk, slot.organisation_id}


def test_an_expert_does_not_see_behind_a_wall(house, judge, others):
    slot = open_to_all()
    engagements.wall(engagement=slot.engagement, expert=judge, item=None)

    assert sight_of(judge.user) == {house.pk}


def test_an_expert_sees_where_they_are_qualified_to_judge(house, judge, others):
    slot = open_to_all(required_qualification="KPO")
    before = sight_of(judge.user)

    bench.qualification(expert=judge, name="KPO", passed=True, expires_at=now() + timedelta(days=1))

    assert before == {house.pk}
    assert sight_of(judge.user) == {house.pk, slot.organisation_id}
