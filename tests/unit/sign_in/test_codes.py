"""One-time codes against the standard's own vectors; recovery codes."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis.strategies import integers

from peritus.sign_in.codes import (
    code_at,
    new_recovery_codes,
    new_secret,
    recovery_digest,
    scanned_address,
    step_of,
    typed_key,
)
from tests.factories.sign_in import SECRET

# RFC 6238, appendix B, SHA-1: eight digits, of which six are the last six.
VECTORS = [
    (59, "94287082"), (1111111109, "07081804"), (1111111111, "14050471"),
    (1234567890, "89005924"), (2000000000, "69279037"), (20000000000, "65353130"),
]  # fmt: skip


@pytest.mark.parametrize(("seconds", "eight"), VECTORS)
def test_code_at_agrees_with_rfc_6238(seconds, eight):
    assert code_at(SECRET, seconds // 30) == eight[-6:]


@given(integers(10**9, 4 * 10**9), integers(-3, 3))
def test_step_of_takes_codes_of_one_step_before_and_after(seconds, away):
    here = seconds // 30
    at = datetime.fromtimestamp(seconds, UTC)
    near = {step: code_at(SECRET, step) for step in range(here - 1, here + 2)}

    found = step_of(SECRET, code_at(SECRET, here + away), at)

    fitting = [step for step, code in near.items() if code == code_at(SECRET, here + away)]
    assert found == max(fitting, default=None)
    assert (found is not None) or abs(away) > 1


@pytest.mark.parametrize("text", ["", "12345", "1234567", "abcdef", "１２３４５６", "é"])
def test_step_of_takes_no_other_text(text):
    assert step_of(SECRET, text, datetime(2026, 3, 10, tzinfo=UTC)) is None


def test_address_of_says_what_apps_read():
    address = urlsplit(scanned_address(SECRET, "ada@quill.example"))

    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert address.path == "/Peritus:ada%40quill.example"
    assert parse_qs(address.query) == {
        "secret": ["GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"], "issuer": ["Peritus"],
        "algorithm": ["SHA1"], "digits": ["6"], "period": ["30"],
    }  # fmt: skip


def test_typed_key_is_the_secret_in_groups_of_four():
    assert typed_key(SECRET) == "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"


def test_secrets_and_recovery_codes_are_new_each_time():
    assert len({new_secret() for _ in range(50)}) == 50
    assert len({code for _ in range(20) for code in new_recovery_codes()}) == 200


def test_recovery_digest_reads_a_code_however_it_is_typed():
    assert recovery_digest("ABCD efgh-jkmn pqrs") == recovery_digest("abcd-efgh-jkmn-pqrs")
    assert recovery_digest("abcd-efgh-jkmn-pqrt") != recovery_digest("abcd-efgh-jkmn-pqrs")
