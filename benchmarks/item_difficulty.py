"""Whether a judgment will be right: by its expert alone, and by its item's difficulty too.

Ten folds of each set's judgments on items with truth: nine are learnt from, the
tenth is predicted. The anchor is the expert's share of right answers, drawn to
the mean share with the weight of 4 judgments.
"""

from __future__ import annotations

import numpy as np

from benchmarks.report import Curve, Report, Row
from benchmarks.sets import WITH_TRUTH, recorded
from peritus.algorithms.aggregation import item_difficulty

FOLDS = 10
WEIGHT = 4.0


def nats(name: str) -> tuple[float, float, float]:
    """Return the mean log-loss of a held-out judgment: ours, by expert, by the mean share."""
    data = recorded(name)
    known = data.truth[data.item] >= 0
    item, worker = data.item[known], data.worker[known]
    right = (data.label == data.truth[data.item])[known]
    fold = np.random.default_rng(0).permutation(len(item)) % FOLDS
    sizes = {"n_items": len(data.truth), "n_workers": data.sizes["n_workers"]}
    loss = np.zeros(3)
    for each in range(FOLDS):
        learnt, held = fold != each, fold == each
        found = item_difficulty(item[learnt], worker[learnt], right[learnt], **sizes)
        mean = right[learnt].mean()
        n = np.bincount(worker[learnt], minlength=sizes["n_workers"])
        good = np.bincount(worker[learnt], right[learnt], minlength=sizes["n_workers"])
        share = (good + WEIGHT * mean) / (n + WEIGHT)
        for way, chance in enumerate((found.chance(item[held], worker[held]), share[worker[held]])):
            loss[way] -= np.log(np.where(right[held], chance, 1 - chance)).sum()
        loss[2] -= np.log(np.where(right[held], mean, 1 - mean)).sum()
    ours, by_expert, by_mean = (loss / len(item)).tolist()
    return ours, by_expert, by_mean


def measure() -> Report:
    found = {name: nats(name) for name in WITH_TRUTH}
    cut = {name: 1 - ours / by_expert for name, (ours, by_expert, _) in found.items()}
    high = [name for name, each in cut.items() if each >= 0.18]
    ours, by_expert, _ = np.mean([*found.values()], axis=0)
    row = Row(
        f"log-loss of a held-out judgment, {len(found)} sets",
        f"by expert {by_expert:.3f} nats in the mean",
        f"{ours:.3f} nats: {np.median([*cut.values()]):.0%} less in the median, "
        f"{max(cut.values()):.0%} at most, {min(cut.values()):.0%} at least; "
        f"18 % or more on {', '.join(high)}",
        "18 % less or more on several sets, nowhere more",
        len(high) >= 3 and min(cut.values()) >= 0,
    )
    points = [
        (name, *(round(value, 4) for value in (*found[name], cut[name]))) for name in WITH_TRUTH
    ]
    columns = ("set", "ours", "by_expert", "by_mean_share", "cut")
    notes = " ".join(__doc__.split("\n\n", 1)[1].split())
    curve = Curve("sets", columns, points)
    return Report("item_difficulty", "What an item's difficulty tells", [row], notes, [curve])
