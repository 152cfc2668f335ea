"""The schema is true: whole, every status named, every name resolved."""

import json
import re

import pytest
from django.test import RequestFactory

from peritus.accounts.models import Role
from peritus.accounts.queries import roles_of
from peritus.api.refusals import failed
from peritus.api.roles import CALLERS, require_caller
from peritus.api.urls import api, urlpatterns
from peritus.journal.errors import NotAllowed
from peritus.web.roles import ROLES
from tests.factories import accounts

READS = {
    "/api/engagements": set(),
    "/api/engagements/{code}/lots": {"404", "409", "422"},
    "/api/lots/{uid}": {"404", "422"},
    "/api/freezes/{uid}/decisions": {"404", "422"},
    "/api/certificates/{number}": {"404", "422"},
    "/api/invoices/{number}": {"404", "422"},
}
WRITES = ("/api/assignments/next", "/api/assignments/{uid}/judgment")
ALWAYS = {"401", "403", "500"}


@pytest.fixture
def schema():
    return json.loads(json.dumps(api.get_openapi_schema()))


def test_schema_names_every_call_and_nothing_else(schema):
    assert {
        (address, method) for address, calls in schema["paths"].items() for method in calls
    } == {(address, "get") for address in READS} | {(address, "post") for address in WRITES}


def test_schema_names_every_status_in_which_a_read_is_refused(schema):
    said = {address: set(schema["paths"][address]["get"]["responses"]) for address in READS}

    assert said == {address: {"200"} | ALWAYS | more for address, more in READS.items()}


@pytest.mark.parametrize("address", WRITES)
def test_schema_names_every_status_in_which_a_write_is_refused(schema, address):
    said = set(schema["paths"][address]["post"]["responses"])

    assert said - {"204"} == {"200", "400", "404", "409", "413", "422"} | ALWAYS


def test_schema_gives_every_refusal_the_one_shape(schema):
    shapes = {
        response["content"]["application/json"]["schema"]["$ref"]
        for calls in schema["paths"].values()
        for call in calls.values()
        for status, response in call["responses"].items()
        if status >= "400"
    }

    assert shapes == {"#/components/schemas/Refusal"}
    assert set(schema["components"]["schemas"]["Refusal"]["properties"]) == {
        "error", "rule", "blockers", "reference",
    }  # fmt: skip


def test_schema_resolves_every_reference(schema):
    text = json.dumps(schema)

    named = set(re.findall(r'"#/components/schemas/([A-Za-z]+)"', text))

    assert schema["openapi"].startswith("3.1")
    assert named <= set(schema["components"]["schemas"])
    assert len(named) > 10


def test_schema_writes_money_as_text_and_shares_as_numbers(schema):
    shapes = schema["components"]["schemas"]

    assert shapes["InvoiceOut"]["properties"]["total"]["type"] == "string"
    assert shapes["CertificateOut"]["properties"]["bound"]["type"] == "number"
    assert shapes["InvoiceOut"]["properties"]["issued_at"]["format"] == "date-time"


def test_every_address_stands_in_both_tables():
    names = {each.name for each in urlpatterns}

    assert names == set(CALLERS)
    assert names == {name for name in ROLES if name.startswith("api_")}


@pytest.mark.django_db
def test_require_caller_refuses_an_address_that_is_not_in_the_table():
    manager = accounts.member(Role.MANAGER)

    with pytest.raises(NotAllowed, match="Nobody may call this address"):
        require_caller(manager, "api_stray")
    assert roles_of(manager) == {"manager"}


@pytest.mark.django_db
def test_schema_is_served_as_json(client):
    client.force_login(accounts.member(Role.EXPERT))

    answer = client.get("/api/openapi.json")

    assert answer.json()["info"]["title"] == "Peritus"
    assert answer.json() == json.loads(json.dumps(api.get_openapi_schema()))


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/api/", "/api/nothing", "/api/docs", "/api/lots/"])
def test_unknown_address_is_refused_in_the_one_shape(client, address):
    client.force_login(accounts.member(Role.MANAGER))

    answer = client.get(address)

    assert answer.status_code == 404
    assert set(answer.json()) == {"error", "reference"}


@pytest.mark.django_db
def test_malformed_uid_is_refused_with_the_field(client):
    client.force_login(accounts.member(Role.MANAGER))

    answer = client.get("/api/lots/none")

    assert answer.status_code == 422
    assert answer.json()["blockers"][0].startswith("uid: ")


def test_failure_says_nothing_but_its_reference(caplog):
    answer = failed(RequestFactory().get("/api/engagements"), ValueError("secret"))

    said = json.loads(answer.content)
    assert answer.status_code == 500
    assert "secret" not in said["error"]
    assert said["reference"] in caplog.text
    assert "secret" in caplog.text
