"""A bound on errors when the checker errs too."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, binom

from peritus.algorithms.certification.arguments import allowance, whole
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
    false flags, independently of each other. The allowance is parted equally
    between Clopper-Pearson lower limits for sensitivity and false flags and
    the flags in the sample; the bound is the largest `bad` under which so few
    flags are not ruled out at those limits. Valid, since flags only grow in
    distribution with either rate: where both limits hold and the true number is
    ruled out, an event of at most the last part's chance has happened.

    This is (upper limit of the flagged rate) / (lower limit of sensitivity)
    where the sample is a small part of the lot. Near a census that quotient
    would be too small, as it forgets that misses are chance: nothing flagged in
    a census would prove that nothing is wrong. Plants must be as hard to see as
    real errors. Cost O(sampled * (errors + 1)).
    Source: Clopper & Pearson (1934), Biometrika 26, 404-413, for the limits on
    plants; the split and the inversion are derived above.
    """
    population = whole("population", population, 1)
    sampled = whole("sampled", sampled, 0, population)
    errors = whole("errors", errors, 0, sampled)
    share = float(allowance(confidence)) / (2 if known_good is None else 3)
    sensitivity = _least_rate("known_bad", known_bad, share)
    false_flags = 0.0 if known_good is None else _least_rate("known_good", known_good, share)
    if sensitivity <= false_flags:
        return 1.0  # more errors would not mean more flags
    few_flags = _chance_of_few(errors, sampled, sensitivity, false_flags)

    def possible(bad: int) -> bool:
        return float(pmf(sampled, bad, population, sampled) @ few_flags) > share

    if not possible(0):
        raise ValueError(
            f"{errors} flags in {sampled} are fewer than the false flags that known_good "
            f"{known_good} predicts; plant again, or leave known_good out"
        )
    return largest_where(possible, 0, population) / population


def _least_rate(name: str, counts: tuple[int, int], share: float) -> float:
    """Return the Clopper-Pearson lower limit of a rate seen on plants."""
    planted = whole(f"{name}[1], planted,", counts[1], 0)
    flagged = whole(f"{name}[0], flagged,", counts[0], 0, planted)
    return float(beta.ppf(share, flagged, planted - flagged + 1)) if flagged else 0.0


def _chance_of_few(
    errors: int, sampled: int, sensitivity: float, false_flags: float
) -> NDArray[np.float64]:
    """Return P(at most `errors` flags) for 0 .. `sampled` wrong ones drawn."""
    drawn = np.arange(sampled + 1)
    if not false_flags:
        chance: NDArray[np.float64] = binom.cdf(errors, drawn, sensitivity)
        return chance
    chance = np.zeros(sampled + 1)
    for true_flags in range(errors + 1):  # a loop keeps the memory at O(sampled)
        rest = binom.cdf(errors - true_flags, sampled - drawn, false_flags)
        chance += binom.pmf(true_flags, drawn, sensitivity) * rest
    return chance
