"""Why no matching exists, in sentences, and what would change that."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .constraints import Kind, Rows
from .naming import number
from .problem import Flags, Infeasible, Problem
from .pruning import first_kept
from .repairs import repairs_of
from .violation import TOLERANCE, all_rows, least_violation, violation_of

MOST_TO_REDUCE = 60
"""Rows up to which each is tried for being superfluous, one program each."""
MOST_CELLS_TO_REDUCE = 3_000_000
"""The same for rows times the pairs that they touch."""


def refusal(problem: Problem, node_limit: int) -> Infeasible:
    """Say why no matching exists, and what would make one exist."""
    blocking = tuple(_refused_pins(problem)) or tuple(_counted(problem)) or _blocking(problem)
    return Infeasible(blocking, repairs_of(problem, node_limit))


def _blocking(problem: Problem) -> tuple[str, ...]:
    """Name a small set of constraints that no matching meets together.

    Rows with a price in the cheapest violation cannot hold together (Farkas);
    the superfluous ones are left out.
    """
    least = least_violation(problem, first_kept(problem))
    if least.value > -TOLERANCE:
        return _whole_experts_only(problem)
    rows = all_rows(problem.only(least.kept))
    wanted = rows.only(np.abs(least.row_prices) > TOLERANCE)
    near = problem.only(_touched(problem, wanted))
    rows = all_rows(near)
    return tuple(_sentences(near, _reduced(near, rows.only(rows.among(wanted)))))


def _touched(problem: Problem, rows: Rows) -> Flags:
    """Return the pairs whose item or expert a row is about, and the pinned ones."""
    items = np.zeros(problem.n_items, dtype=bool)
    items[rows.whom[~rows.are(Kind.LOAD) & ~rows.are(Kind.PIN)]] = True
    experts = np.zeros(problem.n_experts, dtype=bool)
    experts[rows.whom[rows.are(Kind.LOAD)]] = True
    flags: Flags = problem.pinned | items[problem.item] | experts[problem.expert]
    return flags


def _refused_pins(problem: Problem) -> Iterator[str]:
    names = problem.names
    for expert, item in problem.refused.tolist():
        pair = f"{names.first_expert(expert)} is pinned to {names.item(item)}"
        yield f"{pair}, but that pair is forbidden."


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
        wanted = number(int(problem.demand[item]), "expert")
        name = problem.names.first_item(item)
        yield f"{name} wants {wanted}, only {_are(int(allowed[item]))} allowed."


def _experts_with_too_few(problem: Problem) -> Iterator[str]:
    judged = problem.demand[problem.item] > 0
    allowed = np.bincount(problem.expert[judged], minlength=problem.n_experts)
    room = np.minimum(problem.capacity, allowed)
    for expert in np.flatnonzero(problem.minimum_load > room).tolist():
        owed = number(int(problem.minimum_load[expert]), "item")
        name = problem.names.first_expert(expert)
        yield f"{name} must take at least {owed}, only {_are(int(room[expert]))} possible."


def _items_below_floor(problem: Problem) -> Iterator[str]:
    asked = np.isfinite(problem.floor) & (problem.demand > 0)
    for item in np.flatnonzero(asked).tolist():
        scores = np.sort(problem.score[problem.item == item])[::-1]
        best = scores[: problem.demand[item]].sum()
        if best < problem.floor[item] - TOLERANCE * max(1.0, abs(best)):
            experts = number(int(problem.demand[item]), "expert")
            yield (
                f"{problem.names.first_item(item)} needs scores of at least "
                f"{problem.floor[item] * problem.unit:g} in sum, "
                f"its best {experts} reach only {best * problem.unit:g}."
            )


def _reduced(problem: Problem, rows: Rows) -> Rows:
    """Leave out each row without which the others still cannot hold."""
    count = len(rows.lower)
    if count > MOST_TO_REDUCE or count * len(problem.score) > MOST_CELLS_TO_REDUCE:
        return rows
    kept = np.ones(count, dtype=bool)
    for index in range(count):
        kept[index] = False
        kept[index] = violation_of(problem, rows.only(kept)) <= TOLERANCE
    return rows.only(kept)


def _whole_experts_only(problem: Problem) -> tuple[str, ...]:
    """Speak for floors that shares of experts would meet, but whole ones do not."""
    rows = all_rows(problem)
    floors = tuple(_sentences(problem, rows.only(rows.are(Kind.FLOOR))))
    return (*floors, "No choice of whole experts reaches these floors together.")


def _sentences(problem: Problem, rows: Rows) -> Iterator[str]:
    names = problem.names
    for kind, index, group in zip(rows.kind, rows.whom.tolist(), rows.group.tolist(), strict=True):
        if kind == Kind.DEMAND:
            yield _demand_sentence(problem, index)
        elif kind == Kind.LOAD:
            yield _load_sentence(problem, index)
        elif kind == Kind.GROUP:
            yield _group_sentence(problem, index, group)
        elif kind == Kind.FLOOR:
            floor = f"{problem.floor[index] * problem.unit:g}"
            yield f"{names.first_item(index)} needs scores of at least {floor} in sum."
        else:
            pair = np.flatnonzero(problem.pinned)[index]
            expert, item = int(problem.expert[pair]), int(problem.item[pair])
            yield f"{names.first_expert(expert)} is pinned to {names.item(item)}."


def _demand_sentence(problem: Problem, item: int) -> str:
    allowed = int(np.count_nonzero(problem.item == item))
    wanted = number(int(problem.demand[item]), "expert")
    return f"{problem.names.first_item(item)} wants {wanted}; {_are(allowed)} allowed."


def _group_sentence(problem: Problem, item: int, group: int) -> str:
    here = (problem.item == item) & (problem.group[problem.expert] == group)
    members = problem.names.experts_listed(problem.expert[here].tolist())
    return f"{problem.names.first_item(item)} can take at most one of group {group} ({members})."


def _load_sentence(problem: Problem, expert: int) -> str:
    most = number(int(problem.capacity[expert]), "item")
    least = int(problem.minimum_load[expert])
    name = problem.names.first_expert(expert)
    if least:
        return f"{name} must take at least {least} and can take at most {most}."
    return f"{name} can take at most {most}."


def _are(count: int) -> str:
    return "1 is" if count == 1 else f"{count} are"
