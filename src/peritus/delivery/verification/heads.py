"""Signed heads: the events of the pack are those that somebody's key signed."""

from __future__ import annotations

import json
from itertools import islice

from peritus.delivery.verification.records import HeadSaid, Key, PackRecords, shaped
from peritus.delivery.verification.report import demand, demand_equal
from peritus.journal.merkle import Frontier, leaf_hash
from peritus.journal.signatures import is_signed


def check_heads(pack: PackRecords, known_key: str = "") -> str:
    """Check every signed head against the events; the last one must hold them all.

    ``known_key`` is the fingerprint of a key that the reader got elsewhere: the
    last head's key must be that one, or be vouched for by it, step by step.
    """
    keys = _keys(pack)
    tree, leaves = Frontier(), (leaf_hash(event.body.encode()) for event in pack.events)
    last = None
    for number, head in enumerate(pack.heads, start=1):
        part = f"heads.jsonl, head {number}"
        said = shaped(HeadSaid, json.loads(head.body), part)
        demand_equal(f"{part}: engagement", said.engagement, pack.freeze.engagement)
        demand(said.size > tree.size, f"{part}: its size does not rise.")
        demand(said.key in keys, f"{part}: its key is not in keys.jsonl.")
        signed = is_signed(head.body.encode(), head.signature, keys[said.key].public)
        demand(signed, f"{part}: the signature is not that of its key.")
        for leaf in islice(leaves, said.size - tree.size):
            tree.add(leaf)
        demand_equal(f"{part}: events", tree.size, said.size)
        demand_equal(f"{part}: Merkle root", said.root, tree.root.hex())
        last = said
    demand(last is not None, "heads.jsonl: no head was signed.")
    if last is None:
        return ""
    demand_equal("heads.jsonl: events under the last head", last.size, len(pack.events))
    _check_standing(keys[last.key], last.signed_at)
    whose = _trust(keys, last.key, known_key)
    return f"{len(pack.heads)} signed heads over {last.size} events; {whose}"


def _keys(pack: PackRecords) -> dict[str, Key]:
    """Return the keys by fingerprint, each vouched for as it says."""
    keys: dict[str, Key] = {}
    for number, key in enumerate(pack.keys, start=1):
        part = f"keys.jsonl, key {number}"
        if key.predecessor is not None:
            demand(key.predecessor in keys, f"{part}: its predecessor does not stand before it.")
            public = keys[key.predecessor].public
            vouched = is_signed(key.endorsed, key.endorsement, public)
            demand(vouched, f"{part}: its predecessor does not vouch for it.")
        keys[key.fingerprint] = key
    demand_equal("keys.jsonl: different keys", len(keys), len(pack.keys))
    return keys


def _check_standing(key: Key, signed_at: str) -> None:
    late = key.revoked_at is not None and signed_at >= key.revoked_at
    demand(not late, f"keys.jsonl: the key was revoked before it signed: {key.revoked_because}")


def _trust(keys: dict[str, Key], last: str, known: str) -> str:
    """Say whose signature it is; raises PackFault where it leads to no known key."""
    if not known:
        return f"signed by key {last}, which nobody has confirmed to you (--key)."
    step: str | None = last
    while step is not None and step != known:
        step = keys[step].predecessor
    demand(step == known, f"heads.jsonl: signed by key {last}, which {known} does not vouch for.")
    return f"signed by key {last}, as you know it."
