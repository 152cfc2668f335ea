"""One-time codes of a telephone (TOTP, RFC 6238), and recovery codes on paper."""

from __future__ import annotations

import hashlib
import secrets
from base64 import b32encode
from datetime import datetime
from hmac import compare_digest
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

STEP_SECONDS: Final = 30
DIGITS: Final = 6
DRIFT: Final = 1  # steps that a telephone's clock may be wrong by
SECRET_BYTES: Final = 20  # as RFC 4226 asks

RECOVERY_CODES: Final = 10
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # none that reads like another
_GROUPS, _GROUP = 4, 4  # 79 bits: too many to guess, so that a plain hash is enough


def new_secret() -> bytes:
    """Return what a telephone and we share."""
    return secrets.token_bytes(SECRET_BYTES)


def _totp(secret: bytes) -> TOTP:
    # SHA-1: what every authenticator app speaks, and what RFC 6238 is sound with.
    return TOTP(secret, DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303


def code_at(secret: bytes, step: int) -> str:
    """Return the code of a time step."""
    return _totp(secret).generate(step * STEP_SECONDS).decode()


def step_of(secret: bytes, code: str, at: datetime) -> int | None:
    """Return the time step whose code this is, None where it is no code of about now."""
    here = int(at.timestamp()) // STEP_SECONDS
    given = code.encode()
    steps = range(here - DRIFT, here + DRIFT + 1)
    fitting = [step for step in steps if compare_digest(code_at(secret, step).encode(), given)]
    return max(fitting, default=None)


def scanned_address(secret: bytes, email: str) -> str:
    """Return the ``otpauth:`` address that a telephone scans."""
    return _totp(secret).get_provisioning_uri(email, "Peritus")


def typed_key(secret: bytes) -> str:
    """Return the secret as people type it, in groups of four."""
    key = b32encode(secret).decode()
    return " ".join(key[at : at + 4] for at in range(0, len(key), 4))


def new_recovery_codes() -> list[str]:
    """Return ten codes for paper."""
    return ["-".join(_letters() for _ in range(_GROUPS)) for _ in range(RECOVERY_CODES)]


def _letters() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_GROUP))


def recovery_digest(code: str) -> str:
    """Return under which hash a recovery code is kept; case and dashes do not count."""
    letters = "".join(each for each in code.lower() if each.isalnum())
    return hashlib.sha256(letters.encode()).hexdigest()
