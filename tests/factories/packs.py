"""Take packs apart, change them, and put them together again as a forger would."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import re
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

import peritus.delivery
from peritus.delivery.verification import container, verify_pack
from peritus.delivery.verification.chain import next_hash
from peritus.delivery.verification.derived.provenance import PROV, provenance
from peritus.delivery.verification.derived.report import REPORT, report
from peritus.delivery.verification.report import PackFault
from peritus.delivery.verification.verify import MISSHAPEN
from peritus.journal.canonical import canonical, sha256
from peritus.journal.merkle import consistency_proof, inclusion_proof, leaf_hash, levels_of
from peritus.journal.signatures import fingerprint_of

Members = dict[str, bytes]
FOREIGN = Path(peritus.delivery.__file__).parent / "evidence" / "verify_evidence.py"
FORGER = Ed25519PrivateKey.generate()


@dataclass(frozen=True)
class Verdicts:
    """The parts that each verifier refuses; nothing where it accepts the pack."""

    ours: tuple[str, ...]
    foreign: tuple[str, ...]


@cache
def foreign_verifier() -> ModuleType:
    """Return the stand-alone verifier as a module; what is asked twice is answered once."""
    spec = importlib.util.spec_from_file_location("verify_evidence", FOREIGN)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.is_signed, module.parsed = cache(module.is_signed), cache(module.parsed)
    return module


def verdicts(path: Path, key: str = "") -> Verdicts:
    """Ask both verifiers, who know the provider's key if it is given."""
    ours = verify_pack(path, known_key=key).faults
    foreign = foreign_verifier().verified(path, key)
    return Verdicts(
        tuple(check.name for check in ours),
        tuple(part for part, state, _ in foreign if state == "REFUSED"),
    )


def files_of(pack: bytes) -> tuple[str, Members]:
    """Return the folder and all files of a pack, unchecked."""
    with zipfile.ZipFile(io.BytesIO(pack)) as archive:
        names = archive.namelist()
        base = names[0].partition("/")[0]
        return base, {name.removeprefix(f"{base}/"): archive.read(name) for name in names}


def members_of(pack: bytes) -> Members:
    """Return the files of a pack's data by name."""
    return container.members_of(files_of(pack)[1])


def repacked(members: Members, *, lot: str = "first", derived: bool = True) -> bytes:
    """Return a pack whose manifests fit and are signed: by the forger's key if it is in it.

    Otherwise by the right one, so that what is refused is refused for what it says;
    so report and provenance are made again, unless not ``derived``.
    """
    forged = public_of(FORGER).encode() in members.get("keys.jsonl", b"")
    private = FORGER if forged else right_key()
    if derived:
        members = derived_anew(members, fingerprint_of(bytes.fromhex(public_of(private))))
    signature = signature_over(members, private)
    number = re.search(rb'"number":([0-9]+)', members.get("freeze.json", b""))
    base = f"evidence-{lot}-{number[1].decode() if number else 1}"
    return container.zipped(base, container.bagged(members, signature))


def derived_anew(members: Members, key: str) -> Members:
    """Return the members with what follows from the others, as far as they can be read."""
    made = dict(members)
    for name, make in ((REPORT, report), (PROV, provenance)):
        if name in made:
            with suppress(PackFault, *MISSHAPEN):
                made[name] = make({each: made[each] for each in made if each != PROV}, key)
    return made


def loose(pack: bytes, members: Members) -> bytes:
    """Return a pack with other members under the manifests that it had."""
    base, files = files_of(pack)
    around = {name: content for name, content in files.items() if not name.startswith("data/")}
    data = {container.DATA + name: content for name, content in members.items()}
    return container.zipped(base, around | data)


def remade(pack: bytes, members: Members) -> bytes:
    """Return a pack whose manifests were made again by somebody who has no key at all."""
    base, files = files_of(pack)
    signature = files[container.SIGNATURE]
    made = derived_anew(members, json.loads(json.loads(signature)["body"])["key"])
    return container.zipped(base, container.bagged(made, signature))


def signature_over(members: Members, private: Ed25519PrivateKey) -> bytes:
    manifest = sha256(container.tag_files(members)[container.TAGMANIFEST])
    key = fingerprint_of(bytes.fromhex(public_of(private)))
    body = canonical({"format": container.FORMAT, "key": key, "manifest": manifest})
    return canonical({"body": body.decode(), "signature": private.sign(body).hex()})


def right_key() -> Ed25519PrivateKey:
    """Return the key of the tests' installation."""
    key = load_pem_private_key(os.environ["PERITUS_SIGNING_KEY"].encode(), password=None)
    assert isinstance(key, Ed25519PrivateKey)
    return key


def public_of(private: Ed25519PrivateKey) -> str:
    return private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def change(members: Members, name: str, **fields: object) -> None:
    """Change fields of an object."""
    members[name] = canonical(json.loads(members[name]) | fields)


def rows(members: Members, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in members[name].splitlines()]


def put_rows(members: Members, name: str, changed: list[dict[str, Any]]) -> None:
    members[name] = b"".join(canonical(row) + b"\n" for row in changed)


def rechain(members: Members, edit: Callable[[dict[str, Any]], object]) -> None:
    """Change what events say, hash the whole chain anew and sign it with the forger's key."""
    events = rows(members, "events.jsonl")
    for event in events:
        said = json.loads(event["body"])
        edit(said)
        event["body"] = canonical(said).decode()
    put_events(members, events)
    resign(members)


def put_events(members: Members, events: list[dict[str, Any]]) -> None:
    """Put events with their hashes and head made again; no signature fits any more."""
    last = "0" * 64
    for event in events:
        event["hash"] = last = next_hash(last, event["body"])
    put_rows(members, "events.jsonl", events)
    change(members, "head.json", hash=last, events=len(events), place=events[-1]["place"])


def resign(members: Members, *, private: Ed25519PrivateKey = FORGER) -> None:
    """Sign the events as they stand with a key of one's own, as a forger must."""
    events = rows(members, "events.jsonl")
    levels = levels_of([leaf_hash(event["body"].encode()) for event in events])
    said = json.loads(rows(members, "heads.jsonl")[-1]["body"])
    key = fingerprint_of(bytes.fromhex(public_of(private)))
    said |= {"key": key, "root": levels[-1][0].hex(), "size": len(events)}
    body = canonical(said)
    signed = {"body": body.decode(), "signature": private.sign(body).hex()}
    put_rows(members, "heads.jsonl", [signed])
    first = rows(members, "keys.jsonl")[0]
    put_rows(members, "keys.jsonl", [first | {"public": public_of(private)}])
    prove(members)


def prove(members: Members) -> None:
    """Make the proofs again, as the events and heads stand."""
    events = rows(members, "events.jsonl")
    levels = levels_of([leaf_hash(event["body"].encode()) for event in events])
    frozen, size = sha256(members["freeze.json"]), len(events)
    lines = []
    for place, event in enumerate(events):
        said = json.loads(event["body"])
        wanted = {"lot.frozen": "digest", "plan.recorded": "freeze", "draw.made": "freeze",
                  "lot.certified": "freeze"}.get(said["kind"])  # fmt: skip
        if wanted and said["data"].get(wanted) == frozen:
            steps = inclusion_proof(levels, place)
            hashes = [step.hex() for step in steps]
            lines.append(("inclusion", place + 1, levels[0][place].hex(), hashes))
    for head in rows(members, "heads.jsonl")[:-1]:
        said = json.loads(head["body"])
        steps = consistency_proof(levels, said["size"])
        lines.append(("consistency", said["size"], said["root"], [step.hex() for step in steps]))
    names = ("kind", "place", "hash", "proof")
    proofs = [{**dict(zip(names, each, strict=True)), "size": size} for each in lines]
    put_rows(members, "proofs.jsonl", proofs)


def retell(members: Members, name: str, edit: Callable[[dict[str, Any]], object]) -> None:
    """Change an annex of the freeze, and let its event say so: all is signed by the forger."""
    told = json.loads(members[f"{name}.json"])
    edit(told)
    members[f"{name}.json"] = canonical(told)

    def say(event: dict[str, Any]) -> None:
        if event["kind"] == "lot.frozen":
            event["data"]["annexes"][name] = sha256(members[f"{name}.json"])

    rechain(members, say)
