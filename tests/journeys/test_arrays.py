"""The same judgments as arrays through algorithms, and through verbs: the same result."""

from __future__ import annotations

from hashlib import sha256

import numpy as np
import pytest

from peritus.algorithms.aggregation import majority_vote
from peritus.algorithms.certification import AuditPlan, ErrorSequence
from peritus.algorithms.draw import audit_order, audit_seed
from peritus.journal.pump import pump
from peritus.quality.comparison import judgment_arrays
from peritus.quality.models import Decision
from peritus.quality.queries import standing_of
from peritus.simulation.invariants import broken_invariants
from peritus.work.models import Slot
from tests.factories.walk import NONCE, Walk

pytestmark = [pytest.mark.journey, pytest.mark.slow]

CONTESTED = {"q001": "a", "q004": "b", "q009": None}
DIFFERING = {2}


@pytest.fixture
def run(clock):
    """Sixteen items, three contested, one of them left open; audited to the end."""
    walk = Walk(size=16, looks=(5, 10), promise=0.3)
    walk.judge(CONTESTED)
    walk.commit()
    freeze = walk.freeze()
    walk.plan(freeze)
    walk.reveal(freeze)
    while waiting := walk.waiting_audits(freeze):
        for audit in waiting:
            frozen = freeze.decisions.get(item=audit.item).answer
            walk.answer(audit.slot, "d" if audit.place in DIFFERING else frozen)
        pump(until_idle=True)
    return walk, freeze


def test_arrays_and_verbs_give_the_same_decisions_order_verdict_and_bound(run):
    walk, freeze = run
    arrays = judgment_arrays(walk.lot, "answer")
    consensus = majority_vote(arrays.item, arrays.expert, arrays.label)
    unanimous = np.isclose(consensus.posterior.max(axis=1), 1)

    decided = dict(
        Decision.objects.filter(lot=walk.lot, contested=False).values_list("item__key", "answer")
    )
    contested = set(
        Decision.objects.filter(lot=walk.lot, contested=True).values_list("item__key", flat=True)
    )

    assert decided == {
        key: arrays.labels[label]
        for key, label, sure in zip(arrays.items, consensus.labels, unanimous, strict=True)
        if sure
    }
    assert contested == {key for key, sure in zip(arrays.items, unanimous, strict=True) if not sure}
    assert contested == set(CONTESTED)

    frozen = dict(freeze.decisions.values_list("item__key", "answer"))
    adjudicated = {key: answer for key, answer in CONTESTED.items() if answer}
    assert frozen == decided | adjudicated

    uids = {str(item.uid): item.key for item in walk.items if item.key in frozen}
    order = audit_order(audit_seed(freeze.digest, bytes.fromhex(NONCE)), list(uids))
    audited = freeze.audits.order_by("place").values_list("item__uid", flat=True)
    assert [str(uid) for uid in audited] == order[: len(audited)]

    audits = freeze.audits.order_by("place").select_related("judgment", "item")
    outcomes = [each.judgment.answers["answer"] != frozen[each.item.key] for each in audits]
    plan = AuditPlan(len(frozen), 0.3, looks=(5, 10))
    sequence = ErrorSequence(len(frozen))
    sequence.update(outcomes)
    standing = standing_of(freeze)
    assert (freeze.plan.digest, freeze.plan.level) == (plan.digest, plan.level)
    assert standing.verdict == plan.verdict(len(outcomes), sum(outcomes))
    assert (standing.audited, standing.differing) == (10, 1)
    assert standing.sequence_upper == sequence.upper

    certificate = walk.certify(freeze)
    assert (certificate.claimed_errors, certificate.bound) == (
        plan.tolerated,
        plan.tolerated / len(frozen),
    )


def test_the_seed_and_order_are_what_anybody_computes_with_sha_256_alone(run):
    _, freeze = run
    seed = sha256(bytes.fromhex(freeze.digest) + bytes.fromhex(NONCE)).digest()
    uids = [str(uid) for uid in freeze.decisions.values_list("item__uid", flat=True)]

    order = sorted(uids, key=lambda uid: sha256(seed + uid.encode()).digest())

    audited = freeze.audits.order_by("place").values_list("item__uid", flat=True)
    assert [str(uid) for uid in audited] == order[: len(audited)]


def test_every_invariant_holds_at_the_end(run):
    walk, freeze = run
    walk.certify(freeze)
    pump(until_idle=True)

    assert broken_invariants() == {}
    assert not Slot.objects.filter(state=Slot.State.LEASED).exists()
