"""Hand judgments to the algorithms as arrays: for comparison, never to decide."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from peritus.algorithms.aggregation import dawid_skene
from peritus.algorithms.agreement import krippendorff_alpha
from peritus.engagements.models import Lot
from peritus.quality.models import Decision
from peritus.work.models import Slot
from peritus.work.queries import standing_judgments

Codes = NDArray[np.int64]


@dataclass(frozen=True)
class JudgmentArrays:
    """First judgments of a lot on one question; codes index the three tuples."""

    items: tuple[str, ...]
    experts: tuple[str, ...]
    labels: tuple[str, ...]
    item: Codes
    expert: Codes
    label: Codes


def judgment_arrays(lot: Lot, question: str) -> JudgmentArrays:
    """Return the standing first judgments of a lot, ordered by item and expert."""
    found = standing_judgments().filter(item__lot=lot, slot__purpose=Slot.Purpose.FIRST)
    rows = [
        (key, handle, answers[question])
        for key, handle, answers in found.order_by("item__key", "expert__handle").values_list(
            "item__key", "expert__handle", "answers"
        )
    ]
    items, item = _coded([row[0] for row in rows])
    experts, expert = _coded([row[1] for row in rows])
    labels, label = _coded([row[2] for row in rows])
    return JudgmentArrays(items, experts, labels, item, expert, label)


def _coded(values: list[str]) -> tuple[tuple[str, ...], Codes]:
    """Return the distinct values in order, and each value's place among them."""
    names = tuple(sorted(set(values)))
    place = {name: code for code, name in enumerate(names)}
    return names, np.array([place[value] for value in values], dtype=np.int64)


@dataclass(frozen=True)
class Comparison:
    """What other methods say about a lot's first judgments.

    ``same`` of ``decided`` labels of Dawid-Skene equal the decisions;
    ``follows`` is the expert whose answers it repeats most, on that share.
    """

    alpha: float
    decided: int
    same: int
    follows: str
    follows_share: float


def compare_methods(lot: Lot, question: str) -> Comparison | None:
    """Run Dawid-Skene beside the decisions; None where there is nothing to compare."""
    arrays = judgment_arrays(lot, question)
    if len(arrays.labels) < 2 or len(arrays.item) == len(arrays.items):
        return None  # one class, or nothing judged twice: nothing can be compared
    consensus = dawid_skene(arrays.item, arrays.expert, arrays.label)
    answer = {
        key: arrays.labels[code] for key, code in zip(arrays.items, consensus.labels, strict=True)
    }
    decided = Decision.objects.filter(lot=lot, question=question, state=Decision.State.DECIDED)
    rows = list(decided.values_list("item__key", "answer"))
    shares = [
        float(np.mean(consensus.labels[arrays.item[mine]] == arrays.label[mine]))
        for mine in (arrays.expert == code for code in range(len(arrays.experts)))
    ]
    most = int(np.argmax(shares))
    return Comparison(
        alpha=krippendorff_alpha(arrays.item, arrays.expert, arrays.label).value,
        decided=len(rows),
        same=sum(answer[key] == given for key, given in rows),
        follows=arrays.experts[most],
        follows_share=shares[most],
    )
