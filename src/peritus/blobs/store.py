"""Put bytes in, get the same bytes out."""

from __future__ import annotations

from peritus.blobs.models import Blob
from peritus.journal.canonical import sha256
from peritus.journal.errors import PeritusError


class BlobDamaged(PeritusError):
    """Stored bytes no longer have the digest they are named by."""


def keep(organisation_id: int, content: bytes, media_type: str) -> str:
    """Store the bytes for a client and return their SHA-256; a repeat stores nothing."""
    name = sha256(content)
    Blob.objects.get_or_create(
        organisation_id=organisation_id,
        sha256=name,
        defaults={"content": content, "size": len(content), "media_type": media_type},
    )
    return name


def content_of(organisation_id: int, name: str) -> bytes:
    """Return a client's bytes by digest; raises DoesNotExist or BlobDamaged."""
    blob = Blob.objects.get(organisation_id=organisation_id, sha256=name)
    content = bytes(blob.content)
    if sha256(content) != name:
        raise BlobDamaged(f"Blob {name} was altered in the store; restore it from a backup.")
    return content
