"""Who sees which delivered file."""

from __future__ import annotations

import pytest

from peritus.accounts.models import Role
from peritus.accounts.queries import engine
from peritus.delivery.frozen import freeze_view
from peritus.delivery.queries import files_seen_by
from peritus.delivery.verbs import deliver_invoice, deliver_lot
from tests.factories import accounts as people
from tests.unit.delivery import scene as scenes

pytestmark = pytest.mark.slow


@pytest.fixture
def delivered(certified):
    deliver_lot(certified.freeze.pk, by=certified.cast.manager, key="lot")
    deliver_invoice(scenes.billed(certified).pk, by=certified.cast.finance, key="bill")
    return certified


def names_seen_by(user) -> list[str]:
    return [name.rpartition(".")[2] + name[:3] for name in sorted(
        files_seen_by(user).values_list("name", flat=True)
    )]  # fmt: skip


@pytest.mark.parametrize("who", ["client", "manager", "lead"])
def test_files_seen_by_client_manager_and_lead_are_all(delivered, who):
    assert names_seen_by(getattr(delivered.cast, who)) == ["jsoninv", "pdfinv", "pdfrep"]


def test_files_seen_by_finance_are_invoices(delivered):
    assert names_seen_by(delivered.cast.finance) == ["jsoninv", "pdfinv"]


def test_files_seen_by_the_engine_are_all(delivered):
    assert len(names_seen_by(engine())) == 3


@pytest.mark.parametrize("role", [Role.CLIENT, Role.MANAGER, Role.QUALITY, Role.EXPERT])
def test_files_seen_by_strangers_are_none(delivered, role):
    house = people.organisation() if role == Role.CLIENT else people.provider()

    assert names_seen_by(people.member(role, organisation=house)) == []


def test_files_seen_by_an_expert_of_the_lot_are_none(delivered):
    assert names_seen_by(delivered.cast.judges[0].user) == []


def test_freeze_view_shows_each_decision_with_its_judgments(certified):
    view = freeze_view(certified.freeze)

    rules = [answer.rule for answer in view.answers]
    adjudicated = view.answers[rules.index("adjudicated")]
    assert (len(rules), rules.count("unanimous")) == (11, 10)
    assert [answer for _, answer, _ in adjudicated.judgments] == ["a", "b", "a"]
    assert adjudicated.judgments[2][0] == "Table of adjudication"
    assert {name[:7] for name, _, _ in adjudicated.judgments[:2]} == {"Expert "}
    assert view.claim == "At most 3 of 11 decisions differ from the auditor's (95 % confidence)."
    assert [answer.audited for answer in view.answers].count("agrees") == 8


def test_freeze_view_asks_the_database_no_more_for_more_items(certified, django_assert_num_queries):
    freeze = type(certified.freeze).objects.select_related(
        "engagement", "lot", "guideline_version"
    ).get(pk=certified.freeze.pk)  # fmt: skip

    with django_assert_num_queries(12):
        freeze_view(freeze)
