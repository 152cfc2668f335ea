"""Which few constraints make a matching impossible, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from .constraints import Constraint, Rows, pin_rows, rows_of, stacked
from .problem import Flags, Floats, Problem

TOLERANCE = 1e-7
MOST_TO_REDUCE = 60
"""Rows up to which each is tried for being superfluous, one program each."""


def blocking_constraints(problem: Problem) -> tuple[str, ...]:
    """Name a small set of constraints that no matching meets together.

    What counting shows comes first; else the rows with a price in the cheapest
    violation, which cannot hold together (Farkas), less the superfluous ones.
    """
    counted = tuple(_counted(problem))
    if counted:
        return counted
    rows = _priced_rows(stacked([rows_of(problem), pin_rows(problem)]))
    if rows is None:
        return _whole_experts_only(problem)
    return tuple(_sentence(problem, name) for name in _reduced(rows).constraints)


def _counted(problem: Problem) -> Iterator[str]:
    yield from _items_with_too_few(problem)
    yield from _experts_with_too_few(problem)
    yield from _items_below_floor(problem)
    allowed = np.bincount(problem.expert, minlength=problem.n_experts)
    room = int(np.minimum(problem.capacity, allowed).sum())
    wanted, owed = int(problem.demand.sum()), int(problem.minimum_load.sum())
    if wanted > room:
        yield f"The items want {wanted} experts in all, the experts can take only {room}."
    if owed > wanted:
        yield f"The experts must take at least {owed} items in all, only {wanted} are wanted."


def _items_with_too_few(problem: Problem) -> Iterator[str]:
    group = problem.group[problem.expert]
    # Experts of one group count once for an item; an expert without one is its own.
    own = np.where(group >= 0, group, -1 - problem.expert)
    pairs = np.unique(np.column_stack((problem.item, own)), axis=0)
    allowed = np.bincount(pairs[:, 0], minlength=problem.n_items)
    for item in np.flatnonzero(problem.demand > allowed).tolist():
        wanted = _number(int(problem.demand[item]), "expert")
        name = problem.names.first_item(item)
        yield f"{name} wants {wanted}, only {_are(int(allowed[item]))} allowed."


def _experts_with_too_few(problem: Problem) -> Iterator[str]:
    judged = problem.demand[problem.item] > 0
    allowed = np.bincount(problem.expert[judged], minlength=problem.n_experts)
    room = np.minimum(problem.capacity, allowed)
    for expert in np.flatnonzero(problem.minimum_load > room).tolist():
        owed = _number(int(problem.minimum_load[expert]), "item")
        name = problem.names.first_expert(expert)
        yield f"{name} must take at least {owed}, only {_are(int(room[expert]))} possible."


def _items_below_floor(problem: Problem) -> Iterator[str]:
    asked = np.isfinite(problem.floor) & (problem.demand > 0)
    for item in np.flatnonzero(asked).tolist():
        scores = np.sort(problem.score[problem.item == item])[::-1]
        best = scores[: problem.demand[item]].sum()
        if best < problem.floor[item] - TOLERANCE * max(1.0, abs(best)):
            experts = _number(int(problem.demand[item]), "expert")
            yield (
                f"{problem.names.first_item(item)} needs scores of at least "
                f"{problem.floor[item]:g} in sum, its best {experts} reach only {best:g}."
            )


def _priced_rows(rows: Rows) -> Rows | None:
    """Return rows that cannot hold together, None where shares of experts meet all."""
    violation, price = _cheapest_violation(rows)
    return rows.only(np.abs(price) > TOLERANCE) if violation > TOLERANCE else None


def _reduced(rows: Rows) -> Rows:
    """Leave out each row without which the others still cannot hold."""
    if len(rows.constraints) > MOST_TO_REDUCE:
        return rows
    kept = np.ones(len(rows.constraints), dtype=bool)
    for index in range(len(kept)):
        kept[index] = False
        kept[index] = _cheapest_violation(rows.only(kept))[0] <= TOLERANCE
    return rows.only(kept)


def _cheapest_violation(rows: Rows) -> tuple[float, Floats]:
    """Minimise the sum by which rows are missed; return it and each row's price."""
    count, pairs = rows.matrix.shape
    above, below = np.isfinite(rows.upper), np.isfinite(rows.lower)
    slack = sparse.eye_array(count, format="csr")
    table = sparse.vstack(
        [
            sparse.hstack([rows.matrix[above], -slack[above]]),
            sparse.hstack([-rows.matrix[below], -slack[below]]),
        ],
        format="csr",
    )
    limits = np.concatenate([rows.upper[above], -rows.lower[below]])
    cost = np.concatenate([np.zeros(pairs), np.ones(count)])
    bounds = np.column_stack(
        (np.zeros(pairs + count), np.r_[np.ones(pairs), np.full(count, np.inf)])
    )
    found = linprog(cost, A_ub=table, b_ub=limits, bounds=bounds, method="highs-ds")
    price = np.zeros(count)
    marginals = np.abs(found.ineqlin.marginals)
    price[above] += marginals[: above.sum()]
    price[below] += marginals[above.sum() :]
    return float(found.fun), price


def _whole_experts_only(problem: Problem) -> tuple[str, ...]:
    """Speak for floors that shares of experts would meet, but whole ones do not."""
    rows = rows_of(problem)
    floors = tuple(_sentence(problem, name) for name in rows.constraints if name.kind == "floor")
    return (*floors, "No choice of whole experts reaches these floors together.")


def _sentence(problem: Problem, constraint: Constraint) -> str:
    kind, index, group = constraint
    names = problem.names
    if kind == "demand":
        allowed = int(np.count_nonzero(problem.item == index))
        return (
            f"{names.first_item(index)} wants {_number(int(problem.demand[index]), 'expert')}; "
            f"{_are(allowed)} allowed."
        )
    if kind == "load":
        return _load_sentence(problem, index)
    if kind == "group":
        members = problem.expert[(problem.item == index) & _in_group(problem, group)].tolist()
        return (
            f"{names.first_item(index)} can take at most one of group {group} "
            f"({names.experts_listed(members)})."
        )
    if kind == "floor":
        name = names.first_item(index)
        return f"{name} needs scores of at least {problem.floor[index]:g} in sum."
    expert, item = int(problem.expert[index]), int(problem.item[index])
    return f"{names.first_expert(expert)} is pinned to {names.item(item)}."


def _load_sentence(problem: Problem, expert: int) -> str:
    most = _number(int(problem.capacity[expert]), "item")
    least = int(problem.minimum_load[expert])
    name = problem.names.first_expert(expert)
    if least:
        return f"{name} must take at least {least} and can take at most {most}."
    return f"{name} can take at most {most}."


def _in_group(problem: Problem, group: int) -> Flags:
    flags: Flags = problem.group[problem.expert] == group
    return flags


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _are(count: int) -> str:
    return "1 is" if count == 1 else f"{count} are"
