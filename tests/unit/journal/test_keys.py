import json
import stat
import zipfile

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from peritus.journal.clock import now
from peritus.journal.errors import KeyUnusable
from peritus.journal.keys import (
    change_key,
    endorsed_words,
    signer,
    standing_key,
)
from peritus.journal.models import SigningKey
from peritus.journal.signatures import fingerprint_of, is_signed

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def home(settings, tmp_path, monkeypatch):
    """An empty home, and no key in the environment."""
    settings.HOME = tmp_path
    monkeypatch.delenv("PERITUS_SIGNING_KEY", raising=False)
    return tmp_path / "keys"


def pem_of(private):
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def test_the_first_key_is_made_once_for_its_owner_only(home):
    first, again = signer(), signer()

    assert first.key == again.key == standing_key()
    [file] = home.iterdir()
    assert file.stem == first.key.fingerprint
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert fingerprint_of(bytes.fromhex(first.key.public)) == first.key.fingerprint


def test_what_is_signed_is_told_from_everything_else(home):
    signs = signer()
    signature = signs.sign(b"words")

    assert is_signed(b"words", signature, signs.key.public)
    assert not is_signed(b"other words", signature, signs.key.public)
    assert not is_signed(
        b"words", f"{int(signature[:2], 16) ^ 1:02x}{signature[2:]}", signs.key.public
    )
    assert not is_signed(b"words", "no hex", signs.key.public)
    assert not is_signed(b"words", signature, "ab")


def test_signatures_are_judged_as_by_every_wycheproof_vector(shared_data):
    with zipfile.ZipFile(shared_data / "oracles" / "wycheproof.zip") as archive:
        [name] = [each for each in archive.namelist() if each.endswith("ed25519_test.json")]
        groups = json.loads(archive.read(name))["testGroups"]

    wrong = [
        test["tcId"]
        for group in groups
        for test in group["tests"]
        if is_signed(bytes.fromhex(test["msg"]), test["sig"], group["publicKey"]["pk"])
        is not (test["result"] == "valid")
    ]

    assert sum(len(group["tests"]) for group in groups) > 80
    assert wrong == []


def test_a_key_from_the_environment_is_not_written_anywhere(home, monkeypatch):
    private = Ed25519PrivateKey.generate()
    monkeypatch.setenv("PERITUS_SIGNING_KEY", pem_of(private))

    assert is_signed(b"words", private.sign(b"words").hex(), signer().key.public)
    assert not home.exists()


def test_a_fresh_database_takes_the_key_that_is_there(home):
    before = signer().key.fingerprint
    SigningKey.objects.all().delete()

    assert signer().key.fingerprint == before
    assert len(list(home.iterdir())) == 1


def test_a_changed_key_is_vouched_for_by_the_one_before_it(home):
    old = signer().key

    new = change_key().key

    assert (standing_key(), new.predecessor) == (new, old)
    assert is_signed(endorsed_words(new), new.endorsement, old.public)
    assert signer().key == new


def test_after_a_revocation_nothing_signs_until_the_key_is_changed(home):
    key = signer().key
    key.revoked_at = now()
    key.save()

    with pytest.raises(KeyUnusable, match="Every signing key is revoked"):
        signer()
    new = change_key().key
    assert (new.predecessor, new.endorsement, signer().key) == (None, "", new)


def test_a_key_file_that_is_gone_is_asked_for(home):
    signer()
    next(home.iterdir()).unlink()

    with pytest.raises(KeyUnusable, match="bring its file back"):
        signer()


def test_a_key_file_that_others_may_read_is_not_used(home):
    signer()
    next(home.iterdir()).chmod(0o640)

    with pytest.raises(KeyUnusable, match="Others may read"):
        signer()


@pytest.mark.parametrize(
    ("pem", "said"),
    [
        ("no key", "no private key in PEM"),
        (pem_of(generate_private_key(SECP256R1())), "another kind of key"),
        (pem_of(Ed25519PrivateKey.generate()), "The private key at hand is"),
    ],
)
def test_a_key_that_is_another_or_none_is_not_used(home, monkeypatch, pem, said):
    signer()
    monkeypatch.setenv("PERITUS_SIGNING_KEY", pem)

    with pytest.raises(KeyUnusable, match=said):
        signer()


def test_a_key_is_not_changed_for_itself(home, monkeypatch):
    signer()
    [file] = home.iterdir()
    monkeypatch.setenv("PERITUS_SIGNING_KEY", file.read_text(encoding="ascii"))

    with pytest.raises(KeyUnusable, match="still holds the key that is to be replaced"):
        change_key()
    assert SigningKey.objects.count() == 1
