"""Models that err together, as one voice for each level of their agreement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from peritus.algorithms._codes import Codes, coded_judgments


@dataclass(frozen=True, eq=False)
class PseudoExperts:
    """A group of models as judgments, at most one an item.

    Attributes
    ----------
    item, worker, label : int64 (m,)
        The label that most models gave, and the level that gave it; ties go to
        the lowest label.
    agreed, answered : int64 (levels,)
        How many models agree at each level, of how many that answered.
    """

    item: Codes
    worker: Codes
    label: Codes
    agreed: Codes
    answered: Codes


def pseudo_experts(
    item: ArrayLike,
    model: ArrayLike,
    label: ArrayLike,
    *,
    n_items: int | None = None,
    n_labels: int | None = None,
) -> PseudoExperts:
    """Turn models' answers to one pseudo-expert per level of their agreement.

    Parameters
    ----------
    item, model, label : integer codes (n,), 0-based
        One entry per answer; absent pairs are missing answers.
    n_items, n_labels : int, optional
        Sizes; max + 1 unless given.

    Raises
    ------
    ValueError
        A code is out of range, or a model answers an item twice.

    Notes
    -----
    Six models that agree are no six witnesses. "6 of 6" and "4 of 6" are
    two voices, each with a matrix of its own, learnt against people only
    (`State.pseudo`). Cost O(n + items labels).
    """
    models = None if np.size(model) else 1  # no answer yet: no voice, and no error either
    answers = coded_judgments(
        item, model, label, n_items=n_items, n_workers=models, n_labels=n_labels
    )
    cell = answers.item * answers.n_labels + answers.label
    votes = np.bincount(cell, minlength=answers.n_items * answers.n_labels)
    votes = votes.reshape(answers.n_items, answers.n_labels)
    judged = np.flatnonzero(answers.per_item)
    found = np.stack([votes[judged].max(axis=1, initial=0), answers.per_item[judged]], axis=1)
    levels, worker = np.unique(found, axis=0, return_inverse=True)
    return PseudoExperts(
        item=judged,
        worker=worker.reshape(-1).astype(np.int64),
        label=votes[judged].argmax(axis=1),
        agreed=levels[:, 0].astype(np.int64),
        answered=levels[:, 1].astype(np.int64),
    )
