import json
from datetime import UTC, datetime

import pytest
from django.db import connection

import peritus
from peritus.journal.acts import in_transaction, record
from peritus.journal.canonical import canonical, digest
from peritus.journal.errors import KeyUsedDifferently, NotAnAct, PeritusError
from peritus.journal.models import Event
from tests.factories.accounts import organisation, uid, user
from tests.factories.engagements import engagement
from tests.unit.journal.acts import note, rename, rename_then_fail, rename_then_refuse


def test_verb_changes_and_records_one_event(clock):
    client, actor = organisation(), user()

    rename(client.pk, "New", by=actor, key="k")

    event = Event.objects.get()
    client.refresh_from_db()
    assert client.name == "New"
    assert (event.kind, event.verb, event.actor, event.key) == (
        "organisation.renamed",
        "rename",
        actor.uid,
        "k",
    )
    assert (event.about_type, event.about_uid) == ("accounts.organisation", client.uid)
    assert event.at == datetime(2026, 3, 10, 12, 0, 1, tzinfo=UTC)
    assert (event.place, event.hash) == (None, "")


def test_record_says_in_the_body_what_the_columns_say(clock):
    there, actor, subject = engagement(), user(), uid()

    note(there.pk, "text", subject=subject, by=actor, key="k")

    event = Event.objects.get()
    said = {
        "about": {"type": "engagements.engagement", "uid": str(there.uid)},
        "actor": str(actor.uid),
        "arguments": digest({"engagement_id": there.pk, "text": "text", "subject": subject}),
        "at": "2026-03-10T12:00:01+00:00",
        "data": {"t": "text"},
        "engagement": str(there.uid),
        "key": "k",
        "kind": "note.taken",
        "program": peritus.__version__,
        "subject": str(subject),
        "verb": "note",
    }
    assert json.loads(event.body) == said
    assert event.body == canonical(said).decode()
    assert (event.engagement_uid, event.organisation_id) == (there.uid, there.organisation_id)


def test_verb_returns_its_first_result_when_repeated(clock):
    client, actor = organisation(), user()
    rename(client.pk, "New", by=actor, key="k")

    again = rename(client.pk, "New", by=actor, key="k")

    assert again == client
    assert Event.objects.count() == 1


def test_verb_refuses_a_key_that_stands_for_other_arguments(clock):
    client, actor = organisation(), user()
    rename(client.pk, "New", by=actor, key="k")

    with pytest.raises(KeyUsedDifferently, match="Key 'k' already stands for rename with other"):
        rename(client.pk, "Other", by=actor, key="k")

    client.refresh_from_db()
    assert client.name == "New"


def test_verb_takes_the_same_arguments_positional_or_named_as_the_same(clock):
    client, actor = organisation(), user()
    rename(client.pk, "New", by=actor, key="k")

    again = rename(organisation_id=client.pk, name="New", by=actor, key="k")

    assert again == client
    assert Event.objects.count() == 1


def test_verb_lets_two_actors_use_the_same_key(clock):
    client = organisation()

    rename(client.pk, "New", by=user(), key="k")
    rename(client.pk, "Newer", by=user(), key="k")

    assert Event.objects.count() == 2


def test_verb_undoes_everything_when_it_fails(clock):
    client = organisation(name="Old")

    with pytest.raises(ValueError, match="after the change"):
        rename_then_fail(client.pk, by=user(), key="k")

    client.refresh_from_db()
    assert (client.name, Event.objects.count()) == ("Old", 0)


def test_verb_inside_a_verb_is_its_own_act_and_gives_the_act_back(clock):
    client = organisation()
    with pytest.raises(ValueError, match="after the change"):
        rename_then_fail(client.pk, by=user(), key="k")

    with pytest.raises(NotAnAct):
        record("organisation.renamed", about=client)


def test_record_is_refused_outside_a_verb(db):
    with pytest.raises(NotAnAct, match=r"organisation\.renamed was recorded outside a verb"):
        record("organisation.renamed", about=organisation())

    assert Event.objects.count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite has a busy time-out")
def test_in_transaction_waits_by_itself_and_leaves_readers_their_waiting():
    def waiting():
        with connection.cursor() as cursor:
            return cursor.execute("PRAGMA busy_timeout").fetchone()[0]

    before = waiting()
    inside = in_transaction(waiting)

    assert (before, inside, waiting()) == (20_000, 0, 20_000)


def test_a_refusal_with_a_fact_is_recorded_and_nothing_else_of_its_act(clock):
    client, there, actor = organisation(), engagement(), user()
    name = client.name

    for _ in range(2):
        with pytest.raises(PeritusError, match="not now"):
            rename_then_refuse(client.pk, there.pk, by=actor, key="k")

    client.refresh_from_db()
    assert client.name == name
    first, second = Event.objects.order_by("id")
    assert (first.kind, first.verb, first.data) == (
        "note.refused", "rename_then_refuse", {"why": "x"},
    )  # fmt: skip
    assert (first.about_uid, first.engagement_uid) == (client.uid, there.uid)
    assert first.key.endswith(":1")
    assert second.key.endswith(":2")
    assert first.key[:-1] == second.key[:-1] != "k"
