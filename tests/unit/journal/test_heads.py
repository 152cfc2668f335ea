import logging
from datetime import timedelta

import pytest
from django.db import connection

from peritus.journal import heads as heads_module
from peritus.journal.heads import fault_of_heads, heads_of, leaves_of, sign_due_heads, sign_head
from peritus.journal.keys import change_key
from peritus.journal.merkle import root_of
from peritus.journal.models import Event, SignedHead
from peritus.journal.pump import pump, seal_and_sign
from peritus.journal.signatures import is_signed
from peritus.journal.triggers import install_triggers
from tests.factories.accounts import user
from tests.factories.engagements import engagement
from tests.unit.journal.acts import note

pytestmark = pytest.mark.usefixtures("clock", "no_subscriptions")


@pytest.fixture(autouse=True)
def home(settings, tmp_path, monkeypatch):
    settings.HOME = tmp_path
    monkeypatch.delenv("PERITUS_SIGNING_KEY", raising=False)


@pytest.fixture
def scene(db):
    """An engagement whose first three events are sealed, and signed by the pump."""
    scene = engagement()
    scene.writer = user()
    write(scene, "abc")
    pump()
    return scene


def write(scene, letters):
    for letter in letters:
        note(scene.pk, letter, by=scene.writer, key=letter)


def altered(change):
    """Do what the triggers would refuse, as somebody with the database's files could."""
    with connection.cursor() as cursor:
        suffix = " ON journal_event" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER journal_event_no_update{suffix}")
    change()
    install_triggers()


def test_the_pump_signs_the_first_events_of_a_chain(scene):
    [head] = heads_of(scene.uid)

    assert (head.size, head.root) == (3, root_of(list(leaves_of(scene.uid))).hex())
    assert is_signed(head.body.encode(), head.signature, head.key.public)
    assert fault_of_heads(scene.uid) == ""


def test_a_chain_is_signed_again_once_its_head_is_old(scene, clock):
    write(scene, "d")
    pump()
    assert [head.size for head in heads_of(scene.uid)] == [3]

    clock.move_to(clock() + timedelta(minutes=11))
    write(scene, "e")
    pump()

    assert [head.size for head in heads_of(scene.uid)] == [3, 5]
    assert fault_of_heads(scene.uid) == ""


def test_a_chain_is_signed_again_once_it_has_grown_much(scene, monkeypatch):
    monkeypatch.setattr(heads_module, "EVERY_EVENTS", 2)
    write(scene, "de")

    pump()

    assert [head.size for head in heads_of(scene.uid)] == [3, 5]


def test_a_head_goes_on_from_the_one_before_and_says_the_same_as_all_events(scene):
    for letters in ("d", "efg", "hijklmno"):
        write(scene, letters)
        seal_and_sign(scene.uid)

    leaves = list(leaves_of(scene.uid))
    assert [(head.size, head.root) for head in heads_of(scene.uid)] == [
        (size, root_of(leaves[:size]).hex()) for size in (3, 4, 7, 15)
    ]


def test_nothing_new_is_signed_twice(scene):
    assert sign_head(scene.uid) == sign_head(scene.uid)
    assert SignedHead.objects.filter(engagement_uid=scene.uid).count() == 1


def test_an_empty_chain_has_no_head(db):
    assert sign_head(engagement().uid) is None
    sign_due_heads([engagement().uid])
    assert not SignedHead.objects.exists()


def test_heads_of_earlier_keys_stand_after_the_key_was_changed(scene):
    change_key()
    write(scene, "d")
    seal_and_sign(scene.uid)

    first, second = heads_of(scene.uid)
    assert first.key != second.key
    assert fault_of_heads(scene.uid) == ""


def test_a_rewritten_history_is_told_by_the_head_signed_before_it(scene):
    body = Event.objects.filter(engagement_uid=scene.uid).order_by("place").first().body
    altered(lambda: Event.objects.filter(body=body).update(body=body.replace('"a"', '"x"')))

    assert "the events that stand here are not those" in fault_of_heads(scene.uid)


def test_a_forged_head_is_told_by_its_signature(scene):
    [head] = heads_of(scene.uid)
    head.signature = "00" * 64
    head.save()
    assert fault_of_heads(scene.uid) == "Head of 3 events: its signature is not that of its key."

    head.root = "00" * 32
    head.save()
    assert "its columns differ from what was signed" in fault_of_heads(scene.uid)


def test_a_key_that_cannot_be_used_stops_no_sealing_and_is_logged(scene, tmp_path, caplog, clock):
    next((tmp_path / "keys").iterdir()).unlink()
    clock.move_to(clock() + timedelta(minutes=11))
    write(scene, "d")

    with caplog.at_level(logging.WARNING):
        pump()

    assert not Event.objects.filter(place=None).exists()
    assert "No tree head was signed. The signing key" in caplog.text
