"""The published judgment sets that stand in shared/data, as arrays."""

from __future__ import annotations

import csv
import gzip
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

BESIDE_THE_CHECKOUT = Path(__file__).parents[2] / "shared" / "data"
DATA = Path(os.environ.get("PERITUS_DATA", BESIDE_THE_CHECKOUT))

WITH_TRUTH = (
    "bluebird", "cf_amt", "dices350", "dog", "face", "mozafari", "ms", "rte", "snow_temp",
    "sp_amt", "web",
)  # fmt: skip


class Recorded(NamedTuple):
    """Judgments of people as codes (n,), and the true label of each item (-1: not known)."""

    item: NDArray[np.int64]
    worker: NDArray[np.int64]
    label: NDArray[np.int64]
    truth: NDArray[np.int64]

    @property
    def sizes(self) -> dict[str, int]:
        return {
            "n_items": len(self.truth),
            "n_workers": int(self.worker.max()) + 1,
            "n_labels": int(max(self.label.max(), self.truth.max())) + 1,
        }


def recorded(name: str) -> Recorded:
    """Read one set; SystemExit says where the data is expected when it is missing."""
    rows = _rows(name, "judgments.csv.gz")
    rows = [row for row in rows if row["kind"] == "human"]
    truth = {row["item"]: row["gold"] for row in _rows(name, "gold.csv.gz")}
    items, item = np.unique([row["item"] for row in rows], return_inverse=True)
    _, worker = np.unique([row["worker"] for row in rows], return_inverse=True)
    named = {row["label"] for row in rows} | {truth[i] for i in items.tolist() if i in truth}
    labels = sorted(named)
    code = {text: index for index, text in enumerate(labels)}
    label = np.array([code[row["label"]] for row in rows])
    known = np.array([code[truth[i]] if i in truth else -1 for i in items.tolist()])
    return Recorded(item, worker, label, known)


def _rows(name: str, file_name: str) -> list[dict[str, str]]:
    path = DATA / "judgments" / name / file_name
    if not path.exists():
        raise SystemExit(f"{path.name} of {name} is missing; set PERITUS_DATA to its folder")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
