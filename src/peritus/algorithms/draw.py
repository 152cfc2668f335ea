"""Draw the order of an audit so that anybody can draw it again.

A foreign verifier needs SHA-256 and nothing else. With `digest` the freeze's
64 hex digits and `nonce` bytes::

    seed = sha256(bytes.fromhex(digest) + nonce).digest()
    order = sorted(ids, key=lambda i: (sha256(seed + i.encode("utf-8")).digest(), i))
"""

from collections.abc import Sequence
from hashlib import sha256


def audit_seed(freeze_digest: str, nonce: bytes | str) -> bytes:
    """Return the seed of an audit's draw, SHA-256(freeze digest ‖ nonce).

    Parameters
    ----------
    freeze_digest : str
        64 hex digits, either case; the 32 bytes that they stand for are hashed.
    nonce : bytes or str, not empty
        What the client committed to before the freeze. Bytes are hashed as
        they are; a str is hashed as its UTF-8 bytes, also if it looks like hex.

    Returns
    -------
    bytes, 32 long

    Raises
    ------
    ValueError
        The digest is not 64 hex digits, or the nonce is empty.

    Notes
    -----
    Source: FIPS 180-4 (2015), section 6.2 (SHA-256).
    """
    try:
        digest = bytes.fromhex(freeze_digest)
    except ValueError:
        digest = b""
    if len(digest) != 32 or len(freeze_digest) != 64:  # fromhex would skip white space
        raise ValueError(f"freeze_digest must be 64 hex digits, got {freeze_digest!r}")
    secret = nonce.encode("utf-8") if isinstance(nonce, str) else bytes(nonce)
    if not secret:
        raise ValueError("nonce is empty, so whoever freezes could foresee the draw; draw one")
    return sha256(digest + secret).digest()


def audit_order(seed: bytes, item_ids: Sequence[str]) -> list[str]:
    """Return the items in the order in which they are audited.

    Parameters
    ----------
    seed : bytes, 32 long
        From `audit_seed`.
    item_ids : sequence of str
        Every item of the frozen lot once, in any order.

    Returns
    -------
    list of str
        Ascending by the 32 bytes of SHA-256(seed ‖ item id in UTF-8), ties by
        item id. The first n are a simple random sample without replacement.

    Raises
    ------
    ValueError
        The seed is not 32 bytes, or an item id comes twice.
    TypeError
        One str came in place of a sequence.

    Notes
    -----
    O(n log n). Every order is equally likely as far as anybody can tell who
    does not know the seed.
    Source: Rivest (2018), Consistent Sampling with Replacement, section 1 (the
    items of least hash are a sample without replacement).
    """
    if len(seed) != 32:
        raise ValueError(f"seed must be the 32 bytes of audit_seed, got {len(seed)}")
    if isinstance(item_ids, str):
        raise TypeError("item_ids must be a sequence of ids, got one str")
    _refuse_repeated(item_ids)
    return sorted(item_ids, key=lambda item: (sha256(seed + item.encode("utf-8")).digest(), item))


def _refuse_repeated(item_ids: Sequence[str]) -> None:
    seen: set[str] = set()
    for item in item_ids:
        if item in seen:
            raise ValueError(f"item id {item!r} comes twice; each item is drawn once")
        seen.add(item)
