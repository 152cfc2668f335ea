"""Aggregated decisions and a census of the riskiest, in a pack that both verifiers accept."""

import json
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from django.db import transaction

from peritus.catalogue.plans import PlanTerms
from peritus.delivery.queries import file_bytes
from peritus.delivery.verbs import write_evidence_pack
from peritus.journal.canonical import canonical
from peritus.journal.clock import SteadyClock, clock_set_to
from peritus.journal.pump import pump
from peritus.quality.verbs import open_census
from peritus.work.models import Slot
from tests.factories.packs import (
    Verdicts,
    foreign_verifier,
    members_of,
    rechain,
    repacked,
    verdicts,
)
from tests.factories.panel import PanelWalk
from tests.factories.walk import key

pytestmark = [pytest.mark.journey, pytest.mark.slow, pytest.mark.django_db]
ITEMS, WORKERS = 40, 2


def said(item, worker):
    """Say what is right, "a", three times in four, by a hash that is the same in every run."""
    return "b" if sha256(f"{item}/{worker}".encode()).digest()[0] < 256 // 4 else "a"


@pytest.fixture(scope="module")
def checked(django_db_setup, django_db_blocker):
    """The pack of a certified lot of which the riskiest were all checked before the freeze."""
    with django_db_blocker.unblock(), transaction.atomic():
        with clock_set_to(SteadyClock(datetime(2026, 3, 10, 9, tzinfo=UTC))):
            pack = _walked()
        transaction.set_rollback(True)
    return pack


def _walked():
    answers = {
        (f"i{item:02}", f"w{worker}"): said(item, worker)
        for item in range(ITEMS)
        for worker in range(WORKERS)
    }
    terms = PlanTerms(largest_census=0.4, adjudicate_above=0.6)
    walk = PanelWalk(answers, terms=terms, looks=[3, 6, 9, 12, 15, 18, 21, 24], promise=0.2)
    walk.gold({f"i{item:02}": "a" for item in range(0, ITEMS, 4)})
    walk.seat()
    walk.run()
    open_census(walk.lot.pk, by=walk.lead, key=key())
    while slots := walk.slots(Slot.Purpose.CENSUS):
        for slot in slots:
            walk.answer(slot, "a")
        pump(until_idle=True)
    walk.commit()
    freeze = walk.freeze()
    walk.plan(freeze)
    walk.reveal(freeze)
    walk.audit(freeze)
    walk.certify(freeze)
    return file_bytes(write_evidence_pack(freeze.pk, by=walk.manager, key=key()))


def test_both_verifiers_accept_it_and_the_foreign_one_says_what_it_left_to_ours(checked, tmp_path):
    (tmp_path / "pack.zip").write_bytes(checked)

    assert verdicts(tmp_path / "pack.zip") == Verdicts((), ())
    found = foreign_verifier().verified(tmp_path / "pack.zip")
    left = {part for part, state, _ in found if state == "not redone"}
    assert left == {"census", "decisions", "judges", "report"}
    frozen = json.loads(members_of(checked)["freeze.json"])
    assert {each["rule"] for each in frozen["decisions"]} >= {"aggregated", "census"}


def swap(checked):
    checked[0], checked[1] = checked[1], checked[0]


@pytest.mark.parametrize(
    "change",
    [
        lambda census: swap(census["checked"]),
        lambda census: census["risk"][0].__setitem__(1, 0.25),
        lambda census: census["checked"][0].update(differs=not census["checked"][0]["differs"]),
        lambda census: census.update(largest=0.5),
        lambda census: census["checked"][1]["decided"].update(answer="d"),
    ],
)
def test_both_verifiers_refuse_a_census_that_was_told_otherwise(checked, tmp_path, change):
    members = members_of(checked)
    old, frozen = members["freeze.json"], json.loads(members["freeze.json"])
    change(frozen["census"][0])
    new = canonical(frozen)
    digests = [sha256(each).hexdigest().encode() for each in (old, new)]
    forged = {name: content.replace(*digests) for name, content in members.items()}
    forged["freeze.json"] = new
    rechain(forged, lambda event: None)  # the freeze was announced so, and all was signed anew
    (tmp_path / "pack.zip").write_bytes(repacked(forged, lot="lot"))

    found = verdicts(tmp_path / "pack.zip")

    assert "freeze" not in found.ours
    assert "census" in found.ours
    assert "census" in found.foreign
