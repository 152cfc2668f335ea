"""What was known of a lot's judges when it was frozen: kept then, and not derived again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from peritus.blobs.store import content_of, keep
from peritus.engagements.models import Lot
from peritus.journal.canonical import canonical, sha256
from peritus.quality.annexes.agreement import agreement
from peritus.quality.annexes.credentials import credentials
from peritus.quality.annexes.judges import shown_name
from peritus.quality.annexes.skills import skills
from peritus.quality.models import Freeze

__all__ = ["annexes_of", "keep_annexes", "shown_name"]

_WRITTEN: dict[str, Callable[[Lot, int, datetime], dict[str, object]]] = {
    "agreement": agreement,
    "credentials": credentials,
    "skills": skills,
}


def keep_annexes(lot: Lot, number: int, at: datetime) -> dict[str, str]:
    """Write what is known of a lot's judges now; return each document's SHA-256 by name.

    ``number`` and ``at`` are those of the freeze under way. The documents stay as they are:
    what is learnt later belongs to a later freeze.
    """
    written = {name: canonical(write(lot, number, at)) for name, write in _WRITTEN.items()}
    for document in written.values():
        keep(lot.organisation_id, document, "application/json")
    return {name: sha256(document) for name, document in written.items()}


def annexes_of(freeze: Freeze) -> dict[str, bytes]:
    """Return a freeze's annexes by name, as they were kept; none if it is from before them.

    Raises BlobDamaged.
    """
    return {
        name: content_of(freeze.organisation_id, digest) for name, digest in freeze.annexes.items()
    }
