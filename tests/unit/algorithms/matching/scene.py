"""Small matching problems, and what they allow, found without our code."""

from __future__ import annotations

import re
from itertools import combinations, product

import numpy as np
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp


@st.composite
def problems(draw):
    experts, items = draw(st.integers(1, 4)), draw(st.integers(1, 3))

    def numbers(size, values):
        return np.array(draw(st.lists(values, min_size=size, max_size=size)))

    quarters = st.integers(-2, 8).map(lambda n: n / 4)
    cell = st.tuples(st.integers(0, experts - 1), st.integers(0, items - 1))
    return {
        "score": numbers(experts * items, quarters).reshape(experts, items),
        "demand": numbers(items, st.integers(0, 2)),
        "capacity": numbers(experts, st.integers(0, 3)),
        "forbidden": numbers(experts * items, st.sampled_from([False, False, False, True])).reshape(
            experts, items
        ),
        "minimum_load": numbers(experts, st.sampled_from([0, 0, 0, 1])),
        "pinned": draw(st.lists(cell, max_size=1)),
        "groups": numbers(experts, st.integers(-1, 1)),
        "floor": numbers(items, st.sampled_from([-np.inf, -np.inf, 0.5, 1.25])),
    }


def choices_of_item(problem, item):
    """List the sets of experts that one item allows by itself."""
    experts = np.flatnonzero(~problem["forbidden"][:, item])
    for chosen in combinations(experts.tolist(), int(problem["demand"][item])):
        groups = [g for g in problem["groups"][list(chosen)] if g >= 0]
        total = problem["score"][list(chosen), item].sum()
        pinned = {e for e, i in problem["pinned"] if i == item}
        if (
            len(set(groups)) == len(groups)
            and pinned <= set(chosen)
            and (total >= problem["floor"][item] or not chosen)
        ):
            yield chosen


def matchings(problem):
    """Yield every matching there is: the experts of each item."""
    items = range(len(problem["demand"]))
    for choice in product(*(list(choices_of_item(problem, item)) for item in items)):
        load = np.bincount(
            [e for chosen in choice for e in chosen], minlength=len(problem["groups"])
        )
        if (load <= problem["capacity"]).all() and (load >= problem["minimum_load"]).all():
            yield choice


def enumerated(problem):
    """Yield (minimum, total) of every matching there is."""
    for choice in matchings(problem):
        sums = [problem["score"][list(c), i].sum() for i, c in enumerate(choice)]
        wanted = [s for s, d in zip(sums, problem["demand"], strict=True) if d]
        yield min(wanted, default=0.0), float(sum(sums))


def assert_constraints_hold(matching, problem):
    pairs = list(zip(matching.experts.tolist(), matching.items.tolist(), strict=True))
    load = np.bincount(matching.experts, minlength=len(problem["capacity"]))
    assert pairs == sorted(set(pairs), key=lambda pair: pair[::-1])
    assert (
        np.bincount(matching.items, minlength=len(problem["demand"])).tolist()
        == problem["demand"].tolist()
    )
    assert (load <= problem["capacity"]).all()
    assert (load >= problem["minimum_load"]).all()
    assert not problem["forbidden"][matching.experts, matching.items].any()
    assert set(problem["pinned"]) <= set(pairs)
    grouped = [(g, i) for e, i in pairs if (g := problem["groups"][e]) >= 0]
    assert len(set(grouped)) == len(grouped)


def scores(kind, experts, items, generator):
    """Draw scores of one structure: from none to the same for every item."""
    if kind == "alike":
        return np.repeat(generator.random((experts, 1)), items, axis=1)
    if kind == "low rank":
        return generator.random((experts, 2)) @ generator.random((2, items))
    drawn = generator.random((experts, items))
    if kind == "popular":
        return drawn * generator.random((experts, 1)) ** 3
    return np.round(drawn * 4) / 4 if kind == "quarters" else drawn - 0.3


@st.composite
def structured_problems(draw, *, most=(40, 25)):
    generator = np.random.default_rng(draw(st.integers(0, 10_000)))
    experts = draw(st.integers(most[0] // 2, most[0]))
    items = draw(st.integers(most[1] // 2, most[1]))
    kinds = ["alike", "low rank", "popular", "quarters", "any"]
    score = scores(draw(st.sampled_from(kinds)), experts, items, generator)
    demand = generator.integers(0, 4, size=items)
    spare = draw(st.sampled_from([0, 1, 5, 100]))
    capacity = generator.multinomial(demand.sum() + spare, np.full(experts, 1 / experts))
    owed = draw(st.sampled_from([0, 0, 1]))
    cell = st.tuples(st.integers(0, most[0] // 2 - 1), st.integers(0, most[1] // 2 - 1))
    pinned = draw(st.lists(cell, max_size=3))
    share = draw(st.sampled_from([0.0, 0.1, 0.5]))
    floor = np.where(generator.random(items) < draw(st.sampled_from([0, 0, 0.3])), 0.8, -np.inf)
    return {
        "score": score,
        "demand": demand,
        "capacity": capacity,
        "forbidden": generator.random(score.shape) < share,
        "minimum_load": np.minimum(capacity, owed),
        "pinned": sorted(set(pinned)),
        "groups": np.arange(experts) // draw(st.sampled_from([2, 5]))
        if draw(st.booleans())
        else np.full(experts, -1),
        "floor": floor,
    }


@st.composite
def alike_problems(draw, *, most=(30, 20)):
    """Draw experts who are worth the same on all items, with walls and few other limits."""
    generator = np.random.default_rng(draw(st.integers(0, 10_000)))
    experts = draw(st.integers(2, most[0]))
    items = draw(st.integers(1, most[1]))
    skill = generator.random(experts) - draw(st.sampled_from([0.0, 0.5]))
    levels = draw(st.sampled_from([1, 3, 1_000]))
    demand = generator.integers(0, 4, size=items)
    spare = draw(st.sampled_from([0, 1, 20]))
    capacity = generator.multinomial(demand.sum() + spare, np.full(experts, 1 / experts))
    owed = draw(st.sampled_from([0, 0, 1]))
    forbidden = generator.random((experts, items)) < draw(st.sampled_from([0.0, 0.02, 0.4]))
    forbidden[generator.random(experts) < draw(st.sampled_from([0.0, 0.1]))] = True
    return {
        "score": np.repeat(np.round(skill * levels)[:, None] / levels, items, axis=1),
        "demand": demand,
        "capacity": capacity,
        "forbidden": forbidden,
        "minimum_load": np.where(forbidden.all(axis=1), 0, np.minimum(capacity, owed)),
        "pinned": [],
        "groups": np.full(experts, -1),
        "floor": np.full(items, -np.inf),
    }


def best_by_milp(problem, *, smallest_sum=False):
    """Return the best total, or smallest sum, by one plain program of all pairs; None if none."""
    score = problem["score"]
    items = score.shape[1]
    pairs = score.size
    expert, item = np.divmod(np.arange(pairs), items)
    wanted = problem["demand"] > 0
    floor = np.where(wanted & np.isfinite(problem["floor"]), problem["floor"], -1e9)
    limits = [
        (_sums(item, items), problem["demand"], problem["demand"], 0),
        (_sums(expert, len(score)), problem["minimum_load"], problem["capacity"], 0),
        (_sums(item, items, score.ravel()), floor, np.inf, 0),
        (_sums(item, items, score.ravel()), np.where(wanted, 0, -1e9), np.inf, -1),
    ]
    for group in set(problem["groups"].tolist()) - {-1}:
        member = (problem["groups"][expert] == group).astype(float)
        limits.append((_sums(item, items, member), -np.inf, 1, 0))
    least, most = np.zeros(score.shape), (~problem["forbidden"]).astype(float)
    for pair in problem["pinned"]:
        least[pair] = 1
    if (least > most).any():
        return None
    smallest = np.array([-1.0 if smallest_sum else 0.0])
    found = milp(
        np.append(np.zeros(pairs) if smallest_sum else -score.ravel(), smallest),
        integrality=np.append(np.ones(pairs), 0),
        bounds=Bounds(np.append(least.ravel(), -1e6), np.append(most.ravel(), 1e6)),
        constraints=[
            LinearConstraint(
                sparse.hstack([rows, np.full((rows.shape[0], 1), float(of_smallest))]), low, high
            )
            for rows, low, high, of_smallest in limits
        ],
        options={"mip_rel_gap": 0.0},
    )
    return None if found.x is None else -found.fun


def _sums(code, size, weight=None):
    weight = np.ones(len(code)) if weight is None else weight
    return sparse.csr_array((weight, (code, np.arange(len(code)))), shape=(size, len(code)))


REPAIRS = {
    r"Unpin expert (\d+) from item (\d+)\.": "unpin",
    r"Let expert (\d+) take (\d+) more items?\.": "more",
    r"Let expert (\d+) take at least (\d+) items? instead of \d+\.": "least",
    r"Ask for (\d+) experts? less on item (\d+)\.": "less",
    r"Lower the floor of item (\d+) from \S+ to (\S+)\.": "floor",
}


def repaired(problem, repairs):
    """Apply the sentences of `Infeasible.repairs`, read literally."""
    changed = {name: np.array(value) for name, value in problem.items() if name != "pinned"}
    changed["pinned"] = list(problem["pinned"])
    for repair in repairs:
        (act, found), *more = [
            (act, match) for form, act in REPAIRS.items() if (match := re.fullmatch(form, repair))
        ]
        assert not more
        _apply(changed, act, found.groups())
    return changed


def _apply(changed, act, words):
    if act == "unpin":
        changed["pinned"].remove((int(words[0]), int(words[1])))
    elif act == "more":
        changed["capacity"][int(words[0])] += int(words[1])
    elif act == "least":
        changed["minimum_load"][int(words[0])] = int(words[1])
    elif act == "less":
        changed["demand"][int(words[1])] -= int(words[0])
    else:
        changed["floor"][int(words[0])] = float(words[1])
