"""Follow the errors found from look to look of an audit plan, exactly.

An audit's history up to a look is the number of errors found at each look so
far. How many ways errors can lie in the sampled places does not depend on how
many are in the lot, so one recursion serves every lot of that size.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import count
from math import comb, perm
from operator import mul
from typing import NamedTuple

from peritus.algorithms.certification.tails import ordered_draws


class Stage(NamedTuple):
    """What can have happened by one look of a plan.

    `certified[j]`: ways to be certified here, first, with `lowest + j` errors.
    `continuing[j]`: ways to go on with `lowest + len(certified) + j`.
    """

    sampled: int
    lowest: int
    certified: tuple[int, ...]
    continuing: tuple[int, ...]

    @property
    def limit(self) -> int:
        """Most errors with which this look certifies; -1 if none."""
        return self.lowest + len(self.certified) - 1

    def chance_certified(self, bad: int, population: int) -> float:
        """Return the probability of being certified at this look, first."""
        draws = ordered_draws(self.certified, self.lowest, self.sampled, bad, population)
        return draws / perm(population, self.sampled)

    def chance_going_on(self, bad: int, population: int, last_limit: int) -> float:
        """Return the probability of needing the next look."""
        hopeful = self.continuing[: last_limit - self.limit]
        draws = ordered_draws(hopeful, self.limit + 1, self.sampled, bad, population)
        return draws / perm(population, self.sampled)


def stages(
    population: int, bad: int, looks: Sequence[int], share: Fraction, spending: int
) -> tuple[tuple[Stage, ...], float]:
    """Set each look's limit as high as the allowance spent so far permits.

    Returns the stages and the exact probability of certifying a lot with
    `bad` errors. The limits never fall, so no path above the last one, and
    that at most what a single last look would allow, is followed.
    """
    found: list[Stage] = []
    width = _single_limit(population, bad, looks[-1], share) + 1
    paths: tuple[int, ...] = (1,)
    lowest = sampled = 0
    spent, draws = 0, 1  # of `draws` ordered draws, `spent` end in a false certificate
    for look in looks:
        paths = _extend(paths, look - sampled, width - lowest)
        step = perm(population - sampled, look - sampled)
        spent, draws = spent * step, draws * step
        budget = share * Fraction(look, looks[-1]) ** spending
        left = budget.numerator * draws // budget.denominator - spent
        costs = (
            ways * perm(bad, errors) * perm(population - bad, look - errors)
            for errors, ways in zip(count(lowest), paths, strict=False)
        )
        taken, cost = _affordable(costs, left)
        spent += cost
        found.append(Stage(look, lowest, paths[:taken], paths[taken:]))
        paths, lowest, sampled = paths[taken:], lowest + taken, look
    return tuple(found), spent / draws


def _single_limit(population: int, bad: int, sampled: int, share: Fraction) -> int:
    """Most errors with which a single look would certify; -1 if none."""
    left = share.numerator * perm(population, sampled) // share.denominator
    costs = (
        comb(sampled, errors) * perm(bad, errors) * perm(population - bad, sampled - errors)
        for errors in range(min(bad, sampled + 1))
    )
    return _affordable(costs, left)[0] - 1


def _affordable(costs: Iterator[int], left: int) -> tuple[int, int]:
    """Return how many costs, in order, fit into what is left, and their sum."""
    taken = spent = 0
    for cost in costs:
        if spent + cost > left:
            break
        taken, spent = taken + 1, spent + cost
    return taken, spent


def _extend(paths: Sequence[int], places: int, width: int) -> tuple[int, ...]:
    """Let `places` more audits add errors; keep the first `width` counts.

    A product of polynomials in long integers: exact, and fast enough (54 looks
    at a lot of 10,000 take a tenth of a second), so NumPy has no part in it.
    """
    ways = [comb(places, more) for more in range(min(places, width) + 1)]
    backwards = ways[::-1]
    longer = []
    for errors in range(min(width, len(paths) + places)):
        first = max(0, errors - len(ways) + 1)
        before = paths[first : errors + 1]
        longer.append(sum(map(mul, before, backwards[len(ways) - 1 - errors + first :])))
    return tuple(longer)
