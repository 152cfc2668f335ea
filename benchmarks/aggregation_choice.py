"""What little gold costs: the method that it makes stand against the best in hindsight."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Curve, Report, Row
from benchmarks.sets import WITH_TRUTH, recorded
from peritus.algorithms._codes import CodedJudgments
from peritus.algorithms.aggregation.gold import judged_gold
from peritus.algorithms.aggregation.methods import METHODS, Fits
from peritus.algorithms.aggregation.mixture import (
    PRIOR,
    WEIGHT_OF_A_HIT,
    mixed,
    weights_by_gold,
)

SIZES = (10, 20, 30, 50, 75, 100, 150, 200)
HEADLINE = 50
DRAWS = {HEADLINE: 50}
DRAWS_ELSEWHERE = 20
PRESETS = (0.0, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 1.8, 2.5)
"""Weights of a hit in nats among which each set is given what suits the others best."""
MOST_SHARE = 0.5
"""Of the items with truth, at most half are gold: the rest must show the regret."""

Labels = NDArray[np.int64]
CANDIDATES = tuple(PRIOR)
ORDER = ("dawid_skene_shrunk", "majority", "dawid_skene")


class Draw(NamedTuple):
    """Points that each answer lies below the best in hindsight, on items that are no gold."""

    fixed: dict[str, float]
    chosen: float
    mixtures: dict[float, float]
    strict: dict[float, float]


def measure() -> Report:
    regrets = {(name, n): _draws(name, n) for name in WITH_TRUTH for n in SIZES}
    regrets = {key: draws for key, draws in regrets.items() if draws}
    at_headline = {name: regrets[name, HEADLINE] for name in WITH_TRUTH}
    preset = _left_out(regrets)
    ours = _means(at_headline, lambda name, draw: draw.mixtures[preset[name]])
    strict = _means(at_headline, lambda name, draw: draw.strict[preset[name]])
    choice = _means(at_headline, lambda _, draw: draw.chosen)
    fixed = {
        method: _means(at_headline, lambda _, draw, m=method: draw.fixed[m])
        for method in CANDIDATES
    }
    anchor = "; ".join(
        f"{label} {_said(fixed[method])}"
        for method, label in (("dawid_skene", "DS always"), ("majority", "majority always"))
    )
    mean, worst = np.mean(list(ours.values())), max(ours.values())
    strict_mean, strict_worst = np.mean(list(strict.values())), max(strict.values())
    rows = [
        Row(
            f"points below the best candidate, {HEADLINE} gold items",
            anchor,
            _said(ours),
            "≤ 0.4 mean, ≤ 1.5 worst set",
            bool(mean <= 0.4 and worst <= 1.5),
        ),
        Row(
            "the same, below the best of all methods, taught by gold or not",
            f"most right on gold {_said(choice)} (against candidates without gold)",
            _said(strict),
            "≤ 0.4 mean, ≤ 1.5 worst set",
            bool(strict_mean <= 0.4 and strict_worst <= 1.5),
        ),
    ]
    return Report(
        "aggregation_choice",
        "Which method aggregates, chosen by gold",
        rows,
        notes=_notes(at_headline, ours, preset),
        curves=[_curve(regrets), _by_set(at_headline, preset)],
    )


def _draws(name: str, n_gold: int) -> list[Draw]:
    data = recorded(name)
    fits = Fits(CodedJudgments(data.item, data.worker, data.label, **data.sizes))
    known = np.flatnonzero(data.truth >= 0)
    if n_gold > MOST_SHARE * len(known):
        return []
    count = DRAWS.get(n_gold, DRAWS_ELSEWHERE)
    return [_one_draw(fits, data.truth, known, (seed, n_gold)) for seed in range(count)]


def _one_draw(fits: Fits, truth: Labels, known: Labels, seed: tuple[int, int]) -> Draw:
    items = np.random.default_rng(seed).choice(known, seed[1], replace=False)
    gold = judged_gold((items, truth[items]), fits.judgments)
    rest = np.setdiff1d(known, items)

    def points(labels: Labels) -> float:
        return 100 * float((labels[rest] == truth[rest]).mean())

    plain = {method: points(fits.fit(method).labels) for method in METHODS}
    taught = {method: fits.taught(method, gold) for method in METHODS}
    best = max(plain[method] for method in CANDIDATES)
    best_of_all = max(*plain.values(), *(points(each.labels) for each in taught.values()))
    parts = [taught[method] for method in CANDIDATES]
    found = {
        preset: points(mixed(parts, weights_by_gold(fits, gold, weight_of_a_hit=preset)).labels)
        for preset in PRESETS
    }
    hits = {m: int((fits.fit(m).labels[gold[0]] == gold[1]).sum()) for m in ORDER}
    return Draw(
        {method: best - plain[method] for method in CANDIDATES},
        best - plain[max(ORDER, key=lambda m: hits[m])],
        {preset: best - each for preset, each in found.items()},
        {preset: best_of_all - each for preset, each in found.items()},
    )


def _left_out(regrets: dict[tuple[str, int], list[Draw]]) -> dict[str, float]:
    """Give each set the preset that suits the others at all sizes; squares, so the worst weigh."""
    cost = {
        (name, preset): float(
            np.mean(
                [
                    max(draw.mixtures[preset], 0) ** 2
                    for size in SIZES
                    for draw in regrets.get((name, size), [])
                ]
            )
        )
        for name in WITH_TRUTH
        for preset in PRESETS
    }
    return {
        name: min(
            PRESETS, key=lambda p: sum(cost[other, p] for other in WITH_TRUTH if other != name)
        )
        for name in WITH_TRUTH
    }


def _means(draws: dict[str, list[Draw]], regret: Callable[[str, Draw], float]) -> dict[str, float]:
    return {name: float(np.mean([regret(name, d) for d in found])) for name, found in draws.items()}


def _said(regret: dict[str, float]) -> str:
    return f"{np.mean(list(regret.values())):.2f} mean, {max(regret.values()):.2f} worst"


def _notes(draws: dict[str, list[Draw]], ours: dict[str, float], preset: dict[str, float]) -> str:
    never_below = _means(draws, lambda name, draw: max(draw.mixtures[preset[name]], 0))
    shipped = _means(draws, lambda _, draw: draw.mixtures[WEIGHT_OF_A_HIT])
    return (
        f"Regret in points of accuracy on the items that are no gold, mean of {DRAWS[HEADLINE]} "
        f"draws, {len(draws)} sets; candidates are {', '.join(CANDIDATES)}. Below 0 the mixture is "
        f"better than the best of them in hindsight, as on "
        f"{', '.join(name for name, each in ours.items() if each < 0)}; with draws below 0 counted "
        f"as 0: {_said(never_below)}. The weight of a hit is chosen on the other sets "
        f"({min(preset.values())} to {max(preset.values())} nats); as shipped, "
        f"{WEIGHT_OF_A_HIT} nats: {_said(shipped)}."
    )


def _curve(regrets: dict[tuple[str, int], list[Draw]]) -> Curve:
    """Mean and worst set for each size, over the sets that have twice as much truth."""
    points: list[tuple[float | str, ...]] = []
    preset = _left_out(regrets)
    for n in SIZES:
        draws = {name: found for (name, size), found in regrets.items() if size == n}
        lines = {
            f"mixture, {one} nats a hit": _means(draws, lambda _, d, p=one: d.mixtures[p])
            for one in PRESETS
        }
        lines |= {
            "mixture, preset by the other sets": _means(
                draws, lambda name, d: d.mixtures[preset[name]]
            ),
            "most right on gold": _means(draws, lambda _, d: d.chosen),
        }
        for method in CANDIDATES:
            lines[f"always {method}"] = _means(draws, lambda _, d, m=method: d.fixed[m])
        for line, regret in lines.items():
            values = list(regret.values())
            points.append(
                (n, len(draws), line, round(float(np.mean(values)), 3), round(max(values), 3))
            )
    return Curve("gold", ("gold_items", "sets", "line", "mean_points", "worst_points"), points)


def _by_set(draws: dict[str, list[Draw]], preset: dict[str, float]) -> Curve:
    points: list[tuple[float | str, ...]] = []
    for name, found in draws.items():
        mine = [each.mixtures[preset[name]] for each in found]
        strict = [each.strict[preset[name]] for each in found]
        error = float(np.std(mine, ddof=1)) / len(mine) ** 0.5
        always = [float(np.mean([each.fixed[m] for each in found])) for m in CANDIDATES]
        row = (float(np.mean(mine)), error, float(np.mean(strict)), preset[name], *always)
        points.append((name, *(round(value, 3) for value in row)))
    columns = ("set", "mixture", "standard_error", "below_all_methods", "weight_of_a_hit")
    return Curve("sets", (*columns, *(f"always_{m}" for m in CANDIDATES)), points)
