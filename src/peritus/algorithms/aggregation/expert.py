"""How often each expert is right, where truth is known for a few items only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit
from scipy.stats import norm

from peritus.algorithms._codes import CodedJudgments, Codes, coded_judgments

from .consensus import Consensus, Floats
from .expectation import expectation_maximisation
from .gold import Gold, checked_gold, normalised
from .methods import shrunk_model

OWN_WEIGHT = 10.0
"""Gold judgments that what is known of an expert beforehand weighs against, in the interval."""
OWN_SPREAD = 0.4
"""Standard deviation, over experts, of the log odds that the model is off by for one of them."""
SHARED_SPREAD = 0.1
"""Standard deviation, over pieces of work, of the log odds that it is off by for all."""
SLOPE_SPREAD = 0.5
"""Standard deviation, over pieces of work, of the slope of the log odds, about 1."""
SHARED_BIAS = 0.05
"""Standard deviation, over pieces of work, of the share that it is off by for all."""
SURE = 0.999
"""A label inferred from other judgments is never taken for surer than this."""
OPTIMISM = 1.5
"""Gold taught the matrices that are held against it: off gold they miss by more."""
LEAST_SPREAD = 0.025
"""Variance of a judgment that is left however well the gold was met."""
HALVINGS = 60
"""Steps that find a shift to the last bit of a float."""


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
    held. Gold recalibrates that probability on the scale of log odds: a shift
    and a slope that all experts share, for which each gold item counts once, for
    its judgments miss together; then a shift of the expert's own. Each is drawn
    to what would change nothing, a normal prior whose spread is among this
    module's constants. The interval adds the error of the bias, shared and own,
    and the spread of single judgments; it is normal, and cut where gold already
    proves more. Cost: one Dawid-Skene fit and O(n labels).
    Source: recalibration by shift and slope Cox (1958), Biometrika 45, 562-565;
    the shrinkage of many experts' own parts Morris (1983), Journal of the
    American Statistical Association 78, 47-55; the interval is that of the
    difference estimator of Cochran (1977), Sampling Techniques, section 7.3.
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
    own_spread: float = OWN_SPREAD,
    slope_spread: float = SLOPE_SPREAD,
) -> ExpertAccuracy:
    """Correct each expert's share by what gold shows of the model's bias.

    `known` (n,) is the answer to each judgment's item, -1 without gold.
    """
    odds = logit(np.clip(by_others, 1 - SURE, SURE))
    on_gold = known >= 0
    gold = CodedJudgments(
        judgments.item[on_gold], judgments.worker[on_gold], judgments.label[on_gold],
        judgments.n_items, judgments.n_workers, judgments.n_labels,
    )  # fmt: skip
    right = (gold.label == known[on_gold]).astype(float)
    shift, slope = _shared_calibration(gold, odds[on_gold], right, slope_spread)
    own = _own_shifts(gold, slope * odds[on_gold], right, shift, own_spread)
    chance = expit(own[judgments.worker] + slope * odds)
    missed = right - expit(shift + slope * odds[on_gold])

    def per_worker(values: Floats | NDArray[np.bool_], of: CodedJudgments = judgments) -> Floats:
        return np.bincount(of.worker, weights=values, minlength=of.n_workers).astype(float)

    n, n_gold = per_worker(np.ones(len(known))), per_worker(on_gold)
    surely_right, surely_wrong = per_worker(right, gold), per_worker(1 - right, gold)
    accuracy = surely_right + per_worker(np.where(on_gold, 0, chance))
    single = chance * (1 - chance)
    spread = _spread_of_a_miss(missed, single)
    own_share = 1 / (n_gold + OWN_WEIGHT)
    shared_variance = _variance_of_shared_bias(gold, missed) * (OWN_WEIGHT * own_share) ** 2
    total_variance = (n - n_gold) ** 2 * (spread * own_share + shared_variance) + per_worker(
        np.where(on_gold, 0, np.maximum(single, spread))
    )
    reach = norm.ppf((1 + confidence) / 2) * np.sqrt(total_variance)
    some, whole = n > 0, np.maximum(n, 1)
    return ExpertAccuracy(
        accuracy=np.where(some, accuracy / whole, np.nan),
        low=np.where(some, np.maximum(accuracy - reach, surely_right) / whole, 0.0),
        high=np.where(some, np.minimum(accuracy + reach, n - surely_wrong) / whole, 1.0),
        judgments=n.astype(np.int64),
        gold_judged=n_gold.astype(np.int64),
    )


def _shared_calibration(
    gold: CodedJudgments, odds: Floats, right: Floats, slope_spread: float
) -> tuple[float, float]:
    """Return shift and slope of the log odds that gold makes likeliest, each item counted once."""
    weight = 1 / gold.per_item[gold.item]

    def loss(at: Floats) -> tuple[float, Floats]:
        shifted = at[0] + at[1] * odds
        off = weight * (expit(shifted) - right)
        drawn = (at - (0, 1)) / (SHARED_SPREAD, slope_spread)
        value = (weight * (np.logaddexp(0, shifted) - right * shifted)).sum() + (drawn**2).sum() / 2
        return float(value), np.array([off.sum(), (off * odds).sum()]) + drawn / (
            SHARED_SPREAD, slope_spread
        )  # fmt: skip

    found = minimize(
        loss, (0.0, 1.0), jac=True, method="L-BFGS-B", bounds=((None, None), (0, None))
    )
    return float(found.x[0]), float(found.x[1])


def _own_shifts(
    gold: CodedJudgments, odds: Floats, right: Floats, shared: float, spread: float
) -> Floats:
    """Return each worker's likeliest shift (workers,), drawn to the shared one.

    What is sought falls where a shift is too high, and no right or wrong answer
    pulls by more than 1: halving finds it between ends that are known.
    """
    reach = np.bincount(gold.worker, minlength=gold.n_workers) * spread**2
    low, high = shared - reach, shared + reach
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        off = right - expit(middle[gold.worker] + odds)
        pull = np.bincount(gold.worker, weights=off, minlength=gold.n_workers)
        up = pull > (middle - shared) / spread**2
        low, high = np.where(up, middle, low), np.where(up, high, middle)
    return (low + high) / 2


def _spread_of_a_miss(missed: Floats, single: Floats) -> float:
    """Return the variance of one judgment about its expert's corrected chance."""
    if not len(missed):
        return max(float(single.mean()) if len(single) else 0.0, LEAST_SPREAD)
    return max(OPTIMISM * float((missed**2).mean()), LEAST_SPREAD)


def _variance_of_shared_bias(gold: CodedJudgments, missed: Floats) -> float:
    """Return how uncertain gold leaves what all experts' shares are off by.

    Judgments of one item miss together, so items, not judgments, are what repeats.
    """
    if not len(gold):
        return SHARED_BIAS**2
    of_item = np.bincount(gold.item, weights=missed - missed.mean())
    error = float((of_item**2).sum()) / len(gold) ** 2
    return error * SHARED_BIAS**2 / (SHARED_BIAS**2 + error)
