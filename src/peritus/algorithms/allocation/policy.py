"""Which judgments to buy next, and when to stop."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from peritus.algorithms._codes import Codes

from .choosing import Wish, choose
from .skill import ANSWERING, CAREFUL, Belief, Learning, believe, rows_to_one
from .state import Checked, Floats, Mask, Purchase, State, Stop, checked
from .value import error_after, evidence, information, outlook, rivals

HORIZONS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)
"""Numbers of further judgments whose worth is compared with their price."""

DRAWS = 10
"""Draws of the experts' skill in one call."""

CAUTION = 0.03
"""Share of an error that is asked of beliefs: they rest on skills learnt from the same votes.

On seven published sets, items believed wrong with a mean chance of 0.0004 differ from
everybody's answer in 1.7 %, forty times as often.
"""


@dataclass(frozen=True, kw_only=True)
class AdaptivePolicy:
    """Buy a judgment where it is worth its price, of whom it tells most.

    Parameters
    ----------
    error : float in (0, 1)
        A judgment is worth its price where it saves this much expected error:
        0.001 says that a wrong answer costs as much as 1,000 judgments. An item
        whose expected error is below it is sure. Beliefs are asked for
        `caution` of it.
    minimum : int >= 0
        Judgments of people that every item gets, if they are to be had. 0
        leaves items to models whose agreement people have vouched for.
    calibration_share : float in [0, 1]
        Share of items, drawn at random, that get `calibration_judgments`: there
        skills are learnt from answers that many experts settle.
    calibration_judgments : int >= 0
    caution : float in (0, 1]
        Share of the error that is asked of beliefs; 1 where models, known
        against people only, speak beside them.
    seed : int >= 0
        All that is random: the calibration share and Thompson's draws.
    learning : Learning
        How carefully the skill of experts is learnt.
    """

    error: float = 0.001
    minimum: int = 3
    calibration_share: float = 0.1
    calibration_judgments: int = 20
    caution: float = CAUTION
    seed: int = 0
    learning: Learning = CAREFUL

    def __post_init__(self) -> None:
        if not 0 < self.error < 1:
            raise ValueError(f"error must lie in (0, 1), got {self.error}")
        if self.minimum < 0:
            raise ValueError(f"minimum must not be negative, got {self.minimum}")
        if not 0 < self.caution <= 1:
            raise ValueError(f"caution must lie in (0, 1], got {self.caution}")
        if not 0 <= self.calibration_share <= 1:
            raise ValueError(f"calibration_share must lie in [0, 1], got {self.calibration_share}")

    def next(self, state: State, budget: float = np.inf) -> Purchase:
        """Say what to buy now.

        Parameters
        ----------
        state : State
            Judgments so far, and who may be asked.
        budget : float >= 0
            Money left, in the unit of the costs.

        Returns
        -------
        Purchase
            The same for the same state, budget and seed.

        Raises
        ------
        ValueError
            As `checked`; the budget is negative or NaN.

        Notes
        -----
        Cost O(n labels) per EM iteration and O(pairs labels) to choose.
        Source: Thompson (1933), Biometrika 25, 285-294, for the draw; Lindley
        (1956), Annals of Mathematical Statistics 27, 986-1005, for information.
        """
        if not budget >= 0:
            raise ValueError(f"budget must be 0 or more, got {budget}")
        known = checked(state)
        belief = believe(known, self.learning)
        wish = self._wish(known, belief)
        item, worker, cut = choose(known, wish, budget)
        stop = self._stops(known, wish, cut, rivals(belief.posterior).error)
        # From the votes again: begun where buying ended, it would stay there.
        answer = rivals(believe(known, ANSWERING).posterior)
        unsure = np.isin(stop, (Stop.HOPELESS, Stop.EXHAUSTED)) & (answer.error > self.error)
        seen = known.judgments.per_item > 0
        return Purchase(
            item=item,
            worker=worker,
            cost=known.cost[worker],
            stop=stop,
            labels=np.where(seen, answer.first, -1),
            error=answer.error,
            adjudicate=_largest_first(unsure, answer.error),
        )

    def calibration(self, n_items: int) -> Mask:
        """Tell which items are drawn for calibration; more items change none."""
        # A stream of its own, and one number an item: item 7 has the same fate in any lot.
        draws = np.random.default_rng((self.seed, 1)).random(n_items)
        chosen: Mask = draws < self.calibration_share
        return chosen

    def _wish(self, state: Checked, belief: Belief) -> Wish:
        target = np.full(state.judgments.n_items, self.minimum)
        calibration = self.calibration(len(target))
        target[calibration] = np.maximum(target[calibration], self.calibration_judgments)
        owed = np.maximum(target - state.bought, 0)
        gain, number = self._net_gain(state, belief)
        rounds = state.rounds_left or len(HORIZONS) * 100
        spread = -(-number // rounds)
        wanted = np.where(owed > 0, owed, np.where(gain > 0, spread, 0))
        urgency = gain + np.where(owed > 0, 2.0 + calibration, 0.0) * self._damage(state)
        return Wish(wanted, urgency, self._scores(state, belief))

    def _damage(self, state: Checked) -> float:
        return float(state.cost.max(initial=1.0)) / (self.caution * self.error)

    def _net_gain(self, state: Checked, belief: Belief) -> tuple[Floats, Codes]:
        """Return what the best number of further judgments earns, and that number."""
        odds = rivals(belief.posterior)
        table = evidence(belief.matrices)
        asked = outlook(state.pending, odds, table)
        now = error_after(odds, asked)
        item, worker = state.open_pairs
        left = np.bincount(item, minlength=len(now))
        price = np.bincount(item, state.cost[worker], minlength=len(now)) / np.maximum(left, 1)
        each = outlook(state.open_pairs, odds, table).times(1 / np.maximum(left, 1))
        gain, number = np.full(len(now), -np.inf), np.zeros(len(now), np.int64)
        for horizon in HORIZONS:
            if horizon > left.max(initial=0) and horizon > 1:
                break
            count = np.minimum(horizon, left)
            after = error_after(odds, asked.plus(each.times(count)))
            net = (now - after) * self._damage(state) - count * price
            better = (net > gain) & (left > 0)
            gain, number = np.where(better, net, gain), np.where(better, count, number)
        return np.where(left > 0, gain, 0.0), number

    def _scores(self, state: Checked, belief: Belief) -> Floats:
        """Draw matrices as Thompson does; return information per price (pairs,).

        Items fall into groups with a draw each: one draw for all would send a
        whole batch to whoever looked best in it.
        """
        item, worker = state.open_pairs
        generator = np.random.default_rng((self.seed, 2, len(state.judgments)))
        group = generator.integers(0, DRAWS, state.judgments.n_items)[item]
        told = np.empty(len(item))
        for one in range(DRAWS):
            pairs = group == one
            drawn = rows_to_one(generator.standard_gamma(belief.strength) + 1e-9)
            told[pairs] = information(belief.posterior, drawn, (item[pairs], worker[pairs]))
        scores: Floats = told / state.cost[worker]
        return scores

    def _stops(self, state: Checked, wish: Wish, cut: Codes, error: Floats) -> NDArray[np.int8]:
        n_items = len(error)
        left = np.bincount(state.open_pairs[0], minlength=n_items)
        pending = np.bincount(state.pending[0], minlength=n_items)
        sure = error <= self.caution * self.error
        idle = np.where(sure, Stop.SURE, np.where(left > 0, Stop.HOPELESS, Stop.EXHAUSTED))
        idle = np.where((pending > 0) & ~sure, Stop.WAITING, idle)
        stops: NDArray[np.int8] = np.where((wish.wanted > 0) & (left > 0), cut, idle).astype(
            np.int8
        )
        return stops


def _largest_first(which: Mask, error: Floats) -> Codes:
    items = np.flatnonzero(which)
    return items[np.argsort(-error[items], kind="stable")]


def seeded(policy: AdaptivePolicy, generator: np.random.Generator) -> AdaptivePolicy:
    """Return the policy with a seed of the generator."""
    return replace(policy, seed=int(generator.integers(2**31)))
