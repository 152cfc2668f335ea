"""Events, and the signatures over them and over the pack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peritus.delivery.verification.records.shapes import bytes_of
from peritus.journal.canonical import canonical
from peritus.journal.signatures import fingerprint_of


@dataclass(frozen=True)
class Sealed:
    """A line of events.jsonl; ``body`` is the exact text that was hashed."""

    place: int
    hash: str
    body: str


@dataclass(frozen=True)
class Said:
    """What the body of an event says."""

    about: dict[str, str]
    actor: str
    arguments: str
    at: str
    data: dict[str, Any]
    engagement: str
    key: str
    kind: str
    program: str
    subject: str | None
    verb: str


@dataclass(frozen=True)
class Head:
    """head.json."""

    engagement: str
    events: int
    hash: str
    place: int


@dataclass(frozen=True)
class Signed:
    """A line of heads.jsonl, or signature.json; ``body`` is the exact text that was signed."""

    body: str
    signature: str


@dataclass(frozen=True)
class HeadSaid:
    """What the body of a signed head says."""

    engagement: str
    key: str
    root: str
    signed_at: str
    size: int


@dataclass(frozen=True)
class ManifestSaid:
    """What the body of signature.json says: the SHA-256 of the manifest over all manifests."""

    format: str
    key: str
    manifest: str


@dataclass(frozen=True)
class Proof:
    """A line of proofs.jsonl: the steps from an event, or an earlier head, to the last head.

    ``place`` counts from 1; of a consistency it is the size of the earlier head.
    """

    kind: str
    place: int
    size: int
    hash: str
    proof: list[str]


@dataclass(frozen=True)
class Key:
    """A line of keys.jsonl; ``predecessor`` vouches for it by ``endorsement``."""

    endorsement: str
    made_at: str
    predecessor: str | None
    public: str
    revoked_at: str | None
    revoked_because: str

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the public key's bytes, in hex."""
        return fingerprint_of(bytes_of(self.public, "keys.jsonl"))

    @property
    def endorsed(self) -> bytes:
        """Return what the predecessor signed."""
        return canonical(
            {"key": self.public, "made_at": self.made_at, "predecessor": self.predecessor}
        )
