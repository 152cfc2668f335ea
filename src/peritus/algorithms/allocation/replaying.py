"""Run a policy against judgments that were recorded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from peritus.algorithms._codes import CodedJudgments, Codes, coded_judgments

from .policy import AdaptivePolicy, seeded
from .state import Mask, Pairs, State

BATCHES = 4
"""A batch is an item's judgment for a quarter of the items: people work in parallel."""


@dataclass(frozen=True, eq=False)
class Replay:
    """What a policy bought of recorded judgments.

    Attributes
    ----------
    bought : bool (n,)
        Which judgments were bought, in input order.
    labels : int64 (items,)
        Answers from bought judgments only; -1 without any.
    cost : float
        Price of what was bought.
    order : int64 (bought,)
        Places in the input, in the order of buying.
    """

    bought: Mask
    labels: Codes
    cost: float
    order: Codes


def replay(
    item: ArrayLike,
    worker: ArrayLike,
    label: ArrayLike,
    *,
    policy: AdaptivePolicy,
    generator: np.random.Generator,
    gold: Pairs | None = None,
    cost: ArrayLike | None = None,
    n_items: int | None = None,
    n_workers: int | None = None,
    n_labels: int | None = None,
) -> Replay:
    """Let a policy buy from recorded judgments, batch by batch.

    Parameters
    ----------
    item, worker, label : integer codes (n,), 0-based
        Everything that was recorded. The policy sees a label once it is bought.
    policy : AdaptivePolicy
        Its seed is replaced by one of the generator.
    generator : numpy.random.Generator
        All that is random.
    gold : pair of integer codes (items, labels), optional
        Planted answers that the policy may see; never the truth for scoring.
    cost : float or (workers,), optional
        Price of a judgment; 1 unless given.
    n_items, n_workers, n_labels : int, optional
        Sizes; max + 1 unless given.

    Raises
    ------
    ValueError
        As `AdaptivePolicy.next`.
    """
    sizes = {"n_items": n_items, "n_workers": n_workers, "n_labels": n_labels}
    recorded = coded_judgments(item, worker, label, **sizes)
    price = 1.0 if cost is None else cost
    policy = seeded(policy, generator)
    places = _Places(recorded)
    bought = np.zeros(len(recorded), dtype=bool)
    order: list[Codes] = []
    while True:
        purchase = policy.next(_state(recorded, bought, gold, price))
        if not len(purchase.item):
            break
        new = places.of(purchase.item, purchase.worker)
        bought[new] = True
        order.append(new)
    paid = np.broadcast_to(np.asarray(price, dtype=float), recorded.n_workers)[recorded.worker]
    found = np.concatenate(order) if order else np.zeros(0, np.int64)
    return Replay(bought, purchase.labels, float(paid[bought].sum()), found)


class _Places:
    """Where a pair (item, worker) stands in the input."""

    def __init__(self, recorded: CodedJudgments) -> None:
        self.n_workers = recorded.n_workers
        keys = recorded.item * recorded.n_workers + recorded.worker
        self.order = np.argsort(keys)
        self.keys = keys[self.order]

    def of(self, item: Codes, worker: Codes) -> Codes:
        found: Codes = self.order[np.searchsorted(self.keys, item * self.n_workers + worker)]
        return found


def _state(recorded: CodedJudgments, bought: Mask, gold: Pairs | None, cost: ArrayLike) -> State:
    return State(
        item=recorded.item[bought],
        worker=recorded.worker[bought],
        label=recorded.label[bought],
        available=(recorded.item[~bought], recorded.worker[~bought]),
        gold=gold,
        cost=cost,
        batch=max(1, recorded.n_items // BATCHES),
        n_items=recorded.n_items,
        n_workers=recorded.n_workers,
        n_labels=recorded.n_labels,
    )
