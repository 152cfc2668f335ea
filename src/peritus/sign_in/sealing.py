"""Seal what must be read again, such as a telephone's secret, under Django's key.

Who has the database without ``PERITUS_SECRET_KEY`` reads nothing. A key that was
replaced opens what it sealed for as long as it stands in
``PERITUS_OLD_SECRET_KEYS``; sealing is by the newest.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from peritus.accounts.models import User
from peritus.sign_in.errors import OfferGone

OFFER_SECONDS: Final = 600
_PURPOSE: Final = b"peritus sign-in"


def _keys() -> list[Fernet]:
    return [_key(each) for each in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def _key(secret: str) -> Fernet:
    derived = HKDF(SHA256(), 32, None, _PURPOSE).derive(secret.encode())
    return Fernet(urlsafe_b64encode(derived))


def seal(secret: bytes) -> str:
    """Return a secret so that only this installation's key opens it."""
    return MultiFernet(_keys()).encrypt(secret).decode()


def unsealed(sealed: str, *, within: int | None = None) -> bytes | None:
    """Return what was sealed; None where no key opens it, or it is older than ``within`` s."""
    try:
        return MultiFernet(_keys()).decrypt(sealed, within)
    except InvalidToken:
        return None


def offer(user: User, words: Sequence[str]) -> str:
    """Return what a page hands out to come back with a form, readable by nobody between.

    So a second press does the same once more, and shows the same.
    """
    return seal(json.dumps([str(user.uid), *words]).encode())


def taken_up(user: User, text: str) -> list[str]:
    """Return what was offered to this person. Raises OfferGone after ten minutes."""
    found = unsealed(text, within=OFFER_SECONDS)
    whose, *words = json.loads(found) if found else [""]
    if whose != str(user.uid):
        raise OfferGone(["This form is older than ten minutes: load its page again."])
    return words
