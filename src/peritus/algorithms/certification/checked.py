"""A bound on errors when the checker errs too."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, binom

from peritus.algorithms.certification.arguments import allowance, whole
from peritus.algorithms.certification.buehler import chance_of_such, outcomes_no_higher
from peritus.algorithms.certification.tails import largest_where, pmf


def checked_bound(
    errors: int,
    sampled: int,
    population: int,
    *,
    known_bad: tuple[int, int],
    known_good: tuple[int, int] | None = None,
    confidence: float = 0.95,
) -> float:
    """Bound the share of errors in a lot whose checker misses some.

    Parameters
    ----------
    errors, sampled, population : int
        Decisions flagged, audited, and in the lot.
    known_bad : (found, planted)
        Of planted wrong decisions, how many the checker flagged. With none
        planted nothing is known of the checker and the bound is 1.
    known_good : (flagged, planted), optional
        Of planted right decisions, how many the checker flagged. Leave it out
        if flagged errors are confirmed by somebody else: false flags only make
        the bound larger. Naming it costs a third of the allowance; whether it
        is named must not depend on what was found.
    confidence : float in (0, 1)
        Chance, over draws, plants and the checker's slips, that the bound
        covers the true share. One look only.

    Returns
    -------
    float
        Share of `population` in [0, 1].

    Raises
    ------
    ValueError
        A count or `confidence` is out of range; or so few decisions were
        flagged that the false flags which `known_good` predicts alone are more,
        so that the checker did not work on the sample as on the plants.

    Notes
    -----
    Of `bad` wrong decisions in the lot, a hypergeometric number is drawn; each
    is flagged with the checker's sensitivity, each right one with the rate of
    false flags, independently of each other and of the plants.

    Without `known_good` the bound is Buehler's: outcomes (flags, plants found) are
    ordered by the quotient upper limit of the flagged rate / median estimate of
    sensitivity, and the bound is the largest `bad` under which an outcome no
    higher in that order has a chance above 1 - confidence for *some* sensitivity.
    Of all bounds that rise with that order and always hold it is the
    least, but for the grid: between two sensitivities the chance is
    bounded by taking the lower one for flags and the higher for plants, which can
    only raise it. `benchmarks/erring_checker.py` measures its length.

    With `known_good` the allowance is so parted, in equal thirds: Clopper-Pearson lower
    limits for sensitivity and false flags, and the flags in the sample. The
    bound is the largest `bad` under which so few flags are not ruled out at those
    limits. Valid, since flags only grow in distribution with either rate: where
    both limits hold and the true number is ruled out, an event of at most the
    last part's chance has happened.

    Misses are chance even in a census: nothing flagged there does not prove that
    nothing is wrong. Plants must be as hard to see as real errors. Cost
    O(sampled * (errors + 1)), times the 128 steps of the grid without `known_good`.
    Source: Buehler (1957), JASA 52, 482-493; Lloyd & Kabaila (2003), Statistics
    and Probability Letters 65, 295-303, that it is the least; Clopper & Pearson
    (1934), Biometrika 26, 404-413. The grid's guard is derived above.
    """
    population = whole("population", population, 1)
    sampled = whole("sampled", sampled, 0, population)
    errors = whole("errors", errors, 0, sampled)
    allowed = float(allowance(confidence))
    found, planted = _counts("known_bad", known_bad)
    if known_good is None:
        order = outcomes_no_higher(errors, sampled, found, planted, allowed)
        few_flags, share = chance_of_such(order, sampled, planted, allowed), allowed
    else:
        share = allowed / 3
        sensitivity = _least_rate(found, planted, share)
        false_flags = _least_rate(*_counts("known_good", known_good), share)
        if sensitivity <= false_flags:
            return 1.0  # more errors would not mean more flags
        few_flags = _chance_of_few(errors, sampled, sensitivity, false_flags)[None]

    def possible(bad: int) -> bool:
        return float((few_flags @ pmf(sampled, bad, population, sampled)).max()) > share

    if not possible(0):
        raise ValueError(
            f"{errors} flags in {sampled} are fewer than the false flags that known_good "
            f"{known_good} predicts; plant again, or leave known_good out"
        )
    return largest_where(possible, 0, population) / population


def _counts(name: str, counts: tuple[int, int]) -> tuple[int, int]:
    """Return how many plants were flagged, and how many were planted."""
    planted = whole(f"{name}[1], planted,", counts[1], 0)
    return whole(f"{name}[0], flagged,", counts[0], 0, planted), planted


def _least_rate(flagged: int, planted: int, share: float) -> float:
    """Return the Clopper-Pearson lower limit of a rate seen on plants."""
    return float(beta.ppf(share, flagged, planted - flagged + 1)) if flagged else 0.0


def _chance_of_few(
    errors: int, sampled: int, sensitivity: float, false_flags: float
) -> NDArray[np.float64]:
    """Return P(at most `errors` flags) for 0 .. `sampled` wrong ones drawn."""
    drawn = np.arange(sampled + 1)
    chance = np.zeros(sampled + 1)
    for true_flags in range(errors + 1):  # a loop keeps the memory at O(sampled)
        rest = binom.cdf(errors - true_flags, sampled - drawn, false_flags)
        chance += binom.pmf(true_flags, drawn, sensitivity) * rest
    return chance
