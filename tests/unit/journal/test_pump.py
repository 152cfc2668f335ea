import hashlib
from itertools import pairwise

import pytest

from peritus.accounts.models import Organisation
from peritus.journal import pump as pump_module
from peritus.journal.models import Cursor, Event, ParkedEvent
from peritus.journal.pump import GENESIS, pump, replay_parked, subscribe, subscriptions
from tests.factories.accounts import organisation, uid, user
from tests.factories.engagements import engagement
from tests.unit.journal.acts import note, rename

pytestmark = pytest.mark.usefixtures("clock", "no_subscriptions")


def take_notes(there, *texts, subject=None):
    actor = user()
    for text in texts:
        note(there.pk, text, subject=subject, by=actor, key=text)


def heard(kinds=("note.taken",), **options):
    """Subscribe a handler and return the list of places that it handles."""
    places = []
    subscribe("test.hear", to=kinds, **options)(lambda event: places.append(event.place))
    return places


def test_pump_gives_places_in_the_order_of_ids():
    take_notes(engagement(), "a", "b", "c")

    assert pump() == 3
    assert list(Event.objects.order_by("id").values_list("place", flat=True)) == [1, 2, 3]


def test_pump_chains_the_hashes_of_each_engagement_by_itself():
    one, two = engagement(), engagement()
    take_notes(one, "a")
    take_notes(two, "b")
    take_notes(one, "c")

    pump()

    a, b, c = Event.objects.order_by("place")
    follow = lambda head, body: hashlib.sha256(bytes.fromhex(head) + body.encode()).hexdigest()  # noqa: E731
    assert a.hash == follow(GENESIS, a.body)
    assert b.hash == follow(GENESIS, b.body)
    assert c.hash == follow(a.hash, c.body)


def test_pump_goes_on_from_the_last_hash_in_a_later_batch(monkeypatch):
    monkeypatch.setattr(pump_module, "SEAL_BATCH", 2)
    take_notes(engagement(), "a", "b", "c", "d", "e")

    assert pump() == 5

    events = list(Event.objects.order_by("place"))
    for before, after in pairwise(events):
        assert after.hash == pump_module.next_hash(before.hash, after.body)


def test_pump_hands_each_event_over_once():
    places = heard()
    there = engagement()
    take_notes(there, "a", "b")

    pump(until_idle=True)
    pump(until_idle=True)

    assert places == [1, 2]
    assert Cursor.objects.get().place == 2


def test_pump_hands_over_only_the_kinds_subscribed_to():
    places = heard(kinds=["organisation.renamed"])
    take_notes(engagement(), "a")
    rename(organisation().pk, "New", by=user(), key="k")

    pump(until_idle=True)

    assert places == [2]


def test_pump_until_idle_also_hands_over_what_reactions_record():
    there, actor = engagement(), user()
    places = heard(kinds=["organisation.renamed"])

    @subscribe("test.react", to=["note.taken"])
    def react(event):
        rename(there.organisation_id, "By reaction", by=actor, key=f"react:{event.pk}")

    take_notes(there, "a")

    assert pump(until_idle=True) == 4  # two sealed, two handed over
    assert places == [2]


def test_pump_keeps_the_order_in_which_was_subscribed():
    order = []
    subscribe("test.second", to=["note.taken"])(lambda _event: order.append("second"))
    subscribe("test.first", to=["note.taken"])(lambda _event: order.append("first"))
    take_notes(engagement(), "a")

    pump(until_idle=True)

    assert order == ["second", "first"]
    assert [each.name for each in subscriptions()] == ["test.second", "test.first"]


def test_pump_hands_over_only_the_last_event_of_a_subject_when_coalesced():
    places, there = heard(coalesced=True), engagement()
    take_notes(there, "a1", "a2", subject=uid())
    take_notes(there, "none")
    subject = uid()
    take_notes(there, "b1", "b2", "b3", subject=subject)

    pump(until_idle=True)

    assert places == [2, 3, 6]
    assert Cursor.objects.get().place == 6


def test_pump_hands_over_every_event_of_a_subject_when_not_coalesced():
    places = heard()
    take_notes(engagement(), "a", "b", subject=uid())

    pump(until_idle=True)

    assert places == [1, 2]


def test_pump_hands_over_the_last_event_of_each_bundle_of_a_batch_when_gathered():
    places, there = heard(("organisation.renamed",), gathered="name"), organisation()
    for number, name in enumerate("abaab"):
        rename(there.pk, name, by=user(), key=f"k{number}")

    pump(until_idle=True)

    assert places == [4, 5]
    assert Cursor.objects.get().place == 5


def test_pump_hands_over_every_event_that_names_no_bundle():
    places = heard(gathered="lot")
    take_notes(engagement(), "a", "b")

    pump(until_idle=True)

    assert places == [1, 2]


def failing(client, times):
    """Subscribe a handler that changes the client and fails at place 1, that many times."""
    tried = []

    @subscribe("test.fail", to=["note.taken"])
    def handle(event):
        tried.append(event.place)
        Organisation.objects.filter(pk=client.pk).update(name=f"Handled {event.place}")
        if event.place == 1 and tried.count(1) <= times:
            raise ValueError("this event")

    return tried


def test_pump_undoes_what_a_failing_handler_did_and_does_not_move_on():
    there, client = engagement(), organisation(name="Old")
    tried = failing(client, times=1)
    take_notes(there, "a", "b")

    pump()
    client.refresh_from_db()

    cursor = Cursor.objects.get()
    assert (client.name, tried) == ("Old", [1])
    assert (cursor.place, cursor.failures) == (0, 1)


def test_pump_tries_a_failed_event_again_and_goes_on():
    client = organisation()
    tried = failing(client, times=2)
    take_notes(engagement(), "a", "b")

    for _ in range(3):
        pump()

    cursor = Cursor.objects.get()
    assert tried == [1, 1, 1, 2]
    assert (cursor.place, cursor.failures, ParkedEvent.objects.count()) == (2, 0, 0)


def test_pump_parks_an_event_at_its_third_failure_and_the_rest_goes_on():
    client = organisation()
    tried = failing(client, times=3)
    take_notes(engagement(), "a", "b")

    for _ in range(3):
        pump()
    client.refresh_from_db()

    parked = ParkedEvent.objects.get()
    assert tried == [1, 1, 1, 2]
    assert (parked.subscription, parked.event.place) == ("test.fail", 1)
    assert parked.error.endswith("ValueError: this event\n")
    assert client.name == "Handled 2"


def test_pump_until_idle_leaves_no_event_waiting_also_when_one_fails():
    tried = failing(organisation(), times=3)
    take_notes(engagement(), "a", "b")

    pump(until_idle=True)

    assert tried == [1, 1, 1, 2]
    assert ParkedEvent.objects.count() == 1


def test_pump_lets_other_subscriptions_go_on_when_one_fails():
    failing(organisation(), times=1)
    places = heard()
    take_notes(engagement(), "a", "b")

    pump()

    assert places == [1, 2]


def test_replay_parked_handles_the_event_once():
    client = organisation()
    tried = failing(client, times=3)
    take_notes(engagement(), "a")
    for _ in range(3):
        pump()

    replay_parked(ParkedEvent.objects.get().pk)
    parked = replay_parked(ParkedEvent.objects.get().pk)
    client.refresh_from_db()

    assert tried == [1, 1, 1, 1]
    assert parked.replayed_at is not None
    assert client.name == "Handled 1"


def test_replay_parked_stays_parked_when_it_fails_again():
    failing(organisation(), times=9)
    take_notes(engagement(), "a")
    for _ in range(3):
        pump()

    with pytest.raises(ValueError, match="this event"):
        replay_parked(ParkedEvent.objects.get().pk)

    assert ParkedEvent.objects.get().replayed_at is None
