"""Count the audits until nine in ten good lots are certified.

The lots hold 10,000 decisions of which 1 % are wrong; 2 % are promised; the
plan looks every 25 audits. Scores are binormal with a stated AUC, as
probabilities (calibrated). The census is followed batch by batch, as what it
finds decides when it ends; the chance over draws is exact for each lot.
"""

from __future__ import annotations

from itertools import count
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, hypergeom, norm

from benchmarks.report import Curve, Report, Row
from peritus.algorithms.certification import CensusPlan, census_plan

POPULATION, WRONG, TOLERANCE, EVERY, LOTS = 10_000, 100, 0.02, 25, 100
GOALS = {0.95: 700, 0.9: 850, 0.8: 1_200}
SEED = 20261127


class Need(NamedTuple):
    """Chance of being certified by 0, 1, ... checks, over lots and draws."""

    chance: NDArray[np.float64]
    mean: float
    census: float
    level: float

    @property
    def audits(self) -> int:
        """Checks by which nine in ten are certified; -1 if so many never are."""
        reached = np.flatnonzero(self.chance >= 0.9)
        return int(reached[0]) if reached.size else -1


def measure() -> Report:
    anchor = f"one look, Clopper–Pearson: {_one_look():,}"
    alone = _need([np.full(POPULATION, WRONG / POPULATION)], largest=0.0)
    goals = GOALS | {0.5: int(1.1 * alone.audits)}
    rows = [_row("no scores: plan alone", anchor, alone, _one_look())]
    points = _points("none", alone)
    for auc, goal in goals.items():
        need = _need([_scores(auc, seed) for seed in range(LOTS)])
        rows.append(_row(f"scores of AUC {auc:g}", anchor, need, goal))
        points += _points(f"{auc:g}", need)
    for claimed in (0.95, 0.8):
        need = _need([_lying(claimed, seed) for seed in range(LOTS)])
        what = f"scores that claim AUC {claimed:g} and know nothing"
        rows.append(_row(what, anchor, need, goals[0.5]))
        points += _points(f"lying {claimed:g}", need)
    curve = Curve("chance", ("scores", "checks", "certified"), points)
    title = "Audits until nine in ten good lots are certified"
    return Report("audits_needed", title, rows, NOTES, [curve])


NOTES = (
    f"{POPULATION:,} decisions, {WRONG} wrong, {TOLERANCE:.0%} promised, a look every {EVERY} "
    f"audits; {LOTS} lots, exact over draws. Checks are census and audits "
    "together. The level holds for every score; what wrong scores cost is in the last rows."
)


def _row(what: str, anchor: str, need: Need, goal: int) -> Row:
    ours = (
        f"{need.audits:,} ({need.census:.0f} of them census; mean {need.mean:.0f}; "
        f"level {need.level:.4f})"
    )
    reached = 0 <= need.audits <= goal and need.level <= 0.05
    return Row(what, anchor, ours, f"≤ {goal:,}", reached)


def _points(name: str, need: Need) -> list[tuple[float | str, ...]]:
    return [(name, n, round(float(need.chance[n]), 5)) for n in range(0, 2_001, EVERY)]


def _one_look() -> int:
    """Fewest audits with which one look, after Clopper-Pearson, certifies nine in ten."""
    for n in count(EVERY, EVERY):
        errors = np.arange(n)
        within = beta.ppf(0.95, errors + 1, n - errors) <= TOLERANCE
        if hypergeom.cdf(within.sum() - 1, POPULATION, WRONG, n) >= 0.9:
            return n
    raise AssertionError


def _wrong(seed: int) -> NDArray[np.bool_]:
    return np.random.default_rng([SEED, seed]).permutation(np.arange(POPULATION) < WRONG)


def _scores(auc: float, seed: int) -> NDArray[np.float64]:
    return _risk(auc, _wrong(seed), seed)


def _lying(claimed: float, seed: int) -> NDArray[np.float64]:
    """Scores as sharp as those of an AUC, given to the wrong decisions."""
    return np.random.default_rng([SEED, seed, 1]).permutation(_scores(claimed, seed))


def _risk(auc: float, wrong: NDArray[np.bool_], seed: int) -> NDArray[np.float64]:
    apart = np.sqrt(2) * norm.ppf(auc)
    score = np.random.default_rng([SEED, seed, 2]).standard_normal(POPULATION) + apart * wrong
    odds = WRONG / (POPULATION - WRONG) * np.exp(apart * score - apart**2 / 2)
    return odds / (1 + odds)


def _after_census(
    risk: NDArray[np.float64], wrong: NDArray[np.bool_], **options: float
) -> CensusPlan:
    """Check batch after batch, and return the plan that stands at the end."""
    outcomes: list[bool] = []
    while True:
        found = census_plan(risk, TOLERANCE, outcomes=outcomes, every=EVERY, **options)
        if not len(found.batch):
            return found
        outcomes += wrong[found.batch].tolist()


def _need(risks: list[NDArray[np.float64]], **options: float) -> Need:
    chance, mean, census, level = np.zeros(POPULATION + 1), 0.0, 0.0, 0.0
    for seed, risk in enumerate(risks):
        found = _after_census(risk, _wrong(seed), **options)
        taken = len(found.census)
        left = WRONG - int(_wrong(seed)[found.census].sum())
        by_look = np.append(0.0, found.plan.certified_by(left))
        looks = np.array(found.plan.looks) + taken
        chance += by_look[np.searchsorted(looks, np.arange(POPULATION + 1), side="right")]
        mean += taken + found.plan.expected_audits(left)
        census += taken
        level = max(level, found.plan.level)
    return Need(chance / len(risks), mean / len(risks), census / len(risks), level)
