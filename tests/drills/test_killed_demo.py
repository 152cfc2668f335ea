"""kill -9 in the middle of ``peritus demo``, three times: it ends with the same result."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from hashlib import sha256

import pytest

from peritus.catalogue.errors import PublishedDataMissing
from peritus.catalogue.registry import pack_named

pytestmark = pytest.mark.slow

POINTS = {
    "scope": "SELECT count(*) FROM engagements_item WHERE organisation_id = "
    "(SELECT id FROM accounts_organisation WHERE slug = 'client')",
    "judge": "SELECT count(*) FROM work_judgment",
    "audit": "SELECT count(*) FROM quality_audit WHERE differs IS NOT NULL",
}
ENOUGH = {"scope": 1, "judge": 300, "audit": 40}
MOST_SECONDS = 400
TIMES = {"at", "since", "valid_until"}
OF_TIMES = {
    "bag-info.txt",
    "head.json",
    "manifest-sha256.txt",
    "prov.json",
    "signature.json",
    "tagmanifest-sha256.txt",
}


@pytest.fixture(scope="module", autouse=True)
def _published():
    """Skip where the sample's published files cannot be had."""
    try:
        pack_named("licence_compliance").sample.items()
    except PublishedDataMissing as missing:
        pytest.skip(f"the demo's published files cannot be had: {missing}")


def start(home):
    environment = os.environ | {"PERITUS_HOME": str(home)}
    environment.pop("DATABASE_URL", None)
    command = [sys.executable, "-m", "peritus.cli", "demo"]
    with (home / "log").open("ab") as log:
        return subprocess.Popen(command, env=environment, cwd=home, stdout=log, stderr=log)


def finish(home):
    running = start(home)
    assert running.wait(MOST_SECONDS) == 0, (home / "log").read_text()[-3000:]


def rows(home, query):
    with sqlite3.connect(f"file:{home / 'peritus.sqlite3'}?mode=ro", uri=True) as database:
        return database.execute(query).fetchall()


def kill_at(home, point):
    """Run the demo until the point is reached, and kill it there."""
    running = start(home)
    deadline = time.monotonic() + MOST_SECONDS
    while running.poll() is None and time.monotonic() < deadline:
        if reached(home, point):
            running.send_signal(signal.SIGKILL)
            assert running.wait() == -signal.SIGKILL
            return
        time.sleep(0.02)
    pytest.fail(f"the demo ended before {point}: {(home / 'log').read_text()[-3000:]}")


def reached(home, point):
    try:
        return rows(home, POINTS[point])[0][0] >= ENOUGH[point]
    except sqlite3.OperationalError:  # no table yet, or the writer holds the file
        return False


def result(home):
    """Return what a run came to, times and keys aside."""
    return {
        "freezes": rows(
            home, "SELECT uid, digest, population, open_items FROM quality_freeze ORDER BY 1"
        ),
        "certificates": rows(
            home,
            "SELECT number, claimed_errors, audited, differing, plan_digest, drawer "
            "FROM quality_certificate ORDER BY 1",
        ),
        "audits": rows(home, "SELECT uid, item_id, differs FROM quality_audit ORDER BY uid"),
        "decisions": rows(home, "SELECT uid, state, answer, rule FROM quality_decision ORDER BY 1"),
        "judgments": rows(home, "SELECT uid, answers FROM work_judgment ORDER BY uid"),
        "invoices": rows(home, "SELECT number, total FROM billing_invoice ORDER BY 1"),
        "postings": rows(
            home,
            "SELECT account, count(*), sum(CAST(round(amount * 100) AS INTEGER)) "
            "FROM billing_posting GROUP BY 1 ORDER BY 1",
        ),
        "inquiries": rows(home, "SELECT cause, count(*) FROM work_inquiry GROUP BY 1"),
        "parked": rows(home, "SELECT count(*) FROM journal_parkedevent"),
        "unsealed": rows(home, "SELECT count(*) FROM journal_event WHERE place IS NULL"),
        # How often a decision is derived on its way depends on when the pump ran.
        "events": rows(
            home,
            "SELECT kind, count(*) FROM journal_event WHERE kind <> 'decision.changed' "
            "GROUP BY 1 ORDER BY 1",
        ),
        "files": files(home),
    }


def files(home):
    """Return the digest of each file that does not tell times, by its path."""
    found = {}
    for path in sorted((home / "files").rglob("*")):
        name = str(path.relative_to(home))
        if path.suffix == ".csv":
            found[name] = sha256(path.read_bytes()).hexdigest()
        elif path.suffix == ".zip":
            found |= {f"{name}/{member}": digest for member, digest in members(path)}
    return found


def members(path):
    """Return a pack's members, times taken out; chain, manifests and signature are made of them."""
    with zipfile.ZipFile(path) as pack:
        for name in sorted(pack.namelist()):
            file = name.rpartition("/")[2]
            if file in OF_TIMES:
                continue
            if name.endswith((".csv", ".txt")) or file == "freeze.json":
                yield name, sha256(pack.read(name)).hexdigest()
            elif name.endswith(".json"):
                yield name, sha256(without_times(json.loads(pack.read(name))).encode()).hexdigest()


def without_times(value):
    return json.dumps(_timeless(value), sort_keys=True)


def _timeless(value):
    if isinstance(value, dict):
        return {name: _timeless(each) for name, each in value.items() if not tells_time(name)}
    if isinstance(value, list):  # the ledger's entries stand in the order of their posting
        return sorted(map(_timeless, value), key=lambda each: json.dumps(each, sort_keys=True))
    return value


def tells_time(name):
    return name in TIMES or name.endswith("_at") or name in {"hash", "head", "previous", "place"}


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    home = tmp_path_factory.mktemp("uninterrupted")
    finish(home)
    return result(home)


def test_an_uninterrupted_demo_leaves_nothing_to_do(uninterrupted):
    assert (uninterrupted["parked"], uninterrupted["unsealed"]) == ([(0,)], [(0,)])
    assert len(uninterrupted["certificates"]) == 2
    assert [population for _, _, population, _ in uninterrupted["freezes"]].count(214) == 1


def test_a_demo_killed_at_three_points_ends_with_the_same_result(tmp_path, uninterrupted):
    for point in POINTS:
        kill_at(tmp_path, point)

    finish(tmp_path)

    came_to = result(tmp_path)
    for part, expected in uninterrupted.items():
        assert came_to[part] == expected, part
