"""Real recorded judgments bought adaptively through verbs: the arrays give the same.

Textual entailment by paid crowd workers (Snow et al. 2008), ten judgments an
item; 100 of its 800 items, a quarter of them with their answer known beforehand.
Nobody sees the other answers: they are the truth that scores, and the auditor.
"""

from __future__ import annotations

import csv
import gzip
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from django.db import transaction

from peritus.algorithms.aggregation import aggregate, majority_vote
from peritus.algorithms.allocation import AdaptivePolicy, replay
from peritus.catalogue.plans import PlanTerms
from peritus.journal.clock import SteadyClock, clock_set_to
from peritus.quality.allocating import generator_of
from peritus.quality.models import Decision
from peritus.simulation.invariants import broken_invariants
from peritus.work.models import Judgment, Slot
from tests.factories.panel import PanelWalk

pytestmark = [pytest.mark.django_db, pytest.mark.journey, pytest.mark.slow]

RTE = Path(__file__).parents[3] / "shared" / "data" / "judgments" / "rte"
ITEMS, GOLD_EVERY, LABELS = 100, 4, "ab"


def table(name):
    with gzip.open(RTE / name, "rt") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def crowd():
    """What was recorded: who said what on which item, and the truth."""
    if not RTE.exists():
        pytest.skip("the shared set of textual entailments is not beside this checkout")
    rows = [row for row in table("judgments.csv.gz") if int(row["item"]) < ITEMS]
    handles = sorted({row["worker"] for row in rows})
    gold = {int(row["item"]): int(row["gold"]) for row in table("gold.csv.gz")}
    truth = np.array([gold[item] for item in range(ITEMS)])
    return SimpleNamespace(
        item=np.array([int(row["item"]) for row in rows]),
        worker=np.array([handles.index(row["worker"]) for row in rows]),
        label=np.array([int(row["label"]) for row in rows]),
        handles=handles,
        truth=truth,
        known=np.arange(0, ITEMS, GOLD_EVERY),
    )


def name(item):
    return f"i{item:03}"


@pytest.fixture(scope="module")
def run(crowd, django_db_setup, django_db_blocker):
    """The engagement from its plan to the evidence pack, once for the module."""
    with django_db_blocker.unblock(), transaction.atomic():
        clock = SteadyClock(datetime(2026, 3, 10, 9, tzinfo=UTC))
        with clock_set_to(clock):
            yield _walked(crowd)
        transaction.set_rollback(True)


def _walked(crowd):
    answers = {
        (name(item), crowd.handles[worker]): LABELS[label]
        for item, worker, label in zip(crowd.item, crowd.worker, crowd.label, strict=True)
    }
    walk = PanelWalk(answers, terms=PlanTerms(adjudicate_above=1.0))
    walk.gold({name(item): LABELS[crowd.truth[item]] for item in crowd.known})
    walk.seat()
    rounds = walk.run()
    return SimpleNamespace(walk=walk, rounds=rounds, crowd=crowd)


def bought(run):
    rows = Judgment.objects.filter(item__lot=run.walk.lot, slot__purpose__in=("first", "further"))
    return set(rows.values_list("item__key", "expert__handle"))


def replayed(run):
    crowd = run.crowd
    return replay(
        crowd.item,
        crowd.worker,
        crowd.label,
        policy=AdaptivePolicy(),
        generator=generator_of(run.walk.lot.uid),
        gold=(crowd.known, crowd.truth[crowd.known]),
        n_labels=4,
    )


def test_verbs_buy_the_judgments_that_the_arrays_buy(run):
    again = replayed(run)

    pairs = zip(run.crowd.item[again.bought], run.crowd.worker[again.bought], strict=True)
    assert bought(run) == {(name(item), run.crowd.handles[worker]) for item, worker in pairs}


def test_decisions_are_what_the_arrays_aggregate(run):
    crowd, again = run.crowd, replayed(run)
    chosen = (crowd.item[again.bought], crowd.worker[again.bought], crowd.label[again.bought])
    known = (crowd.known, crowd.truth[crowd.known])

    consensus = aggregate(*chosen, gold=known, n_items=ITEMS, n_labels=4)

    rows = Decision.objects.filter(lot=run.walk.lot).order_by("item__key")
    assert [each.answer for each in rows] == [LABELS[label] for label in consensus.labels]
    assert {each.method for each in rows} == {consensus.method}
    for each, chances in zip(rows, consensus.posterior, strict=True):
        told = [each.posterior.get(code, 0.0) for code in "abcd"]
        assert told == pytest.approx(chances, abs=5.1e-5)


def test_two_fifths_of_the_judgments_are_saved_at_a_point_or_less(run):
    crowd = run.crowd
    everybody = max(
        np.mean(found.labels == crowd.truth)
        for found in (
            majority_vote(crowd.item, crowd.worker, crowd.label),
            aggregate(crowd.item, crowd.worker, crowd.label, method="dawid_skene_shrunk"),
        )
    )
    rows = Decision.objects.filter(lot=run.walk.lot).order_by("item__key")
    reached = np.mean([LABELS.index(each.answer) == crowd.truth[n] for n, each in enumerate(rows)])

    assert len(bought(run)) <= 0.6 * len(crowd.item)
    assert reached >= everybody - 0.01


def test_every_item_has_its_least_and_the_calibration_share_its_many(run):
    counts = np.bincount([int(key[1:]) for key, _ in bought(run)], minlength=ITEMS)

    assert counts.min() >= 3
    assert np.mean(counts >= 5) >= 0.1
    firsts = Slot.objects.filter(lot=run.walk.lot, purpose="first")
    assert firsts.count() == 3 * ITEMS


def test_every_invariant_holds(run):
    assert broken_invariants() == {}
