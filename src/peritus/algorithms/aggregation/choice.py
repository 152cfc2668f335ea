"""Which method aggregates, by name or by its accuracy on gold."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from peritus.algorithms._codes import (
    CodedJudgments,
    Codes,
    coded_judgments,
    require_same_length,
    sized_codes,
)

from .confusion import Likelihood, Shrunk, modest_matrix
from .consensus import Consensus, majority
from .expectation import expectation_maximisation

Method = Literal["auto", "majority", "dawid_skene", "dawid_skene_shrunk"]
Gold = tuple[ArrayLike, ArrayLike]
SHRINKAGE = 4.0
"""Judgments that the pooled matrix weighs in each worker's row."""
POOLED_WEIGHT = 20.0
"""Judgments that modest skill weighs when the pooled matrix is learnt."""
ENOUGH_PER_ITEM = 3.0
"""Judgments per item from which workers can be told apart without gold."""


def aggregate(
    item: ArrayLike,
    worker: ArrayLike,
    label: ArrayLike,
    *,
    method: Method = "auto",
    gold: Gold | None = None,
    n_items: int | None = None,
    n_workers: int | None = None,
    n_labels: int | None = None,
) -> Consensus:
    """Aggregate judgments by a named method, or by the one that gold prefers.

    Parameters
    ----------
    item, worker, label : integer codes (n,), 0-based
        One entry per judgment; absent pairs are missing judgments.
    method : {"auto", "majority", "dawid_skene", "dawid_skene_shrunk"}
        "dawid_skene_shrunk" draws each worker's matrix towards the pooled one
        with the weight of 4 judgments. "auto" takes, with gold, whichever of
        the three is right most often on gold items; without gold, or when
        they tie, shrunk Dawid-Skene from 3 judgments an item on, else majority.
    gold : pair of integer codes (items, labels), optional
        Known answers. They choose under "auto", and are where a named
        Dawid-Skene begins; they never overrule judgments.
    n_items, n_workers, n_labels : int, optional
        Sizes; max + 1 unless given. An empty input needs all three.

    Returns
    -------
    Consensus
        `method` names what stands. For "dawid_skene_shrunk" the objective
        includes the log prior that shrinks the matrices, and never falls.

    Raises
    ------
    ValueError
        As `majority_vote`; the method is unknown; gold is out of range, or
        names an item twice.
    """
    sizes = {"n_items": n_items, "n_workers": n_workers, "n_labels": n_labels}
    judgments = coded_judgments(item, worker, label, **sizes)
    known = None if gold is None else checked_gold(gold, judgments)
    if method != "auto":
        return _fit(method, judgments, known)
    if known is None or not len(known[0]):
        return _fit(_method_without_gold(judgments), judgments, None)
    return _best_on_gold(judgments, *known)


def checked_gold(gold: Gold, judgments: CodedJudgments) -> tuple[Codes, Codes]:
    items, _ = sized_codes("gold item", gold[0], judgments.n_items)
    labels, _ = sized_codes("gold label", gold[1], judgments.n_labels)
    require_same_length(gold_items=items, gold_labels=labels)
    if len(np.unique(items)) < len(items):
        raise ValueError("an item has one gold answer: pass each gold item once")
    return items, labels


def _fit(method: str, judgments: CodedJudgments, gold: tuple[Codes, Codes] | None) -> Consensus:
    if method == "majority":
        return majority(judgments)
    if method == "dawid_skene":
        return expectation_maximisation(judgments, Likelihood(judgments), gold=gold)
    if method == "dawid_skene_shrunk":
        consensus = expectation_maximisation(judgments, shrunk_model(judgments), gold=gold)
        return replace(consensus, method=method)
    raise ValueError(
        f"method must be auto, majority, dawid_skene or dawid_skene_shrunk, got {method!r}"
    )


def _method_without_gold(judgments: CodedJudgments) -> str:
    judged = np.count_nonzero(judgments.per_item)
    enough = len(judgments) >= ENOUGH_PER_ITEM * max(int(judged), 1)
    return "dawid_skene_shrunk" if enough else "majority"


def _best_on_gold(judgments: CodedJudgments, items: Codes, labels: Codes) -> Consensus:
    default = _method_without_gold(judgments)
    others = [m for m in ("majority", "dawid_skene_shrunk", "dawid_skene") if m != default]
    # Candidates never see the gold that judges them; max keeps the first of equals.
    candidates = [_fit(method, judgments, None) for method in (default, *others)]
    return max(candidates, key=lambda found: int((found.labels[items] == labels).sum()))


def shrunk_model(judgments: CodedJudgments) -> Shrunk:
    """Learn the pooled matrix as if one worker had judged everything.

    Only items with two judgments or more teach it: a single vote agrees with
    itself, and would make everybody look perfect.
    """
    several = judgments.per_item[judgments.item] >= 2
    pooled_worker = replace(
        judgments,
        item=judgments.item[several],
        worker=np.zeros(np.count_nonzero(several), dtype=np.int64),
        label=judgments.label[several],
        n_workers=1,
    )
    modest = Shrunk(POOLED_WEIGHT * modest_matrix(judgments.n_labels))
    confusion = expectation_maximisation(pooled_worker, modest).confusion
    return Shrunk(SHRINKAGE * np.asarray(confusion, dtype=float)[0].T)
