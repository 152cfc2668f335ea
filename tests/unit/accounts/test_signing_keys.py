import pytest
from click.testing import CliRunner

from peritus.accounts.errors import KeyNotRevocable
from peritus.accounts.verbs import revoke_signing_key, rotate_signing_key
from peritus.cli.main import main
from peritus.journal.errors import NotAllowed
from peritus.journal.keys import signer, standing_key
from peritus.journal.models import Event, SigningKey
from tests.factories.accounts import member

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(settings, tmp_path, monkeypatch):
    settings.HOME = tmp_path
    monkeypatch.delenv("PERITUS_SIGNING_KEY", raising=False)


@pytest.fixture
def manager():
    return member("manager")


def test_a_key_is_rotated_once_and_on_record(manager):
    first = signer().key

    made = rotate_signing_key(by=manager, key="k")

    assert made == rotate_signing_key(by=manager, key="k") == standing_key()
    assert made.predecessor == first
    event = Event.objects.get(kind="signing_key.made")
    assert (event.about_uid, event.data) == (made.uid, {"key": made.public})


def test_a_revoked_key_stands_no_more_and_its_reason_is_kept(manager):
    first = signer().key
    rotate_signing_key(by=manager, key="k")

    revoked = revoke_signing_key(first.fingerprint, because="A copy was lost.", by=manager, key="r")

    assert revoked == revoke_signing_key(
        first.fingerprint, because="A copy was lost.", by=manager, key="r"
    )
    assert (revoked.pk, revoked.revoked_because) == (first.pk, "A copy was lost.")
    assert standing_key() != first
    assert Event.objects.filter(kind="signing_key.revoked").count() == 1


@pytest.mark.parametrize(
    ("fingerprint", "because", "said"),
    [("ab" * 32, "Lost.", "No signing key"), ("", " ", "Write why")],
)
def test_a_key_that_is_not_there_is_not_revoked(manager, fingerprint, because, said):
    key = signer().key

    with pytest.raises(KeyNotRevocable, match=said):
        revoke_signing_key(fingerprint or key.fingerprint, because=because, by=manager, key="r")
    assert standing_key() == key


def test_a_key_is_revoked_only_once(manager):
    key = signer().key
    revoke_signing_key(key.fingerprint, because="Lost.", by=manager, key="r")

    with pytest.raises(KeyNotRevocable, match="was revoked"):
        revoke_signing_key(key.fingerprint, because="Lost.", by=manager, key="s")


def test_only_the_providers_manager_changes_keys():
    key = signer().key

    for person in (member("quality"), member("finance")):
        with pytest.raises(NotAllowed):
            rotate_signing_key(by=person, key="k")
        with pytest.raises(NotAllowed):
            revoke_signing_key(key.fingerprint, because="Lost.", by=person, key="r")
    assert list(SigningKey.objects.all()) == [key]


def test_keys_are_kept_at_the_command_line():
    first, run = signer().key, CliRunner()

    rotated = run.invoke(main, ["keys", "rotate"])
    revoked = run.invoke(main, ["keys", "revoke", first.fingerprint, "--because", "Lost."])
    listed = run.invoke(main, ["keys", "list"])
    unknown = run.invoke(main, ["keys", "revoke", "ab", "--because", "Lost."])

    assert "signs from now on" in rotated.output
    assert f"{first.fingerprint}  is revoked." in revoked.output
    one, two = listed.output.splitlines()
    assert one.startswith(first.fingerprint)
    assert one.endswith(": Lost.")
    assert two.endswith(f"vouched for by {first.fingerprint[:16]}")
    assert (unknown.exit_code, "No signing key 'ab'" in unknown.output) == (1, True)
