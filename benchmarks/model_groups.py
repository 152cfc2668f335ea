"""Models that err together beside people: counted one by one, and as a group.

People are those of the published sets, at most three drawn on each item. Six
models are simulated, since the sets hold none: one source is right on the share
that is named and else gives another label, and each model gives the source's
answer nine times in ten, else any. The anchor fits Dawid-Skene to everybody
alike.
"""

from __future__ import annotations

import numpy as np

from benchmarks.report import Curve, Report, Row
from benchmarks.sets import WITH_TRUTH, Recorded, recorded
from peritus.algorithms.aggregation import aggregate, aggregate_groups

MODELS = 6
MOST_PEOPLE = 3
COPIED = 0.9
SHARES = (0.5, 0.7, 0.9)
SEEDS = 5
METHOD = "dawid_skene_shrunk"


def few_people(data: Recorded, generator: np.random.Generator) -> np.ndarray:
    """Return the places of at most three judgments on each item with truth."""
    known = np.flatnonzero(data.truth[data.item] >= 0)
    drawn = generator.permutation(known)
    drawn = drawn[np.argsort(data.item[drawn], kind="stable")]
    begin = np.searchsorted(data.item[drawn], data.item[drawn])
    return drawn[np.arange(len(drawn)) - begin < MOST_PEOPLE]


def models(data: Recorded, share: float, generator: np.random.Generator) -> np.ndarray:
    """Return what each model answers to each item with truth (items, models)."""
    n_labels = data.sizes["n_labels"]
    truth = data.truth[data.truth >= 0]
    other = (truth + generator.integers(1, n_labels, len(truth))) % n_labels
    source = np.where(generator.random(len(truth)) < share, truth, other)
    copied = generator.random((len(truth), MODELS)) < COPIED
    return np.where(copied, source[:, None], generator.integers(0, n_labels, copied.shape))


def accuracies(name: str, share: float, seed: int) -> tuple[float, float, float]:
    """Return the accuracy of people alone, of everybody alike, and with models as a group."""
    generator = np.random.default_rng((seed, int(100 * share)))
    data = recorded(name)
    few = few_people(data, generator)
    people = (data.item[few], data.worker[few], data.label[few])
    known = np.flatnonzero(data.truth >= 0)
    answers = models(data, share, generator)
    item, model = np.repeat(known, MODELS), np.tile(np.arange(MODELS), len(known))
    n_people = data.sizes["n_workers"]
    codes = (
        np.append(people[0], item),
        np.append(people[1], n_people + model),
        np.append(people[2], answers.ravel()),
    )
    sizes = data.sizes | {"n_workers": n_people + MODELS}
    group = np.repeat([-1, 0], [n_people, MODELS])
    found = (
        aggregate(*people, method=METHOD, **sizes),
        aggregate(*codes, method=METHOD, **sizes),
        aggregate_groups(*codes, group=group, **sizes),
    )
    alone, alike, grouped = (
        float((each.labels[known] == data.truth[known]).mean()) for each in found
    )
    return alone, alike, grouped


def measure() -> Report:
    found = {
        (name, share): np.mean([accuracies(name, share, seed) for seed in range(SEEDS)], axis=0)
        for name in WITH_TRUTH
        for share in SHARES
    }
    rows = [_row(share, {name: found[name, share] for name in WITH_TRUTH}) for share in SHARES]
    points = [
        (name, share, *(round(float(each), 4) for each in accuracy))
        for (name, share), accuracy in found.items()
    ]
    columns = ("set", "source_right", "people", "alike", "grouped")
    notes = " ".join(__doc__.split("\n\n", 1)[1].split())
    return Report(
        "model_groups",
        "Models that err together, beside people",
        rows,
        f"{notes} Means of {SEEDS} seeds; losses are the worst set's, in points, against the same "
        f"people without any model.",
        [Curve("sets", columns, points)],
    )


def _row(share: float, found: dict[str, np.ndarray]) -> Row:
    alone, alike, grouped = np.array([*found.values()]).T
    lost, kept = 100 * (alone - alike).max(), 100 * (alone - grouped).max()
    return Row(
        f"accuracy, {len(found)} sets, the models' source is right on {share:.0%}",
        f"everybody alike {alike.mean():.1%}, worst loss {lost:.1f}",
        f"{grouped.mean():.1%}, worst loss {kept:.1f}; people alone {alone.mean():.1%}",
        "never more than 0.5 points below people alone",
        bool(kept <= 0.5),
    )
