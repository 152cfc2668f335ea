"""Known answers: checked, taught to a method, and held only where that is asked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from peritus.algorithms._codes import CodedJudgments, Codes, require_same_length, sized_codes

from .consensus import Consensus, Floats

Gold = tuple[ArrayLike, ArrayLike]
KnownAnswers = tuple[Codes, Codes]
"""Items, each once, and their labels."""


def checked_gold(gold: Gold, judgments: CodedJudgments) -> KnownAnswers:
    items, _ = sized_codes("gold item", gold[0], judgments.n_items)
    labels, _ = sized_codes("gold label", gold[1], judgments.n_labels)
    require_same_length(gold_items=items, gold_labels=labels)
    if len(np.unique(items)) < len(items):
        raise ValueError("an item has one gold answer: pass each gold item once")
    return items, labels


def judged_gold(gold: KnownAnswers, judgments: CodedJudgments) -> KnownAnswers:
    """Return the known answers of items that somebody judged."""
    judged = judgments.per_item[gold[0]] > 0
    return gold[0][judged], gold[1][judged]


def released(consensus: Consensus, gold: KnownAnswers) -> Consensus:
    """Let judgments speak where an answer was held while matrices were learnt."""
    if consensus.confusion is None or not len(gold[0]):
        return consensus
    judgments, items = consensus.judgments, gold[0]
    place = np.full(judgments.n_items, -1, dtype=np.int64)
    place[items] = np.arange(len(items))
    mine = np.flatnonzero(place[judgments.item] >= 0)
    with np.errstate(divide="ignore"):
        joint = np.tile(np.log(consensus.prevalence), (len(items), 1))
        evidence = np.log(consensus.confusion[judgments.worker[mine], :, judgments.label[mine]])
    np.add.at(joint, place[judgments.item[mine]], evidence)
    posterior = consensus.posterior.copy()
    posterior[items] = normalised(joint)
    labels = consensus.labels.copy()
    labels[items] = posterior[items].argmax(axis=1)
    return replace(consensus, posterior=posterior, labels=labels)


def clamped(consensus: Consensus, gold: KnownAnswers) -> Consensus:
    """Hold items to their known answers, judged or not."""
    posterior, labels = consensus.posterior.copy(), consensus.labels.copy()
    posterior[gold[0]] = np.eye(consensus.judgments.n_labels)[gold[1]]
    labels[gold[0]] = gold[1]
    return replace(consensus, posterior=posterior, labels=labels)


def normalised(joint: Floats) -> Floats:
    """Turn log weights (items, labels) into probabilities."""
    weight = np.exp(joint - joint.max(axis=1, keepdims=True))
    posterior: Floats = weight / weight.sum(axis=1, keepdims=True)
    return posterior
