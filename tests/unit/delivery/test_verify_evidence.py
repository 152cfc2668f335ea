"""The stand-alone verifier: what it imports, what it says, and that its numbers are right."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import zipfile
from hashlib import sha256

import pytest
import rfc8785
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from peritus.algorithms.certification import AuditPlan
from peritus.cli.main import main
from peritus.delivery.verification.container import zipped
from peritus.journal.merkle import consistency_proof, inclusion_proof, leaf_hash, levels_of, root_of
from tests.factories.packs import (
    FOREIGN,
    Verdicts,
    foreign_verifier,
    members_of,
    public_of,
    right_key,
    rows,
    verdicts,
)

verifier = foreign_verifier()


def right_name() -> str:
    return sha256(bytes.fromhex(public_of(right_key()))).hexdigest()


def ran(*arguments: object, **options: object) -> tuple[int, list[str]]:
    """Run the file as an auditor would; return its exit code and its lines."""
    command = [sys.executable, "-I", str(FOREIGN), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


# Its shape


def test_it_imports_nothing_but_the_standard_library():
    tree = ast.parse(FOREIGN.read_text())
    imported = {
        name.name if isinstance(each, ast.Import) else each.module
        for each in ast.walk(tree)
        if isinstance(each, ast.Import | ast.ImportFrom)
        for name in each.names
    }

    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names


def test_it_is_short_enough_to_be_read():
    lines = [line for line in FOREIGN.read_text().splitlines() if line.strip()]

    assert len(lines) <= 990


def test_peritus_writes_it_out_with_its_digest(tmp_path):
    path = tmp_path / "verify_evidence.py"

    said = CliRunner().invoke(main, ["verifier", str(path)])

    assert path.read_bytes() == FOREIGN.read_bytes()
    assert said.output.startswith(sha256(FOREIGN.read_bytes()).hexdigest())


# What it says of packs


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.parametrize("name", ["certified", "spent", "provider_drawn", "running"])
def test_it_accepts_a_pack_as_written(packs, tmp_path, name):
    path = tmp_path / "pack.zip"
    path.write_bytes(getattr(packs, name))

    code, lines = ran(path, "--key", right_name())

    assert [line for line in lines if not line.startswith(("ok", "not redone"))] == []
    assert code == 0


@pytest.mark.django_db
@pytest.mark.slow
def test_it_accepts_the_unpacked_folder(packs, tmp_path):
    path = tmp_path / "pack.zip"
    path.write_bytes(packs.certified)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path)

    assert ran(tmp_path / "evidence-first-1", "--key", right_name())[0] == 0
    assert verdicts(tmp_path / "evidence-first-1", right_name()) == Verdicts((), ())

    (tmp_path / "evidence-first-1" / "data" / "extra.json").symlink_to(path)
    assert verdicts(tmp_path / "evidence-first-1") == Verdicts(("zip",), ("bag",))


@pytest.mark.django_db
@pytest.mark.slow
def test_it_confirms_nothing_without_a_key_and_refuses_another(pack_path):
    another = sha256(bytes.fromhex(public_of(Ed25519PrivateKey.generate()))).hexdigest()

    alone, other = ran(pack_path), ran(pack_path, "--key", another)

    assert (alone[0], alone[1][-1].split(":")[0]) == (2, "NOT CONFIRMED")
    assert other[0] == 1
    assert [line.split(":")[0] for line in other[1] if "REFUSED" in line] == [
        "REFUSED signature",
        "REFUSED heads",
        "REFUSED",
    ]


@pytest.mark.django_db
@pytest.mark.slow
def test_it_looks_for_a_hash_that_is_known_from_earlier(packs, pack_path):
    known = rows(members_of(packs.certified), "events.jsonl")[3]["hash"]

    found = ran(pack_path, "--key", right_name(), "--head", known)
    lost = ran(pack_path, "--key", right_name(), "--head", "ab" * 32)

    assert found[0] == 0
    assert "not in this chain" in next(line for line in lost[1] if line.startswith("REFUSED"))


def test_it_says_so_where_openssl_is_missing(tmp_path):
    code, lines = ran(tmp_path / "pack.zip", env={"PATH": str(tmp_path)})

    assert (code, lines[0].split(":")[0]) == (2, "NOT CHECKED")


def test_it_refuses_what_is_no_pack(tmp_path):
    (tmp_path / "pack.zip").write_bytes(b"PK\3\4 and nothing else")

    assert ran(tmp_path / "pack.zip")[0] == 1
    assert ran(tmp_path / "nowhere.zip")[0] == 1
    assert ran(tmp_path)[0] == 1


# Its numbers, beside those of others


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_written_as_another_program_writes_them(value):
    assert verifier.number(value) == rfc8785.dumps(value).decode()


def test_canonical_json_is_that_of_the_standards_own_cases(shared_data):
    with zipfile.ZipFile(shared_data / "oracles" / "jcs.zip") as archive:
        names = [
            name
            for name in archive.namelist()
            if "/input/" in f"/{name}" and name.endswith(".json")
        ]
        for name in names:
            wanted = archive.read(name.replace("input", "output")).decode()
            assert verifier.canonical(json.loads(archive.read(name))) == wanted.strip()

    assert len(names) >= 6


@given(
    population=st.integers(1, 60),
    share=st.floats(0, 0.9),
    confidence=st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99]),
    data=st.data(),
)
def test_limits_and_level_of_a_plan_are_those_of_the_algorithm(population, share, confidence, data):
    looks = data.draw(st.sets(st.integers(1, population), min_size=1, max_size=5))
    plan = AuditPlan(population, share, confidence=confidence, looks=sorted(looks))
    stated = {
        "looks": list(plan.looks),
        "max_errors": list(plan.max_errors),
        "confidence": confidence,
    }

    found = verifier.limits_and_level(population, plan.tolerated + 1, stated)

    assert found == (list(plan.max_errors), plan.level)


@given(size=st.integers(1, 70), data=st.data())
def test_proofs_lead_to_the_roots_that_the_journal_knows(size, data):
    leaves = [leaf_hash(str(number).encode()) for number in range(size)]
    levels, root = levels_of(leaves), root_of(leaves).hex()
    place, earlier = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    older = root_of(leaves[:earlier]).hex()

    steps = [step.hex() for step in inclusion_proof(levels, place)]
    assert verifier.climbed(leaves[place], place, size, steps) == root
    if earlier < size:
        steps = [step.hex() for step in consistency_proof(levels, earlier)]
        assert verifier.both_roots(earlier, size, older, steps) == [older, root]


@given(files=st.dictionaries(st.from_regex(r"\A[a-z]{1,8}\Z"), st.binary(max_size=50), min_size=1))
def test_its_zip_is_the_one_that_is_written(files):
    assert verifier.zipped("pack", files) == zipped("pack", files)
    assert verifier.unzipped(zipped("pack", files)) == ("pack", files)
