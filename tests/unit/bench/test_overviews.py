from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from peritus.bench.models import Credential, Expert
from peritus.bench.overviews import (
    Ending,
    Wanted,
    bench_rows,
    credentials_ending,
    endings_of,
    experts_found,
    fields_on_bench,
    languages_on_bench,
    qualifications_ending,
)
from peritus.bench.queries import in_force
from tests.factories.accounts import user
from tests.factories.bench import credential, expert, qualification

VERIFIED, REVOKED = Credential.State.VERIFIED, Credential.State.REVOKED
DAY = date(2026, 3, 10)


def names(wanted, at):
    return [each.name for each in experts_found(Expert.objects.all(), wanted, at)]


def verified(**changes):
    return credential(state=VERIFIED, **changes)


def endings(person, at):
    found = endings_of(list(person.credentials.all()), list(person.qualifications.all()), at)
    return sorted((each.what, each.day, each.days_left, each.tone) for each in found)


@pytest.mark.parametrize(
    ("left", "tone"),
    [(-1, "bad"), (0, "bad"), (14, "bad"), (15, "warn"), (60, "warn"), (61, "good")],
)  # fmt: skip
def test_ending_is_bad_in_its_last_two_weeks_and_warns_from_two_months_on(left, tone):
    assert Ending("Bar", DAY, left).tone == tone


def test_endings_of_names_what_ends_and_what_ended(at):
    ada = expert()
    verified(expert=ada, title="Bar", expires=DAY + timedelta(30))
    verified(expert=ada, title="CIPP", expires=DAY - timedelta(2))
    verified(expert=ada, title="Degree")
    credential(expert=ada, title="Only claimed", expires=DAY + timedelta(1))
    credential(expert=ada, title="Taken away", state=REVOKED, expires=DAY + timedelta(1))
    qualification(expert=ada, name="Quiz", expires_at=at + timedelta(90))
    qualification(expert=ada, name="Missed", passed=False, expires_at=at + timedelta(3))

    assert endings(ada, at) == [
        ("Bar", date(2026, 4, 9), 30, "warn"),
        ("CIPP", date(2026, 3, 8), -2, "bad"),
        ("Quiz", date(2026, 6, 8), 90, "good"),
    ]


def test_endings_of_takes_a_renewal_for_what_it_renews_and_nothing_else(at):
    ada = expert()
    verified(expert=ada, title="Bar", jurisdiction="DE", expires=DAY - timedelta(2))
    verified(expert=ada, title="Bar", jurisdiction="DE", expires=DAY + timedelta(363))
    verified(expert=ada, title="Bar", jurisdiction="FR", expires=DAY + timedelta(5))
    qualification(expert=ada, name="Quiz", expires_at=at - timedelta(1))
    qualification(expert=ada, name="Quiz", expires_at=at + timedelta(5))

    assert [(what, left) for what, _, left, _ in endings(ada, at)] == [
        ("Bar", 5), ("Bar", 363), ("Quiz", 5),
    ]  # fmt: skip


@pytest.mark.django_db
@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Bar", "CIPP"]),
            st.sampled_from(["", "DE"]),
            st.sampled_from([None, -1, 0, 1, 60, 61]),
            st.sampled_from(list(Credential.State)),
        ),
        max_size=6,
    )
)
def test_what_ends_is_the_same_in_sql_and_in_python(held):
    ada = expert()
    for title, jurisdiction, left, state in held:
        expires = None if left is None else DAY + timedelta(left)
        credential(expert=ada, title=title, jurisdiction=jurisdiction, expires=expires, state=state)
    found = endings(ada, datetime(2026, 3, 10, 12, tzinfo=UTC))

    ending = credentials_ending().filter(expert=ada).values_list("title", "expires").distinct()
    counting = ada.credentials.filter(in_force(DAY)).order_by("pk")
    by_hand = [each for each in ada.credentials.order_by("pk") if each.counts_on(DAY)]

    assert {(what, day) for what, day, *_ in found} == set(ending)
    assert list(counting) == by_hand


def test_qualifications_ending_leaves_out_what_was_passed_again(at):
    ada = expert()
    qualification(expert=ada, name="Quiz", expires_at=at + timedelta(1))
    last = qualification(expert=ada, name="Quiz", expires_at=at + timedelta(9))
    qualification(expert=ada, name="Quiz", passed=False, expires_at=at + timedelta(99))

    assert list(qualifications_ending()) == [last]


def test_experts_found_searches_names_teams_titles_and_fields(at):
    ada, bob = expert(name="Ada", team="Berlin"), expert(name="Bob")
    verified(expert=ada, title="Bar of Example", field="Law")
    credential(expert=bob, title="Law degree")
    credential(expert=bob, title="Barred", state=REVOKED)

    assert names(Wanted("ADA"), at) == ["Ada"]
    assert names(Wanted("berl"), at) == ["Ada"]
    assert names(Wanted("law"), at) == ["Ada", "Bob"]
    assert names(Wanted("bar"), at) == ["Ada"]
    assert names(Wanted(), at) == ["Ada", "Bob"]


def test_experts_found_by_kind_language_and_field_counts_what_is_on_proof(at):
    ada, bob = expert(name="Ada"), expert(name="Bob", kind=Expert.Kind.MODEL)
    verified(expert=ada, kind="language", title="de", level="C1")
    verified(expert=ada, title="Bar", field="Law")
    credential(expert=bob, kind="language", title="de", level="C2")
    verified(expert=bob, title="Old", field="Law", expires=DAY - timedelta(1))

    assert names(Wanted(kind="model"), at) == ["Bob"]
    assert names(Wanted(language="de"), at) == ["Ada"]
    assert names(Wanted(field="Law"), at) == ["Ada"]
    assert (languages_on_bench(at), fields_on_bench(at)) == (["de"], ["Law"])


def test_experts_found_that_wait_or_end(at):
    ada, bob, eve = expert(name="Ada"), expert(name="Bob"), expert(name="Eve")
    credential(expert=ada)
    verified(expert=bob, expires=DAY + timedelta(60))
    verified(expert=eve, expires=DAY + timedelta(61))
    qualification(expert=eve, expires_at=at + timedelta(61))

    assert names(Wanted(show="waiting"), at) == ["Ada"]
    assert names(Wanted(show="ending"), at) == ["Bob"]
    assert names(Wanted(show="nonsense"), at) == ["Ada", "Bob", "Eve"]

    qualification(expert=ada, name="Quiz", expires_at=at + timedelta(59))

    assert names(Wanted(show="ending"), at) == ["Ada", "Bob"]


def test_experts_found_leaves_out_whoever_was_erased(at):
    expert(name="Erased person", user=user(erased_at=at))

    assert names(Wanted(), at) == []


def test_bench_rows_say_what_counts_today(at):
    ada = expert(name="Ada")
    verified(expert=ada, kind="language", title="de", level="C1")
    verified(expert=ada, title="Bar", field="Law", expires=DAY)
    verified(expert=ada, title="Old", field="Chemistry", expires=DAY - timedelta(1))
    credential(expert=ada, title="CIPP", field="Privacy")
    qualification(expert=ada, name="Quiz")
    qualification(expert=ada, name="Lapsed", expires_at=at)

    [row] = bench_rows(Expert.objects.all(), at)

    assert (row.languages, row.fields, row.tests) == (("de C1",), ("Law",), ("Quiz",))
    assert (row.verified, row.claimed) == (2, 1)
    assert (row.ending.what, row.ending.days_left) == ("Old", -1)


def test_bench_rows_ask_as_often_for_three_as_for_one(at):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            bench_rows(Expert.objects.all(), at)
        return len(asked)

    verified(expert=expert())
    once = queries()
    for _ in range(2):
        qualification(expert=verified(expert=expert()).expert)

    assert (once, queries()) == (4, 4)
