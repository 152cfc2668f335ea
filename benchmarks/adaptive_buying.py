"""What buying judgments one by one saves, beside the best fixed number in hindsight."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from multiprocessing import get_context
from statistics import median
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Curve, Report, Row
from benchmarks.sets import WITH_TRUTH, Recorded, recorded
from peritus.algorithms.aggregation import aggregate
from peritus.algorithms.allocation import AdaptivePolicy, replay

SEEDS = 20
CHOOSING = range(SEEDS, SEEDS + 5)
"""Seeds by which presets are chosen: others than those by which they are judged."""
MANY = 8.0
"""Judgments per item (median) from which a set counts as having many."""
WITHOUT_TRUTH = ("adult3", "copyright", "derm_risk", "hitspam_mturk", "jb_recipe")
"""Sets with three judgments or more an item, where only the agreement with everybody is known.

jb_inferential, mqm_ted_ende and mqm_ted_zhen have two or one, and nothing to save.
"""
PRESETS = tuple(product((0.001, 0.0025, 0.005, 0.01), (2, 3)))
"""Errors and minima among which each set is given what suits the others best."""
SHIPPED = (AdaptivePolicy().error, AdaptivePolicy().minimum)
EVERYBODY = ("majority", "dawid_skene_shrunk", "auto")
SETTLED_BY = ("majority", "dawid_skene_shrunk")
"""Methods that answer at a fixed number; `auto` without gold is one of them."""


class Bought(NamedTuple):
    """What was saved (percent), lost and may be lost (points of accuracy) on one set."""

    saved: float
    lost: float
    allowed: float

    @property
    def within(self) -> bool:
        return self.lost <= self.allowed


Preset = tuple[float, int]


class Tried(NamedTuple):
    """One set: judgments an item, accuracy of everybody, fixed numbers, presets tried."""

    name: str
    per_item: float
    everybody: float
    fixed: dict[int, Bought]
    presets: dict[Preset, Bought]


def measure() -> Report:
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # two processes share the cores: no more threads
    slowest = sorted(WITH_TRUTH, key=lambda name: name not in ("dices350", "web"))
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        sets = list(pool.map(_tried, slowest))
        preset = {each.name: _left_out(sets, each.name) for each in sets}
        asked = [{preset[name], SHIPPED} for name in slowest]
        judged = dict(zip(slowest, pool.map(_judged, slowest, asked), strict=True))
        alike = list(pool.map(_agreement, WITHOUT_TRUTH))
    sets.sort(key=lambda each: WITH_TRUTH.index(each.name))
    ours = {each.name: judged[each.name][preset[each.name]] for each in sets}
    shipped = {each.name: judged[each.name][SHIPPED] for each in sets}
    hindsight = {each.name: _hindsight(each.fixed) for each in sets}
    many = [each.name for each in sets if each.per_item >= MANY]
    few = [each.name for each in sets if each.per_item < MANY]
    rows = [
        _row("eight judgments an item or more", many, hindsight, ours, goal=55),
        _row("fewer", few, hindsight, ours, goal=20),
        _row("eight or more, preset as shipped", many, hindsight, shipped, goal=55),
        _row("fewer, preset as shipped", few, hindsight, shipped, goal=20),
    ]
    return Report(
        "adaptive_buying",
        "Judgments saved by buying adaptively",
        rows,
        notes=_notes(preset, alike),
        curves=[
            _by_set(sets, ours, shipped, hindsight),
            _by_preset(sets),
            _by_number(sets),
            Curve("without_truth", ("set", "saved", "agreement_with_everybody"), alike),
        ],
    )


def _tried(name: str) -> Tried:
    data = recorded(name)
    known, right = _everybody(data)
    return Tried(
        name,
        _per_item(data),
        100 * float(np.mean(right)),
        {k: _at(data, known, right, k) for k in _numbers(data)},
        {preset: _bought(data, preset, CHOOSING) for preset in PRESETS},
    )


def _judged(name: str, presets: set[Preset]) -> dict[Preset, Bought]:
    data = recorded(name)
    return {preset: _bought(data, preset, range(SEEDS)) for preset in presets}


def _everybody(data: Recorded) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return which items have a truth, and where everybody is right by the best method."""
    known = np.flatnonzero(data.truth >= 0)
    return known, max((_right(data, known, method) for method in EVERYBODY), key=np.mean)


def _bought(data: Recorded, preset: Preset, seeds: range) -> Bought:
    known, everybody = _everybody(data)
    policy = AdaptivePolicy(error=preset[0], minimum=preset[1])
    saved, right = [], []
    for seed in seeds:
        found = _replayed(data, policy, seed)
        saved.append(100 * (1 - found.bought.mean()))
        right.append(found.labels[known] == data.truth[known])
    return _paired(float(np.mean(saved)), everybody, right)


def _replayed(data: Recorded, policy: AdaptivePolicy, seed: int):
    generator = np.random.default_rng(seed)
    return replay(*data[:3], policy=policy, generator=generator, **data.sizes)


def _paired(
    saved: float, everybody: NDArray[np.bool_], right: Iterable[NDArray[np.bool_]]
) -> Bought:
    """Compare item by item, after the mean over seeds: the smaller of possible errors."""
    loss = everybody - np.mean(list(right), axis=0)
    error = float(np.std(loss, ddof=1)) / len(loss) ** 0.5
    return Bought(saved, 100 * float(loss.mean()), max(1.0, 100 * error))


def _at(data: Recorded, known: NDArray[np.int64], everybody: NDArray[np.bool_], k: int) -> Bought:
    """Buy k judgments of each item, and answer by the method that is best in hindsight."""
    kept = [_at_most(data, k, seed) for seed in range(SEEDS)]
    saved = 100 * (1 - float(np.mean([each.mean() for each in kept])))
    found = [
        _paired(saved, everybody, [_right(data, known, method, each) for each in kept])
        for method in SETTLED_BY
    ]
    return min(found, key=lambda each: each.lost)


def _at_most(data: Recorded, k: int, seed: int) -> NDArray[np.bool_]:
    """Keep k judgments of each item, drawn at random."""
    order = np.lexsort((np.random.default_rng(seed).random(len(data.item)), data.item))
    start = np.flatnonzero(np.diff(data.item[order], prepend=-1))
    rank = np.arange(len(order)) - np.repeat(start, np.diff(np.append(start, len(order))))
    kept = np.zeros(len(order), dtype=bool)
    kept[order] = rank < k
    return kept


def _right(
    data: Recorded,
    known: NDArray[np.int64],
    method: str,
    kept: NDArray[np.bool_] | slice = slice(None),
) -> NDArray[np.bool_]:
    bought = [codes[kept] for codes in data[:3]]
    found = aggregate(*bought, method=method, **data.sizes)
    return found.labels[known] == data.truth[known]


def _per_item(data: Recorded) -> float:
    return float(np.median(np.bincount(data.item)))


def _numbers(data: Recorded) -> list[int]:
    """All numbers up to twelve, then every sixth part more."""
    most = int(np.bincount(data.item).max())
    numbers = [1]
    while numbers[-1] < most:
        numbers.append(min(most, numbers[-1] + max(1, numbers[-1] // 6)))
    return numbers


def _left_out(sets: list[Tried], name: str) -> Preset:
    """Choose the preset whose worst loss on the other sets is least, as a share of the allowed."""

    def worst(preset: Preset) -> float:
        found = [each.presets[preset] for each in sets if each.name != name]
        return max(each.lost / each.allowed for each in found)

    return min(PRESETS, key=worst)


def _hindsight(fixed: dict[int, Bought]) -> Bought:
    """Return the smallest number that loses no more than is allowed; else everything."""
    within = [each for each in fixed.values() if each.within]
    return max(within, key=lambda each: each.saved)


def _row(
    what: str, names: list[str], anchor: dict[str, Bought], ours: dict[str, Bought], *, goal: int
) -> Row:
    saved = median(ours[name].saved for name in names)
    fixed = median(anchor[name].saved for name in names)
    beyond = [name for name in names if not ours[name].within]
    worst = max(names, key=lambda name: ours[name].lost - ours[name].allowed)
    return Row(
        f"judgments saved, {what} ({len(names)} sets)",
        f"best fixed number in hindsight: {fixed:.0f}% median",
        f"{saved:.0f}% median, {min(ours[name].saved for name in names):.0f}% least; "
        f"worst loss {ours[worst].lost:.1f} points of {ours[worst].allowed:.1f} allowed ({worst})"
        + (f"; beyond on {', '.join(beyond)}" if beyond else ""),
        f"≥ {goal} % median; loss ≤ max(1 point, one paired standard error)",
        saved >= goal and not beyond,
    )


def _notes(preset: dict[str, Preset], alike: list[tuple[str, float, float]]) -> str:
    chosen = sorted({f"error {error:g}, at least {minimum}" for error, minimum in preset.values()})
    least = min(agreed for _, _, agreed in alike)
    return (
        f"{SEEDS} seeds, no gold. Everybody is the best of majority, shrunk Dawid-Skene and `auto` "
        f"on all judgments, by the truth. Presets are chosen on the other sets and "
        f"{len(CHOOSING)} other seeds ({'; '.join(chosen)}), by the least worst loss there. The "
        "standard error is over items, after the mean over seeds. Sets without truth "
        f"({', '.join(WITHOUT_TRUTH)}), preset as shipped: "
        f"{median(saved for _, saved, _ in alike):.0f}% median saved, and at least {least:.0f}% of "
        "answers as by everybody."
    )


def _agreement(name: str) -> tuple[str, float, float]:
    """Return what the shipped preset saves, and how many answers everybody gives too."""
    data = recorded(name)
    everybody = aggregate(*data[:3], **data.sizes).labels
    found = [_replayed(data, AdaptivePolicy(), seed) for seed in range(SEEDS // 4)]
    saved = 100 * (1 - float(np.mean([each.bought.mean() for each in found])))
    agreed = 100 * float(np.mean([(each.labels == everybody).mean() for each in found]))
    return name, round(saved, 1), round(agreed, 1)


def _by_set(
    sets: list[Tried],
    ours: dict[str, Bought],
    shipped: dict[str, Bought],
    hindsight: dict[str, Bought],
) -> Curve:
    points: list[tuple[float | str, ...]] = []
    for each in sets:
        figures = (*ours[each.name], *shipped[each.name], *hindsight[each.name][:2])
        rounded = (round(value, 2) for value in (each.per_item, each.everybody, *figures))
        points.append((each.name, *rounded))
    three = ("saved", "lost_points", "allowed_points")
    columns = ("set", "per_item", "everybody", *three, *(f"shipped_{one}" for one in three))
    return Curve("sets", (*columns, "fixed_saved", "fixed_lost_points"), points)


def _by_preset(sets: list[Tried]) -> Curve:
    points: list[tuple[float | str, ...]] = [
        (each.name, *preset, *(round(value, 2) for value in found))
        for each in sets
        for preset, found in each.presets.items()
    ]
    columns = ("set", "error", "minimum", "saved", "lost_points", "allowed_points")
    return Curve("presets", columns, points)


def _by_number(sets: list[Tried]) -> Curve:
    points: list[tuple[float | str, ...]] = [
        (each.name, k, *(round(value, 2) for value in found))
        for each in sets
        for k, found in each.fixed.items()
    ]
    return Curve("fixed", ("set", "number", "saved", "lost_points", "allowed_points"), points)
