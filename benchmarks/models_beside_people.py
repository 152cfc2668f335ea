"""What models' answers save of people's judgments, on sets that hold both."""

from __future__ import annotations

import json
import os
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.adaptive_buying import MARGIN, SEEDS, Bought, _paired
from benchmarks.report import Curve, Report, Row
from peritus.algorithms.aggregation import aggregate
from peritus.algorithms.allocation import AdaptivePolicy, PseudoExperts, State, pseudo_experts
from peritus.algorithms.allocation.replaying import BATCHES

FOLDER = "PERITUS_MODEL_ANSWERS"
"""Names a clone of https://github.com/nitaytech/AltTest, whose data/ holds people and models."""
SETS = ("cebab_aspects", "cebab_stars", "framing", "lesion", "lgbteen", "summeval", "wax")
"""All sets there with at least three people an item and a closed list of answers."""
CHOOSING = range(SEEDS, SEEDS + 5)
PRESETS = tuple(product((0.02, 0.05, 0.07, 0.1), (0, 1)))
ALLOWED = 0.5
POINT = 20.0
"""Percent of judgments that one point beyond the safe loss outweighs."""

Codes = NDArray[np.int64]
Preset = tuple[float, int]


class Answers(NamedTuple):
    """One draw of a set: people who can be asked, their held-out peer, and the models."""

    item: Codes
    worker: Codes
    label: Codes
    peer: Codes
    models: PseudoExperts
    n_labels: int

    @property
    def n_workers(self) -> int:
        return int(self.worker.max()) + 1

    @property
    def judged(self) -> Codes:
        return np.unique(self.item)


class Judged(NamedTuple):
    """One set: answers as the held-out peer's (percent), and what is bought."""

    everybody: float
    models: float
    alone: Bought
    beside: Bought


def measure() -> Report:
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # two processes share the cores: no more threads
    slowest = sorted(SETS, key=lambda name: name != "summeval")
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        tried = dict(zip(slowest, pool.map(_tried, slowest), strict=True))
        preset = {name: _left_out(tried, name) for name in SETS}
        asked = [preset[name] for name in slowest]
        judged = dict(zip(slowest, pool.map(_judged, slowest, asked), strict=True))
    beside = {name: judged[name].beside for name in SETS}
    saved = median(each.saved for each in beside.values())
    worst = max(SETS, key=lambda name: beside[name].lost)
    beyond = [name for name in SETS if beside[name].lost > ALLOWED]
    row = Row(
        f"people's judgments saved beside models ({len(SETS)} sets)",
        f"published: more than 25%; people alone, adaptively: "
        f"{median(each.alone.saved for each in judged.values()):.0f}% median",
        f"{saved:.0f}% median, {min(each.saved for each in beside.values()):.0f}% least; "
        f"worst loss {beside[worst].lost:.1f} points ({worst})"
        + (f"; beyond on {', '.join(beyond)}" if beyond else ""),
        f"≥ 45 % median; loss ≤ {ALLOWED} points",
        saved >= 45 and not beyond,
    )
    title = "People's judgments saved beside models"
    curves = [_by_set(judged, preset), _by_preset(tried)]
    return Report("models_beside_people", title, [row], _notes(preset), curves)


def _notes(preset: dict[str, Preset]) -> str:
    chosen = sorted({f"error {error:g}, at least {minimum}" for error, minimum in preset.values()})
    return (
        f"{SEEDS} seeds; needs {FOLDER}, a clone of https://github.com/nitaytech/AltTest "
        "(Calderon, Reichart & Dror 2025): four or six language models beside people. There is "
        "no truth: of each item one person is held out at random, and an answer is right where "
        "it is his. Everybody is the better of majority and shrunk Dawid-Skene over the others. "
        "Loss is against that, so one may gain. Presets are chosen on the other sets and other "
        f"seeds ({'; '.join(chosen)}). With three people an item only two are left to buy, and "
        "little can be saved where people agree with each other more than models do."
    )


def _by_set(judged: dict[str, Judged], preset: dict[str, Preset]) -> Curve:
    columns = (
        "set", "everybody", "models", "alone_saved", "alone_lost", "error", "minimum",
        "beside_saved", "beside_lost", "standard_error_or_1",
    )  # fmt: skip
    points: list[tuple[float | str, ...]] = []
    for name, each in judged.items():
        figures = (each.everybody, each.models, *each.alone[:2], *preset[name], *each.beside)
        points.append((name, *(round(value, 2) for value in figures)))
    return Curve("sets", columns, points)


def _by_preset(tried: dict[str, dict[Preset, Bought]]) -> Curve:
    points: list[tuple[float | str, ...]] = [
        (name, *preset, *(round(value, 2) for value in found))
        for name, presets in tried.items()
        for preset, found in presets.items()
    ]
    columns = ("set", "error", "minimum", "saved", "lost_points", "standard_error_or_1")
    return Curve("presets", columns, points)


def _left_out(tried: dict[str, dict[Preset, Bought]], name: str) -> Preset:
    def worth(preset: Preset) -> float:
        found = [each[preset] for other, each in tried.items() if other != name]
        return float(
            np.mean([b.saved - POINT * max(0.0, b.lost - MARGIN * ALLOWED) for b in found])
        )

    return max(PRESETS, key=worth)


def _tried(name: str) -> dict[Preset, Bought]:
    return {preset: _bought(name, CHOOSING, preset) for preset in PRESETS}


def _judged(name: str, preset: Preset) -> Judged:
    draws = [_drawn(name, seed) for seed in range(SEEDS)]
    voices = [_right(each, _models_alone(each)) for each in draws]
    return Judged(
        100 * float(np.mean(_everybody(draws))),
        100 * float(np.mean(voices)),
        _bought(name, range(SEEDS), None),
        _bought(name, range(SEEDS), preset),
    )


def _bought(name: str, seeds: range, preset: Preset | None) -> Bought:
    """Buy from people beside models by a preset, or from people alone as shipped."""
    draws = [_drawn(name, seed) for seed in seeds]
    policies = [_policy(preset, seed) for seed in seeds]
    beside = preset is not None
    found = [_replayed(*each, beside=beside) for each in zip(draws, policies, strict=True)]
    right = [_right(draw, labels) for draw, (_, labels) in zip(draws, found, strict=True)]
    saved = 100 * (1 - float(np.mean([share for share, _ in found])))
    return _paired(saved, np.mean(_everybody(draws), axis=0), right)


def _policy(preset: Preset | None, seed: int) -> AdaptivePolicy:
    if preset is None:
        return AdaptivePolicy(seed=seed)
    error, minimum = preset
    return AdaptivePolicy(
        error=error, minimum=minimum, caution=1.0, calibration_share=0.2, seed=seed
    )


def _replayed(draw: Answers, policy: AdaptivePolicy, *, beside: bool) -> tuple[float, Codes]:
    """Return the share of people's judgments that was bought, and the answers."""
    keys = draw.item * draw.n_workers + draw.worker
    order = np.argsort(keys)
    bought = np.zeros(len(keys), dtype=bool)
    while True:
        purchase = policy.next(_state(draw, bought, beside=beside))
        if not len(purchase.item):
            return float(bought.mean()), purchase.labels
        found = purchase.item * draw.n_workers + purchase.worker
        bought[order[np.searchsorted(keys[order], found)]] = True


def _state(draw: Answers, bought: NDArray[np.bool_], *, beside: bool) -> State:
    people, voices = draw.n_workers, draw.models
    levels = len(voices.agreed)
    heard = slice(None) if beside else slice(0)
    return State(
        np.append(draw.item[bought], voices.item[heard]),
        np.append(draw.worker[bought], people + voices.worker[heard]),
        np.append(draw.label[bought], voices.label[heard]),
        available=(draw.item[~bought], draw.worker[~bought]),
        pseudo=np.arange(people + levels) >= people,
        batch=max(1, len(draw.peer) // BATCHES),
        n_items=len(draw.peer),
        n_workers=people + levels,
        n_labels=draw.n_labels,
    )


def _everybody(draws: list[Answers]) -> list[NDArray[np.bool_]]:
    """Return where everybody answers as the peer, by the method that is better over draws."""
    found = {
        method: [_right(each, _aggregated(each, method)) for each in draws]
        for method in ("majority", "dawid_skene_shrunk")
    }
    return max(found.values(), key=lambda right: float(np.mean(right)))


def _aggregated(draw: Answers, method: str) -> Codes:
    sizes = {"n_items": len(draw.peer), "n_labels": draw.n_labels}
    return aggregate(draw.item, draw.worker, draw.label, method=method, **sizes).labels


def _models_alone(draw: Answers) -> Codes:
    labels = np.full(len(draw.peer), -1)
    labels[draw.models.item] = draw.models.label
    return labels


def _right(draw: Answers, labels: Codes) -> NDArray[np.bool_]:
    return (labels == draw.peer)[draw.judged]


def _drawn(name: str, seed: int) -> Answers:
    """Hold out one person's judgment of each item."""
    people, models, n_items, n_labels = _read(name)
    item, worker, label = people
    order = np.lexsort((np.random.default_rng(seed).random(len(item)), item))
    held = order[np.flatnonzero(np.diff(item[order], prepend=-1))]
    peer = np.full(n_items, -1)
    peer[item[held]] = label[held]
    left = np.setdiff1d(np.arange(len(item)), held)
    voices = pseudo_experts(*models, n_items=n_items, n_labels=n_labels)
    return Answers(item[left], worker[left], label[left], peer, voices, n_labels)


def _read(name: str) -> tuple[tuple[Codes, ...], tuple[Codes, ...], int, int]:
    people, models = (_answers(name, kind) for kind in ("human", "llm"))
    items = {item: code for code, item in enumerate(sorted({item for item, _, _ in people}))}
    models = [each for each in models if each[0] in items]
    labels = sorted({label for _, _, label in people + models})
    code = {label: place for place, label in enumerate(labels)}
    coded = (
        tuple(np.array([(items[i], w, code[x]) for i, w, x in rows]).T) for rows in (people, models)
    )
    return next(coded), next(coded), len(items), len(labels)


def _answers(name: str, kind: str) -> list[tuple[str, int, str]]:
    folder = os.environ.get(FOLDER)
    if not folder:
        raise SystemExit(f"set {FOLDER} to a clone of https://github.com/nitaytech/AltTest")
    path = Path(folder) / "data" / name / f"{kind}_annotations.json"
    found = json.loads(path.read_text("utf-8"))
    voices = enumerate(found[voice] for voice in sorted(found))
    return [(item, code, str(x)) for code, given in voices for item, x in given.items()]
