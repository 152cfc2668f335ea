"""A certificate in one signed line: what it says, and every change of it refused."""

import json
import subprocess
import sys
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from peritus.cli.main import main
from peritus.delivery.evidence import verify_evidence
from peritus.delivery.statements import LONGEST_TEXT, opened_statement, statement_of
from peritus.journal.keys import standing_key
from tests.factories import quality

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed():
    return quality.certificate()


def raw(part):
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def written(part):
    return urlsafe_b64encode(part).decode().rstrip("=")


def packed(body, signature=b"", key=None):
    """Write a text as ours are, signed by a key or with a signature from elsewhere."""
    signed = f"PERITUS1.{written(zlib.compress(body))}"
    return f"{signed}.{written(key.sign(signed.encode()) if key else signature)}"


def test_a_statement_says_what_the_certificate_does(signed):
    opened = opened_statement(statement_of(signed))

    assert opened.fault == ""
    assert opened.said["number"] == signed.number
    assert opened.said["freeze"] == signed.freeze.digest
    assert opened.said["lot"] == signed.freeze.lot.title
    assert (opened.said["audited"], opened.said["differing"]) == (signed.audited, signed.differing)
    assert f"{signed.claimed_errors} of {signed.freeze.population}" in opened.said["claim"]
    assert opened.fingerprint == standing_key().fingerprint


def test_it_is_checked_with_what_everybody_has(signed):
    """Base64, deflate, JSON and Ed25519, none of it ours."""
    text = statement_of(signed)
    start, body, signature = text.split(".")

    said = zlib.decompress(raw(body))
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(json.loads(said)["key"]))

    assert start == "PERITUS1"
    public.verify(raw(signature), f"{start}.{body}".encode())


def test_it_fits_a_code_that_a_telephone_reads_from_paper(signed):
    assert len(statement_of(signed)) < 900


def test_every_changed_character_is_refused(signed):
    text = statement_of(signed)

    for place in range(len(text)):
        other = "A" if text[place] != "A" else "B"
        opened = opened_statement(text[:place] + other + text[place + 1 :])
        assert opened.fault, f"character {place}"
        assert opened.said == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [("differing", 7), ("number", "C-9"), ("claim", "Nothing differs."), ("freeze", "0" * 64)],
)
def test_another_word_signed_by_nobody_is_refused(signed, name, value):
    _, body, signature = statement_of(signed).split(".")
    said = json.loads(zlib.decompress(raw(body))) | {name: value}

    opened = opened_statement(
        packed(json.dumps(said, sort_keys=True, separators=(",", ":")).encode(), raw(signature))
    )

    assert opened.fault == "The signature is not over this text: somebody changed it."


def test_the_same_words_deflated_in_another_way_are_refused(signed):
    """Bits at the end of a deflated block mean nothing; the signature covers them too."""
    _, body, signature = statement_of(signed).split(".")
    words = zlib.decompress(raw(body))

    again = f"PERITUS1.{written(zlib.compress(words, 1))}.{signature}"

    assert opened_statement(again).fault == (
        "The signature is not over this text: somebody changed it."
    )


def test_another_key_gives_another_fingerprint(signed):
    """A forger may sign with a key of their own: its fingerprint tells."""
    forger = Ed25519PrivateKey.generate()
    said = opened_statement(statement_of(signed)).said
    said["key"] = forger.public_key().public_bytes_raw().hex()
    body = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()

    opened = opened_statement(packed(body, key=forger))

    assert opened.fault == ""
    assert opened.fingerprint != standing_key().fingerprint


@pytest.mark.parametrize(
    "text",
    ["", "PERITUS1", "PERITUS1..", "PERITUS1.a.b", "PERITUS2.a.b", "x" * (LONGEST_TEXT + 1),
     "PERITUS1.eNo.eNo", "PERITUS1.%%%.***", "PERITUS1.a.b.c", "\x00.\x00.\x00"],
)  # fmt: skip
def test_what_is_no_statement_says_so(text):
    opened = opened_statement(text)

    assert opened.said == {}
    assert opened.fault


def test_a_short_text_of_a_long_one_is_refused_unread():
    bomb = packed(b"[" + b"0," * 4_000_000 + b"0]", b"x" * 64)

    assert opened_statement(bomb).fault


def test_deep_json_is_refused(signed):
    assert opened_statement(packed(b"[" * 3000 + b"]" * 3000, b"x" * 64)).fault


def foreign(*arguments):
    """Run the stand-alone verifier as an auditor does; return its exit code and what it prints."""
    file = Path(verify_evidence.__file__)
    command = [sys.executable, "-I", str(file), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout


def test_the_stand_alone_verifier_reads_the_same(signed):
    text = statement_of(signed)
    key = standing_key().fingerprint

    code, printed = foreign(text, "--key", key)

    assert code == 0
    for name, value in opened_statement(text).said.items():
        assert f"{name}: {value}" in printed


def test_the_stand_alone_verifier_refuses_a_change_and_another_key(signed):
    text = statement_of(signed)
    other = "A" if text[200] != "A" else "B"

    assert foreign(text[:200] + other + text[201:])[0] == 1
    code, printed = foreign(text, "--key", "0" * 64)
    assert code == 1
    assert "not by the one that you named" in printed


@pytest.mark.parametrize("changed", [False, True])
def test_the_command_reads_it_offline(signed, changed):
    text = statement_of(signed)

    found = CliRunner().invoke(main, ["statement", text[:-9] + "A" * 9 if changed else text])

    assert found.exit_code == changed
    assert (signed.number in found.output) != changed
