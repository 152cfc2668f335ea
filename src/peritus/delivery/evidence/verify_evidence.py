"""Check an evidence pack of Peritus without Peritus: one file, to be read before it is trusted.

    python3 -I verify_evidence.py PACK [--key FINGERPRINT] [--head HASH]

PACK is the zip as delivered, or the folder that it unpacks to. FINGERPRINT is the SHA-256
of the provider's public signing key, which you got from the provider by another way than
the pack; without it nobody tells you whose pack this is. HASH is a "hash" of the chain of
events that you know from an earlier pack: it must occur again.

Needs Python 3.11 and, for Ed25519 signatures only, the program `openssl`, 3.0 or newer. It
imports nothing of Peritus, opens no connection and writes nothing but temporary files for
openssl. It goes from the bytes to the claim, in the order of this file; each part gives one
line: "ok", "REFUSED" and why, or "not redone" and what. It exits with 0 if nothing is
refused and FINGERPRINT signed; with 1 if something is refused; with 2 if it could not be
checked to the end (no FINGERPRINT given, no openssl that works, wrong usage).
"""

import argparse
import base64
import functools
import hashlib
import json
import math
import re
import struct
import subprocess
import sys
import tempfile
import uuid
import zlib
from collections import Counter
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

FORMAT = "peritus evidence pack 4"
MOST_BYTES, MOST_FILES, MOST_TEXT = 500_000_000, 100, 8000
STATEMENT = (
    "audited:i census:i claim:s client:s confidence:n differing:i freeze:h key:h level:n lot:s "
    "number:s population:i signed_at:s signed_by:s"
)
HEX, HASH = re.compile("([0-9a-f]{2})+"), re.compile("[0-9a-f]{64}")
PATTERNS = {"h": HASH, "a": re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,10})?")}
FAULTS = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)
Files = dict[str, bytes]
Json = Any  # whatever was parsed

# The files of a pack with the fields of their objects: s text, a amount, h SHA-256 in hex,
# i integer, n number, b true or false, l list, m object, t object of texts; "?" may be null,
# "-" may be missing.
TEXTS = {"README.txt", "SCOPE.md", "guideline.md", "report.pdf"}
OBJECTS = {
    "agreement.json": "calibration:l confidence:n freeze:i lot:s method:s questions:l resamples:i",
    "certificate.json": "audited:i bound:n census:i checker_error:s claimed_errors:i "
    "confidence:n differing:i drawer:s freeze:h level:n measure:s method:s not_checked:s "
    "number:s plan:h population:i signed_at:s signed_by:s uid:s",
    "credentials.json": "at:s experts:l freeze:i lot:s required:s",
    "draw.json": "commitment:h? drawer:s drawn_at:s freeze:h nonce:s seed:h",
    "engagement.json": "client:s code:s experts:l guideline:m honesty:l lot:t pack:s plan:m? "
    "provider:s questions:l specimen:b title:s uid:s",
    "freeze.json": "census:l- decisions:l engagement:s gold:m- guideline:h lot:s number:i open:l",
    "head.json": "engagement:s events:i hash:h place:i",
    "invoice.json": "client:s currency:s engagement:t honesty:l issued_at:s lines:l number:s "
    "provider:s specimen:b terms:l total:a uid:s",
    "ledger.json": "entries:l",
    "plan.json": "census:i confidence:n digest:h freeze:h level:n looks:l max_errors:l "
    "population:i recorded_at:s tolerance:n",
    "prov.json": "activity:m agent:m entity:m hadMember:m prefix:t used:m- wasAssociatedWith:m "
    "wasAttributedTo:m wasDerivedFrom:m wasGeneratedBy:m",
    "skills.json": "answers:l confidence:n freeze:i lot:s skills:l",
    "verdict.json": "audited:i differing:i freeze:h population:i sequence_upper:n verdict:s",
}
LINES = {
    "audits.jsonl": "answer:t? differs:b? item:s judgment:s? key:s place:i uid:s",
    "events.jsonl": "body:s hash:h place:i",
    "guidelines.jsonl": "digest:h number:i text:s title:s",
    "heads.jsonl": "body:s signature:s",
    "items.jsonl": "content:h fields:t key:s stated:m title:s uid:s",
    "judgments.jsonl": "answers:t expert:s guideline:h item:s purpose:s reason:s slot:s "
    "submitted_at:s supersedes:s? taken_back:b uid:s",
    "keys.jsonl": "endorsement:s made_at:s predecessor:h? public:h revoked_at:s? revoked_because:s",
    "proofs.jsonl": "hash:h kind:s place:i proof:l size:i",
}
# What was known of the judges at the freeze; its event has the SHA-256 of each.
ANNEXES = ("agreement", "credentials", "skills")
OPTIONAL = {"guidelines.jsonl", "invoice.json", *(f"{name}.json" for name in ANNEXES)}
VERDICTS = {"certificate.json", "verdict.json"}
ENTRY = "entry:s fact:t posted_at:s sides:l"
SIDE = "account:s amount:a currency:s expert:s? memo:s"
BILL_LINE = (
    "amount:a freeze:h items:l kind:s lot:s place:i quantity:i text:s trace:s uid:s unit_price:a"
)
SKILL = "answered:i by:m expert:s high:n known:i low:n name:s question:s right:i"
HELD = "cause:s expert:s judgment:s known:s question:s reference:s right:b"
DECISION = "answer:s content:h item:s judgments:l key:s method:s- posterior:m- question:s rule:s"
EVENT = (
    "about:t actor:s arguments:h at:s data:m engagement:s key:s kind:s program:s subject:s? verb:s"
)
CENSUS = "batch:i checked:l confidence:n largest:n number:i risk:l tolerance:n uid:s"
CHECK = "decided:t differs:b? item:s judgment:s? place:i"
HEAD = "engagement:s key:h root:h signed_at:s size:i"
TYPES: dict[str, Any] = {"i": int, "n": (int, float), "b": bool, "l": list, "m": dict, "t": dict}
# The events that are proved to stand under the last head, and where each names the freeze.
PROVED = {"lot.frozen": "digest", "plan.recorded": "freeze", "draw.made": "freeze"}
PROVED["lot.certified"] = "freeze"


METHODS = ["exact group-sequential hypergeometric plan"]
METHODS += ["census of the riskiest, then an exact sequential plan"]


class Refused(Exception):
    """A part of the pack is not as it must be."""


class NotRedone(str):
    """What a part found, and what of it this file does not redo."""

    __slots__ = ()


def need(holds: object, why: str) -> None:
    """Refuse unless something holds."""
    if not holds:
        raise Refused(why)


def same(what: str, stated: Json, follows: Json) -> None:
    """Refuse what differs from what follows, also in kind: false is not 0; name the field."""
    if isinstance(stated, dict) and isinstance(follows, dict) and set(stated) == set(follows):
        for name in stated:
            same(f"{what}: {name}", stated[name], follows[name])
    one, two = canonical(stated), canonical(follows)
    need(one == two, f"{what}: {two[:90]} follows, {one[:90]} stands there")


def fields(row: Json, *names: str) -> Json:
    """Return only these fields of an object."""
    return {name: row[name] for name in names}


def sha(data: bytes | str) -> str:
    """Return the SHA-256 of bytes, or of a text in UTF-8, in hex."""
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


# ---- JSON in its one form (RFC 8785), so that nothing can be read in two ways


def number(value: float) -> str:
    """Write a number as ECMAScript does: the shortest digits that read back the same."""
    need(math.isfinite(value), "a number is not finite")
    if value == 0:
        return "0"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    text, point = "".join(map(str, digits)), len(digits) + int(exponent)
    if len(text) <= point <= 21:
        text += "0" * (point - len(text))
    elif 0 < point <= 21:
        text = f"{text[:point]}.{text[point:]}"
    elif -6 < point <= 0:
        text = f"0.{'0' * -point}{text}"
    else:
        text = f"{text[0]}{'.' if text[1:] else ''}{text[1:]}e{point - 1:+d}"
    return "-" * sign + text


def canonical(value: Json) -> str:
    """Return the one text that stands for a parsed JSON value."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        need(abs(value) < 2**53, "a whole number is too large to be read alike everywhere")
        return str(value)
    if isinstance(value, float):
        return number(value)
    if isinstance(value, str):
        value.encode()  # raises for half a surrogate pair
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list | tuple):
        return f"[{','.join(map(canonical, value))}]"
    names = sorted(value, key=lambda name: name.encode("utf-16-be"))
    return f"{{{','.join(f'{canonical(name)}:{canonical(value[name])}' for name in names)}}}"


def parsed(part: str, raw: bytes | str, shape: str) -> Json:
    """Parse an object of a shape; refuse one that is not written in the one form."""
    try:
        text = raw if isinstance(raw, str) else raw.decode()
        value = json.loads(text)
        # A name that stands twice, white space and other spellings do not come back the same.
        need(canonical(value) == text, "not written as RFC 8785 asks")
        return shaped(value, shape)
    except Refused as refused:
        raise Refused(f"{part}: {refused}") from None
    except FAULTS as fault:
        raise Refused(f"{part}: cannot be read: {fault!r:.120}") from None


def shaped(value: Json, shape: str) -> Json:
    """Refuse an object whose fields or their kinds are others than its shape's."""
    need(isinstance(value, dict), "an object is wanted")
    kinds = dict(field.split(":") for field in shape.split())
    amiss = {name for name, kind in kinds.items() if name not in value and "-" not in kind}
    amiss |= set(value) - set(kinds)
    need(not amiss, f"fields {sorted(amiss)} are amiss")
    for name, found in value.items():
        kind = kinds[name]
        fits = isinstance(found, TYPES.get(kind[0], str))
        fits = fits and isinstance(found, bool) == (kind[0] == "b")
        if kind[0] in PATTERNS and fits:
            fits = PATTERNS[kind[0]].fullmatch(found) is not None
        if kind[0] == "t" and fits:
            fits = all(isinstance(text, str) for text in found.values())
        need(fits or (found is None and "?" in kind), f"{name} is {found!r:.60}")
    return value


# ---- The container: a zip, or its folder, that holds one bag (BagIt 1.0, RFC 8493)


def zipped(base: str, files: Files) -> bytes:
    """Return the one zip of these files: stored, sorted, dated 1980, no comments."""
    body, directory = bytearray(), bytearray()
    for name in sorted(files):
        data, path = files[name], f"{base}/{name}".encode()
        sizes = (zlib.crc32(data), len(data), len(data), len(path), 0)
        plain = struct.pack("<5H3I2H", 20, 0, 0, 0, 33, *sizes)
        directory += b"PK\1\2\x14\x03" + plain
        directory += struct.pack("<3H2I", 0, 0, 0, 0o644 << 16, len(body)) + path
        body += b"PK\3\4" + plain + path + data
    counts = (len(files), len(files), len(directory), len(body))
    return bytes(body + directory + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, *counts, 0))


def unzipped(raw: bytes) -> tuple[str, Files]:
    """Return the folder and files of a zip that is to the byte as `zipped` makes it."""
    base, at, files = "", 0, Files()
    while raw[at : at + 4] == b"PK\3\4" and len(files) < MOST_FILES:
        size, length = struct.unpack_from("<IH", raw, at + 22)
        path = raw[at + 30 : at + 30 + length].decode("ascii")
        folder, _, name = path.partition("/")
        need(name not in files and base in {"", folder}, f"{path!r:.90} does not belong here")
        at += 30 + length + size
        base, files[name] = folder, raw[at - size : at]
    need(zipped(base, files) == raw, "the zip is not to the byte the one that its files make")
    return base, files


def unfolded(folder: Path) -> tuple[str, Files]:
    """Return the name and the files of an unpacked bag."""
    files, room = Files(), MOST_BYTES
    for count, path in enumerate(sorted(folder.rglob("*"))):
        name = path.relative_to(folder).as_posix()
        need(count <= MOST_FILES and not path.is_symlink(), f"{name}: a link, or too many files")
        if path.is_dir():
            need(name == "data", f"{name}: a folder that belongs to no pack")
            continue
        room -= path.stat().st_size
        need(path.is_file() and room >= 0, f"{name}: no file, or more than {MOST_BYTES} bytes")
        files[name] = path.read_bytes()
    return folder.resolve().name, files


def opened(path: Path) -> tuple[str, Files]:
    """Return the folder's name and all files of a pack."""
    if path.is_dir():
        return unfolded(path)
    need(path.is_file() and path.stat().st_size <= MOST_BYTES, f"no file of {MOST_BYTES} bytes")
    return unzipped(path.read_bytes())


def tag_files(data: Files) -> Files:
    """Return the bag's own files, all of which follow from its data."""
    size = f"{sum(map(len, data.values()))}.{len(data)}"
    tags = {
        "bag-info.txt": f"External-Description: {FORMAT}\n"
        f"External-Identifier: sha256:{sha(data['freeze.json'])}\nPayload-Oxum: {size}\n",
        "bagit.txt": "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "manifest-sha256.txt": "".join(f"{sha(data[n])}  data/{n}\n" for n in sorted(data)),
    }
    tags["tagmanifest-sha256.txt"] = "".join(f"{sha(tags[n])}  {n}\n" for n in sorted(tags))
    return {name: text.encode() for name, text in tags.items()}


def bagged_data(files: Files) -> Files:
    """Return the files of data/; all others must follow from them, but the signature."""
    data = {name[5:]: files[name] for name in files if name.startswith("data/")}
    known = {*TEXTS, *OBJECTS, *LINES}
    for name in sorted(set(data) - known):
        raise Refused(f"data/{name:.90}: belongs to no pack")
    for name in sorted(known - OPTIONAL - VERDICTS - set(data)):
        raise Refused(f"data/{name} is missing")
    need(len(VERDICTS & set(data)) == 1, f"data/: one of {sorted(VERDICTS)} is wanted")
    stated = files.get("manifest-sha256.txt", b"").decode().splitlines()
    for name in sorted(data):
        need(f"{sha(data[name])}  data/{name}" in stated, f"data/{name}: not as the manifest says")
    tags = tag_files(data)
    amiss = {name for name in files if not name.startswith("data/")} ^ {*tags, "signature.json"}
    need(not amiss, f"beside data/, missing or too many: {sorted(amiss)!s:.200}")
    for name, text in tags.items():
        need(files[name] == text, f"{name}: not what the files of data/ make")
    return data


# ---- Signatures: Ed25519 (RFC 8032), checked by the program openssl


def is_signed(words: str, signature: str, public: str) -> bool:
    """Ask openssl whether a signature is that of a public key, both in hex."""
    if not (HEX.fullmatch(signature) and HASH.fullmatch(public)):
        return False
    with tempfile.TemporaryDirectory() as folder:
        said, sign, key = (Path(folder, name) for name in ("said", "signature", "key"))
        said.write_bytes(words.encode())
        sign.write_bytes(bytes.fromhex(signature))
        # The fixed start of an Ed25519 key in DER (RFC 8410, section 4), then the key.
        key.write_bytes(bytes.fromhex("302a300506032b6570032100" + public))
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-rawin"]
        command += ["-inkey", str(key), "-in", str(said), "-sigfile", str(sign)]
        done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    return done.returncode == 0


def openssl_works() -> bool:
    """Say whether openssl accepts the second vector of RFC 8032, section 7.1, and no twin."""
    public = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    signature = (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    try:
        return is_signed("r", signature, public) and not is_signed("s", signature, public)
    except (OSError, subprocess.SubprocessError):
        return False


class Pack(SimpleNamespace):
    """A pack's parts by their files' names, and what follows from them at once."""

    @functools.cached_property
    def frozen(self) -> str:
        """The digest that everything cites: SHA-256 of freeze.json as it is."""
        return sha(self.data["freeze.json"])

    @functools.cached_property
    def decisions(self) -> Json:
        """The frozen decisions."""
        return [shaped(each, DECISION) for each in self.freeze["decisions"]]

    @functools.cached_property
    def answers(self) -> dict[str, dict[str, str]]:
        """The frozen answers by item and question."""
        found: dict[str, dict[str, str]] = {each["item"]: {} for each in self.decisions}
        for each in self.decisions:
            found[each["item"]][each["question"]] = each["answer"]
        return found

    @functools.cached_property
    def said(self) -> Json:
        """What the events say, each with its place in this chain, from 1 on."""
        said = []
        for order, event in enumerate(self.events, 1):
            body = parsed(f"events.jsonl, event {order}", event["body"], EVENT)
            said.append({**body, "order": order, "uid": body["about"]["uid"]})
        return said

    @functools.cached_property
    def freeze_event(self) -> Json:
        """The event that announced the freeze."""
        return self.once_said("lot.frozen", digest=self.frozen)

    @functools.cached_property
    def drawable(self) -> list[str]:
        """The frozen items that no census checked entirely: the plan and the draw are on them."""
        return list({each["item"]: 0 for each in self.decisions if each["rule"] != "census"})

    @functools.cached_property
    def billed(self) -> Json:
        """The invoice's lines on this freeze."""
        lines = self.invoice["lines"] if self.invoice else []
        return [shaped(line, BILL_LINE) for line in lines if line["freeze"] == self.frozen]

    def all_said(self, kind: str, **data: Json) -> Json:
        """Return the events of a kind that say these data."""
        found = [event for event in self.said if event["kind"] == kind]
        return [e for e in found if all(e["data"].get(n) == data[n] for n in data)]

    def once_said(self, kind: str, **data: Json) -> Json:
        """Return the one event of a kind that says these data."""
        found = self.all_said(kind, **data)
        need(len(found) == 1, f"events.jsonl: one {kind} is wanted, {len(found)} stand there")
        return found[0]

    @functools.cached_property
    def public_keys(self) -> dict[str, Json]:
        """The signing keys by fingerprint, each vouched for as it says."""
        known: dict[str, Json] = {}
        for line, key in enumerate(self.keys, 1):
            part, before = f"keys.jsonl, line {line}", key["predecessor"]
            if before is not None:
                need(before in known, f"{part}: its predecessor does not stand before it")
                words = {"key": key["public"], "made_at": key["made_at"], "predecessor": before}
                voucher = known[before]["public"]
                vouched = is_signed(canonical(words), key["endorsement"], voucher)
                need(vouched, f"{part}: its predecessor does not vouch for it")
            known[sha(bytes.fromhex(key["public"]))] = key
        need(len(known) == len(self.keys), "keys.jsonl: a key stands twice")
        return known

    def check_signed(self, part: str, signed: Json, name: str) -> None:
        """Refuse what the key of this name did not sign."""
        need(name in self.public_keys, f"{part}: its key is not in keys.jsonl")
        right = is_signed(signed["body"], signed["signature"], self.public_keys[name]["public"])
        need(right, f"{part}: the signature is not that of its key")

    def check_trust(self, part: str, name: str) -> None:
        """Refuse a key that the one that the reader knows does not vouch for, step by step."""
        step = name
        while self.known_key and step and step != self.known_key:
            step = self.public_keys[step]["predecessor"]
        need(step, f"{part}: signed by {name}, and the key that you know does not vouch for it")


def pack_of(files: Files, data: Files, known_key: str, known_head: str) -> Pack:
    """Parse all parts of a pack."""
    parts: dict[str, Json] = {}
    for name, shape in OBJECTS.items():
        parts[name.split(".")[0]] = parsed(name, data[name], shape) if name in data else None
    for name, shape in LINES.items():
        *lines, rest = data.get(name, b"").split(b"\n")
        need(not rest, f"{name}: the last line does not end")
        numbered = enumerate(lines, 1)
        parts[name.split(".")[0]] = [parsed(f"{name}, line {n}", x, shape) for n, x in numbered]
    parts["signature"] = parsed("signature.json", files["signature.json"], LINES["heads.jsonl"])
    parts["manifest"] = sha(files["tagmanifest-sha256.txt"])
    return Pack(data=data, known_key=known_key, known_head=known_head, **parts)


# ---- The parts, from the bytes to the claim. Each check returns what it found.


def check_signature(pack: Pack) -> str:
    """Check that the manifest, and so every file, is signed by a key that stands."""
    part, signed = "signature.json", pack.signature
    said = parsed(f"{part}: body", signed["body"], "format:s key:h manifest:h")
    same(part, fields(said, "format", "manifest"), {"format": FORMAT, "manifest": pack.manifest})
    pack.check_signed(part, signed, said["key"])
    need(pack.public_keys[said["key"]]["revoked_at"] is None, f"{part}: its key was revoked")
    pack.check_trust(part, said["key"])
    return f"all files are signed by key {said['key']}"


def check_events(pack: Pack) -> str:
    """Redo each event's hash: SHA-256(hash before it, then its text), from 64 zeros on."""
    last, place, seen, engagement = "0" * 64, 0, set(), pack.freeze["engagement"]
    for event, said in zip(pack.events, pack.said, strict=True):
        part = f"events.jsonl, event {said['order']}"
        last = sha(bytes.fromhex(last) + event["body"].encode())
        same(f"{part}: hash", event["hash"], last)
        same(f"{part}: engagement", said["engagement"], engagement)
        need(event["place"] > place, f"{part}: its place does not rise")
        place = event["place"]
        seen.add(last)
    facts = {"engagement": engagement, "events": len(pack.events), "hash": last, "place": place}
    same("head.json", pack.head, facts)
    known = not pack.known_head or pack.known_head in seen
    need(known, "head.json: the hash that you know is not in this chain: it tells another story")
    return f"{len(pack.events)} in one chain, the last is {last}"


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of a Merkle tree's node (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\1" + left + right).digest()


def leaf(event: Json) -> bytes:
    """Return the hash of an event as a leaf of the tree."""
    return hashlib.sha256(b"\0" + event["body"].encode()).digest()


def check_heads(pack: Pack) -> str:
    """Redo the Merkle root of each signed head over its events; the last has them all."""
    need(pack.heads, "heads.jsonl: no head was signed")
    trees: list[tuple[int, bytes]] = []  # complete subtrees, (leaves, root), the largest first
    size = 0
    for line, head in enumerate(pack.heads, 1):
        part = f"heads.jsonl, line {line}"
        said = parsed(part, head["body"], HEAD)
        rises = size < said["size"] <= len(pack.events)
        need(rises, f"{part}: its size does not rise, or is beyond the events")
        for event in pack.events[size : said["size"]]:
            count, root = 1, leaf(event)
            while trees and trees[-1][0] == count:
                count, root = 2 * count, node(trees.pop()[1], root)
            trees.append((count, root))
        size, root = said["size"], trees[-1][1]
        for _, left in trees[-2::-1]:
            root = node(left, root)
        same(f"{part}: root", said["root"], root.hex())
        same(f"{part}: engagement", said["engagement"], pack.freeze["engagement"])
        pack.check_signed(part, head, said["key"])
    same("heads.jsonl: events under the last head", size, len(pack.events))
    revoked = pack.public_keys[said["key"]]["revoked_at"]
    need(revoked is None or said["signed_at"] < revoked, "heads.jsonl: signed by a revoked key")
    pack.check_trust("heads.jsonl", said["key"])
    return f"{len(pack.heads)} signed, the last over all {size} events: {said['root']}"


def climbed(start: bytes, place: int, size: int, proof: Json) -> str:
    """Return the root to which an inclusion proof leads (RFC 9162, 2.1.3.2)."""
    root, last, steps = start, size - 1, [bytes.fromhex(step) for step in proof]
    while last:
        if place % 2 or place < last:  # else nothing stands beside it
            step = steps.pop(0)
            root = node(step, root) if place % 2 else node(root, step)
        place, last = place // 2, last // 2
    need(not steps, "a proof has a step too many")
    return root.hex()


def both_roots(earlier: int, size: int, root: str, proof: Json) -> Json:
    """Return the two roots to which a consistency proof leads (RFC 9162, 2.1.4.2)."""
    steps = [bytes.fromhex(step) for step in proof]
    if earlier & (earlier - 1) == 0:
        steps.insert(0, bytes.fromhex(root))
    place, last = earlier - 1, size - 1
    while place % 2:
        place, last = place // 2, last // 2
    old = new = steps.pop(0)
    while last:
        if place % 2:
            step = steps.pop(0)
            old, new = node(step, old), node(step, new)
        elif place < last:
            new = node(new, steps.pop(0))
        place, last = place // 2, last // 2
    need(not steps, "a proof has a step too many")
    return [old.hex(), new.hex()]


def check_proofs(pack: Pack) -> str:
    """Check that the claim's events, and every earlier head, stand under the last head."""
    *earlier, last = [json.loads(head["body"]) for head in pack.heads]
    size, root, roots = last["size"], last["root"], {head["size"]: head["root"] for head in earlier}
    told = [e["order"] for e in pack.said if pack.frozen == e["data"].get(PROVED.get(e["kind"]))]
    wanted = [{"kind": "inclusion", "place": place, "size": size} for place in told]
    wanted += [{"kind": "consistency", "place": place, "size": size} for place in roots]
    stated = [fields(each, "kind", "place", "size") for each in pack.proofs]
    same("proofs.jsonl: what is proved", stated, wanted)
    for line, each in enumerate(pack.proofs, 1):
        part, place, proof = f"proofs.jsonl, line {line}", each["place"], each["proof"]
        need(all(map(HASH.fullmatch, proof)), f"{part}: a step is no hash")
        if each["kind"] == "inclusion":
            start = leaf(pack.events[place - 1])
            same(part, [each["hash"], climbed(start, place - 1, size, proof)], [start.hex(), root])
        else:
            same(f"{part}: earlier root", each["hash"], roots[place])
            led = both_roots(place, size, roots[place], proof)
            same(f"{part}: both roots", led, [roots[place], root])
    return f"{len(told)} events stand under the last head, {len(earlier)} heads grew into it"


def check_items(pack: Pack) -> str:
    """Check that the items are those that were added to the lot, with their contents."""
    engagement, start = uuid.UUID(pack.freeze["engagement"]), 0
    for item in pack.items:
        follows = {
            "uid": str(uuid.uuid5(engagement, f"item/{item['key']}")),
            "content": sha(canonical(item["stated"])),
            "title": item["stated"]["title"],
        }
        same(f"items.jsonl: {item['key']}", fields(item, *follows), follows)
    for event in pack.all_said("items.added"):
        if event["subject"] == pack.engagement["lot"]["uid"]:
            added = pack.items[start : start + event["data"]["count"]]
            said = sha(canonical([[item["key"], item["content"]] for item in added]))
            facts = {"count": len(added), "digest": said}
            same("items.jsonl: items as they were added", facts, event["data"])
            start += len(added)
    same("items.jsonl: number of items", len(pack.items), start)
    return f"{start}, as they were added to the lot"


def check_freeze(pack: Pack) -> str:
    """Check that the frozen document is the announced one, and has every item once."""
    frozen, lot, digest = pack.freeze, pack.engagement["lot"], pack.frozen
    event = pack.freeze_event
    facts = {"digest": digest, "number": frozen["number"], "open": len(frozen["open"])}
    annexes = {n: sha(pack.data[f"{n}.json"]) for n in ANNEXES if f"{n}.json" in pack.data}
    facts |= {"annexes": annexes} if annexes else {}
    same("freeze.json", {**facts, "population": len(pack.answers)}, event["data"])
    follows = {"code": frozen["lot"], "uid": event["subject"]}
    same("engagement.json: lot", fields(lot, *follows), follows)
    same("engagement.json: uid", pack.engagement["uid"], frozen["engagement"])
    if (plan := pack.engagement["plan"]) is not None:
        names = ("confidence", "looks", "measure", "promise", "rule")
        said = pack.all_said("quality_plan.set")[-1]["data"]
        same("engagement.json: plan", fields(plan, *names), fields(said, *names))
    order = [(each["key"], each["question"]) for each in pack.decisions]
    need(all(one < two for one, two in pairwise(order)), "freeze.json: order of decisions")
    known = {item["key"]: [item["uid"], item["content"]] for item in pack.items}
    decided = {each["key"] for each in pack.decisions}
    need(not decided & set(frozen["open"]), "freeze.json: an item is both decided and open")
    same("freeze.json: items", sorted([*decided, *frozen["open"]]), sorted(known))
    same("freeze.json: open", frozen["open"], sorted(frozen["open"]))
    for each in pack.decisions:
        same(f"freeze.json: {each['key']}", [each["item"], each["content"]], known[each["key"]])
    stated = [(frozen["guideline"], sha(pack.data["guideline.md"]))]
    stated += [(pack.engagement["guideline"]["digest"], frozen["guideline"])]
    stated += [(each["digest"], sha(each["text"])) for each in pack.guidelines]
    for named, made in stated:
        same("guideline", named, made)
        need(pack.all_said("guideline.published", digest=named), f"guideline {named}: unpublished")
    return f"SHA-256 {digest}"


def check_judgments(pack: Pack) -> str:
    """Check that every judgment says what its event said, and that none is left out."""
    items = {item["uid"] for item in pack.items}
    names = {each["uid"]: each["name"] for each in pack.engagement["experts"]}
    told = {e["uid"]: e["data"] for e in pack.all_said("judgment.submitted")}
    told = {uid: data for uid, data in told.items() if data["item"] in items}
    taken = {event["data"]["judgment"] for event in pack.all_said("judgment.taken_back")}
    rules = {pack.freeze["guideline"], *(each["digest"] for each in pack.guidelines)}
    given = {each["uid"]: each for each in pack.judgments}
    same("judgments.jsonl: judgments", sorted(each["uid"] for each in pack.judgments), sorted(told))
    order = [[each["submitted_at"], each["uid"]] for each in pack.judgments]
    same("judgments.jsonl: order", order, sorted(order))
    for uid, each in given.items():
        part, event = f"judgments.jsonl: {uid}", told[uid]
        follows = fields(event, "answers", "guideline", "item", "purpose", "reason", "slot")
        follows |= {"expert": names[event["expert"]], "taken_back": uid in taken}
        same(part, {**fields(each, *follows), "reason": sha(each["reason"])}, follows)
        need(each["guideline"] in rules, f"{part}: its guideline is not in the pack")
        before = each["supersedes"]
        fits = before is None or (before in given and given[before]["item"] == each["item"])
        need(fits, f"{part}: it supersedes no judgment on its item")
    return f"{len(given)}, each as its event says"


def standing_judgments(pack: Pack) -> Json:
    """Return, by item and purpose, the judgments that stood when the lot was frozen."""
    frozen = pack.freeze_event["order"]
    reopened: set[str] = set()
    then, gone = set(), set()
    for event in reversed(pack.said[:frozen]):
        kind, data = event["kind"], event["data"]
        if kind == "items.reopened":
            reopened.update(data["items"])  # what was judged before rests
        if kind == "judgment.taken_back":
            gone.add(data["judgment"])
        if kind == "judgment.submitted" and data["item"] not in reopened:
            then.add(event["uid"])
    gone |= {each["supersedes"] for each in pack.judgments if each["uid"] in then}
    standing: dict[tuple[str, str], Json] = {}
    for each in pack.judgments:
        if each["uid"] in then - gone:
            purpose = "first" if each["purpose"] == "further" else each["purpose"]
            standing.setdefault((each["item"], purpose), []).append(each)
    return standing


def instance(judgment: Json) -> int:
    """Return which adjudication of its item this is, from 1: its slot's id tells."""
    item = uuid.UUID(judgment["item"])
    for again in range(100):  # times that the item was reopened before
        for count in range(1, 101):
            name = f"slot/adjudication/{count}" + (f"/{again}" if again else "")
            if str(uuid.uuid5(item, name)) == judgment["slot"]:
                return count
    raise Refused(f"judgments.jsonl: the slot of {judgment['uid']} is none of its item")


def check_census(pack: Pack) -> str:
    """Check what was foretold and found in each census of the riskiest against its events."""
    frozen, given = pack.freeze_event, {each["uid"]: each for each in pack.judgments}
    opened = [e for e in pack.all_said("census.opened") if e["subject"] == frozen["subject"]]
    opened = [event for event in opened if event["order"] < frozen["order"]]
    censuses = [shaped(census, CENSUS) for census in pack.freeze.get("census", [])]
    same("freeze.json: censuses", [c["uid"] for c in censuses], [e["uid"] for e in opened])
    for census, event in zip(censuses, opened, strict=True):
        part = f"freeze.json: census {census['number']}"
        terms = fields(census, "batch", "confidence", "largest", "number", "tolerance")
        same(part, {**terms, "risk": sha(canonical(census["risk"]))}, event["data"])
        checks, done = [shaped(check, CHECK) for check in census["checked"]], 0
        for each in pack.all_said("census.batch_opened"):
            if each["uid"] == census["uid"]:
                batch = checks[done : done + len(each["data"]["items"])]
                facts = {"items": [c["item"] for c in batch], "from": done + 1}
                facts["decided"] = sha(canonical([c["decided"] for c in batch]))
                same(f"{part}: a batch", facts, each["data"])
                done += len(batch)
        for place, check in enumerate(checks, 1):
            judgment = given[check["judgment"]] if check["judgment"] else None
            said = fields(check, "differs", "item", "judgment", "place")
            said |= {"census": census["uid"]}
            if check["differs"] is not None:
                heard = pack.once_said("census.recorded", census=census["uid"], place=place)
                same(f"{part}: check {place}", said, heard["data"])
                differs = not judgment or judgment["answers"] != check["decided"]
                same(f"{part}: check {place} differs", check["differs"], differs)
        same(f"{part}: number of checks", len(checks), done)
    if not censuses:
        return "there was none"
    found = len(pack.answers) - len(pack.drawable)
    return NotRedone(f"{found} were checked entirely; who came next follows from a prediction")


def deciders(part: str, each: Json, standing: Json) -> tuple[Json, Json]:
    """Return the judgments that give a decision by its rule, and all that it may name."""
    purposes = ("first", "adjudication", "census")
    first, adjudications, checks = (standing.get((each["item"], p), []) for p in purposes)
    rule, answers = each["rule"], {judgment["answers"].get(each["question"]) for judgment in first}
    need(answers, f"{part}: no judgment stands behind it")
    need((rule == "census") == (len(checks) == 1), f"{part}: its census decides, or none did")
    if rule == "census":
        return checks, first + adjudications + checks
    if rule == "aggregated":
        need("method" in each, f"{part}: aggregated, but by no method")
        return first, first
    if rule == "unanimous":
        need(len(answers) == 1, f"{part}: its judgments disagree")
        return first, first
    ordered = sorted((instance(judgment), judgment["uid"], judgment) for judgment in adjudications)
    numbers, last = [number for number, _, _ in ordered], [each[2] for each in ordered[-1:]]
    if rule == "adjudicated":
        need(len(answers) > 1 or "method" in each, f"{part}: adjudicated, but nobody disagreed")
        need(numbers == [1], f"{part}: one adjudication and no appeal is wanted")
    else:
        need(rule == "appealed", f"{part}: the rule {rule!r:.40} is not known here")
        need(numbers and numbers[-1] > 1, f"{part}: no adjudication on appeal stands behind it")
    return last, first + last


def check_decisions(pack: Pack) -> str:
    """Derive every decision from its judgments by the rule that it names."""
    standing = standing_judgments(pack)
    for each in pack.decisions:
        part = f"freeze.json: decision on {each['key']}"
        deciding, named = deciders(part, each, standing)
        if each["rule"] != "aggregated":
            same(part, each["answer"], deciding[0]["answers"][each["question"]])
        least, most = ({judgment["uid"] for judgment in some} for some in (deciding, named))
        need(least <= set(each["judgments"]) <= most, f"{part}: it names other judgments")
    rules = Counter(each["rule"] for each in pack.decisions)
    found = ", ".join(f"{count} {rule}" for rule, count in sorted(rules.items()))
    if any("method" in each for each in pack.decisions):
        return NotRedone(f"{found}; what is aggregated, and chances, are estimates over the lot")
    return found


def check_judges(pack: Pack) -> str:
    """Check that people stand under pseudonyms, and that each record counts what it names."""
    engagement, shown = uuid.UUID(pack.freeze["engagement"]), pack.engagement["experts"]
    for each in shown:
        if each["kind"] == "person":
            name = uuid.uuid5(engagement, f"pseudonym/{each['uid']}").hex[:6]
            same("engagement.json: a person", each["name"], f"Expert {name}")
    if not pack.skills:
        return "the freeze is from before records were kept"
    said = {e["uid"]: e["data"] for e in pack.said[: pack.freeze_event["order"]]}
    held: dict[tuple[str, str], Json] = {}
    for each in pack.skills["answers"]:
        part, given = "skills.json: an answer", said[shaped(each, HELD)["judgment"]]
        own = given["answers"][each["question"]]
        follows = {"expert": given["expert"], "right": own == each["known"]}
        same(part, fields(each, *follows), follows)
        if each["cause"] != "gold":  # what gold says stands in no event
            against = said[each["reference"]]
            known = [against["item"], against["answers"][each["question"]]]
            same(f"{part}: known", known, [given["item"], each["known"]])
        held.setdefault((each["expert"], each["question"]), []).append(each)
    names = {each["uid"]: each["name"] for each in shown}
    for each in pack.skills["skills"]:
        mine = held.pop((shaped(each, SKILL)["expert"], each["question"]), [])
        counts = {"known": len(mine), "name": names[each["expert"]]}
        counts["right"] = sum(answer["right"] for answer in mine)
        same("skills.json: counts", fields(each, *counts), counts)
    need(not held, "skills.json: answers that no record counts")
    return NotRedone(
        "records count their answers; what gold says, intervals, agreement and "
        "credentials stand as the freeze fixed them"
    )


def limits_and_level(population: int, bad: int, plan: Json) -> tuple[list[int], float]:
    """Return the greatest limits that the plan allows its looks, and its exact level.

    D errors lie in C(N, D) equally likely ways among N places in the order of the draw.
    `ways[e]` counts how e of them lie among the first n so that no look before certified;
    each leaves C(N - n, D - e) ways for the rest. A look takes in, from the fewest errors
    on, what keeps the share of all ways that certify so far within 1 - confidence, times
    look / last look. Counts beyond the plan's last limit, and one, need not be followed.
    """
    looks, wide = plan["looks"], max(plan["max_errors"]) + 1
    allowed = 1 - Fraction(repr(float(plan["confidence"])))
    total, spent, done, limit, limits = math.comb(population, bad), 0, 0, -1, []
    ways = {0: 1}
    for look in looks:
        more: Counter[int] = Counter()
        for errors, count in ways.items():
            for new in range(min(look - done, wide - errors) + 1):
                more[errors + new] += count * math.comb(look - done, new)
        ways, done = dict(more), look
        while limit < min(wide, bad):
            cost = ways.get(limit + 1, 0) * math.comb(population - look, bad - limit - 1)
            if Fraction(spent + cost, total) > allowed * Fraction(look, looks[-1]):
                break
            spent, limit = spent + cost, limit + 1
            ways.pop(limit, None)
        limits.append(limit)
    return limits, float(Fraction(spent, total))


def tolerated(share: float, size: int) -> int:
    """Return how many differences are tolerated; 1e-9 lets 0.29 of 100 be 29."""
    return math.floor(share * size + 1e-9)


def check_plan(pack: Pack) -> str:
    """Compute the plan's limits and exact level; check that it came before the draw."""
    plan, size, whole = pack.plan, pack.plan["population"], len(pack.answers)
    looks, limits = plan["looks"], plan["max_errors"]
    left = len(pack.drawable)
    facts = {"census": whole - left, "freeze": pack.frozen, "population": left}
    same("plan.json", fields(plan, *facts), facts)
    need(all(type(n) is int for n in [*looks, *limits]), "plan.json: a look or limit is not whole")
    rising = looks and all(a < b for a, b in pairwise([0, *looks])) and looks[-1] <= size
    need(rising, "plan.json: the looks do not rise up to the population")
    fits = len(limits) == len(looks) and all(-1 <= limit < size for limit in limits)
    need(fits, "plan.json: the limits do not fit the looks")
    most = tolerated(plan["tolerance"], size)
    share = 0 < plan["confidence"] < 1 and 0 <= plan["tolerance"] < 1 and most < size
    need(share, "plan.json: confidence or tolerance is out of range")
    found, level = limits_and_level(size, most + 1, plan)
    same("plan.json", fields(plan, "level", "max_errors"), {"level": level, "max_errors": found})
    terms = fields(plan, "confidence", "looks", "max_errors", "population", "tolerance")
    same("plan.json: digest", plan["digest"], sha(canonical(terms)))
    recorded = pack.once_said("plan.recorded", freeze=pack.frozen)
    told = {**terms, **fields(plan, "census", "digest", "freeze", "level")}
    same("plan.json: as recorded", told, {"census": 0, **recorded["data"]})
    agreed = [e for e in pack.all_said("quality_plan.set") if e["order"] < recorded["order"]]
    promised = tolerated(agreed[-1]["data"]["promise"], whole)
    promised = min(promised, size - 1) if plan["census"] else promised
    same("plan.json: tolerated, as promised of the whole lot", most, promised)
    drawn = pack.once_said("draw.made", freeze=pack.frozen)
    need(recorded["order"] < drawn["order"], "plan.json: recorded after the draw")
    return f"at most {most} of {size}, exact level {level:.6f}, recorded before the draw"


def check_draw(pack: Pack) -> str:
    """Redo the seed; check that nobody could choose it after the freeze."""
    draw, frozen = pack.draw, pack.freeze_event
    need(HEX.fullmatch(draw["nonce"]), "draw.json: the nonce is no text in hex")
    nonce = bytes.fromhex(draw["nonce"])
    follows = {"freeze": pack.frozen, "seed": sha(bytes.fromhex(pack.frozen) + nonce)}
    same("draw.json", fields(draw, *follows), follows)
    made = pack.once_said("draw.made", freeze=pack.frozen)
    same("draw.json: as drawn", fields(draw, "drawer", "freeze", "nonce", "seed"), made["data"])
    need(made["order"] > frozen["order"], "draw.json: drawn before the freeze")
    if draw["drawer"] == "provider":
        same("draw.json: commitment", draw["commitment"], None)
        return "drawn by the provider, as the certificate must say"
    follows = {"commitment": sha(nonce), "drawer": "client"}
    same("draw.json", fields(draw, *follows), follows)
    said = {"commitment": sha(nonce), "freeze_number": pack.freeze["number"]}
    committed = pack.once_said("nonce.committed", **said)
    need(committed["order"] < frozen["order"], "draw.json: committed to only after the freeze")
    need(committed["actor"] != frozen["actor"], "draw.json: who froze the lot chose the nonce")
    return "with the client's nonce, committed to before the freeze"


def outcomes(pack: Pack) -> list[bool]:
    """Return, in the order of the draw, whether each answered audit differs."""
    return [each["differs"] for each in pack.audits if each["differs"] is not None]


def check_audits(pack: Pack) -> str:
    """Draw again; the audited must be the first, without a gap; compare them again."""
    seed = bytes.fromhex(pack.draw["seed"])
    ranks = {uid: hashlib.sha256(seed + uid.encode()).digest() for uid in pack.drawable}
    order = sorted(ranks, key=lambda uid: (ranks[uid], uid))
    keys = {each["item"]: each["key"] for each in pack.decisions}
    judgments = {each["uid"]: each for each in pack.judgments}
    told = {e["uid"]: e["data"] for e in pack.all_said("audit.recorded", freeze=pack.frozen)}
    found = outcomes(pack)
    for place, audit in enumerate(pack.audits, 1):
        part, item = f"audits.jsonl, place {place}", order[place - 1]
        follows = {"item": item, "key": keys[item], "place": place}
        same(part, fields(audit, *follows), follows)
        given = None if audit["judgment"] is None else judgments[audit["judgment"]]
        same(f"{part}: answer", audit["answer"], given and given["answers"])
        need(not given or (given["purpose"], given["item"]) == ("audit", item), f"{part}: judgment")
        if place > len(found):
            same(f"{part}: not answered", [audit["differs"], given], [None, None])
            continue
        # No answer counts as a difference: what was not confirmed is not claimed.
        same(f"{part}: differs", audit["differs"], audit["answer"] != pack.answers[item])
        said = fields(audit, "differs", "item", "judgment", "place")
        same(f"{part}: as recorded", {**said, "freeze": pack.frozen}, told.pop(audit["uid"]))
    need(not told, f"audits.jsonl: {len(told)} recorded audits are left out")
    frozen = pack.freeze_event["uid"]
    drawn = [e["data"]["to"] for e in pack.all_said("audits.opened") if e["uid"] == frozen]
    same("audits.jsonl: number of lines", len(pack.audits), max(drawn, default=0))
    return f"the first {len(found)} of the draw, {sum(found)} differ"


def verdict_after(plan: Json, found: list[bool]) -> str:
    """Return what the plan says after these audits; the first look that ends it counts."""
    for look, limit in zip(plan["looks"], plan["max_errors"], strict=True):
        if look > len(found):
            break
        errors = sum(found[:look])
        if errors <= limit:
            return "certified"
        if look == plan["looks"][-1] or errors > plan["max_errors"][-1]:
            return "spent"
    return "continue"


def check_claim(pack: Pack) -> str:
    """Derive every figure of the certificate, or of the verdict, from plan and audits."""
    plan, found, claim, digest = pack.plan, outcomes(pack), pack.certificate, pack.frozen
    if claim is None:
        need(not pack.all_said("lot.certified", freeze=digest), "verdict.json: it was certified")
        facts = {"audited": len(found), "differing": sum(found), "freeze": digest}
        facts |= {"population": len(pack.answers), "verdict": verdict_after(plan, found)}
        same("verdict.json", fields(pack.verdict, *facts), facts)
        return NotRedone("nothing is claimed; sequence_upper is an estimate that nothing rests on")
    need(claim["audited"] in plan["looks"], "certificate.json: the plan does not look there")
    most = tolerated(plan["tolerance"], plan["population"])
    seen, whole = found[: claim["audited"]], len(pack.answers)
    facts = {"audited": len(seen), "differing": sum(seen), "claimed_errors": most, "freeze": digest}
    facts |= {**fields(plan, "census", "confidence", "level"), "plan": plan["digest"]}
    facts |= {"drawer": pack.draw["drawer"], "bound": most / whole, "population": whole}
    facts |= {"method": METHODS[plan["census"] > 0]}
    same("certificate.json", fields(claim, *facts), facts)
    same("certificate.json: verdict", "certified", verdict_after(plan, seen))
    signed = pack.once_said("lot.certified", freeze=digest)
    told = fields(claim, "audited", "census", "confidence", "differing", "freeze", "number", "plan")
    told |= {"texts": sha(canonical([claim["checker_error"], claim["not_checked"]]))}
    told |= {"claimed": most, "uid": claim["uid"]}
    follows = {"census": 0, **signed["data"], "uid": signed["uid"]}
    same("certificate.json: as signed", told, follows)
    sets = [e["data"] for e in pack.all_said("quality_plan.set") if e["order"] < signed["order"]]
    same("certificate.json: measure", claim["measure"], sets[-1]["measure"])
    audited = {audit["uid"] for audit in pack.audits[: claim["audited"]]}
    heard = [e for e in pack.all_said("audit.recorded", freeze=digest) if e["uid"] in audited]
    early = all(event["order"] < signed["order"] for event in heard)
    need(early, "certificate.json: signed before its last audit")
    rests = pack.all_said("freeze.suspended", freeze=digest)
    note = "; SUSPENDED since, as decisions were reopened" if rests else ""
    return f"at most {most} of {whole} differ, confidence {plan['confidence']}{note}"


def check_ledger(pack: Pack) -> str:
    """Check that the entries are what judgments and invoice lines caused, and sum to zero."""
    experts = {each["uid"]: each["expert"] for each in pack.judgments}
    due: dict[str, Json] = {}  # by entry: accounts, amount, currency, expert and its cause
    for event in pack.said:
        said = event["data"]
        if event["kind"] in {"cost.posted", "cost.reversed"} and said["judgment"] in experts:
            accounts, amount = ("expert cost", "expert payable"), Decimal(said["amount"])
            fact = said["judgment"] if event["kind"] == "cost.posted" else None
            due[said["entry"]] = accounts, amount, said["currency"], experts[said["judgment"]], fact
    for line in pack.billed:
        against = {"charge": "revenue", "credit": "service credit"}[line["kind"]]
        name, amount = str(uuid.uuid5(uuid.UUID(line["uid"]), "owed")), Decimal(line["amount"])
        accounts = ("client receivable", against)
        due[name] = accounts, amount, pack.invoice["currency"], None, line["uid"]
    entries = [shaped(entry, ENTRY) for entry in pack.ledger["entries"]]
    same("ledger.json: entries", [entry["entry"] for entry in entries], sorted(due))
    for entry in entries:
        accounts, amount, currency, expert, fact = due[entry["entry"]]
        sides = [shaped(side, SIDE) for side in entry["sides"]]
        stated = [(s["account"], Decimal(s["amount"]), s["currency"], s["expert"]) for s in sides]
        pairs = zip(accounts, (amount, -amount), strict=True)
        follows = [(account, part, currency, expert) for account, part in pairs]
        caused = fact in {None, entry["fact"]["uid"]}
        need(caused, f"ledger.json: entry {entry['entry']}: another fact caused it")
        need(sorted(stated, key=str) == follows, f"ledger.json: entry {entry['entry']}: {follows}")
    return f"{len(entries)} entries, each sums to zero and has its cause"


def check_invoice(pack: Pack) -> str:
    """Check that the invoice is the one issued, adds up, and bills exactly the frozen items."""
    invoice, keys = pack.invoice, list({each["key"]: None for each in pack.decisions})
    if invoice is None:
        return "the freeze is not billed"
    need(pack.billed, "invoice.json: no line bills this freeze")
    [issued] = [e["data"] for e in pack.all_said("invoice.issued") if e["uid"] == invoice["uid"]]
    names = ("currency", "number", "specimen")
    same("invoice.json", fields(invoice, *names), fields(issued, *names))
    lines = [[shaped(each, BILL_LINE) for each in invoice["lines"]], issued["lines"]]
    told, heard = ([(x["kind"], x["freeze"], Decimal(x["amount"])) for x in some] for some in lines)
    need(told == heard, "invoice.json: other lines were issued")
    for place, line in enumerate(invoice["lines"], 1):
        part, amount = f"invoice.json: line {place}", Decimal(line["amount"])
        same(f"{part}: place", line["place"], place)
        price = Decimal(line["unit_price"]) * line["quantity"]
        need(amount == price.quantize(Decimal("0.01"), ROUND_HALF_EVEN), f"{part}: amount")
        if line in pack.billed:
            same(f"{part}: items", line["items"], keys)
            charged = line["kind"] == "charge" and line["quantity"] == len(keys)
            credit = line["kind"] == "credit" and amount <= 0 and pack.certificate is None
            need(charged or credit, f"{part}: neither a charge nor a credit that is due")
    total = sum(amount for _, _, amount in told)
    need(total == Decimal(invoice["total"]), f"invoice.json: total: the lines sum to {total}")
    return f"{invoice['currency']} {total}, {len(pack.billed)} lines on this freeze"


def check_provenance(pack: Pack) -> str:
    """Check that it names each file by its SHA-256, steps by their events, and nothing else."""
    graph = pack.prov
    others = {f"file:{name}": sha(data) for name, data in pack.data.items() if name != "prov.json"}
    named = {name for name in graph["entity"] if name.startswith("file:")}
    same("prov.json: files", sorted(named), sorted(others))
    for name, digest in others.items():
        same(f"prov.json: {name}", graph["entity"][name]["peritus:sha256"], digest)
    for name, step in graph["activity"].items():
        if name.startswith("event:"):
            said = pack.said[int(name[6:]) - 1]
            follows = {"peritus:kind": said["kind"], "prov:startTime": said["at"]}
            follows |= {"prov:endTime": said["at"]}
            same(f"prov.json: {name}", fields(step, *follows), follows)
    nodes = {*graph["entity"], *graph["activity"], *graph["agent"]}
    for kind in sorted(set(graph) - {"activity", "agent", "entity", "prefix"}):
        for relation in graph[kind].values():
            need(set(relation.values()) <= nodes, f"prov.json: {kind}: an end is no node")
    return f"{len(named)} files by their SHA-256, {len(graph['activity'])} steps"


def check_report(pack: Pack) -> str:
    """Check that the report is about this freeze and this claim; nobody can compare its words."""
    for name in sorted({"freeze.json", *VERDICTS} & set(pack.data)):
        about = f"{name} sha256:{sha(pack.data[name])}"
        need(about.encode() in pack.data["report.pdf"], f"report.pdf: it is not about {about}")
    return NotRedone("it names freeze and claim; its words and figures are held by the signature")


CHECKS: list[Callable[[Pack], str]] = [
    *(check_signature, check_events, check_heads, check_proofs, check_items, check_freeze),
    *(check_judgments, check_census, check_decisions, check_judges, check_plan, check_draw),
    *(check_audits, check_claim, check_ledger, check_invoice, check_report, check_provenance),
]


def tried(check: Callable[..., str], *arguments: object) -> tuple[str, str]:
    """Return "ok", "not redone" or "REFUSED", with what was found."""
    try:
        found = check(*arguments)
    except Refused as refused:
        return "REFUSED", str(refused)
    except FAULTS as fault:
        return "REFUSED", f"a part has not the shape that it must have: {fault!r:.200}"
    return ("not redone" if isinstance(found, NotRedone) else "ok"), found


def verified(path: Path, known_key: str = "", known_head: str = "") -> list[tuple[str, str, str]]:
    """Return (part, state, words) for every part of a pack."""
    try:
        base, files = opened(path)
        data = bagged_data(files)
    except (Refused, OSError, UnicodeError, struct.error) as fault:
        return [("bag", "REFUSED", str(fault))]
    found = [("bag", "ok", f"{len(data)} files, to the byte as the manifest says")]
    try:
        pack = pack_of(files, data, known_key, known_head)
        same("folder", base, f"evidence-{pack.freeze['lot']}-{pack.freeze['number']}")
    except Refused as fault:
        return [*found, ("contents", "REFUSED", str(fault))]
    parts = ((check.__name__.removeprefix("check_"), check) for check in CHECKS)
    return found + [(part, *tried(check, pack)) for part, check in parts]


def check_statement(text: str, known_key: str) -> str:
    """Read the signed line of a certificate, as its QR code holds it."""
    need(len(text) <= MOST_TEXT, "longer than any statement")
    signed, _, _ = text.rpartition(".")
    padded = (part + "=" * (-len(part) % 4) for part in text.split(".")[1:])
    packed, signature = (base64.urlsafe_b64decode(part) for part in padded)
    words = zlib.decompressobj().decompress(packed, MOST_TEXT)
    said = parsed("statement", words, STATEMENT)
    holds = is_signed(signed, signature.hex(), said["key"])
    need(holds, "the signature is not over this text")
    name = hashlib.sha256(bytes.fromhex(said["key"])).hexdigest()
    need(known_key in {"", name}, f"signed by key {name}, not by the one that you named")
    lines = (f"\n   {each}: {value}" for each, value in said.items())
    return f"signed by key {name}, and says{''.join(lines)}"


def main() -> int:
    """Print what was found, part by part; the exit code is that of the head of this file."""
    options = argparse.ArgumentParser(description="Check an evidence pack without Peritus.")
    options.add_argument("pack", help="the pack, or the text of a certificate's QR code")
    options.add_argument("--key", default="", help="SHA-256 of the signing key, got elsewhere")
    options.add_argument("--head", default="", help="a hash of the chain, known from earlier")
    given = options.parse_args()
    if not openssl_works():
        print("NOT CHECKED: no openssl of version 3.0 or newer is found, so no signature can be")
        return 2
    if given.pack.startswith("PERITUS1."):
        state, words = tried(check_statement, given.pack, given.key)
        found = [("statement", state, words)]
    else:
        found = verified(Path(given.pack), given.key, given.head)
    for part, state, words in found:
        print(f"{state} {part}: {words}")
    if any(state == "REFUSED" for _, state, _ in found):
        print("REFUSED: this is not as it was written")
        return 1
    if not given.key:
        print("NOT CONFIRMED: nothing is refused, but only --key tells whose signature this is")
        return 2
    print("ok: nothing is refused, and the key that you named stands behind it")
    return 0


if __name__ == "__main__":
    sys.exit(main())
