"""What can be read: exact, scoped, and by whom."""

from decimal import Decimal

import pytest

from peritus.accounts.models import Role
from tests.factories import accounts, engagements
from tests.unit.api.conftest import readings, whole_engagement

pytestmark = pytest.mark.django_db
LOT_QUERIES = 20


def test_engagements_lists_own_ones_only(client, ours, theirs):
    client.force_login(ours.people["client"])

    answer = client.get("/api/engagements")

    assert answer.json() == [
        {
            "uid": str(ours.engagement.uid),
            "code": "heron",
            "title": "Heron engagement",
            "client": "Heron client",
            "pack": "kpo_quiz",
            "specimen": False,
            "honesty": ["This is made up."],
            "opened_at": "2026-01-05T09:00:00Z",
        }
    ]


def test_lot_returns_counts_and_standing(client, ours):
    client.force_login(ours.people["manager"])

    answer = client.get(f"/api/lots/{ours.lot.uid}").json()

    assert answer["counts"] == {
        "items": 3, "judgments": 3, "contested": 0, "adjudicated": 0, "decided": 3, "open": 0,
        "pending": 0,
    }  # fmt: skip
    assert answer["standing"] == {
        "verdict": "certified", "audited": 3, "differing": 0, "next_look": None,
        "claimed_errors": 0, "bound": 0.0, "sequence_upper": 0.0,
    }  # fmt: skip
    assert answer["freeze"]["digest"] == ours.freeze.digest
    assert (answer["stage"], answer["certificate"]) == ("accept", ours.certificate.number)


def test_lots_are_the_same_by_code_and_by_uid(client, ours):
    client.force_login(ours.people["client"])
    by_code, by_uid = readings(ours)[:2]

    assert client.get(by_code).json() == client.get(by_uid).json()
    assert [each["uid"] for each in client.get(by_code).json()] == [str(ours.lot.uid)]


def test_lots_asks_for_the_uid_when_two_clients_share_a_code(client, ours):
    manager = ours.people["manager"]
    engagements.engagement(code="heron", manager=manager)
    client.force_login(manager)

    answer = client.get("/api/engagements/heron/lots")

    assert answer.status_code == 409
    assert answer.json()["blockers"] == [
        "Several clients have an engagement 'heron'; name one by its uid."
    ]


def test_decisions_come_in_pages(client, ours):
    client.force_login(ours.people["client"])
    address = f"/api/freezes/{ours.freeze.uid}/decisions"

    first = client.get(address, {"size": 2}).json()
    second = client.get(address, {"size": 2, "page": 2}).json()

    assert [each["key"] for each in first["decisions"]] == ["Heron-0", "Heron-1"]
    assert [each["key"] for each in second["decisions"]] == ["Heron-2"]
    assert (second["total"], second["page"], second["size"]) == (3, 2, 2)
    assert first["decisions"][0] | {"item": "", "judgments": []} == {
        "item": "", "key": "Heron-0", "title": "Heron item", "question": "question",
        "answer": "yes", "rule": "unanimous", "judgments": [], "differs": False,
    }  # fmt: skip


@pytest.mark.parametrize("size", [1, 3])
def test_decisions_takes_as_many_queries_for_one_row_as_for_three(
    client, ours, size, django_assert_num_queries
):
    client.force_login(ours.people["client"])

    with django_assert_num_queries(7):
        client.get(f"/api/freezes/{ours.freeze.uid}/decisions", {"size": size})


def test_certificate_states_what_is_claimed(client, ours):
    client.force_login(ours.people["client"])

    answer = client.get(f"/api/certificates/{ours.certificate.number}").json()

    assert answer["digest"] == ours.freeze.digest
    assert answer["signed_by"] == ours.certificate.signed_by.name
    assert (answer["bound"], answer["confidence"]) == (
        ours.certificate.bound,
        ours.certificate.confidence,
    )


def test_invoice_writes_money_as_text(client, ours):
    client.force_login(ours.people["finance"])

    answer = client.get(f"/api/invoices/{ours.invoice.number}").json()

    (line,) = answer["lines"]
    assert isinstance(answer["total"], str)
    assert Decimal(answer["total"]) == Decimal("19.50") == Decimal(line["amount"])
    assert (line["quantity"], Decimal(line["unit_price"])) == (3, Decimal("6.50"))
    assert line["freeze"] == str(ours.freeze.uid)


@pytest.mark.parametrize("role", ["client", "manager", "quality"])
def test_another_clients_data_is_not_found(client, ours, theirs, role):
    client.force_login(ours.people[role])
    may_read_invoices = role != "quality"

    answers = [client.get(address) for address in readings(theirs)]

    assert [each.status_code for each in answers[:-1]] == [404] * 5
    assert answers[-1].status_code == (404 if may_read_invoices else 403)
    assert not any("Nightjar" in each.text for each in answers)


def test_nothing_of_another_client_stands_in_own_answers(client, ours, theirs):
    client.force_login(ours.people["client"])

    answers = [client.get(address) for address in ["/api/engagements", *readings(ours)]]

    assert [each.status_code for each in answers] == [200] * 7
    assert not any("Nightjar" in each.text for each in answers)
    assert not any(str(theirs.engagement.uid) in each.text for each in answers)


def test_hidden_and_missing_are_refused_in_the_same_words(client, ours, theirs):
    client.force_login(ours.people["client"])

    hidden = client.get(f"/api/lots/{theirs.lot.uid}")
    missing = client.get(f"/api/lots/{accounts.uid()}")

    assert hidden.status_code == missing.status_code == 404
    assert hidden.json() | {"reference": ""} == missing.json() | {"reference": ""}


def test_experts_read_nothing_of_engagements(client, ours):
    client.force_login(ours.people["expert"])

    answers = [client.get(address) for address in ["/api/engagements", *readings(ours)]]

    assert [each.status_code for each in answers] == [403] * 7
    assert not any("Heron" in each.text for each in answers)


def test_quality_lead_reads_no_invoice(client, ours):
    client.force_login(ours.people["quality"])

    answer = client.get(f"/api/invoices/{ours.invoice.number}")

    rule = "This call is for: Client, Engagement manager, Finance."
    assert answer.status_code == 403
    assert answer.json() | {"reference": ""} == {"error": rule, "rule": rule, "reference": ""}


def test_nobody_reads_before_signing_in(client, ours):
    answers = [client.get(address) for address in ["/api/engagements", *readings(ours)]]

    assert {each.status_code for each in answers} <= {302, 401}
    assert not any("Heron" in each.text for each in answers)


def test_lots_take_no_more_queries_for_three_lots_than_for_one(
    client, ours, django_assert_num_queries
):
    client.force_login(ours.people["client"])
    with django_assert_num_queries(LOT_QUERIES, exact=False) as first:
        client.get(readings(ours)[0])
    for _ in range(2):
        engagements.lot(engagement=ours.engagement)

    with django_assert_num_queries(len(first)):
        client.get(readings(ours)[0])


def test_finance_of_the_provider_reads_every_engagement(client, ours, theirs):
    client.force_login(accounts.member(Role.FINANCE))

    answer = client.get("/api/engagements")

    assert {each["code"] for each in answer.json()} == {"heron", "nightjar"}


def test_lots_of_engagement_with_same_code_stay_apart_for_clients(client, ours):
    other = whole_engagement("Heron")
    client.force_login(other.people["client"])

    answer = client.get("/api/engagements/heron/lots").json()

    assert [each["uid"] for each in answer] == [str(other.lot.uid)]
