"""Several methods at once, each with the weight that gold gives it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from .consensus import Consensus, shared_consensus
from .gold import KnownAnswers
from .methods import Fits

PRIOR = {"dawid_skene_shrunk": 0.5, "majority": 1.0, "dawid_skene": 0.5, "weighted_vote": 1.0}
"""Candidates, and their weights before gold: two that nearly agree count as one."""
WEIGHT_OF_A_HIT = 0.8
"""Nats that a gold item adds to a method which is right on it."""


def mixture(fits: Fits, gold: KnownAnswers) -> Consensus:
    """Mix methods that gold has taught by how often each was right before."""
    return mixed([fits.taught(name, gold) for name in PRIOR], weights_by_gold(fits, gold))


def weights_by_gold(
    fits: Fits, gold: KnownAnswers, *, weight_of_a_hit: float = WEIGHT_OF_A_HIT
) -> dict[str, float]:
    """Weigh each candidate by how often it is right on gold that it has not seen."""
    items, labels = gold
    hits = np.array([(fits.fit(name).labels[items] == labels).sum() for name in PRIOR])
    weights = np.array(list(PRIOR.values())) * np.exp(weight_of_a_hit * (hits - hits.max()))
    return dict(zip(PRIOR, (weights / weights.sum()).tolist(), strict=True))


def mixed(parts: list[Consensus], weights: Mapping[str, float]) -> Consensus:
    """Average beliefs; each part's method has its weight."""
    posterior = sum(weights[each.method] * each.posterior for each in parts)
    mean = shared_consensus(
        parts[0].judgments,
        np.asarray(posterior),
        method="mixture",
        converged=all(each.converged for each in parts),
    )
    return replace(mean, weights=weights)
