from datetime import UTC, date, datetime, timedelta

import pytest

from peritus.accounts.models import Role
from peritus.accounts.queries import engine
from peritus.bench.models import Credential
from peritus.bench.queries import (
    credentials_seen_by,
    experts_on_bench,
    experts_seen_by,
    is_qualified,
    skills_of,
    valid_credentials,
)
from tests.factories.accounts import member, membership
from tests.factories.bench import credential, expert, qualification, skill

pytestmark = pytest.mark.django_db
VERIFIED = Credential.State.VERIFIED


@pytest.mark.parametrize("size", [1, 3])
def test_experts_on_bench_come_by_handle_in_one_query(django_assert_num_queries, size):
    for handle in ["c", "a", "b"][:size]:
        expert(handle=handle)

    with django_assert_num_queries(1):
        found = [(each.handle, each.user.name) for each in experts_on_bench()]

    assert [handle for handle, _ in found] == sorted(["c", "a", "b"][:size])


@pytest.mark.parametrize("role", [Role.MANAGER, Role.QUALITY, Role.FINANCE])
def test_experts_seen_by_the_provider_are_all(role):
    both = {expert(), expert()}

    assert set(experts_seen_by(member(role))) == both


def test_experts_seen_by_the_engine_are_all():
    both = {expert(), expert()}

    assert set(experts_seen_by(engine())) == both


def test_experts_seen_by_an_expert_are_only_itself():
    ada, _ = expert(), expert()

    assert list(experts_seen_by(ada.user)) == [ada]


def test_experts_seen_by_a_client_are_none():
    credential(expert=expert())
    client = membership(role=Role.CLIENT).user

    assert list(experts_seen_by(client)) == []
    assert list(credentials_seen_by(client)) == []


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({"state": VERIFIED}, True),
        ({"state": VERIFIED, "expires": date(2026, 3, 10)}, True),
        ({"state": VERIFIED, "expires": date(2026, 3, 9)}, False),
        ({"state": VERIFIED, "issued": date(2026, 3, 11)}, False),
        ({"state": Credential.State.CLAIMED}, False),
        ({"state": Credential.State.REVOKED}, False),
    ],
)
def test_valid_credentials_are_verified_issued_and_not_lapsed(changes, counts):
    there = credential(**changes)
    credential(state=VERIFIED)  # somebody else's

    found = list(valid_credentials(there.expert, date(2026, 3, 10)))

    assert found == ([there] if counts else [])


def test_valid_credentials_take_the_day_of_a_time():
    there = credential(state=VERIFIED, expires=date(2026, 3, 10))

    assert list(valid_credentials(there.expert, datetime(2026, 3, 10, 23, tzinfo=UTC))) == [there]


AT = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({}, True),
        ({"granted_at": AT}, True),
        ({"granted_at": AT + timedelta(seconds=1)}, False),
        ({"expires_at": AT}, False),
        ({"passed": False}, False),
        ({"name": "Another quiz"}, False),
    ],
)
def test_is_qualified_only_by_a_passed_test_that_has_not_lapsed(changes, counts):
    there = qualification(**changes)

    assert is_qualified(there.expert, "Onboarding quiz", AT) is counts


def test_is_qualified_does_not_count_what_another_expert_passed():
    qualification()

    assert is_qualified(expert(), "Onboarding quiz", AT) is False


def test_skills_of_an_expert_come_by_pack_and_question():
    ada = expert()
    b = skill(expert=ada, pack="a", question="b")
    z = skill(expert=ada, pack="z", question="a")
    a = skill(expert=ada, pack="a", question="a")
    skill()

    assert list(skills_of(ada)) == [a, b, z]
