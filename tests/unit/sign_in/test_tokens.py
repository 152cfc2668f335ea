"""Making and revoking tokens, and which of them count."""

import re
from datetime import timedelta

import pytest

from peritus.accounts.models import Role, User
from peritus.journal.clock import clock_set_to, now
from peritus.journal.errors import NotAllowed
from peritus.journal.models import Event
from peritus.sign_in.errors import TokenRefused
from peritus.sign_in.models import ApiToken
from peritus.sign_in.queries import tokens_of
from peritus.sign_in.tokens import new_token, token_digest, token_that_counts
from peritus.sign_in.verbs import make_token, revoke_token
from tests.factories import accounts
from tests.factories.sign_in import api_token

pytestmark = pytest.mark.django_db
SECRET = "peritus_secret"


@pytest.fixture
def ada():
    return accounts.member(Role.CLIENT, organisation=accounts.organisation())


def made(person, **changes):
    given = {"name": "Nightly report", "scopes": ["read"], "days": 30, "by": person, "key": "k"}
    return make_token(person.pk, token_digest(SECRET), **given | changes)


def test_new_token_is_long_random_and_known_by_its_prefix():
    found = {new_token() for _ in range(50)}

    assert len(found) == 50
    assert all(re.fullmatch(r"peritus_[A-Za-z0-9_-]{43}", each) for each in found)


def test_make_token_makes_it_once_when_repeated(ada):
    house = ada.memberships.get().organisation

    first, again = (made(ada, organisation_id=house.pk) for _ in range(2))

    assert first == again
    assert (first.scopes, first.organisation) == (["read"], house)
    assert first.expires_at - first.made_at - timedelta(days=30) < timedelta(seconds=1)
    [event] = Event.objects.all()
    assert (event.kind, event.about_uid) == ("token.made", first.uid)
    assert event.data == {"scopes": ["read"], "days": 30, "organisation": str(house.uid)}


def test_make_token_keeps_neither_the_secret_nor_its_hash_in_the_journal(ada):
    made(ada)

    rows = " ".join(str(row) for row in [*Event.objects.values(), *ApiToken.objects.values()])
    assert SECRET not in rows
    assert token_digest(SECRET) not in " ".join(str(row) for row in Event.objects.values())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": " "}, "A name has 1 to 80"),
        ({"name": "x" * 81}, "A name has 1 to 80"),
        ({"scopes": []}, "at least one of: read, judge"),
        ({"scopes": ["read", "rule"]}, "at least one of: read, judge"),
        ({"days": 0}, "1 to 365 days"),
        ({"days": 366}, "1 to 365 days"),
    ],
)
def test_make_token_refuses_what_will_not_do(ada, changes, words):
    with pytest.raises(TokenRefused, match=words):
        made(ada, **changes)

    assert ApiToken.objects.count() == 0


def test_make_token_refuses_to_judge_for_one_client(ada):
    house = ada.memberships.get().organisation

    with pytest.raises(TokenRefused, match="reads only"):
        made(ada, scopes=["judge"], organisation_id=house.pk)


def test_nobody_makes_a_token_for_another(ada):
    with pytest.raises(NotAllowed):
        made(ada, by=accounts.member(Role.MANAGER))


def test_token_that_counts_is_the_one_that_was_made(ada):
    token = made(ada)

    assert token_that_counts(SECRET) == token
    for other in ("", "peritus_", SECRET + "x", token.digest):
        assert token_that_counts(other) is None


def test_a_token_counts_until_its_time(ada):
    token = made(ada)

    for moment, counts in (
        (token.expires_at - timedelta(seconds=1), True),
        (token.expires_at, False),
    ):
        with clock_set_to(lambda moment=moment: moment):
            assert (token_that_counts(SECRET) is not None) is counts


def test_a_token_counts_no_more_with_its_person(ada):
    made(ada)
    User.objects.filter(pk=ada.pk).update(is_active=False)

    assert token_that_counts(SECRET) is None


def test_last_use_is_noted_by_the_day(ada, django_assert_num_queries):
    token = made(ada)
    unused = token.last_used_on

    token_that_counts(SECRET)
    with django_assert_num_queries(1):
        token_that_counts(SECRET)

    token.refresh_from_db()
    assert (unused, token.last_used_on) == (None, now().date())


def test_revoke_token_lets_it_count_no_more(ada):
    token = made(ada)

    for key in ("k1", "k1", "k2"):
        revoke_token(token.pk, by=ada, key=key)

    assert token_that_counts(SECRET) is None
    assert [each.kind for each in Event.objects.all()] == ["token.made", "token.revoked"]


@pytest.mark.parametrize(("role", "may"), [(Role.MANAGER, True), (Role.QUALITY, False)])
def test_revoke_token_of_another_is_a_managers(ada, role, may):
    token, by = made(ada), accounts.member(role)

    if may:
        revoke_token(token.pk, by=by, key="k")
    else:
        with pytest.raises(NotAllowed, match="manager"):
            revoke_token(token.pk, by=by, key="k")

    assert (token_that_counts(SECRET) is None) is may


def test_tokens_of_shows_ones_own_and_what_ended_lately(ada):
    def token(**changes):
        return api_token(f"peritus_{ApiToken.objects.count()}", user=ada, **changes)

    at = now()
    api_token()
    counts = token()
    late = token(expires_at=at - timedelta(days=29))
    revoked = token(revoked_at=at - timedelta(days=29))
    token(expires_at=at - timedelta(days=31))
    token(revoked_at=at - timedelta(days=31))

    assert list(tokens_of(ada, at)) == [revoked, late, counts]
