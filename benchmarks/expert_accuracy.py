"""How often experts are right, from ten gold items each and from the others' answers.

Of each expert with at least 20 judgments, ten items drawn from those that they
judged have a known answer. Alone: nothing else is known when the expert is
assessed. Together: the items that were drawn for all of them are known. The
anchors count the same gold, and majority or nothing beyond it. Truth is the
expert's share of right answers among all judgments on items with truth.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Curve, Report, Row
from benchmarks.sets import WITH_TRUTH, recorded
from peritus.algorithms._codes import CodedJudgments, Codes
from peritus.algorithms.aggregation import majority_vote
from peritus.algorithms.aggregation.expert import (
    OWN_SPREAD,
    SLOPE_SPREAD,
    corrected,
    right_by_the_others,
)

EACH = 10
LEAST = 20
DRAWS = 3
PRESETS = tuple(product((0.3, 0.4, 0.6), (0.3, 0.5, 0.8)))
"""Spreads of the own shift and of the slope, among which a set gets what suits others."""
SHIPPED = (OWN_SPREAD, SLOPE_SPREAD)
CONFIDENCE = 0.95


class Scene(NamedTuple):
    """The judgments of one set on items with truth, and the share that each expert has right."""

    judgments: CodedJudgments
    truth: Codes
    voted: Codes
    share: NDArray[np.float64]
    experts: Codes


class Found(NamedTuple):
    """One way of assessing many experts: absolute errors, hits and widths of intervals."""

    errors: NDArray[np.float64]
    covered: NDArray[np.bool_]
    widths: NDArray[np.float64]


def scene(name: str) -> Scene:
    data = recorded(name)
    known = data.truth[data.item] >= 0
    codes = (data.item[known], data.worker[known], data.label[known])
    judgments = CodedJudgments(*codes, **data.sizes)
    right = (judgments.label == data.truth[judgments.item]).astype(float)
    n = np.bincount(judgments.worker, minlength=judgments.n_workers)
    share = np.bincount(judgments.worker, right, minlength=judgments.n_workers) / np.maximum(n, 1)
    voted = majority_vote(*codes, **data.sizes).labels
    return Scene(judgments, data.truth, voted, share, np.flatnonzero(n >= LEAST))


def drawn(one: Scene, expert: int, generator: np.random.Generator) -> Codes:
    mine = one.judgments.item[one.judgments.worker == expert]
    return np.sort(generator.choice(mine, EACH, replace=False))


class Assessed(NamedTuple):
    """One expert: by ours under each preset (estimate, low, high), by majority, by gold alone."""

    share: float
    gold_judged: int
    ours: dict[tuple[float, float], tuple[float, float, float]]
    majority: float
    gold_alone: float


def assessed(one: Scene, gold: Codes, experts: Codes) -> Iterator[Assessed]:
    judgments, item = one.judgments, one.judgments.item
    known = np.full(judgments.n_items, -1)
    known[gold] = one.truth[gold]
    chance = right_by_the_others(judgments, known)
    ours = {
        preset: corrected(
            judgments,
            known[item],
            chance,
            CONFIDENCE,
            own_spread=preset[0],
            slope_spread=preset[1],
        )
        for preset in PRESETS
    }
    for w in experts.tolist():
        mine = judgments.worker == w
        label, on_gold = judgments.label[mine], known[item[mine]] >= 0
        answer = np.where(on_gold, known[item[mine]], one.voted[item[mine]])
        yield Assessed(
            float(one.share[w]),
            int(on_gold.sum()),
            {
                preset: (float(f.accuracy[w]), float(f.low[w]), float(f.high[w]))
                for preset, f in ours.items()
            },
            float((label == answer).mean()),
            float((label == answer)[on_gold].mean()),
        )


def alone(one: Scene, seed: int) -> list[Assessed]:
    """Assess each expert while the ten items drawn for them are all that is known."""
    generator = np.random.default_rng(seed)
    return [
        found
        for w in one.experts.tolist()
        for found in assessed(one, drawn(one, w, generator), np.array([w]))
    ]


def together(one: Scene, seed: int) -> list[Assessed]:
    """Assess all experts while the items drawn for all of them are known.

    Items are drawn for an expert while those drawn before leave them short of ten.
    """
    generator = np.random.default_rng(seed)
    gold = np.zeros(one.judgments.n_items, dtype=bool)
    for w in generator.permutation(one.experts).tolist():
        mine = generator.permutation(one.judgments.item[one.judgments.worker == w])
        lacking = max(EACH - int(gold[mine].sum()), 0)
        gold[mine[~gold[mine]][:lacking]] = True
    return list(assessed(one, np.flatnonzero(gold), one.experts))


def beside(runs: list[Assessed], preset: tuple[float, float]) -> Found:
    share = np.array([run.share for run in runs])
    estimate, low, high = np.array([run.ours[preset] for run in runs]).T
    covered = (low <= share + 1e-9) & (share <= high + 1e-9)
    return Found(np.abs(estimate - share), covered, high - low)


def left_out(runs: dict[str, list[Assessed]]) -> dict[str, tuple[float, float]]:
    """Give each set the preset with the least mean error over the experts of the others."""
    errors = {(n, p): beside(runs[n], p).errors for n in runs for p in PRESETS}
    return {
        name: min(
            PRESETS,
            key=lambda p: np.concatenate([errors[n, p] for n in runs if n != name]).mean(),
        )
        for name in runs
    }


def measure() -> Report:
    scenes = {name: scene(name) for name in WITH_TRUTH}
    by_way = {
        way.__name__: {
            name: [run for seed in range(DRAWS) for run in way(one, seed)]
            for name, one in scenes.items()
        }
        for way in (alone, together)
    }
    rows = [row for way, runs in by_way.items() for row in _rows(way, runs)]
    experts = sum(len(one.experts) for one in scenes.values())
    protocol = __doc__.split("\n\n", 1)[1].strip().replace("\n", " ")
    notes = (
        f"{len(scenes)} sets, {experts} experts, {DRAWS} draws; means are over experts of all "
        f"sets. {protocol} The constants are those that suit the other sets best, of "
        f"{len(PRESETS)} presets of two spreads, own shift and slope; shipped are {SHIPPED[0]} "
        f"and {SHIPPED[1]}."
    )
    return Report(
        "expert_accuracy",
        "How often an expert is right, from ten gold items",
        rows,
        notes,
        [_curve(by_way)],
    )


def _rows(way: str, runs: dict[str, list[Assessed]]) -> list[Row]:
    preset = left_out(runs)
    every = [run for found in runs.values() for run in found]
    found = [beside(runs[name], preset[name]) for name in runs]
    errors, covered, widths = (np.concatenate(each) for each in zip(*found, strict=True))
    shipped = beside(every, SHIPPED)
    gold = f"{np.mean([run.gold_judged for run in every]):.0f} judged in the mean"
    return [
        Row(
            f"mean error of an expert's accuracy, gold known {way} ({gold})",
            f"majority {_mean_error(every, 'majority'):.3f}; gold alone "
            f"{_mean_error(every, 'gold_alone'):.3f}",
            f"{errors.mean():.4f} (as shipped {shipped.errors.mean():.4f})",
            "≤ 0.045",
            bool(errors.mean() <= 0.045),
        ),
        Row(
            f"95 % intervals hold the truth, gold known {way}",
            "—",
            f"{covered.mean():.1%}, mean width {widths.mean():.2f} (as shipped "
            f"{shipped.covered.mean():.1%}, {shipped.widths.mean():.2f}); least of a set "
            f"{min(each.covered.mean() for each in found):.1%}",
            "≥ 88 % pooled",
            bool(covered.mean() >= 0.88),
        ),
    ]


def _mean_error(runs: list[Assessed], by: str) -> float:
    return float(np.mean([abs(getattr(run, by) - run.share) for run in runs]))


def _curve(by_way: dict[str, dict[str, list[Assessed]]]) -> Curve:
    points: list[tuple[float | str, ...]] = []
    for way, runs in by_way.items():
        preset = left_out(runs)
        for name, found in runs.items():
            ours = beside(found, preset[name])
            values = (
                float(np.mean([run.gold_judged for run in found])),
                float(ours.errors.mean()),
                _mean_error(found, "majority"),
                _mean_error(found, "gold_alone"),
                float(ours.covered.mean()),
                float(ours.widths.mean()),
            )
            points.append((way, name, len(found), *preset[name], *(round(v, 4) for v in values)))
    columns = (
        "gold_known", "set", "assessed", "own_spread", "slope_spread", "gold_judged", "error",
        "error_by_majority", "error_by_gold", "covered", "width",
    )  # fmt: skip
    return Curve("sets", columns, points)
