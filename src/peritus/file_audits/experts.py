"""Which experts of a file differ from the others more often than chance allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from peritus.algorithms.aggregation import expert_accuracy
from peritus.algorithms.shares import adjusted, chance_of_higher, exact_interval
from peritus.file_audits.judgments import Judgments

FALSE_ALARM = 0.05
"""Chance to name anybody in a file whose experts all differ equally often."""
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class ExpertFound:
    """How often an expert differs from the known answer, or else from most of the others.

    ``compared`` counts the judgments that could be compared; ``low`` and
    ``high`` are the exact 95 % interval of the share that differs. ``chance``
    is how likely so many are where the expert differs as often as the rest,
    adjusted for having looked at every expert. ``right`` estimates the share
    of right judgments, with its 95 % interval. ``only`` is the one answer that
    was always given, where others gave several.
    """

    expert: str
    judgments: int
    compared: int
    differing: int
    low: float
    high: float
    chance: float
    right: tuple[float, float, float]
    only: str

    @property
    def at_risk(self) -> bool:
        """Whether it is time to look at the answers: evidence, not a verdict."""
        return self.chance <= FALSE_ALARM


def experts_of(judgments: Judgments) -> tuple[ExpertFound, ...]:
    """Return every expert of the file, whose differing is least likely first."""
    n_experts = len(judgments.experts)
    compared, differs = _compared(judgments)
    per_expert = np.bincount(judgments.expert, minlength=n_experts)
    of = np.bincount(judgments.expert[compared], minlength=n_experts)
    count = np.bincount(judgments.expert[compared & differs], minlength=n_experts)
    low, high = exact_interval(count, of)
    chances = _chances(count, of)
    right = _right(judgments)
    found = [
        ExpertFound(
            name, int(per_expert[at]), int(of[at]), int(count[at]), float(low[at]), float(high[at]),
            float(chances[at]), right[at], only,
        )
        for at, (name, only) in enumerate(zip(judgments.experts, _only(judgments), strict=True))
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda each: (each.chance, -each.low, each.expert)))


def _compared(judgments: Judgments) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Say of each judgment (n,) whether it can be compared, and whether it differs."""
    n, n_labels = len(judgments.item), len(judgments.labels)
    cell = judgments.item * n_labels + judgments.label
    votes = np.bincount(cell, minlength=len(judgments.items) * n_labels).reshape(-1, n_labels)
    others = votes[judgments.item]
    others[np.arange(n), judgments.label] -= 1
    top = others.max(axis=1)
    agreed = (top > 0) & ((others == top[:, None]).sum(axis=1) == 1)
    known = np.full(len(judgments.items), -1, dtype=np.int64)
    for item, label in judgments.gold.items():
        known[item] = label
    given = known[judgments.item]
    against = np.where(given >= 0, given, others.argmax(axis=1))
    return (given >= 0) | agreed, against != judgments.label


def _chances(count: Counts, of: Counts) -> NDArray[np.float64]:
    rest, rest_of = count.sum() - count, of.sum() - of
    pairs = zip(count.tolist(), of.tolist(), rest.tolist(), rest_of.tolist(), strict=True)
    return adjusted([chance_of_higher((k, n), (others, m)) for k, n, others, m in pairs])


def _right(judgments: Judgments) -> list[tuple[float, float, float]]:
    items = np.array(sorted(judgments.gold), dtype=np.int64)
    labels = np.array([judgments.gold[item] for item in items], dtype=np.int64)
    found = expert_accuracy(
        judgments.item,
        judgments.expert,
        judgments.label,
        gold=(items, labels) if len(items) else None,
        n_items=len(judgments.items),
        n_workers=len(judgments.experts),
        n_labels=len(judgments.labels),
    )
    return list(zip(found.accuracy.tolist(), found.low.tolist(), found.high.tolist(), strict=True))


def _only(judgments: Judgments) -> Sequence[str]:
    """Return the one answer of who gave no other in ten judgments or more, or nothing."""
    n_experts, n_labels = len(judgments.experts), len(judgments.labels)
    given = np.bincount(
        judgments.expert * n_labels + judgments.label, minlength=n_experts * n_labels
    ).reshape(n_experts, n_labels)
    constant = (given.max(axis=1) == given.sum(axis=1)) & (given.sum(axis=1) >= 10)
    several = np.count_nonzero(given.sum(axis=0)) > 1
    return [
        judgments.labels[row.argmax()] if several and alone else ""
        for row, alone in zip(given, constant, strict=True)
    ]
