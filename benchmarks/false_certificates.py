"""Count the bad lots that somebody certifies who looks after every audit.

Every lot here is bad by one error, the least favourable case. Whoever looks
after each audit and stops at the first look that says "certified" has made a
false certificate whenever any look says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from ppi_py import ppi_mean_ci
from scipy.stats import beta, norm

from benchmarks.report import Curve, Report, Row
from peritus.algorithms.certification import AuditPlan, ErrorSequence

REPLAYS, PPI_REPLAYS, SEQUENCE_REPLAYS, BATCH = 100_000, 200, 400, 20_000
FIRST_PPI_LOOK = 30  # a kindness: with fewer audits its variance is mostly zero
AUC = 0.9  # of the predictions that PPI is given
SEED = 20261126


class Case(NamedTuple):
    """A lot with one error too many, and where its audit ends."""

    population: int
    tolerance: float
    audits: int

    @property
    def bad(self) -> int:
        return int(self.tolerance * self.population + 1e-9) + 1

    def __str__(self) -> str:
        return f"{self.population:,} with {self.tolerance:.0%} promised, {self.audits:,} audits"


CASES = (
    Case(10_000, 0.02, 1_000),
    Case(10_000, 0.05, 500),
    Case(2_000, 0.05, 400),
    Case(500, 0.10, 150),
)


def measure() -> Report:
    rows, points = [], []
    for case in CASES:
        ours = AuditPlan(case.population, case.tolerance, looks=range(1, case.audits + 1))
        plan, pearson = _by_limits(case, [np.array(ours.max_errors), _clopper_pearson(case)])
        ppi, tuned = (_by_ppi(case, lam) for lam in (1, None))
        sequence = _by_sequence(case) if case.population <= 2_000 else float("nan")
        anchors = f"PPI {ppi[-1]:.0%}, tuned {tuned[-1]:.0%}; Clopper–Pearson {pearson[-1]:.1%}"
        rows.append(_row(case, anchors, ours.level, float(plan[-1]), sequence))
        points += [
            (str(case), n, plan[n - 1], pearson[n - 1], ppi[n - 1], tuned[n - 1])
            for n in range(25, case.audits + 1, 25)
        ]
    columns = ("lot", "audits", "plan", "clopper_pearson", "ppi", "ppi_tuned")
    title = "False certificates, looking after every audit"
    return Report("false_certificates", title, rows, NOTES, [Curve("share", columns, points)])


NOTES = (
    f"Lots with one error more than promised; {REPLAYS:,} replays of the plan and of "
    f"Clopper-Pearson (one-sided, 95 %) on the same draws; {PPI_REPLAYS} of "
    f"`ppi_py.ppi_mean_ci` (one-sided, 95 %, first look after {FIRST_PPI_LOOK} audits), with "
    f"calibrated predictions of AUC {AUC} for the whole lot, plain (`lam=1`) and tuned (PPI++). "
    "The sequence (`ErrorSequence`) needs no plan; "
    f"{SEQUENCE_REPLAYS} replays on the two smaller lots."
)


def _row(case: Case, anchor: str, level: float, plan: float, sequence: float) -> Row:
    ours = f"plan: exact level {level:.4f}, replays {plan:.4f}"
    if not np.isnan(sequence):
        ours += f"; sequence {sequence:.1%}"
    reached = level <= 0.05 and plan <= 0.0515
    return Row(str(case), anchor, ours, "exact level ≤ .05, replays ≤ .0515", reached)


def _clopper_pearson(case: Case) -> NDArray[np.int64]:
    """Most errors, -1 for none, with which its 95 % limit keeps the promise at each look."""
    n = np.arange(1, case.audits + 1)
    limits = np.full(case.audits, -1)
    for errors in range(case.audits):
        within = (errors < n) & (
            beta.ppf(0.95, errors + 1, np.maximum(n - errors, 1)) <= case.tolerance
        )
        if not within.any():
            return limits
        limits[within] = errors
    return limits


def _by_limits(case: Case, limits: list[NDArray[np.int64]]) -> list[NDArray[np.float64]]:
    """Return the share certified by each audit, for each list of limits, on the same draws."""
    generator = np.random.default_rng(SEED)
    certified = np.zeros((len(limits), case.audits))
    for _ in range(REPLAYS // BATCH):
        errors = np.zeros(BATCH, dtype=np.int64)
        done = np.zeros((len(limits), BATCH), dtype=bool)
        for drawn in range(case.audits):
            left = (case.bad - errors) / (case.population - drawn)
            errors += generator.random(BATCH) < left
            for index, limit in enumerate(limits):
                done[index] |= errors <= limit[drawn]
            certified[:, drawn] += done.sum(axis=1)
    return list(certified / REPLAYS)


def _by_ppi(case: Case, lam: float | None) -> NDArray[np.float64]:
    def stops(wrong: NDArray[np.bool_], risk: NDArray[np.float64]) -> int:
        found = wrong.astype(float)
        for n in range(FIRST_PPI_LOOK, case.audits + 1):
            _, upper = ppi_mean_ci(
                found[:n], risk[:n], risk[n:], alpha=0.05, alternative="smaller", lam=lam
            )
            if np.max(upper) <= case.tolerance:
                return n
        return case.audits + 1

    return _share_stopped(case, PPI_REPLAYS, stops)


def _by_sequence(case: Case) -> float:
    def stops(wrong: NDArray[np.bool_], _: NDArray[np.float64]) -> int:
        sequence = ErrorSequence(case.population)
        sequence.update(wrong[: case.audits])  # never rises, so its last bound is its least
        tolerated = (case.bad - 1) / case.population
        return case.audits if sequence.upper <= tolerated else case.audits + 1

    return float(_share_stopped(case, SEQUENCE_REPLAYS, stops)[-1])


def _share_stopped(
    case: Case,
    replays: int,
    stops: Callable[[NDArray[np.bool_], NDArray[np.float64]], int],
) -> NDArray[np.float64]:
    """Return the share of replays that stopped by each audit."""
    generator = np.random.default_rng(SEED)
    apart = np.sqrt(2) * norm.ppf(AUC)
    ends = []
    for _ in range(replays):
        wrong = generator.permutation(np.arange(case.population) < case.bad)
        score = generator.standard_normal(case.population) + apart * wrong
        odds = case.bad / (case.population - case.bad) * np.exp(apart * score - apart**2 / 2)
        ends.append(stops(wrong, odds / (1 + odds)))
    counts = np.bincount(ends, minlength=case.audits + 2)[1 : case.audits + 1]
    return counts.cumsum() / replays
