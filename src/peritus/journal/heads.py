"""Signed tree heads: what the journal held at a time, for whoever keeps a copy.

A head names the number of sealed events of a chain and the Merkle root over them;
leaves are the events' canonical bodies, in the order of the chain.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice
from uuid import UUID

from peritus.journal.canonical import canonical
from peritus.journal.clock import now
from peritus.journal.errors import KeyUnusable
from peritus.journal.keys import signer
from peritus.journal.merkle import Frontier, leaf_hash
from peritus.journal.models import Event, SignedHead
from peritus.journal.signatures import is_signed

log = logging.getLogger("peritus.journal")

EVERY = timedelta(minutes=10)
EVERY_EVENTS = 1_000


def leaves_of(engagement_uid: UUID | None, *, after: int = 0) -> Iterator[bytes]:
    """Return the leaf hashes of a chain's sealed events in order, without the first ``after``."""
    sealed = Event.objects.filter(engagement_uid=engagement_uid, place__isnull=False)
    bodies = sealed.order_by("place").values_list("body", flat=True)[after:]
    return (leaf_hash(body.encode()) for body in bodies.iterator(2_000))


def heads_of(engagement_uid: UUID | None) -> list[SignedHead]:
    """Return the signed heads of a chain, the smallest first."""
    heads = SignedHead.objects.filter(engagement_uid=engagement_uid).select_related("key")
    return list(heads.order_by("size"))


def sign_head(engagement_uid: UUID | None) -> SignedHead | None:
    """Sign what a chain holds now; what was signed already is returned, None for no event.

    Raises KeyUnusable.
    """
    last = SignedHead.objects.filter(engagement_uid=engagement_uid).order_by("-size").first()
    tree = _tree_of(last)
    for leaf in leaves_of(engagement_uid, after=tree.size):
        tree.add(leaf)
    if tree.size == (last.size if last else 0):
        return last
    signs, at = signer(), now()
    head = SignedHead(
        engagement_uid=engagement_uid,
        size=tree.size,
        root=tree.root.hex(),
        frontier=[each.hex() for each in tree.roots],
        key=signs.key,
        signed_at=at,
    )
    words = said_by(head)
    head.body, head.signature = words.decode(), signs.sign(words)
    head.save(force_insert=True)
    return head


def _tree_of(head: SignedHead | None) -> Frontier:
    if head is None:
        return Frontier()
    return Frontier(head.size, [bytes.fromhex(each) for each in head.frontier])


def said_by(head: SignedHead) -> bytes:
    """Return what is signed of a head: canonical JSON."""
    return canonical({
        "engagement": head.engagement_uid,
        "key": head.key.fingerprint,
        "root": head.root,
        "signed_at": head.signed_at,
        "size": head.size,
    })  # fmt: skip


def sign_due_heads(chains: Iterable[UUID | None]) -> None:
    """Sign the chains whose last head is ten minutes or a thousand events old.

    A key that cannot be used stops no work: events are sealed all the same, the
    log says what to do, and the next certificate asks for the signature.
    """
    try:
        for chain in chains:
            if _is_due(chain):
                sign_head(chain)
    except KeyUnusable as unusable:
        log.warning("No tree head was signed. %s", unusable)


def _is_due(engagement_uid: UUID | None) -> bool:
    """Go by the events' own times: looking at the clock here would move a steady one."""
    last = SignedHead.objects.filter(engagement_uid=engagement_uid).order_by("-size").first()
    sealed = Event.objects.filter(engagement_uid=engagement_uid, place__isnull=False)
    newest = sealed.order_by("-place").first()
    if last is None or newest is None:
        return newest is not None
    return newest.at - last.signed_at >= EVERY or sealed.count() - last.size >= EVERY_EVENTS


def fault_of_heads(engagement_uid: UUID | None) -> str:
    """Name the first signed head that the chain no longer bears out, "" if all stand."""
    tree, leaves = Frontier(), leaves_of(engagement_uid)
    for head in heads_of(engagement_uid):
        if said_by(head).decode() != head.body:
            return f"{head}: its columns differ from what was signed."
        if not is_signed(head.body.encode(), head.signature, head.key.public):
            return f"{head}: its signature is not that of its key."
        for leaf in islice(leaves, head.size - tree.size):
            tree.add(leaf)
        if (tree.size, tree.root.hex()) != (head.size, head.root):
            return (
                f"{head}, signed {head.signed_at:%Y-%m-%d %H:%M} UTC: the events that stand here "
                "are not those; something was altered or removed before it."
            )
    return ""
