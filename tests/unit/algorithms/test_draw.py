"""The audit's draw, against a verifier who knows only SHA-256."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peritus.algorithms.draw import audit_order, audit_seed

DIGEST = hashlib.sha256(b"a freeze").hexdigest()
SEED = bytes(range(32))


def test_audit_seed_is_the_hash_of_digest_and_nonce():
    seed = audit_seed(DIGEST, b"\x00nonce")

    assert seed == hashlib.sha256(hashlib.sha256(b"a freeze").digest() + b"\x00nonce").digest()


def test_audit_seed_takes_text_as_utf_8_and_either_case_of_hex():
    assert audit_seed(DIGEST.upper(), "né") == audit_seed(DIGEST, b"n\xc3\xa9")


def test_audit_seed_agrees_with_a_known_answer():
    # (printf '\\0%.0s' $(seq 32); printf abc) | sha256sum
    assert audit_seed("0" * 64, "abc").hex() == (
        "365aa7d8f7f9402c4b9434502b4cc89ddb09fe50d7cd95b493b834c62d5a5370"
    )


@pytest.mark.parametrize("digest", ["", "ab", "g" * 64, DIGEST + "00", "ab " * 21 + "a", " " * 64])
def test_audit_seed_refuses_what_is_no_sha_256_digest(digest):
    with pytest.raises(ValueError, match="freeze_digest must be 64 hex digits"):
        audit_seed(digest, b"n")


@pytest.mark.parametrize("nonce", ["", b""])
def test_audit_seed_refuses_an_empty_nonce(nonce):
    with pytest.raises(ValueError, match="nonce is empty"):
        audit_seed(DIGEST, nonce)


@given(st.lists(st.text("aZ0-é漢🙂", max_size=6), unique=True, max_size=30))
@settings(max_examples=50, deadline=None)
def test_audit_order_is_what_a_foreign_verifier_sorts(item_ids):
    order = audit_order(SEED, item_ids)

    hashed = [(hashlib.sha256(SEED + item.encode()).hexdigest(), item) for item in item_ids]
    assert order == [item for _, item in sorted(hashed)]


@given(st.permutations([f"item-{number}" for number in range(12)]))
@settings(max_examples=25, deadline=None)
def test_audit_order_does_not_depend_on_the_order_given(item_ids):
    assert audit_order(SEED, item_ids) == audit_order(SEED, sorted(item_ids))


def test_audit_order_changes_with_the_nonce():
    item_ids = [f"item-{number}" for number in range(50)]

    orders = [audit_order(audit_seed(DIGEST, nonce), item_ids) for nonce in ("a", "b")]

    assert orders[0] != orders[1]
    assert sorted(orders[0]) == sorted(orders[1])


def test_audit_order_draws_every_item_equally_often():
    item_ids = [f"item-{number}" for number in range(10)]
    draws = 1_000

    first = [audit_order(audit_seed(DIGEST, f"{n}"), item_ids)[0] for n in range(draws)]

    # chi-squared with 9 degrees of freedom: 27.9 is its 99.9 % quantile
    counts = [first.count(item) for item in item_ids]
    assert sum((count - 100) ** 2 / 100 for count in counts) < 27.9


def test_audit_order_refuses_an_item_that_comes_twice():
    with pytest.raises(ValueError, match="item id 'b' comes twice"):
        audit_order(SEED, ["a", "b", "b"])


def test_audit_order_refuses_a_seed_of_another_length():
    with pytest.raises(ValueError, match="seed must be the 32 bytes of audit_seed, got 5"):
        audit_order(b"short", ["a"])


def test_audit_order_refuses_one_id_in_place_of_many():
    with pytest.raises(TypeError, match="got one str"):
        audit_order(SEED, "item-1")
