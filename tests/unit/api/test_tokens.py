"""A program with a token: less than its person, never more; 401 for what does not count."""

import json
from datetime import timedelta

import pytest
from django.test import Client, override_settings

from peritus.accounts.models import Role
from peritus.api.roles import CALLERS, SCOPES
from peritus.api.urls import api
from peritus.journal.clock import now
from peritus.sign_in.models import Scope
from peritus.work.models import Assignment
from tests.factories import accounts, desks
from tests.factories.sign_in import api_token
from tests.unit.api.conftest import readings

SECRET = "peritus_secret"
NO_TOKEN = "The token does not count: mistyped, past its time, or revoked. Make another one."


def program(secret=SECRET, scheme="Bearer"):
    """Return a client that sends a token and checks no less than a browser does."""
    return Client(enforce_csrf_checks=True, headers={"Authorization": f"{scheme} {secret}"})


def refused(answer):
    said = answer.json()
    assert len(said.pop("reference")) == 8
    return answer.status_code, said


def next_slot(caller):
    return caller.post("/api/assignments/next", json.dumps({"key": "k"}), "application/json")


def seen(caller):
    return [each["title"] for each in caller.get("/api/engagements").json()]


def test_a_token_reads_what_its_person_sees_and_nothing_else(ours, theirs):
    api_token(user=ours.people["client"])

    assert seen(program()) == ["Heron engagement"]
    assert {program().get(address).status_code for address in readings(ours)} == {200}
    for address in readings(theirs):
        answer = program().get(address)
        assert answer.status_code == 404
        assert "Nightjar" not in answer.text


def test_a_token_of_one_client_shows_no_other_that_its_person_sees(ours, theirs):
    manager = ours.people["manager"]
    theirs.engagement.manager = manager
    theirs.engagement.save()
    api_token(user=manager)
    api_token("peritus_bound", user=manager, organisation=ours.house)

    bound = program("peritus_bound")
    assert sorted(seen(program())) == ["Heron engagement", "Nightjar engagement"]
    assert seen(bound) == ["Heron engagement"]
    assert {bound.get(address).status_code for address in readings(ours)} == {200}
    for address in readings(theirs):
        assert program().get(address).status_code == 200
        answer = bound.get(address)
        assert answer.status_code == 404
        assert "Nightjar" not in answer.text


def test_a_token_of_another_client_than_its_persons_shows_nothing(ours, theirs):
    api_token(user=ours.people["client"], organisation=theirs.house)

    assert seen(program()) == []
    for scene in (ours, theirs):
        assert {program().get(address).status_code for address in readings(scene)} == {404}


def test_a_token_opens_no_call_that_its_persons_role_does_not(ours):
    api_token(user=ours.people["client"], scopes=["judge", "read"])

    status, said = refused(next_slot(program()))

    assert (status, said["rule"]) == (403, "This call is for: Expert, Quality lead.")


@pytest.mark.parametrize(
    ("secret", "scheme"), [("peritus_other", "Bearer"), ("", "Bearer"), (SECRET, "Basic")]
)
def test_a_token_that_does_not_count_is_told_so(ours, secret, scheme):
    api_token(user=ours.people["client"])

    answer = program(secret, scheme).get("/api/engagements")

    assert refused(answer) == (401, {"error": NO_TOKEN})
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Content-Security-Policy" in answer.headers


@pytest.mark.parametrize("ended", [{"revoked_at": -1}, {"expires_at": -1}])
def test_a_token_that_ended_is_told_so(ours, ended):
    moments = {field: now() + timedelta(seconds=by) for field, by in ended.items()}
    api_token(user=ours.people["client"], **moments)

    assert refused(program().get("/api/engagements")) == (401, {"error": NO_TOKEN})


def test_a_cookie_does_not_make_up_for_a_token_that_does_not_count(ours):
    caller = program("peritus_other")
    caller.force_login(ours.people["client"])

    assert caller.get("/api/engagements").status_code == 401


def test_a_token_comes_before_the_cookie_beside_it(ours, theirs):
    api_token(user=ours.people["client"])
    caller = program()
    caller.force_login(theirs.people["client"])

    assert seen(caller) == ["Heron engagement"]


def test_a_token_opens_no_page(ours):
    api_token(user=ours.people["manager"])

    for page in ("/portfolio/", "/security/", "/people/"):
        assert program().get(page).url.startswith("/sign-in/")


@pytest.mark.django_db
def test_judging_wants_its_scope_and_no_csrf_token():
    expert = desks.person_on_bench()
    lot = desks.asked_lot(size=1)
    desks.slots_for(lot, expert)
    api_token(user=expert.user)
    api_token("peritus_judge", user=expert.user, scopes=["judge"])

    status, said = refused(next_slot(program()))
    before = Assignment.objects.count()
    answer = next_slot(program("peritus_judge"))

    rule = "This token is for: read. The call wants: judge."
    assert (status, said) == (403, {"error": rule, "rule": rule})
    assert before == 0
    assert answer.status_code == 200
    assert Assignment.objects.get().expert == expert


@pytest.mark.django_db
def test_reading_wants_its_scope(ours):
    api_token(user=ours.people["client"], scopes=["judge"])

    for address in readings(ours):
        status, said = refused(program().get(address))
        assert (status, said["rule"]) == (403, "This token is for: judge. The call wants: read.")


@pytest.mark.django_db
def test_a_token_does_not_get_past_the_second_factor_that_a_role_asks_for():
    api_token(user=accounts.member(Role.MANAGER))

    with override_settings(SECOND_FACTOR=["manager"]):
        status, said = refused(program().get("/api/engagements"))

    assert status == 403
    assert "second factor" in said["rule"]


def test_every_call_says_in_the_schema_what_a_token_must_be_for():
    schema = json.loads(json.dumps(api.get_openapi_schema()))

    scheme = schema["components"]["securitySchemes"]["TokenOfCaller"]
    said = [call["security"] for calls in schema["paths"].values() for call in calls.values()]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    assert [sorted(way) for ways in said for way in ways] == [
        ["TokenOfCaller"], ["SessionOfCaller"]
    ] * len(said)  # fmt: skip
    posts = [each["post"] for each in schema["paths"].values() if "post" in each]
    assert {call["security"][0]["TokenOfCaller"][0] for call in posts} == {"judge"}


def test_every_call_that_is_one_has_its_scope():
    assert set(SCOPES) == set(CALLERS) - {"api_openapi", "api_unknown"}
    assert set(SCOPES.values()) == set(Scope)
