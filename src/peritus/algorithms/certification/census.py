"""Check the riskiest decisions entirely, and plan the audit of the rest."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from peritus.algorithms.certification.arguments import outcome_of, tolerated_errors, whole
from peritus.algorithms.certification.one_look import sample_size
from peritus.algorithms.certification.plan import AuditPlan
from peritus.algorithms.certification.tails import pmf

_STEPS = 16  # census shares tried between none and the largest
_BELIEF = 0.8  # that the scores are what they claim, before the first decision is checked
_MOST_LOOKS = 60  # keeps the exact plan of a long audit within a second


class UnpromisingLot(ValueError):
    """As predicted, the lot has more errors than a certificate may leave."""


@dataclass(frozen=True)
class CensusPlan:
    """Which decisions are all checked, and how the rest is audited.

    Attributes
    ----------
    population : int
        Decisions in the lot, those of the census among them.
    census : NDArray[int64], shape (m,)
        Indices of the decisions to check and correct before the freeze,
        riskiest first, ties to the lowest index. Empty where it does not pay.
    batch : NDArray[int64], shape (b,)
        Those of them to check next, before planning again with what was found.
        Empty when the census is complete: then `plan` is the one to record.
    trust : float in [0, 1]
        How far the scores are believed, after what the census found.
    plan : AuditPlan
        Plan on the other `population - m` decisions. Its `tolerated` is the
        most wrong decisions in the *whole* lot as corrected and frozen.
    predicted_errors : int
        Errors that the scores predict outside the census, rounded up.
    predicted_audits : float
        Mean checks until the plan ends if so many are wrong, census included.
    """

    population: int
    census: NDArray[np.int64] = field(compare=False)
    batch: NDArray[np.int64] = field(compare=False)
    trust: float
    plan: AuditPlan
    predicted_errors: int
    predicted_audits: float


def census_plan(
    risk: ArrayLike,
    tolerance: float,
    *,
    outcomes: Iterable[bool] = (),
    confidence: float = 0.95,
    every: int = 25,
    largest: float = 0.08,
    chance: float = 0.92,
    spending: int = 2,
) -> CensusPlan:
    """Plan a census of the riskiest decisions and the audit of the rest.

    Check and correct `batch`, plan again with all `outcomes` so far, and go on
    until `batch` is empty: scores that know nothing show themselves in the
    first batch, and the census ends there.

    Parameters
    ----------
    risk : float, shape (population,)
        Predicted probability of each decision to be wrong, in [0, 1]; no NaN.
    tolerance : float in [0, 1)
        Share of the whole lot that may be wrong once the census is corrected.
    outcomes : bool, one per decision checked so far
        True where it was wrong; riskiest first, as `census` lists them.
    confidence : float in (0, 1)
        1 - greatest chance of a false certificate.
    every : int
        Decisions in a batch of the census, and audits between looks; more
        between looks where there would be over 60.
    largest : float in [0, 1)
        Largest share to check entirely; 0 plans without a census.
    chance : float in (0, 1)
        Chance of certification, if the predictions hold, that the plan is long
        enough for.
    spending : int, at least 1
        As of `AuditPlan`.

    Returns
    -------
    CensusPlan
        With the share, 0 among them, that needs the fewest predicted checks.

    Raises
    ------
    ValueError
        An argument is out of range.
    UnpromisingLot
        The scores predict more errors than are tolerated whatever census is
        taken: no audit is likely to certify before the lot is judged again.

    Notes
    -----
    The claim is about the decisions *as corrected*: the census is checked and
    corrected before the freeze, so what is wrong in the freeze lies in the
    rest, as far as the checker is right. A lot is bad if the rest holds more
    than floor(tolerance * population + 1e-9) errors. That number, not the
    share, is what the plan on the rest tolerates.

    The level holds whatever the scores are worth, and although the census ends
    by what was found in it. Take any lot, fixed: which decisions are wrong, and
    their scores. No chance enters the census: each batch follows from the scores
    and from outcomes that are part of the lot. So census, rest, the errors in
    the rest and the plan are fixed too, before anything is drawn, and the plan's
    level is exact for a rest of any size with any number of errors. A checker
    who errs at random changes nothing: condition on what he found. Needed are
    that the scores do not change during the census, and that the audit's order
    is drawn independently of it. Bad scores cost audits, not the promise.

    After outcomes the scores are blended with their mean: trust * score +
    (1 - trust) * mean, which leaves the errors predicted in the lot as they
    were. `trust` is the posterior mean over the weights 0, 0.1, ..., 1, where 1
    has 0.8 beforehand and the others share the rest.

    The share is chosen by what one look would need, which orders the shares as
    the looks of the plan do at a tenth of the time.
    Source: derived above; the gain was measured by `benchmarks/audits_needed.py`.
    """
    scores = _scores(risk)
    population = whole("the number of risk scores", len(scores), 1)
    every = whole("every", every, 1)
    if not 0 <= largest < 1:
        raise ValueError(f"largest must lie in [0, 1), got {largest}")
    if not 0 < chance < 1:
        raise ValueError(f"chance must lie in (0, 1), got {chance}")
    tolerated = tolerated_errors(population, tolerance)
    highest = population - tolerated - 1  # with a smaller rest no audit could find it bad
    checked = _outcomes(outcomes, highest)
    order = np.argsort(-scores, kind="stable")
    trust = _trust(scores[order], checked)
    blended = trust * scores[order] + (1 - trust) * scores.mean()
    predicted = np.append(blended[::-1].cumsum()[::-1], 0.0)  # errors left by each census
    most = min(math.floor(largest * population + 1e-9), highest)
    shares = {most * step // _STEPS for step in range(_STEPS + 1)}
    censuses = sorted({share for share in shares if share > len(checked)} | {len(checked)})
    rest, size = _cheapest(predicted, tolerated, censuses, confidence, chance)
    census = order[: population - rest.population]
    plan = rest.plan(size, every, chance, confidence=confidence, spending=spending)
    audits = len(census) + plan.expected_audits(rest.errors)
    batch = census[len(checked) : len(checked) + every]
    return CensusPlan(population, census, batch, trust, plan, rest.errors, audits)


def census_batch(
    risk: ArrayLike,
    tolerance: float,
    outcomes: Iterable[bool],
    *,
    confidence: float,
    every: int,
    largest: float,
) -> NDArray[np.int64]:
    """Return which decisions a census checks next, after outcomes; none: it is complete.

    Parameters
    ----------
    risk, tolerance, outcomes, confidence, every, largest
        As of `census_plan`, whose `batch` this is.

    Returns
    -------
    NDArray[int64], shape (b,)
        Indices into `risk`, riskiest first. Empty also where what was found
        leaves no census after which an audit is likely to certify the lot.

    Raises
    ------
    ValueError
        An argument is out of range.

    Notes
    -----
    Pure, so that whoever has the risks and outcomes finds the same batches.
    Source: `census_plan`.
    """
    try:
        found = census_plan(
            risk, tolerance, outcomes=outcomes, confidence=confidence, every=every, largest=largest
        )
    except UnpromisingLot:
        return np.empty(0, dtype=np.int64)
    return found.batch


def plan_after_census(
    population: int,
    tolerance: float,
    census: int,
    *,
    confidence: float,
    looks: Sequence[int],
) -> AuditPlan:
    """Return the plan, with these looks, of an audit of what a census left.

    Parameters
    ----------
    population : int
        Decisions in the lot, those of the census among them.
    tolerance : float in [0, 1)
        Share of the whole lot that may be wrong once the census is corrected.
    census : int
        Decisions that were checked and corrected, fewer than `population`.
    confidence, looks
        As of `AuditPlan`; looks count audits of what is left.

    Returns
    -------
    AuditPlan
        Its `tolerated` is what the tolerance lets be wrong in the whole lot, or
        one fewer than are left if those are no more. Without a census it is the
        lot's own plan.

    Raises
    ------
    ValueError
        An argument is out of range, or nothing is left.

    Notes
    -----
    Source: `census_plan`.
    """
    rest = whole("decisions outside of the census", population - census, 1)
    if not census:
        return AuditPlan(rest, tolerance, confidence=confidence, looks=looks)
    tolerated = min(tolerated_errors(population, tolerance), rest - 1)
    return AuditPlan(rest, tolerated / rest, confidence=confidence, looks=looks)


@dataclass(frozen=True)
class _Rest:
    """What lies outside a census: its size, limit and predicted errors."""

    population: int
    tolerated: int
    errors: int

    @property
    def tolerance(self) -> float:
        return self.tolerated / self.population

    def one_look(self, confidence: float, chance: float, enough: int) -> int:
        """Return the audits that one look needs; `enough` if it is no fewer."""
        if self.errors > self.tolerated:
            return enough
        for allowed in range(self.tolerated + 1):
            n = sample_size(
                self.population, self.tolerance, confidence=confidence, expected_errors=allowed
            )
            if n >= enough:
                break
            if pmf(n, self.errors, self.population, allowed).sum() >= chance:
                return n
        return enough

    def plan(
        self, size: int, every: int, chance: float, *, confidence: float, spending: int
    ) -> AuditPlan:
        """Return the shortest plan, from one look's size on, with that chance."""
        while True:
            gap = max(every, math.ceil(size / _MOST_LOOKS))
            last = min(math.ceil(size / gap) * gap, self.population)
            looks = [*range(gap, last, gap), last]
            plan = AuditPlan(
                self.population,
                self.tolerance,
                confidence=confidence,
                looks=looks,
                spending=spending,
            )
            if last == self.population or plan.certify_probability(self.errors) >= chance:
                return plan
            size = last + gap


def _cheapest(
    predicted: NDArray[np.float64],
    tolerated: int,
    censuses: Sequence[int],
    confidence: float,
    chance: float,
) -> tuple[_Rest, int]:
    """Return the rest that needs the fewest checks, and its one look's size."""
    population = len(predicted) - 1
    fewest, found = population + 1, None
    for census in censuses:
        rest = _Rest(population - census, tolerated, _rounded_up(predicted[census]))
        size = rest.one_look(confidence, chance, fewest - census)
        if census + size < fewest:
            fewest, found = census + size, (rest, size)
    if found is None:
        most = censuses[-1]
        raise UnpromisingLot(
            f"the scores predict {_rounded_up(predicted[most])} errors outside a census of {most}, "
            f"more than the {tolerated} of {population} that may stay; judge the lot again first"
        )
    return found


def _trust(risk: NDArray[np.float64], checked: NDArray[np.bool_]) -> float:
    """Return how far to believe the scores, riskiest first, after outcomes."""
    weights = np.linspace(0, 1, 11)
    prior = np.full(11, (1 - _BELIEF) / 10)
    prior[-1] = _BELIEF
    blended = np.outer(weights, risk[: len(checked)]) + np.outer(1 - weights, [risk.mean()])
    with np.errstate(divide="ignore"):  # what a score of 0 or 1 rules out happened: -inf
        log_posterior = np.log(prior) + np.log(np.where(checked, blended, 1 - blended)).sum(axis=1)
    if log_posterior.max() == -np.inf:
        return 0.0
    posterior = np.exp(log_posterior - log_posterior.max())
    return float(weights @ posterior / posterior.sum())


def _rounded_up(errors: float) -> int:
    """Round up, but for what only the sum's last digits add."""
    return math.ceil(errors - 1e-6)


def _scores(risk: ArrayLike) -> NDArray[np.float64]:
    scores = np.asarray(risk, dtype=np.float64)
    if scores.ndim != 1:
        raise ValueError(f"risk must be one score per decision, got shape {scores.shape}")
    if not ((scores >= 0) & (scores <= 1)).all():
        raise ValueError("risk must hold probabilities from 0 to 1, without NaN")
    return scores


def _outcomes(outcomes: Iterable[bool], highest: int) -> NDArray[np.bool_]:
    checked = [outcome_of(outcome) for outcome in outcomes]
    if len(checked) > highest:
        raise ValueError(
            f"{len(checked)} outcomes came, but the census is of at most {highest} decisions: "
            "in a smaller rest so many may be wrong that there is nothing to audit"
        )
    return np.array(checked, dtype=np.bool_)
