"""Signatures: over the pack's manifest, and over the heads of its chain of events."""

from __future__ import annotations

from itertools import islice

from peritus.delivery.verification.chain import Chain
from peritus.delivery.verification.container import FORMAT
from peritus.delivery.verification.records import PackRecords
from peritus.delivery.verification.records.journal import HeadSaid, Key, ManifestSaid
from peritus.delivery.verification.records.shapes import bytes_of, parsed
from peritus.delivery.verification.report import demand, demand_equal
from peritus.journal.merkle import Frontier, is_consistent, is_included, leaf_hash
from peritus.journal.signatures import is_signed

PROVED = {
    "lot.frozen": "digest",
    "plan.recorded": "freeze",
    "draw.made": "freeze",
    "lot.certified": "freeze",
}
"""The events whose place under the last head a pack proves: kind, and where the freeze stands."""


def check_signature(pack: PackRecords, known_key: str = "") -> str:
    """Check who signed the manifest, and so every byte of the pack.

    ``known_key`` is the fingerprint of a key that the reader got elsewhere: the
    signature's key must be that one, or be vouched for by it, step by step.
    """
    part, keys = "signature.json", _keys(pack)
    said = parsed(ManifestSaid, pack.signature.body, part)
    demand_equal(f"{part}: format", said.format, FORMAT)
    demand_equal(f"{part}: manifest", said.manifest, pack.manifest)
    demand(said.key in keys, f"{part}: its key is not in keys.jsonl.")
    demand(keys[said.key].revoked_at is None, f"{part}: its key was revoked.")
    signed = is_signed(
        pack.signature.body.encode(), pack.signature.signature, keys[said.key].public
    )
    demand(signed, f"{part}: the signature is not that of its key.")
    return f"The manifest is {_trust(keys, part, said.key, known_key)}"


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
        said = parsed(HeadSaid, head.body, part)
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
    whose = _trust(keys, "heads.jsonl", last.key, known_key)
    return f"{len(pack.heads)} signed heads over {last.size} events; {whose}"


def check_proofs(pack: PackRecords, chain: Chain) -> str:
    """Check that the claim's events stand under the last head, and that heads grew into it."""
    heads = [parsed(HeadSaid, head.body, "heads.jsonl") for head in pack.heads]
    demand(bool(heads), "heads.jsonl: no head was signed.")
    *earlier, last = heads
    places = [
        e.order + 1
        for e in chain.events
        if e.data.get(PROVED.get(e.kind, "")) == pack.freeze_digest
    ]
    wanted = [("inclusion", place, last.size) for place in places]
    wanted += [("consistency", head.size, last.size) for head in earlier]
    demand_equal(
        "proofs.jsonl: what is proved", [(p.kind, p.place, p.size) for p in pack.proofs], wanted
    )
    roots, root = {head.size: head.root for head in earlier}, bytes.fromhex(last.root)
    for number, each in enumerate(pack.proofs, start=1):
        part = f"proofs.jsonl, line {number}"
        steps = [bytes_of(step, part) for step in each.proof]
        if each.kind == "inclusion":
            leaf = leaf_hash(pack.events[each.place - 1].body.encode())
            demand_equal(f"{part}: hash", each.hash, leaf.hex())
            led = is_included(leaf, each.place - 1, size=each.size, root=root, proof=steps)
        else:
            demand_equal(f"{part}: hash", each.hash, roots[each.place])
            led = is_consistent((each.place, bytes.fromhex(each.hash)), (each.size, root), steps)
        demand(led, f"{part}: its steps do not lead to the last head.")
    return f"{len(places)} events stand under the last head, {len(earlier)} heads grew into it."


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


def _trust(keys: dict[str, Key], part: str, last: str, known: str) -> str:
    """Say whose signature it is; raises PackFault where it leads to no known key."""
    if not known:
        return f"signed by key {last}, which nobody has confirmed to you (--key)."
    step: str | None = last
    while step is not None and step != known:
        step = keys[step].predecessor
    demand(step == known, f"{part}: signed by key {last}, which {known} does not vouch for.")
    return f"signed by key {last}, as you know it."
