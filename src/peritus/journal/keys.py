"""The installation's signing keys: made once, kept from other eyes, changed in a chain.

Ed25519 (RFC 8032). The private key stands in ``PERITUS_SIGNING_KEY`` (PEM) or in
a file of ``PERITUS_HOME/keys`` that only its owner reads; the public key, with who
vouches for it, stands in the database.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings

from peritus.catalogue.identity import PERITUS, uid_of
from peritus.journal.canonical import canonical
from peritus.journal.clock import now
from peritus.journal.errors import KeyUnusable
from peritus.journal.models import SigningKey
from peritus.journal.signatures import fingerprint_of

OWNER_ONLY, OWNER_ONLY_FOLDER = 0o600, 0o700
OTHERS = 0o077


@dataclass(frozen=True)
class Signer:
    """A standing key with its private half in memory."""

    key: SigningKey
    private: Ed25519PrivateKey

    def sign(self, words: bytes) -> str:
        """Return the signature of words, in hex."""
        return self.private.sign(words).hex()


def standing_key() -> SigningKey | None:
    """Return the newest key that is not revoked, None before the first."""
    return SigningKey.objects.filter(revoked_at=None).order_by("-id").first()


def signer() -> Signer:
    """Return the standing key, ready to sign; the first one is made here.

    Raises KeyUnusable where its private half is not there, is another key's, or
    may be read by others.
    """
    key = standing_key()
    if key is None:
        return _first()
    private = _from_environment() or _from_file(_path_of(key.fingerprint))
    if _name_of(private) != key.fingerprint:
        raise KeyUnusable(
            f"The private key at hand is {_name_of(private)[:16]}, and {key.fingerprint[:16]} "
            "stands: bring its file back, or change the key with `peritus keys rotate`."
        )
    return Signer(key, private)


def _first() -> Signer:
    """Register the key at hand, or make one, as the first of this installation."""
    if SigningKey.objects.exists():
        raise KeyUnusable("Every signing key is revoked; make one with `peritus keys rotate`.")
    private = _from_environment() or _kept() or _made()
    return Signer(_registered(private, None), private)


def change_key() -> Signer:
    """Make the next signing key, vouched for by the standing one, if any stands.

    From here on the new key signs. With ``PERITUS_SIGNING_KEY`` set, that is the
    new key, and the file of the old one must still be there. Raises KeyUnusable.
    """
    old = standing_key()
    voucher = Signer(old, _from_file(_path_of(old.fingerprint))) if old else None
    private = _from_environment() or _made()
    if old and _name_of(private) == old.fingerprint:
        raise KeyUnusable(
            "PERITUS_SIGNING_KEY still holds the key that is to be replaced: put the new key "
            "there, or unset it, and keep the old one as a file until the change is made."
        )
    return Signer(_registered(private, voucher), private)


def _registered(private: Ed25519PrivateKey, voucher: Signer | None) -> SigningKey:
    made_at, public = now(), _public(private)
    name = fingerprint_of(public)
    key = SigningKey(
        uid=uid_of(PERITUS, "signing-key", name),
        fingerprint=name,
        public=public.hex(),
        made_at=made_at,
        predecessor=voucher.key if voucher else None,
    )
    if voucher:
        key.endorsement = voucher.sign(endorsed_words(key))
    key.save(force_insert=True)
    return key


def endorsed_words(key: SigningKey) -> bytes:
    """Return what a predecessor signs when it vouches for its successor."""
    before = key.predecessor.fingerprint if key.predecessor else None
    return canonical({"key": key.public, "made_at": key.made_at, "predecessor": before})


def _from_environment() -> Ed25519PrivateKey | None:
    text = os.environ.get("PERITUS_SIGNING_KEY", "")
    return _loaded(text.encode(), "PERITUS_SIGNING_KEY") if text else None


def _folder() -> Path:
    return Path(settings.HOME) / "keys"


def _path_of(fingerprint: str) -> Path:
    return _folder() / f"{fingerprint}.pem"


def _kept() -> Ed25519PrivateKey | None:
    """Return the newest key file that is there already, such as before a fresh database."""
    files = sorted(_folder().glob("*.pem"), key=lambda path: path.stat().st_mtime_ns)
    return _from_file(files[-1]) if files else None


def _from_file(path: Path) -> Ed25519PrivateKey:
    try:
        mode, pem = path.stat().st_mode, path.read_bytes()
    except OSError:
        raise KeyUnusable(
            f"The signing key {path.stem[:16]} is not in {path.parent.name}/: bring its file back, "
            "or set PERITUS_SIGNING_KEY."
        ) from None
    if mode & OTHERS:
        raise KeyUnusable(f"Others may read {path.name}: run chmod 600 on it, then try again.")
    return _loaded(pem, path.name)


def _loaded(pem: bytes, where: str) -> Ed25519PrivateKey:
    try:
        private = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        raise KeyUnusable(f"{where} holds no private key in PEM that can be read.") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise KeyUnusable(f"{where} holds another kind of key; Ed25519 is wanted.")
    return private


def _made() -> Ed25519PrivateKey:
    """Make a key and keep it in a file that only its owner reads."""
    private = Ed25519PrivateKey.generate()
    _folder().mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
    path = _path_of(_name_of(private))
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    half = path.with_suffix(".part")  # nobody finds a file that is written in part
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "wb") as file:
        file.write(pem)
    half.replace(path)
    return private


def _public(private: Ed25519PrivateKey) -> bytes:
    return private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _name_of(private: Ed25519PrivateKey) -> str:
    return fingerprint_of(_public(private))
