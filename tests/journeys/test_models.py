"""Six AI models that err together beside five people: models first, people vouch for them."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest
from django.db import transaction

from peritus.catalogue.plans import PlanTerms
from peritus.delivery.queries import file_bytes
from peritus.delivery.verbs import write_evidence_pack
from peritus.delivery.verification import verify_pack
from peritus.journal.canonical import canonical
from peritus.journal.pump import pump
from peritus.quality.models import Decision
from peritus.simulation.invariants import broken_invariants
from peritus.work.models import Judgment
from tests.factories.packs import members_of, repacked
from tests.factories.panel import PanelWalk
from tests.factories.walk import key

pytestmark = [pytest.mark.django_db, pytest.mark.journey]

ITEMS, LETTERS = 30, "ab"
PEOPLE, MODELS = [f"person-{n}" for n in range(5)], [f"model-{n}" for n in range(6)]
BESIDE_MODELS = PlanTerms(error=0.1, minimum=1, calibration_share=0.2)


def answers(*, right_together, seed=1):
    """People are right in nine of ten cases, each alone; the models all at once."""
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, 2, ITEMS)
    said = {}
    for item in range(ITEMS):
        alike = truth[item] ^ (generator.random() > right_together)
        wrong = generator.random(len(PEOPLE)) > 0.9
        for name in MODELS:
            said[f"q{item:03}", name] = LETTERS[alike]
        for name, errs in zip(PEOPLE, wrong, strict=True):
            said[f"q{item:03}", name] = LETTERS[truth[item] ^ errs]
    return said, {f"q{item:03}": LETTERS[truth[item]] for item in range(ITEMS)}


def walked(*, right_together):
    said, truth = answers(right_together=right_together)
    walk = PanelWalk(said, terms=BESIDE_MODELS, looks=(10, 20), models=MODELS, promise=0.5)
    walk.seat()
    return walk, truth


def of_people(walk):
    return Judgment.objects.filter(item__lot=walk.lot, expert__kind="source", slot__purpose__in=(
        "first", "further"))  # fmt: skip


def right(walk, truth):
    rows = Decision.objects.filter(lot=walk.lot).values_list("item__key", "answer")
    return np.mean([truth[item] == answer for item, answer in rows])


@pytest.fixture(scope="module")
def good(django_db_setup, django_db_blocker):
    """A lot whose models are right in nineteen of twenty cases, judged to the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        walk, truth = walked(right_together=0.95)
        first = walk.waiting()
        walk.run()
        yield SimpleNamespace(walk=walk, truth=truth, first=first)
        transaction.set_rollback(True)


def test_models_answer_first_and_people_are_asked_far_less(good):
    assert {slot.reserved_for.kind for slot in good.first} == {"model"}
    assert len(good.first) == ITEMS * len(MODELS)
    assert of_people(good.walk).count() <= 0.5 * ITEMS * len(PEOPLE)
    assert right(good.walk, good.truth) >= 0.95
    assert broken_invariants() == {}


def certified(walk):
    for slot in walk.slots("adjudication"):
        walk.answer(slot, "a")
    pump(until_idle=True)
    walk.commit()
    freeze = walk.freeze()
    walk.plan(freeze)
    walk.reveal(freeze)
    stood = dict(Decision.objects.filter(lot=walk.lot).values_list("item__key", "answer"))
    while waiting := walk.waiting_audits(freeze):
        for audit in waiting:
            walk.answer(audit.slot, stood[audit.item.key])
        pump(until_idle=True)
    walk.certify(freeze)
    return freeze


def test_an_outsider_aggregates_the_models_again_as_one_group(good, tmp_path):
    freeze = certified(good.walk)
    written = write_evidence_pack(freeze.pk, by=good.walk.manager, key=key())
    path = tmp_path / "pack.zip"
    path.write_bytes(file_bytes(written))

    verified = verify_pack(path)
    assert [each for each in verified.checks if not each.passed] == []

    members = members_of(path.read_bytes())
    engagement = json.loads(members["engagement.json"])
    for each in engagement["experts"]:
        each["kind"] = "source"
    members["engagement.json"] = canonical(engagement)
    path.write_bytes(repacked(members, lot="lot"))
    faults = [each.detail for each in verify_pack(path).checks if not each.passed]
    assert any("freeze.json: method on answer" in fault for fault in faults), faults
