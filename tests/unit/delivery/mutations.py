"""Random mutations of packs, each mended as well as its forger can mend it.

Without the provider's key a forger makes the manifests again, and may sign with a
key of its own. With the key, it is the provider who lies: then only what a pack
says can refuse it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peritus.delivery.verification import container
from peritus.journal.canonical import canonical
from tests.factories.packs import (
    FORGER,
    Members,
    change,
    files_of,
    members_of,
    prove,
    public_of,
    put_events,
    put_rows,
    resign,
    rows,
    signature_over,
)

TOLD = ("agreement.json", "certificate.json", "credentials.json", "draw.json",
        "engagement.json", "freeze.json", "head.json",
        "invoice.json", "ledger.json", "plan.json", "prov.json",
        "skills.json", "verdict.json")  # fmt: skip
LISTED = ("audits.jsonl", "events.jsonl", "heads.jsonl", "items.jsonl", "judgments.jsonl",
          "keys.jsonl", "proofs.jsonl")  # fmt: skip
Random = random.Random


@dataclass(frozen=True)
class Mutation:
    """A pack that was changed: how, and where."""

    kind: str
    part: str
    pack: bytes


def mutations(
    packs: Sequence[bytes], *, seed: int, key: Ed25519PrivateKey | None = None
) -> Iterator[Mutation]:
    """Return mutations without an end; with ``key``, each is signed as the provider would."""
    rng = random.Random(seed)  # no cryptography: the same seed gives the same mutations
    kinds = [*INSIDE, *((*AROUND, *AROUND) if key is None else ())]
    while True:
        pack = rng.choice(packs)
        kind = rng.choice(kinds)
        if kind in AROUND:
            part, mutated = kind(rng, pack)
        else:
            other = rng.choice([each for each in packs if each != pack])
            part, mutated = _inside(rng, kind, (pack, other), key)
        if mutated != pack:
            yield Mutation(kind.__name__.strip("_"), part, mutated)


Inside = Callable[[Random, Members, Members], str]


def _inside(
    rng: Random, kind: Inside, packs: tuple[bytes, bytes], key: Ed25519PrivateKey | None
) -> tuple[str, bytes]:
    """Change the members, and mend the manifests and the signature over them."""
    base, files = files_of(packs[0])
    before = container.members_of(files)
    members = dict(before)
    part = kind(rng, members, members_of(packs[1]))
    if members == before:
        return part, packs[0]
    if key is not None:
        if _signed(members) != _signed(before):
            _sign_again(members, key)
        signature = signature_over(members, key)
    else:
        signature = files[container.SIGNATURE] if rng.random() < 0.5 else _forged(rng, members)
    return part, container.zipped(base, container.bagged(members, signature))


def _signed(members: Members) -> list[bytes | None]:
    return [members.get(name) for name in ("events.jsonl", "freeze.json")]


def _sign_again(members: Members, key: Ed25519PrivateKey) -> None:
    """Let the provider sign other events: one head, and proofs that fit."""
    keys = members.get("keys.jsonl", b"")
    try:
        resign(members, private=key)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return  # events that nobody can sign, since they cannot be read
    members["keys.jsonl"] = keys


def _forged(rng: Random, members: Members) -> bytes:
    """Sign with a key of one's own, which may be listed, vouched for by nobody."""
    keys = members.get("keys.jsonl", b"")
    own = {"endorsement": "", "made_at": "2026-01-05T09:00:00+00:00", "predecessor": None,
           "public": public_of(FORGER), "revoked_at": None, "revoked_because": ""}  # fmt: skip
    vouched = own | {
        "endorsement": FORGER.sign(b"?").hex(),
        "predecessor": sha256(keys).hexdigest(),
    }
    line = canonical(rng.choice([own, vouched])) + b"\n"
    members["keys.jsonl"] = rng.choice([keys, keys + line, line])
    return signature_over(members, FORGER)


# Changes inside of the data


def _flip_bit(rng: Random, members: Members, other: Members) -> str:
    name = rng.choice(sorted(members))
    content = bytearray(members[name] or b" ")
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    members[name] = bytes(content)
    return name


def _drop_file(rng: Random, members: Members, other: Members) -> str:
    return _taken(members, rng.choice(sorted(members)))


def _taken(members: Members, name: str) -> str:
    del members[name]
    return name


def _add_file(rng: Random, members: Members, other: Members) -> str:
    names = ["guidelines.jsonl", "invoice.json", "verdict.json", "certificate.json", "notes.txt"]
    name = rng.choice([name for name in names if name not in members])
    members[name] = other.get(name, b"{}\n")
    return name


def _swap_files(rng: Random, members: Members, other: Members) -> str:
    one, two = rng.sample(sorted(members), 2)
    members[one], members[two] = members[two], members[one]
    return one


def _borrow_file(rng: Random, members: Members, other: Members) -> str:
    name = rng.choice(sorted(set(members) & set(other)))
    members[name] = other[name]
    return name


def _borrow_several(rng: Random, members: Members, other: Members) -> str:
    names = sorted(set(members) & set(other))
    for name in rng.sample(names, rng.randint(2, len(names) - 2)):
        members[name] = other[name]
    return "several"


def _alter_object(rng: Random, members: Members, other: Members) -> str:
    name = rng.choice([name for name in TOLD if name in members])
    told = json.loads(members[name])
    path = altered(rng, told)
    members[name] = canonical(told)
    return f"{name}: {path}"


def _alter_line(rng: Random, members: Members, other: Members) -> str:
    name = rng.choice([name for name in LISTED if members[name]])
    lines = rows(members, name)
    path = altered(rng, rng.choice(lines))
    put_rows(members, name, lines)
    return f"{name}: {path}"


def _alter_structure(rng: Random, members: Members, other: Members) -> str:
    name = rng.choice([name for name in TOLD if name in members])
    told = json.loads(members[name])
    holder = rng.choice([each for each in _holders(told) if each])
    if isinstance(holder, list):
        rng.choice([_dropped, _repeated, _swapped])(rng, holder)
    else:
        field = rng.choice(sorted(holder))
        holder[rng.choice(["further", field])] = holder.pop(field)
    members[name] = canonical(told)
    return name


def _alter_lines(rng: Random, members: Members, other: Members) -> str:
    name = rng.choice([name for name in LISTED if members[name]])
    lines = rows(members, name)
    rng.choice([_dropped, _repeated, _swapped, _cut])(rng, lines)
    put_rows(members, name, lines)
    return name


def _dropped(rng: Random, entries: list[Any]) -> None:
    del entries[rng.randrange(len(entries))]


def _repeated(rng: Random, entries: list[Any]) -> None:
    entries.insert(rng.randrange(len(entries)), rng.choice(entries))


def _swapped(rng: Random, entries: list[Any]) -> None:
    one, two = rng.randrange(len(entries)), rng.randrange(len(entries))
    entries[one], entries[two] = entries[two], entries[one]


def _cut(rng: Random, entries: list[Any]) -> None:
    del entries[rng.randrange(len(entries)) :]


def _rewrite_event(rng: Random, members: Members, other: Members) -> str:
    events = rows(members, "events.jsonl")
    event = rng.choice(events)
    said = json.loads(event["body"])
    path = altered(rng, said)
    event["body"] = canonical(said).decode()
    put_events(members, events)
    return f"events.jsonl: {said['kind']}: {path}"


def _rewrite_events(rng: Random, members: Members, other: Members) -> str:
    """Drop, repeat, exchange or cut off events, in a chain that is hashed again."""
    events = rows(members, "events.jsonl")
    places = [event["place"] for event in events]
    gone = json.loads(rng.choice(events)["body"])["kind"]
    rng.choice([_dropped, _repeated, _swapped, _cut])(rng, events)
    for event, place in zip(events, [*places, places[-1] + 1], strict=False):
        event["place"] = place
    if events:
        put_events(members, events)
    return f"events.jsonl, such as {gone}"


def _take_older_head(rng: Random, members: Members, other: Members) -> str:
    heads = rows(members, "heads.jsonl")
    put_rows(members, "heads.jsonl", heads[: rng.randrange(len(heads))])
    if rng.random() < 0.5:
        prove(members)
    return "heads.jsonl"


def _roll_back(rng: Random, members: Members, other: Members) -> str:
    """Tell the story as it stood at an earlier signed head, with everything that fits to it."""
    heads = rows(members, "heads.jsonl")
    kept = heads[: rng.randrange(1, len(heads))]
    events = rows(members, "events.jsonl")[: json.loads(kept[-1]["body"])["size"]]
    put_events(members, events)
    put_rows(members, "heads.jsonl", kept)
    prove(members)
    return "events.jsonl"


def _sign_heads_anew(rng: Random, members: Members, other: Members) -> str:
    """Sign the true events, or altered ones, with a key of one's own."""
    keys = members["keys.jsonl"]
    if rng.random() < 0.5:
        _rewrite_event(rng, members, other)
    resign(members)
    members["keys.jsonl"] = rng.choice([keys, members["keys.jsonl"], keys + members["keys.jsonl"]])
    return "heads.jsonl"


def _draw_anew(rng: Random, members: Members, other: Members) -> str:
    """Choose another nonce, and tell a seed, a commitment and events that fit to it."""
    nonce = rng.randbytes(16)
    seed = sha256(sha256(members["freeze.json"]).digest() + nonce).hexdigest()
    change(members, "draw.json", nonce=nonce.hex(), seed=seed)
    if rng.random() < 0.5 and json.loads(members["draw.json"])["commitment"]:
        change(members, "draw.json", commitment=sha256(nonce).hexdigest())
    if rng.random() < 0.5:
        events = rows(members, "events.jsonl")
        for event in events:
            said = json.loads(event["body"])
            if said["kind"] == "draw.made":
                said["data"] |= {"nonce": nonce.hex(), "seed": seed}
            event["body"] = canonical(said).decode()
        put_events(members, events)
    return "draw.json"


def _answer_otherwise(rng: Random, members: Members, other: Members) -> str:
    """Change an answer in a judgment and in its event, in a chain that is hashed again."""
    judgments, events = rows(members, "judgments.jsonl"), rows(members, "events.jsonl")
    chosen = rng.choice(judgments)
    question = rng.choice(sorted(chosen["answers"]))
    chosen["answers"][question] = rng.choice(["b", "c", "d"])
    for event in events:
        said = json.loads(event["body"])
        if said["about"]["uid"] == chosen["uid"]:
            said["data"]["answers"] = chosen["answers"]
        event["body"] = canonical(said).decode()
    put_rows(members, "judgments.jsonl", judgments)
    put_events(members, events)
    return f"judgments.jsonl: {chosen['purpose']}"


def altered(rng: Random, told: Any) -> str:
    """Change one value somewhere in parsed JSON; return where, lists without numbers."""
    places = list(_places(told, ""))
    holder, name, path = rng.choice(places)
    holder[name] = _another(rng, holder[name])
    return path


def _places(told: Any, path: str) -> Iterator[tuple[Any, Any, str]]:
    entries = told.items() if isinstance(told, dict) else enumerate(told)
    for name, value in entries:
        here = f"{path}.{name}" if isinstance(told, dict) else f"{path}[]"
        if isinstance(value, dict | list) and value:
            yield from _places(value, here)
        else:
            yield told, name, here.removeprefix(".")


def _holders(told: Any) -> Iterator[Any]:
    yield told
    for value in told.values() if isinstance(told, dict) else told:
        if isinstance(value, dict | list):
            yield from _holders(value)


def _another(rng: Random, value: Any) -> Any:
    if isinstance(value, bool):
        return rng.choice([not value, int(value), None])
    if isinstance(value, int):
        return rng.choice([value + 1, value - 1, value * 10 + 1, str(value), value + 0.5])
    if isinstance(value, float):
        return rng.choice([value + 0.01, value * (1 - 1e-9), 1 - value, 0, str(value)])
    if isinstance(value, str) and value:
        at = rng.randrange(len(value))
        letter = rng.choice("0123456789abcdefghijk-. Z")
        changed = [value[:at] + letter + value[at + 1 :], value.swapcase(), f"{value} ", ""]
        return rng.choice([*changed, changed[0], changed[0], None])
    return rng.choice(["x", 1, True, "0" * 64])


# Changes around the data


def _flip_bit_of_zip(rng: Random, pack: bytes) -> tuple[str, bytes]:
    raw = bytearray(pack)
    raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
    return "zip", bytes(raw)


def _cut_or_extend_zip(rng: Random, pack: bytes) -> tuple[str, bytes]:
    at = rng.randrange(1, len(pack))
    return "zip", rng.choice([pack[:at], pack[at:], pack + pack, pack + b"\n", b"\n" + pack])


def _rename_folder(rng: Random, pack: bytes) -> tuple[str, bytes]:
    base, files = files_of(pack)
    return "folder", container.zipped(rng.choice([base[:-1] + "2", "", "..", f"{base}/x"]), files)


def _flip_bit_of_tag(rng: Random, pack: bytes) -> tuple[str, bytes]:
    base, files = files_of(pack)
    name = rng.choice(sorted(name for name in files if "/" not in name))
    raw = bytearray(files[name])
    raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
    return name, container.zipped(base, files | {name: bytes(raw)})


def _drop_or_add_tag(rng: Random, pack: bytes) -> tuple[str, bytes]:
    base, files = files_of(pack)
    name = rng.choice([*sorted(name for name in files if "/" not in name), "fetch.txt", "x/y"])
    if name in files:
        del files[name]
    else:
        files[name] = b"https://example.org/ 3 data/extra.txt\n"
    return name, container.zipped(base, files)


INSIDE: list[Inside] = [
    _flip_bit, _flip_bit, _drop_file, _add_file, _swap_files, _borrow_file, _borrow_several,
    _alter_object, _alter_object, _alter_object, _alter_line, _alter_line, _alter_line,
    _alter_structure, _alter_lines, _alter_lines, _rewrite_event, _rewrite_event, _rewrite_events,
    _take_older_head, _roll_back, _sign_heads_anew, _draw_anew, _answer_otherwise,
]  # fmt: skip
AROUND = [_flip_bit_of_zip, _cut_or_extend_zip, _rename_folder, _flip_bit_of_tag, _drop_or_add_tag]
