"""Why a pair was matched, or was not, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict, Unpack

import numpy as np
from numpy.typing import ArrayLike

from .naming import NamePair, Names
from .problem import Flags, Floats, Infeasible, Integers, Pairs, Problem, Scores, checked_problem
from .solution import Matching, Objective, assign
from .totals import GAP


class Limits(TypedDict, total=False):
    """The constraints that a matching was made under, named as in `assign`."""

    demand: ArrayLike
    capacity: ArrayLike
    forbidden: ArrayLike | None
    minimum_load: ArrayLike
    pinned: Pairs | None
    groups: ArrayLike | None
    floor: ArrayLike | None
    objective: Objective
    node_limit: int
    names: NamePair | None


@dataclass(frozen=True, eq=False)
class _Pair:
    """An expert and an item, and the experts beside that the item could have."""

    expert: int
    item: int
    rivals: Integers
    scores: Floats
    judges: list[int]
    load: int
    names: Names

    @property
    def matched(self) -> bool:
        return self.expert in self.judges

    def score_of(self, expert: int) -> float:
        return float(self.scores[self.rivals == expert][0])


def explain(
    matching: Matching, score: Scores, expert: int, item: int, **limits: Unpack[Limits]
) -> str:
    """Say why an expert was matched to an item, or was not.

    Parameters
    ----------
    matching : Matching
        What `assign` returned for these arguments.
    score : float array or SciPy sparse (experts, items)
        As for `assign`.
    expert, item : int
        Codes of the pair.
    **limits
        demand, capacity and the keywords of `assign`, `names` among them. With demand and capacity
        the best matching that decides this pair the other way is computed, at
        the price of one more `assign`; without them only scores are compared.

    Returns
    -------
    str
        One sentence, and one more on the other way if that was computed.

    Raises
    ------
    ValueError
        The pair lies outside the scores, or `assign` refuses an argument.
    """
    problem = checked_problem(
        score,
        limits.get("demand", 0),
        limits.get("capacity", 0),
        forbidden=limits.get("forbidden"),
        pinned=limits.get("pinned"),
        names=limits.get("names"),
    )
    if not (0 <= expert < problem.n_experts and 0 <= item < problem.n_items):
        size = (problem.n_experts, problem.n_items)
        raise ValueError(f"pair ({expert}, {item}) lies outside scores of shape {size}")
    pair = _pair(matching, problem, expert, item)
    who, what = problem.names.first_expert(expert), problem.names.item(item)
    if expert not in pair.rivals:
        return f"{who} may not judge {what}: the pair is forbidden."
    if problem.pinned[(problem.expert == expert) & (problem.item == item)].any():
        return f"{who} judges {what}: the pair was pinned."
    reason = _why_matched(pair) if pair.matched else _why_not_matched(pair)
    if "demand" not in limits or "capacity" not in limits:
        return reason
    return f"{reason} {_other_way(matching, score, problem, pair, limits)}"


def _pair(matching: Matching, problem: Problem, expert: int, item: int) -> _Pair:
    here = problem.item == item
    judges = matching.experts[matching.items == item].tolist()
    load = int(np.count_nonzero(matching.experts == expert))
    rivals, scores = problem.expert[here], problem.score[here]
    return _Pair(expert, item, rivals, scores, judges, load, problem.names)


def _why_matched(pair: _Pair) -> str:
    own = pair.score_of(pair.expert)
    better = int(np.count_nonzero(pair.scores > own))
    who, what = pair.names.first_expert(pair.expert), pair.names.item(pair.item)
    place = "none is better" if not better else f"{better} would score higher"
    return f"{who} judges {what} with score {own:.3g}; of {len(pair.rivals)} allowed, {place}."


def _why_not_matched(pair: _Pair) -> str:
    own = pair.score_of(pair.expert)
    names = pair.names
    judges = ", ".join(f"{names.expert(e)} ({pair.score_of(e):.3g})" for e in pair.judges)
    who, what = names.first_expert(pair.expert), names.item(pair.item)
    return (
        f"{who} does not judge {what} (score {own:.3g}): "
        f"it went to {judges or 'nobody'}, and {names.expert(pair.expert)} has {_items(pair.load)}."
    )


def _items(count: int) -> str:
    return "1 item" if count == 1 else f"{count} items"


def _other_way(
    matching: Matching, score: Scores, problem: Problem, pair: _Pair, limits: Limits
) -> str:
    """Decide this pair the other way, and say what that would cost."""
    start = f"{'Without' if pair.matched else 'With'} this pair"
    changed: Limits = {**limits}
    if pair.matched:
        changed["forbidden"] = _forbidden_too(problem, limits.get("forbidden"), pair)
    else:
        pins = np.column_stack((problem.expert, problem.item))[problem.pinned]
        changed["pinned"] = np.vstack((pins, [[pair.expert, pair.item]]))
    try:
        other = assign(score, **changed)
    except Infeasible as no:
        return f"{start} no matching exists: {' '.join(no.blocking)}"
    if limits.get("objective") == "max_min" and _differs(matching.minimum, other.minimum):
        return f"{start} {_change('the smallest sum', matching.minimum, other.minimum)}"
    return f"{start} {_change('the total', matching.total, other.total)}"


def _forbidden_too(problem: Problem, forbidden: ArrayLike | None, pair: _Pair) -> Flags:
    mask = np.zeros((problem.n_experts, problem.n_items), dtype=bool)
    if forbidden is not None:
        mask |= np.asarray(forbidden)
    mask[pair.expert, pair.item] = True
    return mask


def _differs(one: float, other: float) -> bool:
    return abs(one - other) > GAP * max(1.0, abs(one))


def _change(what: str, now: float, then: float) -> str:
    if not _differs(now, then):
        return f"{what} would be the same, {now:.6g}: both ways are equally good."
    way = "fall" if then < now else "rise"
    return f"{what} would {way} from {now:.6g} to {then:.6g}."
