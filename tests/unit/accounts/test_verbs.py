import pytest

from peritus.accounts.errors import OrganisationNotOpened
from peritus.accounts.models import Membership, Organisation, Role, User
from peritus.accounts.queries import engine, roles_of
from peritus.accounts.verbs import (
    grant_role,
    register_organisation,
    register_person,
    replay_parked_event,
)
from peritus.journal.clock import now
from peritus.journal.errors import KeyUsedDifferently, NotAllowed
from peritus.journal.models import Event, ParkedEvent
from peritus.journal.pump import pump, subscribe
from tests.factories.accounts import member, organisation, user

pytestmark = pytest.mark.django_db


def test_register_organisation_registers_once_when_repeated():
    first = register_organisation("acme", "Acme", kind="client", by=engine(), key="k")
    again = register_organisation("acme", "Acme", kind="client", by=engine(), key="k")

    assert first == again
    assert Organisation.objects.count() == 1
    assert [event.kind for event in Event.objects.all()] == ["organisation.registered"]


def test_register_organisation_refuses_a_known_name():
    register_organisation("acme", "Acme", kind="client", by=engine(), key="k")

    with pytest.raises(OrganisationNotOpened, match="'acme' exists"):
        register_organisation("acme", "Other", kind="client", by=engine(), key="k2")


def test_register_organisation_refuses_the_same_key_for_another_act():
    register_organisation("acme", "Acme", kind="client", by=engine(), key="k")

    with pytest.raises(KeyUsedDifferently):
        register_organisation("brook", "Brook", kind="client", by=engine(), key="k")


@pytest.mark.parametrize("role", [Role.CLIENT, Role.EXPERT, Role.QUALITY, Role.FINANCE])
def test_register_person_is_not_allowed_to_others_than_managers(role):
    by = member(role)

    with pytest.raises(NotAllowed, match="manager"):
        register_person("eve", name="Eve", email="eve@x.test", by=by, key="k")

    assert not User.objects.filter(name="Eve").exists()


def test_register_person_cannot_sign_in_without_a_password():
    eve = register_person("eve", name="Eve", email="Eve@X.test", by=member(Role.MANAGER), key="k")

    assert (eve.email, eve.has_usable_password()) == ("eve@x.test", False)


def test_grant_role_gives_the_role_once_when_repeated_under_another_key():
    person, client = user(), organisation()

    for key in ("k1", "k2"):
        grant_role(person.pk, client.pk, Role.CLIENT, by=engine(), key=key)

    assert Membership.objects.filter(user=person).count() == 1
    assert roles_of(person) == {"client"}


def _parked() -> ParkedEvent:
    register_organisation("acme", "Acme", kind="client", by=engine(), key="k")
    pump()
    event = Event.objects.get()
    return ParkedEvent.objects.create(
        subscription="test.replays", event=event, error="ValueError: no", parked_at=now()
    )


def test_replay_parked_event_handles_it_once():
    handled = []
    subscribe("test.replays", to=("nothing.happens",))(lambda event: handled.append(event.pk))
    parked = _parked()

    for key in ("k1", "k2"):
        replay_parked_event(parked.pk, by=engine(), key=key)

    assert handled == [parked.event.pk]
    assert Event.objects.filter(kind="event.replayed").count() == 1


def test_replay_parked_event_is_not_allowed_to_experts():
    parked = _parked()

    with pytest.raises(NotAllowed, match="manager"):
        replay_parked_event(parked.pk, by=member(Role.EXPERT), key="k")

    parked.refresh_from_db()
    assert parked.replayed_at is None
