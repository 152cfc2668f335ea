import pytest
from django.db import connection

from peritus.journal.chain import chains, verify_chain
from peritus.journal.models import Event
from peritus.journal.pump import GENESIS, pump
from peritus.journal.triggers import install_triggers
from tests.factories.accounts import organisation, user
from tests.factories.engagements import engagement
from tests.unit.journal.acts import note, rename

pytestmark = pytest.mark.usefixtures("clock", "no_subscriptions")


@pytest.fixture
def there():
    """An engagement with three sealed events and one that waits."""
    scene, actor = engagement(), user()
    for text in ("a", "b", "c"):
        note(scene.pk, text, by=actor, key=text)
    pump()
    note(scene.pk, "d", by=actor, key="d")
    return scene


@pytest.fixture
def no_triggers():
    """The database as somebody with its files could alter it."""
    with connection.cursor() as cursor:
        for name in ("journal_event_no_update", "journal_event_no_delete"):
            suffix = " ON journal_event" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER {name}{suffix}")
    yield
    install_triggers()


def test_verify_chain_finds_nothing_in_an_untouched_one(there):
    report = verify_chain(there.uid)

    assert (report.sealed, report.unsealed, report.fault) == (3, 1, "")
    assert report.head == Event.objects.get(place=3).hash


def test_verify_chain_of_nothing_is_empty(db):
    report = verify_chain(None)

    assert (report.sealed, report.head, report.fault) == (0, GENESIS, "")


def test_chains_are_those_of_engagements_and_the_installation(there):
    rename(organisation().pk, "New", by=user(), key="k")

    assert set(chains()) == {None, there.uid}


@pytest.mark.parametrize("column", ["kind", "verb", "key", "arguments", "about_type"])
def test_verify_chain_names_an_altered_column(there, no_triggers, column):
    Event.objects.filter(place=2).update(**{column: "other"})

    report = verify_chain(there.uid)

    assert report.sealed == 1
    assert report.fault.startswith("Event at place 2 (")
    assert "was altered" in report.fault


def test_verify_chain_finds_an_altered_body(there, no_triggers):
    event = Event.objects.get(place=2)
    Event.objects.filter(pk=event.pk).update(body=event.body.replace('"t":"b"', '"t":"x"'))

    report = verify_chain(there.uid)

    assert (report.sealed, report.fault[:32]) == (1, "Event at place 2 (note.taken): i")


def test_verify_chain_finds_a_removed_event(there, no_triggers):
    Event.objects.filter(place=2).delete()

    report = verify_chain(there.uid)

    assert (report.sealed, report.fault[:19]) == (1, "Event at place 3 (n")


def test_verify_chain_finds_moved_events(there, no_triggers):
    Event.objects.filter(place=2).update(place=9)

    report = verify_chain(there.uid)

    assert (report.sealed, report.fault[:16]) == (1, "Event at place 3")
