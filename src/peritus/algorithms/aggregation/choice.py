"""Which method aggregates, by name or by its accuracy on gold."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from peritus.algorithms._codes import CodedJudgments, coded_judgments

from .consensus import Consensus
from .gold import Gold, KnownAnswers, checked_gold, clamped, judged_gold
from .methods import Fits
from .mixture import mixture

Method = Literal[
    "auto",
    "majority",
    "weighted_vote",
    "one_coin",
    "dawid_skene",
    "dawid_skene_shrunk",
    "mixture",
]
ENOUGH_PER_ITEM = 3.0
"""Judgments per item from which workers can be told apart without gold."""


def aggregate(
    item: ArrayLike,
    worker: ArrayLike,
    label: ArrayLike,
    *,
    method: Method = "auto",
    gold: Gold | None = None,
    clamp: bool = False,
    n_items: int | None = None,
    n_workers: int | None = None,
    n_labels: int | None = None,
) -> Consensus:
    """Aggregate judgments by a named method, or as gold advises.

    Parameters
    ----------
    item, worker, label : integer codes (n,), 0-based
        One entry per judgment; absent pairs are missing judgments.
    method : str
        "majority", "weighted_vote", "one_coin", "dawid_skene", or
        "dawid_skene_shrunk", which draws each worker's matrix towards the
        pooled one with the weight of 4 judgments. "mixture" mixes majority,
        weighted vote and both Dawid-Skenes by how often each is right on gold.
        "auto" is the mixture where a gold item was judged; else shrunk
        Dawid-Skene from 3 judgments an item on, and majority below.
    gold : pair of integer codes (items, labels), optional
        Known answers. They weigh the methods of a mixture and teach methods
        how workers err; they overrule no judgment unless `clamp` is set.
    clamp : bool
        Hold gold items to their known answers, judged or not.
    n_items, n_workers, n_labels : int, optional
        Sizes; max + 1 unless given. An empty input needs all three.

    Returns
    -------
    Consensus
        `method` names what stands, `weights` what a mixture is made of. For
        "dawid_skene_shrunk" the objective includes the log prior that shrinks
        the matrices; with gold it is that of judgments and gold. It never falls.

    Raises
    ------
    ValueError
        As `majority_vote`; the method is unknown; gold is out of range, or
        names an item twice; "mixture" without a gold item that was judged;
        `clamp` without gold.

    Notes
    -----
    A method's weight grows as exp(0.8 x gold items it is right on), by a fit
    that has not seen gold; what is mixed has. Both Dawid-Skenes begin at half.
    Mixing keeps what methods know together where gold cannot tell them apart,
    and becomes a choice where it can: docs/benchmarks.md, aggregation_choice.
    Source: exponentially weighted average, Cesa-Bianchi & Lugosi (2006),
    Prediction, Learning, and Games, section 2.1.
    """
    sizes = {"n_items": n_items, "n_workers": n_workers, "n_labels": n_labels}
    judgments = coded_judgments(item, worker, label, **sizes)
    if gold is None:
        if clamp:
            raise ValueError("clamp holds items to gold: pass gold, or leave clamp out")
        return _aggregated(method, judgments, None)
    known = checked_gold(gold, judgments)
    found = _aggregated(method, judgments, known)
    return clamped(found, known) if clamp else found


def _aggregated(method: str, judgments: CodedJudgments, gold: KnownAnswers | None) -> Consensus:
    fits = Fits(judgments)
    known = None if gold is None else judged_gold(gold, judgments)
    if known is not None and not len(known[0]):
        known = None
    if method in ("auto", "mixture") and known is not None:
        return mixture(fits, known)
    if method == "mixture":
        raise ValueError("a mixture is weighed by gold: pass gold on an item that was judged")
    named = _method_without_gold(judgments) if method == "auto" else method
    return fits.taught(named, known)


def _method_without_gold(judgments: CodedJudgments) -> str:
    judged = np.count_nonzero(judgments.per_item)
    enough = len(judgments) >= ENOUGH_PER_ITEM * max(int(judged), 1)
    return "dawid_skene_shrunk" if enough else "majority"
