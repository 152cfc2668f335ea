"""Whole packs pass; every kind of tampering is refused and named."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peritus.delivery.verification import redraw, verify_pack
from peritus.delivery.verification.chain import next_hash
from peritus.journal import pump
from peritus.journal.canonical import canonical
from peritus.journal.signatures import fingerprint_of
from tests.factories.packs import (
    FOREIGN,
    FORGER,
    change,
    loose,
    members_of,
    put_events,
    put_rows,
    rechain,
    remade,
    repacked,
    resign,
    rows,
)
from tests.unit.delivery.scene import NONCE

# `packs` are written in the test database, once.
pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def faults_of(path: Path, pack: bytes, **options: str) -> dict[str, str]:
    path.write_bytes(pack)
    return {check.name: check.detail for check in verify_pack(path, **options).faults}


@pytest.mark.parametrize("name", ["certified", "spent", "provider_drawn", "running"])
def test_verify_pack_passes_a_pack_as_written(packs, tmp_path, name):
    faults = faults_of(tmp_path / "pack.zip", getattr(packs, name))

    assert faults == {}


def test_verify_pack_needs_no_django_and_no_settings(pack_path):
    program = (
        "import sys; sys.modules['django'] = None\n"
        "from peritus.delivery.verification import verify_pack\n"
        "print(verify_pack(sys.argv[1]).passed)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, str(pack_path)], capture_output=True, text=True, check=True
    )

    assert done.stdout == "True\n"


def test_next_hash_is_the_journals_own():
    assert next_hash("ab" * 32, "{é}") == pump.next_hash("ab" * 32, "{é}")


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_verify_pack_refuses_any_flipped_byte(packs, tmp_path, data):
    at = data.draw(st.integers(0, len(packs.certified) - 1))
    flipped = bytearray(packs.certified)
    flipped[at] ^= data.draw(st.integers(1, 255))

    assert faults_of(tmp_path / "pack.zip", bytes(flipped)) != {}


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_verify_pack_names_the_member_in_which_a_byte_was_flipped(packs, tmp_path, data):
    members = members_of(packs.certified)
    name = data.draw(st.sampled_from(sorted(members)))
    content = bytearray(members[name])
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))

    faults = faults_of(
        tmp_path / "pack.zip", loose(packs.certified, {**members, name: bytes(content)})
    )

    assert faults["manifest"].startswith(f"data/{name}: SHA-256")


def test_verify_pack_refuses_bytes_after_the_zip(packs, tmp_path):
    faults = faults_of(tmp_path / "pack.zip", packs.certified + b"\n")

    assert set(faults) == {"zip"}


def test_verify_pack_refuses_what_is_no_zip(tmp_path):
    faults = faults_of(tmp_path / "pack.zip", b"PK\x03\x04 and nothing else")

    assert set(faults) == {"zip"}


def test_verify_pack_refuses_a_file_that_is_not_there(tmp_path):
    report = verify_pack(tmp_path / "nowhere.zip")

    assert not report.passed


def test_verify_pack_refuses_a_compressed_member(packs, tmp_path):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(members_of(packs.certified).items()):
            archive.writestr(f"pack/{name}", content)

    faults = faults_of(tmp_path / "pack.zip", target.getvalue())

    assert "uncompressed" in faults["zip"]


@pytest.mark.parametrize("name", ["judgments.jsonl", "certificate.json", "README.txt"])
def test_verify_pack_names_a_dropped_file(packs, tmp_path, name):
    members = members_of(packs.certified)
    del members[name]

    faults = faults_of(tmp_path / "pack.zip", loose(packs.certified, members))

    assert name in faults["files"]
    assert faults["manifest"] == f"data/{name}: in the manifest, but not in the pack."


def test_verify_pack_refuses_a_file_that_belongs_to_no_pack(packs, tmp_path):
    members = members_of(packs.certified)
    members["extra.txt"] = b"?"

    faults = faults_of(tmp_path / "pack.zip", repacked(members))

    assert "extra.txt" in faults["files"]


def test_verify_pack_refuses_a_file_that_the_manifest_does_not_name(packs, tmp_path):
    members = members_of(packs.running)
    members["invoice.json"] = members_of(packs.certified)["invoice.json"]

    faults = faults_of(tmp_path / "pack.zip", loose(packs.running, members))

    assert faults["manifest"] == "data/invoice.json: in the pack, but not in the manifest."


def test_verify_pack_refuses_a_decision_that_moved_after_the_freeze(packs, tmp_path):
    members = members_of(packs.certified)
    frozen = json.loads(members["freeze.json"])
    frozen["decisions"][0]["answer"] = "b"
    members["freeze.json"] = canonical(frozen)

    faults = faults_of(tmp_path / "pack.zip", repacked(members))

    assert {"freeze", "decisions", "plan", "draw", "claim"} <= set(faults)


@pytest.mark.parametrize("purpose", ["first", "adjudication", "audit"])
def test_verify_pack_refuses_a_swapped_answer(packs, tmp_path, purpose):
    members = members_of(packs.certified)
    judgments = rows(members, "judgments.jsonl")
    chosen = next(each for each in judgments if each["purpose"] == purpose)
    chosen["answers"] = {"answer": "c"}
    put_rows(members, "judgments.jsonl", judgments)

    faults = faults_of(tmp_path / "pack.zip", repacked(members))

    assert chosen["uid"] in faults["judgments"]


@pytest.mark.parametrize(
    ("purpose", "part"),
    [("first", "decisions"), ("adjudication", "decisions"), ("audit", "audits")],
)
def test_verify_pack_refuses_a_swapped_answer_when_its_event_was_forged_too(
    packs, tmp_path, purpose, part
):
    members = members_of(packs.certified)
    judgments = rows(members, "judgments.jsonl")
    chosen = next(each for each in judgments if each["purpose"] == purpose)
    chosen["answers"] = {"answer": "c"}
    put_rows(members, "judgments.jsonl", judgments)
    rechain(
        members,
        lambda said: (
            said["about"]["uid"] == chosen["uid"] and said["data"].update(answers={"answer": "c"})
        ),
    )

    faults = faults_of(tmp_path / "pack.zip", repacked(members))

    assert part in faults


def test_verify_pack_refuses_a_judgment_that_was_left_out(packs, tmp_path):
    members = members_of(packs.certified)
    put_rows(members, "judgments.jsonl", rows(members, "judgments.jsonl")[1:])

    faults = faults_of(tmp_path / "pack.zip", repacked(members))

    assert {"judgments", "decisions"} <= set(faults)


def test_verify_pack_refuses_cherry_picked_audits(packs, tmp_path):
    members = members_of(packs.spent)
    audits = rows(members, "audits.jsonl")
    kept = [audit | {"place": place} for place, audit in enumerate(audits[1:], start=1)]
    put_rows(members, "audits.jsonl", kept)
    change(members, "verdict.json", audited=3, differing=3)

    faults = faults_of(tmp_path / "pack.zip", repacked(members))

    assert "place 1" in faults["audits"]


def test_verify_pack_refuses_audits_that_were_recorded_but_cut_off(packs, tmp_path):
    members = members_of(packs.certified)
    put_rows(members, "audits.jsonl", rows(members, "audits.jsonl")[:4])

    faults = faults_of(tmp_path / "pack.zip", repacked(members))

    assert faults["audits"] == "audits.jsonl: 4 recorded audits were left out."


def test_verify_pack_refuses_a_drawn_item_that_the_auditor_passed_over(packs, tmp_path):
    members = members_of(packs.running)
    audits = rows(members, "audits.jsonl")
    audits[0] |= {"differs": None, "judgment": None, "answer": None}
    put_rows(members, "audits.jsonl", audits)

    faults = faults_of(tmp_path / "pack.zip", repacked(members))

    assert "passed over" in faults["audits"]


def test_verify_pack_refuses_a_comparison_turned_round(packs, tmp_path):
    members = members_of(packs.spent)
    audits = rows(members, "audits.jsonl")
    audits[0]["differs"] = False
    put_rows(members, "audits.jsonl", audits)
    change(members, "verdict.json", differing=3)

    faults = faults_of(tmp_path / "pack.zip", repacked(members))

    assert "differs" in faults["audits"]


def test_verify_pack_refuses_a_seed_that_was_chosen_after_the_freeze(packs, tmp_path):
    members = members_of(packs.certified)
    nonce = bytes.fromhex("11" * 16)
    digest = sha256(members["freeze.json"]).digest()
    seed = sha256(digest + nonce).hexdigest()
    commitment = sha256(nonce).hexdigest()
    change(members, "draw.json", nonce=nonce.hex(), seed=seed, commitment=commitment)
    rechain(
        members,
        lambda said: (
            said["kind"] == "draw.made" and said["data"].update(nonce=nonce.hex(), seed=seed)
        ),
    )

    faults = faults_of(tmp_path / "pack.zip", repacked(members))

    assert "commits to this nonce" in faults["draw"]
    assert "audits" in faults


def test_verify_pack_refuses_a_providers_draw_called_the_clients(packs, tmp_path):
    members = members_of(packs.provider_drawn)
    commitment = sha256(bytes.fromhex(NONCE)).hexdigest()
    change(members, "draw.json", drawer="client", commitment=commitment)
    change(members, "certificate.json", drawer="client")

    faults = faults_of(tmp_path / "pack.zip", repacked(members))

    assert "drawer" in faults["draw"]


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"differing": 1}, "differing"),
        ({"audited": 7}, "unplanned look"),
        ({"claimed_errors": 2, "bound": 2 / 11}, "claimed errors"),
        ({"bound": 0.01}, "bound"),
        ({"population": 1000}, "population"),
        ({"level": 0.001}, "level"),
        ({"confidence": 0.99}, "confidence"),
        ({"number": "ANOTHER-1"}, "as signed"),
    ],
)
def test_verify_pack_refuses_a_certificate_with_another_figure(packs, tmp_path, fields, word):
    members = members_of(packs.certified)
    change(members, "certificate.json", **fields)

    faults = faults_of(tmp_path / "pack.zip", repacked(members))

    assert word in faults["claim"]


def test_verify_pack_refuses_a_certificate_for_a_lot_that_failed(packs, tmp_path):
    members = members_of(packs.spent)
    verdict = json.loads(members.pop("verdict.json"))
    forged = json.loads(members_of(packs.certified)["certificate.json"])
    plan = json.loads(members["plan.json"])["digest"]
    forged |= {"freeze": verdict["freeze"], "audited": 4, "differing": 4, "plan": plan}
    members["certificate.json"] = canonical(forged)

    faults = faults_of(tmp_path / "pack.zip", repacked(members))

    assert "verdict" in faults["claim"]


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"max_errors": [0, 3]}, "max_errors"),
        ({"looks": [4, 9]}, "digest"),
        ({"level": 0.01}, "level"),
    ],
)
def test_verify_pack_refuses_another_plan(packs, tmp_path, fields, word):
    members = members_of(packs.certified)
    change(members, "plan.json", **fields)

    faults = faults_of(tmp_path / "pack.zip", repacked(members))

    assert "plan.json" in faults["plan"]
    assert word in faults["plan"] or "looks" in fields


def test_verify_pack_refuses_an_older_head(packs, tmp_path):
    members = members_of(packs.certified)
    events = rows(members, "events.jsonl")
    change(members, "head.json", hash=events[-2]["hash"], events=len(events) - 1)

    faults = faults_of(tmp_path / "pack.zip", repacked(members))

    assert "head.json" in faults["events"]


def test_verify_pack_refuses_a_chain_cut_off_before_the_signature(packs, tmp_path):
    members = members_of(packs.certified)
    events = rows(members, "events.jsonl")
    kinds = [json.loads(event["body"])["kind"] for event in events]
    put_events(members, events[: kinds.index("lot.certified")])
    resign(members)

    faults = faults_of(tmp_path / "pack.zip", repacked(members))

    assert faults["claim"] == "events.jsonl: one lot.certified is wanted, 0 stand there."


def test_verify_pack_refuses_a_rewritten_history_by_a_head_known_before(packs, tmp_path):
    members = members_of(packs.certified)
    known = json.loads(members["head.json"])["hash"]
    rechain(members, lambda said: said.update(key="another"))
    forged = repacked(members)

    alone = faults_of(tmp_path / "pack.zip", forged)
    compared = faults_of(tmp_path / "pack.zip", forged, known_head=known)

    assert alone == {}  # nobody can see it from one pack alone, as the README says
    assert known in compared["events"]


def test_verify_pack_refuses_an_item_that_fell_out_of_the_lot(packs, tmp_path):
    members = members_of(packs.certified)
    put_rows(members, "items.jsonl", rows(members, "items.jsonl")[:-1])

    faults = faults_of(tmp_path / "pack.zip", repacked(members))

    assert {"items", "freeze"} <= set(faults)


def test_verify_pack_refuses_an_item_whose_content_was_replaced(packs, tmp_path):
    members = members_of(packs.certified)
    items = rows(members, "items.jsonl")
    items[0]["stated"]["title"] = "Something else"
    put_rows(members, "items.jsonl", items)

    faults = faults_of(tmp_path / "pack.zip", repacked(members))

    assert items[0]["key"] in faults["items"]


def test_verify_pack_refuses_another_guideline(packs, tmp_path):
    members = members_of(packs.certified)
    members["guideline.md"] += b"And use inside a product.\n"

    faults = faults_of(tmp_path / "pack.zip", repacked(members))

    assert "guideline.md" in faults["freeze"]


def test_verify_pack_refuses_a_ledger_that_does_not_balance(packs, tmp_path):
    members = members_of(packs.certified)
    ledger = json.loads(members["ledger.json"])
    ledger["entries"][0]["sides"][0]["amount"] = "99.00"
    members["ledger.json"] = canonical(ledger)

    faults = faults_of(tmp_path / "pack.zip", repacked(members))

    assert "does not balance" in faults["ledger"]


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("amount", "1.00", "as issued"),
        ("quantity", 12, "line 1: amount"),
        ("unit_price", "1.00", "line 1: amount"),
        ("items", ["q1"], "items"),
        ("amount", "NaN", "no amount"),
    ],
)
def test_verify_pack_refuses_an_invoice_line_that_bills_something_else(
    packs, tmp_path, field, value, word
):
    members = members_of(packs.certified)
    invoice = json.loads(members["invoice.json"])
    invoice["lines"][0][field] = value
    members["invoice.json"] = canonical(invoice)

    faults = faults_of(tmp_path / "pack.zip", repacked(members))

    assert word in faults["invoice"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plan.json", b"[]"),
        ("plan.json", b'{"a":1,"a":2}'),
        ("plan.json", b"[" * 20_000),
        ("head.json", b"{}"),
        ("items.jsonl", b'{"uid":1}\n'),
        ("items.jsonl", b"{}"),
        ("judgments.jsonl", b"\xff\n"),
        ("freeze.json", b'{"decisions":[3]}'),
        ("events.jsonl", b'{"body":"{}","hash":"","place":1}\n'),
    ],
)
def test_verify_pack_refuses_a_misshapen_part_by_its_name(packs, tmp_path, name, content):
    members = members_of(packs.certified)
    members[name] = content

    faults = faults_of(tmp_path / "pack.zip", repacked(members))

    assert name in faults["contents"]


@pytest.mark.parametrize(
    "name",
    ["ledger.json", "invoice.json", "engagement.json"],
)
def test_verify_pack_refuses_an_emptied_part(packs, tmp_path, name):
    members = members_of(packs.certified)
    members[name] = b"{}"

    faults = faults_of(tmp_path / "pack.zip", repacked(members))

    assert name in faults["contents"]


def test_redraw_gives_the_order_in_which_was_audited(packs, pack_path):
    members = members_of(packs.certified)
    audited = [audit["key"] for audit in rows(members, "audits.jsonl")]

    order = redraw(pack_path)

    assert order[: len(audited)] == audited
    assert sorted(order) == sorted(
        each["key"] for each in json.loads(members["freeze.json"])["decisions"]
    )


def test_redraw_follows_the_readmes_own_recipe(packs, pack_path):
    members = members_of(packs.certified)
    nonce = bytes.fromhex(json.loads(members["draw.json"])["nonce"])
    seed = sha256(sha256(members["freeze.json"]).digest() + nonce).digest()
    keys = {each["item"]: each["key"] for each in json.loads(members["freeze.json"])["decisions"]}

    order = redraw(pack_path)

    assert order == [
        keys[uid] for uid in sorted(keys, key=lambda uid: sha256(seed + uid.encode()).digest())
    ]


# Signed heads and keys


def key_of(members: dict[str, bytes]) -> str:
    return fingerprint_of(bytes.fromhex(rows(members, "keys.jsonl")[0]["public"]))


def test_a_pack_names_its_key_and_is_confirmed_by_one_that_the_reader_knows(packs, tmp_path):
    members, path = members_of(packs.certified), tmp_path / "pack.zip"
    path.write_bytes(packs.certified)

    alone, known = verify_pack(path), verify_pack(path, known_key=key_of(members))

    said = [next(c.detail for c in each.checks if c.name == "heads") for each in (alone, known)]
    assert alone.passed
    assert known.passed
    assert said[0].endswith(f"key {key_of(members)}, which nobody has confirmed to you (--key).")
    assert said[1].endswith("as you know it.")


def test_a_pack_forged_whole_and_signed_with_another_key_is_told_by_the_known_key(packs, tmp_path):
    members = members_of(packs.certified)
    known = key_of(members)
    rechain(members, lambda said: said.update(key="another"))

    faults = faults_of(tmp_path / "pack.zip", repacked(members), known_key=known)

    assert list(faults) == ["signature", "heads"]
    assert f"which {known} does not vouch for" in faults["heads"]


def test_a_key_that_the_known_one_vouches_for_is_trusted(packs, tmp_path):
    members = members_of(packs.certified)
    older = Ed25519PrivateKey.generate()
    resign(members)
    [new] = rows(members, "keys.jsonl")
    public = older.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    first = new | {"public": public.hex()}
    words = {"key": new["public"], "made_at": new["made_at"], "predecessor": fingerprint_of(public)}
    new |= {
        "predecessor": fingerprint_of(public),
        "endorsement": older.sign(canonical(words)).hex(),
    }
    put_rows(members, "keys.jsonl", [first, new])
    known = fingerprint_of(public)

    assert faults_of(tmp_path / "a.zip", repacked(members), known_key=known) == {}

    put_rows(members, "keys.jsonl", [first, new | {"endorsement": "00" * 64}])
    faults = faults_of(tmp_path / "b.zip", repacked(members), known_key=known)
    fault = "keys.jsonl, key 2: its predecessor does not vouch for it."
    assert faults == {"signature": fault, "heads": fault}


@pytest.mark.parametrize(
    ("name", "row", "word"),
    [
        ("heads.jsonl", {"signature": "00" * 64}, "the signature is not that of its key"),
        ("keys.jsonl", {"public": "11" * 32}, "its key is not in keys.jsonl"),
        ("keys.jsonl", {"predecessor": "22" * 32}, "its predecessor does not stand before it"),
        ("keys.jsonl", {"revoked_at": "2000-01-01T00:00:00+00:00"}, "revoked before it signed"),
    ],
)
def test_verify_pack_refuses_heads_and_keys_that_were_altered(packs, tmp_path, name, row, word):
    members = members_of(packs.certified)
    put_rows(members, name, [each | row for each in rows(members, name)])

    faults = faults_of(tmp_path / "pack.zip", repacked(members))

    assert "heads" in faults
    assert word in faults["heads"]


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({"root": "00" * 32}, "Merkle root"),
        ({"size": 1}, "Merkle root"),
        ({"size": 10**6}, "events"),
        ({"engagement": "another"}, "engagement"),
    ],
)
def test_verify_pack_refuses_a_signed_head_of_other_events(packs, tmp_path, said, word):
    members = members_of(packs.certified)
    resign(members)
    [head] = rows(members, "heads.jsonl")
    body = canonical(json.loads(head["body"]) | said)
    put_rows(members, "heads.jsonl", [
        {"body": body.decode(), "signature": FORGER.sign(body).hex()}
    ])  # fmt: skip

    faults = faults_of(tmp_path / "pack.zip", repacked(members))

    assert {*faults} <= {"heads", "proofs"}
    assert word in faults["heads"]


def test_verify_pack_refuses_events_that_no_head_holds(packs, tmp_path):
    members = members_of(packs.certified)
    heads = rows(members, "heads.jsonl")
    put_rows(members, "heads.jsonl", heads[:-1])
    put_rows(without := members_of(packs.certified), "heads.jsonl", [])

    faults = faults_of(tmp_path / "a.zip", repacked(members))

    assert "heads.jsonl" in faults["heads"]
    assert faults_of(tmp_path / "b.zip", repacked(without)) == dict.fromkeys(
        ["heads", "proofs"], "heads.jsonl: no head was signed."
    )


def test_openssl_accepts_the_signature_as_the_readme_says(packs, pack_path, tmp_path):
    with zipfile.ZipFile(pack_path) as archive:
        archive.extractall(tmp_path)
    readme = members_of(packs.certified)["README.txt"].decode()
    part = readme[readme.index("1.  Nothing was altered") : readme.index("2.  The decisions")]
    commands = "\n".join(
        line.removeprefix("        ") for line in part.splitlines() if line.startswith("        ")
    )

    ran = subprocess.run(["bash", "-e", "-c", commands], cwd=tmp_path / "evidence-first-1",
                         capture_output=True, text=True, check=False)  # fmt: skip

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "data/events.jsonl: OK" in ran.stdout
    assert "Verified Successfully" in ran.stdout


def test_the_readme_names_the_digest_of_the_stand_alone_verifier(packs):
    readme = members_of(packs.certified)["README.txt"].decode()

    assert sha256(FOREIGN.read_bytes()).hexdigest() in readme


def test_a_pack_whose_manifests_were_made_again_without_the_key_is_refused(packs, tmp_path):
    members = members_of(packs.certified)
    members["SCOPE.md"] += b"Nothing is left out.\n"

    faults = faults_of(tmp_path / "pack.zip", remade(packs.certified, members))
    signed = faults_of(tmp_path / "pack.zip", repacked(members))

    assert list(faults) == ["signature"]
    assert faults["signature"].startswith("signature.json: manifest")
    assert signed == {}  # nothing but the signature holds this text, as the README says


@pytest.mark.parametrize("cut", [1, 40, 5000])
def test_verify_pack_refuses_a_zip_whose_beginning_was_cut_off(packs, tmp_path, cut):
    faults = faults_of(tmp_path / "pack.zip", packs.certified[cut:])

    assert set(faults) == {"zip"}
