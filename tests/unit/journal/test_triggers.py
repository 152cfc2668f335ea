import pytest
from django.db import DatabaseError, transaction
from django.db.models import F

from peritus.journal.models import Event
from peritus.journal.pump import pump
from peritus.journal.triggers import EXPECTED, installed_triggers
from tests.factories.accounts import organisation, user
from tests.unit.journal.acts import rename

pytestmark = pytest.mark.django_db


@pytest.fixture
def event(clock, no_subscriptions):
    rename(organisation().pk, "New", by=user(), key="k")
    return Event.objects.get()


@pytest.fixture
def sealed(event):
    pump()
    event.refresh_from_db()
    return event


FIELDS = {
    "organisation_id": 7,
    "engagement_uid": "00000000-0000-0000-0000-000000000001",
    "kind": "other",
    "verb": "other",
    "actor": "00000000-0000-0000-0000-000000000001",
    "key": "other",
    "arguments": "other",
    "about_type": "other",
    "about_uid": "00000000-0000-0000-0000-000000000001",
    "subject": "00000000-0000-0000-0000-000000000001",
    "at": "2020-01-01T00:00:00Z",
    "body": "{}",
}


def refused(change):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        change()


@pytest.mark.parametrize("field", FIELDS)
def test_database_refuses_to_change_an_event(event, field):
    refused(lambda: Event.objects.filter(pk=event.pk).update(**{field: FIELDS[field]}))


def test_every_column_but_the_seal_is_held():
    columns = {field.name for field in Event._meta.fields}

    assert columns - set(FIELDS) == {"id", "place", "hash"}


def test_database_refuses_to_move_the_id_of_an_event(event):
    refused(lambda: Event.objects.filter(pk=event.pk).update(id=F("id") + 1))


def test_database_refuses_to_change_a_seal(sealed):
    refused(lambda: Event.objects.filter(pk=sealed.pk).update(hash="0" * 64))
    refused(lambda: Event.objects.filter(pk=sealed.pk).update(place=None, hash=""))


def test_database_refuses_to_delete_an_event(event):
    refused(Event.objects.filter(pk=event.pk).delete)

    assert Event.objects.count() == 1


def test_installed_triggers_are_the_expected_ones():
    assert installed_triggers() == EXPECTED
