"""prov.json: valid for an outside reader of PROV, true to the pack, refused where it is not."""

from __future__ import annotations

import io
import json
from hashlib import sha256

import pytest
from prov.model import ProvDocument

from peritus.delivery.verification.derived.provenance import provenance
from tests.factories.packs import change, files_of, members_of, repacked, rows, verdicts

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
FOUR = ("certified", "spent", "provider_drawn", "running")


def told(pack: bytes) -> dict:
    return json.loads(members_of(pack)["prov.json"])


def read_back(pack: bytes) -> ProvDocument:
    return ProvDocument.deserialize(io.BytesIO(members_of(pack)["prov.json"]), format="json")


@pytest.mark.parametrize("name", FOUR)
def test_another_program_reads_it_and_writes_the_same_graph(packs, name):
    document = read_back(getattr(packs, name))

    again = ProvDocument.deserialize(content=document.serialize(format="json"), format="json")

    assert again == document
    assert not document.has_bundles()


@pytest.mark.parametrize("name", FOUR)
def test_every_file_stands_in_it_by_its_sha256_and_was_made_once(packs, name):
    members, graph = members_of(getattr(packs, name)), told(getattr(packs, name))
    files = {f"file:{each}" for each in members} - {"file:prov.json"}

    stated = {each: graph["entity"][each]["peritus:sha256"] for each in files}
    made = [each["prov:entity"] for each in graph["wasGeneratedBy"].values()]

    assert stated == {each: sha256(members[each[5:]]).hexdigest() for each in files}
    assert sorted(made) == sorted(set(graph["entity"]))


@pytest.mark.parametrize("name", FOUR)
def test_relations_have_both_ends_and_steps_the_times_of_their_events(packs, name):
    pack = getattr(packs, name)
    graph, events = told(pack), rows(members_of(pack), "events.jsonl")
    nodes = {*graph["entity"], *graph["activity"], *graph["agent"]}
    ends = {end for kind, found in graph.items() if kind not in {"prefix", "entity", "activity",
            "agent"} for relation in found.values() for end in relation.values()}  # fmt: skip

    assert ends <= nodes
    for step_name, step in graph["activity"].items():
        if step_name.startswith("event:"):
            said = json.loads(events[int(step_name[6:]) - 1]["body"])
            assert (step["peritus:kind"], step["prov:startTime"]) == (said["kind"], said["at"])


def test_no_step_uses_what_was_made_after_it(packs):
    graph = told(packs.certified)
    made = {each["prov:entity"]: each["prov:activity"] for each in graph["wasGeneratedBy"].values()}

    for each in graph["used"].values():
        maker = graph["activity"][made[each["prov:entity"]]]
        user = graph["activity"][each["prov:activity"]]
        assert maker["prov:startTime"] <= user["prov:endTime"]


def test_it_names_every_step_and_no_person(packs):
    graph, raw = told(packs.certified), members_of(packs.certified)["prov.json"].decode()

    kinds = {each["peritus:kind"] for each in graph["activity"].values()}
    assert kinds == {
        "items.added", "guideline.published", "judgment.submitted", "lot.frozen", "plan.recorded",
        "nonce.committed", "draw.made", "audit.recorded", "lot.certified", "invoice.issued",
        "evidence.written",
    }  # fmt: skip
    assert len(graph["activity"]) < 20  # not one for each judgment
    for secret in ("Jo Secret", "Kim Hidden", "Ada Quist"):
        assert secret not in raw


@pytest.mark.parametrize(
    ("edit", "foreign"),
    [
        (
            lambda graph: graph["entity"]["file:plan.json"].update({"peritus:sha256": "0" * 64}),
            True,
        ),
        (lambda graph: graph["entity"].pop("file:plan.json"), True),
        (lambda graph: _step(graph, "lot.frozen").update({"prov:startTime": "2026"}), True),
        (lambda graph: _step(graph, "lot.frozen").update({"peritus:kind": "lot.drawn"}), True),
        (lambda graph: _first(graph, "used").update({"prov:entity": "file:nothing"}), True),
        (lambda graph: graph["used"].popitem(), False),
        (lambda graph: _first(graph, "agent").update({"prov:type": "prov:Person"}), False),
    ],
)
def test_verifiers_refuse_a_provenance_that_the_pack_does_not_tell(packs, tmp_path, edit, foreign):
    members = members_of(packs.certified)
    graph = told(packs.certified)
    edit(graph)
    change(members, "prov.json", **graph)
    (tmp_path / "pack.zip").write_bytes(repacked(members, derived=False))

    found = verdicts(tmp_path / "pack.zip")

    assert found.ours == ("provenance",)
    assert found.foreign == (("provenance",) if foreign else ())


def _step(graph: dict, kind: str) -> dict:
    return next(each for each in graph["activity"].values() if each["peritus:kind"] == kind)


def _first(graph: dict, kind: str) -> dict:
    found = graph[kind]
    return next(
        found[name] for name in sorted(found) if found[name].get("prov:type") != "prov:Person"
    )


def test_it_follows_from_the_other_files_alone(packs):
    signature = files_of(packs.certified)[1]["signature.json"]
    key = json.loads(json.loads(signature)["body"])["key"]
    members = members_of(packs.certified)

    assert provenance(members, key) == members["prov.json"]
