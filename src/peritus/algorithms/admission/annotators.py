"""The alternative annotator test: a model in the place of a judge who is left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import false_discovery_control

from peritus.algorithms._codes import Codes, refuse_duplicates, require_same_length, sized_codes

from .testing import Method, excess_p_value

Floats = NDArray[np.float64]
Level = Literal["nominal", "interval"]
LEAST_ITEMS, WINNING_RATE = 30, 0.5


@dataclass(frozen=True, eq=False)
class AnnotatorTest:
    """What the test found of one model, judge by judge.

    Attributes
    ----------
    workers : int64, shape (m,)
        Codes of the judges that were tested, rising.
    items : int64, shape (m,)
        Items on which each was compared with the model.
    advantage : float64, shape (m,)
        Share of them on which the model is at least as close to the others, 0 to 1.
    excess : float64, shape (m,)
        Share on which the judge is as close or closer, minus `advantage`; -1 to 1.
    p_values : float64, shape (m,)
        Of the hypothesis that `excess` is epsilon or more.
    won : bool, shape (m,)
        Whether the model beats the judge, all comparisons taken together.
    epsilon : float
        Allowance that was tested.
    """

    workers: Codes
    items: Codes
    advantage: Floats
    excess: Floats
    p_values: Floats
    won: NDArray[np.bool_]
    epsilon: float

    @property
    def winning_rate(self) -> float:
        """Share of judges that the model beats (omega)."""
        return float(self.won.mean())

    @property
    def advantage_probability(self) -> float:
        """Mean of `advantage` over judges (rho): by this, models are compared."""
        return float(self.advantage.mean())

    @property
    def passed(self) -> bool:
        """Whether the model beats at least half of the judges."""
        return self.winning_rate >= WINNING_RATE


def alternative_annotator_test(
    item: ArrayLike,
    worker: ArrayLike,
    label: ArrayLike,
    model: ArrayLike,
    *,
    epsilon: float,
    level: Level = "nominal",
    method: Method = "exact",
    false_discoveries: float = 0.05,
    least_items: int = LEAST_ITEMS,
) -> AnnotatorTest:
    """Test whether a model may stand in for the judges of the same items.

    Each judge is left out in turn. On each item, the judge and the model are
    scored by how close they are to the remaining judges: the share that says
    the same, or minus the root mean squared difference. The model wins against
    a judge when it can be excluded that the judge is closer on a share of items
    larger by `epsilon` or more.

    Parameters
    ----------
    item, worker : integer codes (n,), 0-based
        One entry per judgment of a person; at most one of a worker on an item.
    label : numbers (n,)
        Codes (nominal) or numbers in their own unit (interval).
    model : numbers (items,)
        The model's answer on each item; NaN where it gave none.
    epsilon : float in [0, 1)
        By how much a judge may be ahead: see `allowance_from_cost`.
    level : {"nominal", "interval"}
        What closeness means.
    method : {"exact", "t"}
        "t" is the published test, and wants many items: with 30 items and
        epsilon 0.1 it can be wrong 18 times in 100 where 5 were promised.
        "exact" keeps its promise at every size and needs more items.
    false_discoveries : float in (0, 1)
        Expected share of false wins among wins, at most (Benjamini-Yekutieli,
        for p-values that depend on each other in any way).
    least_items : int >= 2
        Judges with fewer items in common with the model and others are left out.

    Returns
    -------
    AnnotatorTest
        Cost O(n log n), and O(m n log n) for "exact".

    Raises
    ------
    ValueError
        No judge has `least_items` items that another judge and the model
        answered, a pair comes twice, or an option is out of range.

    Notes
    -----
    Source: Calderon, Reichart & Dror (2025), The Alternative Annotator Test for
    LLM-as-a-Judge, ACL 2025, 16051-16081, sections 3.1-3.3; "exact": see
    `excess_p_value`.
    """
    _check_options(epsilon, false_discoveries, least_items)
    items, workers, labels, answers = _compared(item, worker, label, model)
    ahead, behind = _closeness[level](items, labels, answers)
    difference = ahead.astype(np.int64) - behind
    codes, of = np.unique(workers, return_inverse=True)
    counts = np.bincount(of, minlength=len(codes))
    kept = np.flatnonzero(counts >= least_items)
    if not len(kept):
        most = int(counts.max()) if len(counts) else 0
        raise ValueError(
            f"no judge has {least_items} items that another judge and the model answered too; "
            f"the most is {most}"
        )
    p_values = np.array([excess_p_value(difference[of == k], epsilon, method) for k in kept])
    total = np.bincount(of, weights=difference, minlength=len(codes))
    close = np.bincount(of, weights=behind, minlength=len(codes))
    return AnnotatorTest(
        workers=codes[kept],
        items=counts[kept].astype(np.int64),
        advantage=close[kept] / counts[kept],
        excess=total[kept] / counts[kept],
        p_values=p_values,
        won=false_discovery_control(p_values, method="by") <= false_discoveries,
        epsilon=epsilon,
    )


def _check_options(epsilon: float, false_discoveries: float, least_items: int) -> None:
    if not 0 <= epsilon < 1:
        raise ValueError(f"epsilon must lie in [0, 1), got {epsilon}")
    if not 0 < false_discoveries < 1:
        raise ValueError(f"false_discoveries must lie in (0, 1), got {false_discoveries}")
    if least_items < 2:
        raise ValueError(f"least_items must be 2 or more, got {least_items}")


def _compared(
    item: ArrayLike, worker: ArrayLike, label: ArrayLike, model: ArrayLike
) -> tuple[Codes, Codes, Floats, Floats]:
    """Return the judgments on items that two judges and the model answered, and its answers."""
    answers = np.asarray(model, dtype=float)
    if answers.ndim != 1 or np.isinf(answers).any():
        raise ValueError("model must be finite numbers (items,), NaN where it gave no answer")
    items, _ = sized_codes("item", item, len(answers))
    workers, _ = sized_codes("worker", worker, None)
    labels = np.asarray(label, dtype=float)
    if labels.ndim != 1 or not np.isfinite(labels).all():
        raise ValueError("label must be finite numbers (n,)")
    require_same_length(item=items, worker=workers, label=labels)
    refuse_duplicates(items, workers)
    shared = np.bincount(items, minlength=len(answers)) >= 2
    kept = (shared & ~np.isnan(answers))[items]
    return items[kept], workers[kept], labels[kept], answers[items[kept]]


Closeness = tuple[NDArray[np.bool_], NDArray[np.bool_]]


def _same(items: Codes, labels: Floats, answers: Floats) -> Closeness:
    """Compare how many of the remaining judges say the same; whole numbers, so ties are ties."""
    values, code = np.unique(np.append(labels, answers), return_inverse=True)
    mine, its = code[: len(labels)], code[len(labels) :]
    cell = items * len(values)
    said, count = np.unique(cell + mine, return_counts=True)
    judge = count[np.searchsorted(said, cell + mine)] - 1
    place = np.minimum(np.searchsorted(said, cell + its), max(len(said) - 1, 0))
    model = np.where(said[place] == cell + its, count[place], 0) - (mine == its)
    return judge >= model, model >= judge


def _near(items: Codes, labels: Floats, answers: Floats) -> Closeness:
    """Compare summed squares of the differences to the remaining judges."""
    others = np.bincount(items)[items] - 1.0
    centred = labels - np.bincount(items, labels)[items] / (others + 1)  # sums stay exact longer
    shifted = answers - (labels - centred)
    total, squares = np.bincount(items, centred)[items], np.bincount(items, centred**2)[items]
    rest, rest_squares = total - centred, squares - centred**2

    def away(value: Floats) -> Floats:
        return others * value**2 - 2 * value * rest + rest_squares

    judge, model = away(centred), away(shifted)
    tied = np.isclose(judge, model, rtol=1e-9, atol=1e-12)
    return (judge <= model) | tied, (model <= judge) | tied


_closeness = {"nominal": _same, "interval": _near}
