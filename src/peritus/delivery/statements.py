"""What a certificate says in one line of text, signed: for a QR code, checked without a network.

The text is ``PERITUS1.`` + body + ``.`` + signature: the body the canonical JSON
of what is said, deflated, both in base64url without padding. The signature
(Ed25519, RFC 8032) is over the text before the last full stop, for a deflated
text can be written in many ways. The public key is part of what is said, and
its fingerprint is to be compared with one that came another way.
"""

from __future__ import annotations

import binascii
import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any

from peritus.delivery.wording import certified_claim
from peritus.journal.canonical import canonical
from peritus.journal.keys import signer
from peritus.journal.signatures import fingerprint_of, is_signed
from peritus.quality.models import Certificate

START = "PERITUS1"
LONGEST_TEXT, LONGEST_BODY = 4000, 8000
NAMES = (
    "audited", "census", "claim", "client", "confidence", "differing", "freeze", "key", "level",
    "lot", "number", "population", "signed_at", "signed_by",
)  # fmt: skip
NO_STATEMENT = "This is no statement of a certificate: it begins with PERITUS1 and has three parts."


@dataclass(frozen=True)
class Statement:
    """What a text says, and by which key; ``fault`` is why it says nothing, "" where it holds."""

    said: dict[str, Any]
    fault: str = ""

    @property
    def fingerprint(self) -> str:
        """Return the name of the key that signed it: SHA-256 of its 32 bytes, in hex."""
        return fingerprint_of(bytes.fromhex(self.said["key"])) if self.said else ""


def statement_of(certificate: Certificate) -> str:
    """Return the text for a certificate, signed by the standing key.

    Raises KeyUnusable where nothing can be signed.
    """
    freeze, signs = certificate.freeze, signer()
    said = {
        "audited": certificate.audited,
        "census": certificate.census,
        "claim": certified_claim(
            certificate.claimed_errors, freeze.population, certificate.measure,
            certificate.confidence,
        ),
        "client": certificate.organisation.name,
        "confidence": certificate.confidence,
        "differing": certificate.differing,
        "freeze": freeze.digest,
        "key": signs.key.public,
        "level": certificate.level,
        "lot": freeze.lot.title,
        "number": certificate.number,
        "population": freeze.population,
        "signed_at": certificate.signed_at,
        "signed_by": certificate.signed_by.name,
    }  # fmt: skip
    signed = f"{START}.{_text(zlib.compress(canonical(said), 9))}"
    return f"{signed}.{_text(bytes.fromhex(signs.sign(signed.encode())))}"


def opened_statement(text: str) -> Statement:
    """Read a text and check its signature; needs no database."""
    parts = text.strip()[: LONGEST_TEXT + 1].split(".")
    if len(text.strip()) > LONGEST_TEXT or len(parts) != 3 or parts[0] != START:
        return Statement({}, NO_STATEMENT)
    try:
        body, signature = _inflated(_bytes(parts[1])), _bytes(parts[2])
        said = json.loads(body)
    except (ValueError, zlib.error, binascii.Error, RecursionError):
        return Statement({}, "The text is damaged: some of it cannot be read.")
    if not (isinstance(said, dict) and tuple(sorted(said)) == NAMES and canonical(said) == body):
        return Statement({}, "The text is damaged: it does not say what a certificate says.")
    signed = ".".join(parts[:2]).encode()
    if not is_signed(signed, signature.hex(), str(said["key"])):
        return Statement({}, "The signature is not over this text: somebody changed it.")
    return Statement(said)


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if _text(data) != text:
        raise ValueError("written in another way than it would be here")
    return data


def _inflated(data: bytes) -> bytes:
    """Inflate within a limit: a short text may stand for a very long one."""
    unpacker = zlib.decompressobj()
    body = unpacker.decompress(data, LONGEST_BODY)
    if not unpacker.eof or unpacker.unused_data:
        raise ValueError("longer than a statement")
    return body
