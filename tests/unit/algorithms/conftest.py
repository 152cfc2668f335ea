"""Recorded judgments and matching problems, where they have been fetched."""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

BESIDE_THE_CHECKOUT = Path(__file__).parents[4] / "shared" / "data"


class Recorded(NamedTuple):
    """Judgments of people as codes, with the gold label of each item (-1: none)."""

    item: NDArray[np.int64]
    worker: NDArray[np.int64]
    label: NDArray[np.int64]
    gold: NDArray[np.int64]


def data_file(*parts: str) -> Path:
    """Find a file of real data, or skip the test and say which one is missing."""
    folder = Path(os.environ.get("PERITUS_DATA", BESIDE_THE_CHECKOUT))
    path = folder.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"real data is missing: {'/'.join(parts)} (set PERITUS_DATA to its folder)")
    return path


def read_rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def recorded() -> Callable[[str], Recorded]:
    """Return a reader of one judgment set by name."""

    def read(name: str) -> Recorded:
        rows = read_rows(data_file("judgments", name, "judgments.csv.gz"))
        rows = [row for row in rows if row["kind"] == "human"]
        answers = {
            row["item"]: row["gold"]
            for row in read_rows(data_file("judgments", name, "gold.csv.gz"))
        }
        names, item = np.unique([row["item"] for row in rows], return_inverse=True)
        _, worker = np.unique([row["worker"] for row in rows], return_inverse=True)
        labels, label = np.unique([row["label"] for row in rows], return_inverse=True)
        code = {str(text): index for index, text in enumerate(labels)}
        gold = np.array([code.get(answers.get(str(text), ""), -1) for text in names])
        return Recorded(item, worker, label, gold)

    return read


@pytest.fixture
def bids() -> Callable[[str], tuple[NDArray[np.float64], NDArray[np.int64]]]:
    """Return a reader of one matching problem: scores, and most papers of each reviewer."""

    def read(name: str) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        with np.load(data_file("matching", f"{name}.npz")) as stored:
            return stored["scores"].astype(float), stored["reviewer_max"].astype(np.int64)

    return read
