import json
from datetime import UTC, datetime

import pytest

from peritus.accounts.models import Organisation, Role
from peritus.algorithms.economics import CostModel
from peritus.journal.clock import clock_set_to
from peritus.journal.errors import KeyUsedDifferently, NotAllowed
from peritus.journal.models import Event
from peritus.screening.errors import ProcessNotScreened
from peritus.screening.models import Screening
from peritus.screening.queries import screenings_seen_by
from peritus.screening.verbs import screen_process
from tests.factories.accounts import member, membership, organisation, provider

ANSWERS = {
    "volume": 2,
    "judgement": 3,
    "codifiable": 2,
    "licence_needed": 2,
    "error_cost": 4,
    "sensitivity": 1,
}


@pytest.fixture
def at(db):
    time = datetime(2026, 3, 10, 12, tzinfo=UTC)
    with clock_set_to(lambda: time):
        yield time


@pytest.fixture
def client_user(at):
    return membership(role=Role.CLIENT).user


def own(person):
    return person.memberships.get().organisation


def screen(person, answers=ANSWERS, *, process="Licence pairs", key="k", **more):
    return screen_process(own(person).pk, process, answers, by=person, key=key, **more)


def test_screen_process_keeps_answers_advice_reasons_and_saving(client_user, at):
    found = screen(client_user)
    found.refresh_from_db()

    assert (found.advice, found.answers, found.would_flip) == ("kpo", ANSWERS, [])
    assert [code for code, _ in found.reasons] == list(ANSWERS)
    assert found.because.startswith("Giving it out as knowledge work has 6 points")
    assert found.saving_low < found.saving < found.saving_high
    assert (found.asked_by, found.asked_at) == (client_user, at)
    assert (found.costs_assumed, found.costs["volume"]) == (True, 600)


def test_screen_process_takes_the_costs_that_are_stated(client_user):
    costs = CostModel(volume=466, in_house_unit_cost=8.0, outside_unit_cost=6.5)

    found = screen(client_user, costs=costs)

    assert (found.costs_assumed, found.costs["in_house_unit_cost"]) == (False, 8.0)
    assert (found.saving, found.saving_low, found.saving_high) == (699.0, 699.0, 699.0)


def test_screen_process_records_the_advice(client_user):
    screen(client_user)

    event = Event.objects.get()
    assert event.kind == "process.screened"
    assert json.loads(event.body)["data"] == {
        "advice": "kpo",
        "organisation": str(own(client_user).uid),
    }


def test_screen_process_screens_once_when_repeated(client_user):
    first, again = screen(client_user), screen(client_user)

    assert first == again
    assert (Screening.objects.count(), Event.objects.count()) == (1, 1)


def test_screen_process_refuses_the_same_key_for_other_answers(client_user):
    screen(client_user)

    with pytest.raises(KeyUsedDifferently):
        screen(client_user, ANSWERS | {"volume": 3})

    assert Screening.objects.count() == 1


def test_screen_process_may_be_asked_again_later(client_user):
    first, second = screen(client_user, key="1"), screen(client_user, key="2")

    assert first.uid != second.uid
    assert list(screenings_seen_by(client_user)) == [second, first]


def test_screen_process_may_be_done_by_a_manager_of_the_provider(at):
    client, manager = organisation(), member(Role.MANAGER)

    found = screen_process(client.pk, "Licence pairs", ANSWERS, by=manager, key="k")

    assert (found.organisation, found.asked_by) == (client, manager)
    assert list(screenings_seen_by(manager)) == [found]


def test_screen_process_does_not_find_another_client(client_user):
    screen(client_user)
    other = membership(role=Role.CLIENT).user

    with pytest.raises(Organisation.DoesNotExist):
        screen_process(own(client_user).pk, "Licence pairs", ANSWERS, by=other, key="k")

    assert list(screenings_seen_by(other)) == []


def test_screen_process_is_refused_to_an_expert(client_user):
    screen(client_user)
    expert = membership(organisation=provider(), role=Role.EXPERT).user

    with pytest.raises(NotAllowed, match="The client or a manager of the provider"):
        screen(expert)

    assert list(screenings_seen_by(expert)) == []


def test_screen_process_lists_all_that_is_missing(client_user):
    with pytest.raises(ProcessNotScreened) as no:
        screen(client_user, {**ANSWERS, "volume": 9}, process=" ")

    assert no.value.blockers == [
        "volume is answered by a step from 0 to 4; 9 came.",
        "Name the process in 1 to 200 characters; 1 came.",
    ]
    assert (Screening.objects.count(), Event.objects.count()) == (0, 0)
