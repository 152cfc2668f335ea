"""Personal data stays outside the chain: committed to, checked, and forgotten."""

import json
from hashlib import sha256

import pytest

from peritus.accounts.models import User
from peritus.accounts.verbs import register_person
from peritus.journal.canonical import canonical
from peritus.journal.chain import verify_chain
from peritus.journal.errors import KeyUsedDifferently
from peritus.journal.models import Event, Salt
from peritus.journal.personal import changed_since_said, forget
from peritus.journal.pump import pump
from tests.factories import accounts

pytestmark = pytest.mark.django_db


@pytest.fixture
def by():
    return accounts.member("manager")


def registered(by, *, name="Ada Quill", email="Ada@Quill.example", key="k"):
    return register_person("p-1", name=name, email=email, by=by, key=key)


def test_the_event_commits_to_personal_data_and_holds_none(by):
    person = registered(by)

    event = Event.objects.get()
    salt = bytes.fromhex(event.salt.salt)
    said = {"email": "ada@quill.example", "name": "Ada Quill"}
    assert len(salt) == 32
    assert event.data["personal"] == {
        "commitment": sha256(salt + canonical(said)).hexdigest(), "fields": ["email", "name"],
    }  # fmt: skip
    assert "quill" not in event.body.lower()
    assert changed_since_said(event.salt, person) == []


def test_no_hash_of_an_event_can_be_guessed_from_the_name(by):
    """What is hashed twice with different salts differs: a list of names opens nothing."""
    registered(by)
    first = Event.objects.get()
    register_person("p-2", name="Ada Quill", email="other@quill.example", by=by, key="k2")

    second = Event.objects.exclude(pk=first.pk).get()
    plain = {"handle": "p-1", "name": "Ada Quill", "email": "Ada@Quill.example"}
    guessed = sha256(canonical(plain)).hexdigest()
    assert guessed not in first.body
    assert first.data["personal"]["commitment"] != second.data["personal"]["commitment"]
    assert first.arguments != second.arguments


def test_a_repeat_is_known_under_the_salt_and_other_data_are_refused(by):
    assert registered(by) == registered(by)
    assert (Event.objects.count(), Salt.objects.count()) == (1, 1)

    with pytest.raises(KeyUsedDifferently):
        registered(by, name="Eve Quill")


def test_a_changed_row_is_found(by):
    person = registered(by)

    person.name = "Eve Quill"

    assert changed_since_said(Salt.objects.get(), person) == ["email", "name"]


def test_forgetting_leaves_the_chain_whole_and_a_repeat_safe(by):
    person = registered(by)
    pump(until_idle=True)
    before = json.dumps([event.hash for event in Event.objects.all()])

    assert forget([person.uid]) == 1

    speaking = Event.objects.filter(body__contains='"personal":{"commitment"')
    assert speaking.filter(salt=None).count() == 1
    assert json.dumps([event.hash for event in Event.objects.all()]) == before
    assert verify_chain(None).fault == ""
    assert registered(by, name="Somebody else") == person
    assert User.objects.filter(name="Somebody else").count() == 0
