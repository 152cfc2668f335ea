"""The compiled loops against the sparse products: the same sums, the same refusals."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from peritus.algorithms.aggregation import aggregate, dawid_skene, sums

pytestmark = pytest.mark.slow  # the first run on a machine compiles for some seconds


@pytest.fixture
def compiled_loops(monkeypatch):
    pytest.importorskip("numba")
    monkeypatch.setattr(sums, "FUSED_FROM", 1)


def judged(*, n_items=60, n_workers=70, n_labels=3, share=0.8, seed=3):
    """Draw judgments of which rows are longer than an insertion sort takes, in no order."""
    generator = np.random.default_rng(seed)
    item, worker = np.nonzero(generator.random((n_items, n_workers)) < share)
    kept = generator.permutation(np.flatnonzero(item != 5))
    kept = kept[(item[kept] > 9) | (worker[kept] < 4)]
    truth = generator.integers(0, n_labels, n_items)
    right = generator.random(len(kept)) < generator.beta(4, 2, n_workers)[worker[kept]]
    label = np.where(right, truth[item[kept]], generator.integers(0, n_labels, len(kept)))
    sizes = {"n_items": n_items + 1, "n_workers": n_workers + 1, "n_labels": n_labels + 1}
    return (item[kept], worker[kept], label), sizes


def same(one, other):
    assert one.labels.tolist() == other.labels.tolist()
    assert one.posterior == pytest.approx(other.posterior, abs=1e-9)
    assert one.confusion == pytest.approx(other.confusion, abs=1e-9)
    assert one.prevalence == pytest.approx(other.prevalence, abs=1e-12)
    assert one.log_likelihood == pytest.approx(other.log_likelihood, rel=1e-12)
    assert one.converged == other.converged


@pytest.mark.parametrize("compat", [False, True])
def test_compiled_dawid_skene_equals_the_sparse_one(monkeypatch, compat):
    pytest.importorskip("numba")
    codes, sizes = judged()

    sparse = dawid_skene(*codes, compat=compat, **sizes)
    monkeypatch.setattr(sums, "FUSED_FROM", 1)
    fused = dawid_skene(*codes, compat=compat, **sizes)

    same(fused, sparse)


@pytest.mark.parametrize("method", ["dawid_skene", "dawid_skene_shrunk"])
def test_compiled_loops_begin_at_gold_like_the_sparse_ones(monkeypatch, method):
    pytest.importorskip("numba")
    codes, sizes = judged(seed=8)
    gold = ([0, 5, 20], [2, 1, 3])

    sparse = aggregate(*codes, method=method, gold=gold, **sizes)
    monkeypatch.setattr(sums, "FUSED_FROM", 1)
    fused = aggregate(*codes, method=method, gold=gold, **sizes)

    same(fused, sparse)


def test_compiled_loops_hold_items_like_the_sparse_ones(monkeypatch):
    pytest.importorskip("numba")
    (item, worker, label), sizes = judged(seed=9)
    judgments = sums.CodedJudgments(item, worker, label, *sizes.values())
    sparse = sums.SparseSums(judgments)
    monkeypatch.setattr(sums, "FUSED_FROM", 1)
    fused = sums.sums_over(judgments)
    held = np.full(sizes["n_items"], -1)
    held[[0, 5, 20]] = [2, 1, 3]
    generator = np.random.default_rng(1)
    matrices = generator.dirichlet(np.ones(4), (sizes["n_workers"], 4)).transpose(0, 2, 1).copy()
    prevalence = generator.dirichlet(np.ones(4))

    one, other = (each.step(matrices, prevalence, held) for each in (fused, sparse))

    assert type(fused) is sums.FusedSums
    assert one.posterior == pytest.approx(other.posterior, abs=1e-12)
    assert one.posterior[[0, 20]].tolist() == [[0, 0, 1, 0], [0, 0, 0, 1]]
    assert one.counts == pytest.approx(other.counts, abs=1e-9)
    assert one.totals == pytest.approx(other.totals)
    assert one.log_likelihood == pytest.approx(other.log_likelihood)


@pytest.mark.parametrize("held_label", [-1, 0])
def test_compiled_loops_take_products_below_a_float_in_logs(monkeypatch, held_label):
    pytest.importorskip("numba")
    judges = 400
    codes = (np.repeat([0, 1, 2], judges), np.tile(np.arange(judges), 3), np.zeros(3 * judges))
    item, worker, label = (code.astype(np.int64) for code in codes)
    label[judges : judges + 180] = 1
    judgments = sums.CodedJudgments(item, worker, label, 3, judges, 2)
    sparse = sums.SparseSums(judgments)
    monkeypatch.setattr(sums, "FUSED_FROM", 1)
    fused = sums.sums_over(judgments)
    matrices = np.broadcast_to([[0.02, 0.01], [0.98, 0.99]], (judges, 2, 2))
    held = np.array([-1, held_label, -1])

    one, other = (each.step(matrices, np.array([0.3, 0.7]), held) for each in (fused, sparse))

    assert one.log_likelihood < np.log(np.finfo(float).tiny)
    assert one.log_likelihood == pytest.approx(other.log_likelihood, rel=1e-12)
    assert one.posterior == pytest.approx(other.posterior, abs=1e-9)


@pytest.mark.usefixtures("compiled_loops")
@pytest.mark.parametrize("judges", [3, 60])
def test_compiled_loops_refuse_a_pair_that_comes_twice(judges):
    item = np.repeat([0, 1], judges)
    worker = np.tile(np.arange(judges), 2)
    item, worker = np.append(item, 1), np.append(worker, 2)

    with pytest.raises(ValueError, match="worker 2 judged item 1 more than once"):
        dawid_skene(item, worker, np.arange(len(item)) % 2)


@pytest.mark.usefixtures("compiled_loops")
def test_compiled_loops_answer_one_item():
    consensus = dawid_skene([0, 0, 0], [0, 1, 2], [1, 1, 0])

    assert consensus.labels.tolist() == [1]


def test_sparse_products_stand_in_where_numba_is_missing(monkeypatch):
    codes, sizes = judged(n_items=20)
    judgments = sums.CodedJudgments(*codes, *sizes.values())
    monkeypatch.setattr(sums, "FUSED_FROM", 1)
    monkeypatch.delitem(sys.modules, "peritus.algorithms.aggregation.kernel", raising=False)
    monkeypatch.delattr("peritus.algorithms.aggregation.kernel", raising=False)
    monkeypatch.setitem(sys.modules, "numba", None)

    assert type(sums.sums_over(judgments)) is sums.SparseSums


def test_small_inputs_and_too_many_codes_do_not_pay_for_compiled_loops(monkeypatch):
    (item, worker, label), sizes = judged(n_items=20)
    small = sums.CodedJudgments(item, worker, label, *sizes.values())

    assert type(sums.sums_over(small)) is sums.SparseSums
    monkeypatch.setattr(sums, "FUSED_FROM", 1)
    monkeypatch.setattr(sums, "MOST_CELLS", sizes["n_workers"] * sizes["n_labels"] - 1)
    assert type(sums.sums_over(small)) is sums.SparseSums
