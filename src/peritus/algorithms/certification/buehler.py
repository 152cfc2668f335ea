"""How likely an outcome of an erring checker is to be no higher than the one seen.

An outcome is the number of flags in a sample and the number found of plants.
The sensitivity is unknown, so chances are bounded on steps that cover (0, 1].
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr
from scipy.stats import beta, binom

_STEPS = 128  # of the sensitivity; 1,024 lower the bound by 0.0001 at the most that was seen
_NEGLIGIBLE = 1e-4  # of the allowance: flags count as few where plants are that unlikely


def outcomes_no_higher(
    errors: int, sampled: int, found: int, planted: int, allowed: float
) -> NDArray[np.int64]:
    """Return the most flags, -1 for none, for each number found, (planted + 1,).

    The order is by upper limit of the flagged rate / median estimate of the
    sensitivity: it rises with flags and falls with plants found. Which order
    is taken decides how short the bound is, not whether it holds.
    """
    flags, plants = np.arange(sampled), np.arange(1, planted + 1)
    flagged_rate = np.append(beta.ppf(1 - allowed, flags + 1, sampled - flags), 1.0)
    sensitivity = np.append(0.0, beta.ppf(0.5, plants, planted - plants + 1))
    if not found:
        return np.full(planted + 1, sampled)
    seen = flagged_rate[errors] / sensitivity[found]
    most = np.searchsorted(flagged_rate, seen * sensitivity * (1 + 1e-12), side="right") - 1
    return np.asarray(most, dtype=np.int64)


def chance_of_such(
    most: NDArray[np.int64], sampled: int, planted: int, allowed: float
) -> NDArray[np.float64]:
    """Bound the chance of outcomes no higher, given how many wrong ones were drawn.

    Returns a bound for each step of the sensitivity that can reach `allowed`
    and for 0 .. `sampled` wrong ones drawn, (steps, sampled + 1). `most` never
    falls, so the chance rises with the plants found and falls with the flags.
    """
    limits, which = np.unique(most, return_inverse=True)
    ends = np.sin(np.linspace(0, math.pi / 2, _STEPS + 1)) ** 2  # of like precision for plants
    of_plants = binom.pmf(np.arange(planted + 1), planted, ends[1:, None])
    weights = of_plants @ (which[:, None] == np.arange(len(limits)))
    weights[:, limits < 0] = 0.0
    negligible = _NEGLIGIBLE * allowed / len(limits)
    return np.array(
        [
            _on_step(limits, weight, weight > negligible, float(low), sampled)
            for low, weight in zip(ends[:-1], weights, strict=True)
            if weight.sum() > allowed
        ]
    )


def _on_step(
    limits: NDArray[np.int64],
    weight: NDArray[np.float64],
    counted: NDArray[np.bool_],
    low: float,
    sampled: int,
) -> NDArray[np.float64]:
    few = _few(limits[counted], sampled, low)
    chance: NDArray[np.float64] = weight[counted] @ few + weight[~counted].sum()
    return chance


def _few(limits: NDArray[np.int64], sampled: int, low: float) -> NDArray[np.float64]:
    """Return P(flags <= limit) for limits and 0 .. `sampled` wrong ones drawn."""
    most = int(limits[-1])
    enough = math.ceil((most + 8 * math.sqrt(most) + 40) / low) if low else sampled
    drawn = np.arange(min(enough, sampled) + 1)  # beyond, the last chance bounds the others
    chance = bdtr(np.minimum(limits[:, None], drawn), drawn, low)
    return np.pad(chance, ((0, 0), (0, sampled + 1 - len(drawn))), mode="edge")
