"""Bounds and sizes for an audit that is looked at once, when it is complete."""

from peritus.algorithms.certification.arguments import allowance, tolerated_errors, whole
from peritus.algorithms.certification.tails import exceeds, largest_where


def error_bound(errors: int, sampled: int, population: int, *, confidence: float = 0.95) -> float:
    """Return the largest share of errors that one look cannot rule out.

    Parameters
    ----------
    errors, sampled, population : int
        Wrong decisions found, decisions audited, decisions in the lot;
        0 <= errors <= sampled <= population, population >= 1.
    confidence : float in (0, 1)
        Chance, over draws, that the bound covers the true share. It holds for
        **one look only**: who looks after every 25 audits breaks it (use
        `AuditPlan` or `ErrorSequence`).

    Returns
    -------
    float
        max{D/N : P(X <= errors, given D wrong in N) > 1 - confidence}, X
        hypergeometric. 1 where nothing was audited; errors/population, exact,
        after a census.

    Raises
    ------
    ValueError
        A count is not whole or out of range, or `confidence` is.

    Notes
    -----
    Bisection over D, O(errors * log(population)). A probability close to
    1 - confidence is decided in integers. At 80 % confidence and above it was
    never over the Clopper-Pearson limit for the same counts where less than
    half of the sample is wrong (all lots up to 129, samples up to 16). Beyond,
    the binomial can fall short of the truth (by 4e-6 for 1 wrong in 2 drawn of
    79), so the definition stands and is not cut.
    Source: Buonaccorsi (1987), The American Statistician 41, 215-218 (exact
    limits for a finite population by inverting the hypergeometric test).
    """
    population = whole("population", population, 1)
    sampled = whole("sampled", sampled, 0, population)
    errors = whole("errors", errors, 0, sampled)
    share = allowance(confidence)
    worst = largest_where(
        lambda bad: exceeds(share, errors, sampled, bad, population),
        errors,
        population - sampled + errors,
    )
    return worst / population


def sample_size(
    population: int, tolerance: float, *, confidence: float = 0.95, expected_errors: int = 0
) -> int:
    """Return the fewest audits with which one look certifies.

    Parameters
    ----------
    population : int
        Decisions in the lot, at least 1.
    tolerance : float in [0, 1)
        Share that may be wrong; at most floor(tolerance * population + 1e-9).
    confidence : float in (0, 1)
        1 - chance of certifying a bad lot. One look only.
    expected_errors : int
        Errors that the sample may show and still certify.

    Returns
    -------
    int
        Least n whose `error_bound(expected_errors, n, population)` claims no
        more than the tolerated errors; `population` where only a census does.

    Raises
    ------
    ValueError
        An argument is out of range; or the expected errors alone exceed the
        tolerance, so that no sample can certify.

    Notes
    -----
    Bisection over n, O(expected_errors * log(population)).
    Source: Wright (1991), Exact Confidence Bounds when Sampling from Small
    Finite Universes, Lecture Notes in Statistics 66, Springer.
    """
    population = whole("population", population, 1)
    tolerated = tolerated_errors(population, tolerance)
    expected_errors = whole("expected_errors", expected_errors, 0)
    if expected_errors > tolerated:
        raise ValueError(
            f"{expected_errors} expected errors are more than the {tolerated} that a tolerance "
            f"of {tolerance} allows in {population}; correct them first or take fewer"
        )
    share = allowance(confidence)
    too_few = largest_where(
        lambda sampled: exceeds(share, expected_errors, sampled, tolerated + 1, population),
        expected_errors,
        population - 1,
    )
    return too_few + 1
