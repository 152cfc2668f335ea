"""How often each expert is right, where truth is known for a few items only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from peritus.algorithms._codes import CodedJudgments, Codes, coded_judgments

from .consensus import Consensus, Floats
from .expectation import expectation_maximisation
from .gold import Gold, checked_gold, normalised
from .methods import shrunk_model

OWN_WEIGHT = 10.0
"""Gold judgments that the others' shared bias weighs against an expert's own."""
SHARED_BIAS = 0.05
"""Standard deviation, over pieces of work, of the bias that all experts share."""
SURE = 0.999
"""A label inferred from other judgments is never taken for surer than this."""
OPTIMISM = 1.5
"""Gold taught the matrices that are held against it: off gold they miss by more."""
LEAST_SPREAD = 0.025
"""Variance of a judgment that is left however well the gold was met."""


@dataclass(frozen=True, eq=False)
class ExpertAccuracy:
    """Each expert's share of right judgments among those that were passed.

    Attributes
    ----------
    accuracy : float64 (workers,)
        Share in [0, 1]; NaN without judgments.
    low, high : float64 (workers,)
        Ends of the interval; 0 and 1 without judgments.
    judgments : int64 (workers,)
        Judgments that the share is about.
    gold_judged : int64 (workers,)
        Those among them whose item has a gold answer.
    """

    accuracy: Floats
    low: Floats
    high: Floats
    judgments: Codes
    gold_judged: Codes


def expert_accuracy(
    item: ArrayLike,
    worker: ArrayLike,
    label: ArrayLike,
    *,
    gold: Gold | None = None,
    confidence: float = 0.95,
    n_items: int | None = None,
    n_workers: int | None = None,
    n_labels: int | None = None,
) -> ExpertAccuracy:
    """Estimate how often each expert is right, from gold and from the others.

    Parameters
    ----------
    item, worker, label : integer codes (n,), 0-based
        One entry per judgment; absent pairs are missing judgments.
    gold : pair of integer codes (items, labels), optional
        Known answers, counted as they stand. Ten judged by each expert are
        what the figures in docs/benchmarks.md rest on. Without any, an error
        that experts share cannot be seen.
    confidence : float in (0, 1)
        Share of intervals that are meant to hold the expert's true share.
    n_items, n_workers, n_labels : int, optional
        Sizes; max + 1 unless given. An empty input needs all three.

    Returns
    -------
    ExpertAccuracy
        About the judgments that were passed, not about future ones.

    Raises
    ------
    ValueError
        As `aggregate`, or `confidence` is outside (0, 1).

    Notes
    -----
    Off gold, a judgment is right with the probability that the other judges'
    answers give it (its own vote left out) under shrunk Dawid-Skene with gold
    held. On gold the mean difference between truth and that probability is
    the model's bias: the shared part is drawn to 0 by its error between items,
    the expert's own part is drawn to the shared one with the weight of 10
    judgments, and both correct the rest. The interval adds the error of both
    parts and the spread of single judgments; it is normal, and cut where gold
    already proves more. Cost: one Dawid-Skene fit and O(n labels).
    Source: the bias correction is the difference estimator of Cochran (1977),
    Sampling Techniques, section 7.3; its shrinkage Morris (1983), Journal of
    the American Statistical Association 78, 47-55.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie in (0, 1), got {confidence}")
    sizes = {"n_items": n_items, "n_workers": n_workers, "n_labels": n_labels}
    judgments = coded_judgments(item, worker, label, **sizes)
    known = np.full(judgments.n_items, -1, dtype=np.int64)
    if gold is not None:
        items, labels = checked_gold(gold, judgments)
        known[items] = labels
    right_by_others = right_by_the_others(judgments, known)
    return corrected(judgments, known[judgments.item], right_by_others, confidence)


def right_by_the_others(judgments: CodedJudgments, known: Codes) -> Floats:
    """Return each judgment's chance (n,) to be right, its own vote left out."""
    held = np.flatnonzero((known >= 0) & (judgments.per_item > 0))
    fitted = expectation_maximisation(judgments, shrunk_model(judgments), held=(held, known[held]))
    return others_posterior(judgments, fitted)[np.arange(len(judgments)), judgments.label]


def others_posterior(judgments: CodedJudgments, fitted: Consensus) -> Floats:
    """Return what the other judgments of its item say to each judgment, (n, labels)."""
    if fitted.confusion is None:
        raise ValueError(f"{fitted.method} has no matrices to weigh the other judgments with")
    own = np.log(fitted.confusion)[judgments.worker, :, judgments.label]
    evidence = np.empty((judgments.n_items, judgments.n_labels))
    for true in range(judgments.n_labels):
        evidence[:, true] = np.bincount(
            judgments.item, weights=own[:, true], minlength=judgments.n_items
        )
    with np.errstate(divide="ignore"):
        joint = evidence[judgments.item] - own + np.log(fitted.prevalence)
    return normalised(joint)


def corrected(
    judgments: CodedJudgments,
    known: Codes,
    by_others: Floats,
    confidence: float,
    *,
    own_weight: float = OWN_WEIGHT,
    sure: float = SURE,
) -> ExpertAccuracy:
    """Add what gold shows of the model's bias to each expert's share.

    `known` (n,) is the answer to each judgment's item, -1 without gold.
    """
    chance = np.clip(by_others, 1 - sure, sure)
    on_gold = known >= 0
    right = (judgments.label == known).astype(float)
    missed = right - chance
    shared, shared_variance = _shared_bias(judgments.item[on_gold], missed[on_gold])

    def per_worker(values: Floats | NDArray[np.bool_]) -> Floats:
        return np.bincount(judgments.worker, weights=values, minlength=judgments.n_workers).astype(
            float
        )

    n, n_gold = per_worker(np.ones(len(known))), per_worker(on_gold)
    own_share = 1 / (n_gold + own_weight)
    own = shared + per_worker(np.where(on_gold, missed - shared, 0)) * own_share
    open_chance = np.clip(chance + own[judgments.worker], 0, 1)
    accuracy = per_worker(np.where(on_gold, right, open_chance))
    single = chance * (1 - chance)
    spread = _spread_of_a_miss(missed[on_gold] - shared, single)
    variance_of_bias = spread * own_share + shared_variance * (own_weight * own_share) ** 2
    total_variance = (n - n_gold) ** 2 * variance_of_bias + per_worker(
        np.where(on_gold, 0, np.maximum(single, spread))
    )
    reach = norm.ppf((1 + confidence) / 2) * np.sqrt(total_variance)
    surely_right, surely_wrong = per_worker(right * on_gold), per_worker((1 - right) * on_gold)
    some, whole = n > 0, np.maximum(n, 1)
    return ExpertAccuracy(
        accuracy=np.where(some, accuracy / whole, np.nan),
        low=np.where(some, np.maximum(accuracy - reach, surely_right) / whole, 0.0),
        high=np.where(some, np.minimum(accuracy + reach, n - surely_wrong) / whole, 1.0),
        judgments=n.astype(np.int64),
        gold_judged=n_gold.astype(np.int64),
    )


def _spread_of_a_miss(missed: Floats, single: Floats) -> float:
    """Return the variance of one judgment about its expert's corrected chance."""
    if not len(missed):
        return max(float(single.mean()) if len(single) else 0.0, LEAST_SPREAD)
    return max(OPTIMISM * float((missed**2).mean()), LEAST_SPREAD)


def _shared_bias(item: Codes, missed: Floats) -> tuple[float, float]:
    """Return the shared bias and its variance, drawn to 0 by its error over items.

    Judgments of one item miss together, so items, not judgments, are what repeats.
    """
    if not len(item):
        return 0.0, SHARED_BIAS**2
    mean = float(missed.mean())
    of_item = np.bincount(item, weights=missed - mean)
    error = float((of_item**2).sum()) / len(item) ** 2
    drawn = SHARED_BIAS**2 / (SHARED_BIAS**2 + error)
    return mean * drawn, error * drawn
