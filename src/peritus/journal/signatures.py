"""Check Ed25519 signatures (RFC 8032); needs no database and no settings."""

from __future__ import annotations

import hashlib
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

IN_HEX = re.compile("([0-9a-f]{2})+")


def fingerprint_of(public: bytes) -> str:
    """Return the name of a key: SHA-256 of its 32 public bytes, in hex."""
    return hashlib.sha256(public).hexdigest()


def is_signed(words: bytes, signature: str, public: str) -> bool:
    """Say whether a signature over words, in hex, is that of a public key, in hex.

    Hex is written in small letters; a signature written in another way is none.
    """
    if not (IN_HEX.fullmatch(signature) and IN_HEX.fullmatch(public)):
        return False
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
        key.verify(bytes.fromhex(signature), words)
    except (InvalidSignature, ValueError):
        return False
    return True
