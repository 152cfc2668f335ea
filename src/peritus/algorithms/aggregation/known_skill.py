"""What a few answers to one question say where it is known how often each judge is right."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

_LEAST = 1e-6  # nobody is taken to be always right, or never


def posterior_under_skill(label: ArrayLike, skill: ArrayLike, n_labels: int) -> NDArray[np.float64]:
    """Return the chance of each answer to one question, given who said what.

    Parameters
    ----------
    label : integers, shape (n,)
        The answers given, 0-based, below `n_labels`; n >= 1.
    skill : floats in [0, 1], shape (n,)
        How often each judge is right. NaN: not known, taken as the mean of the
        others; at least one is known.
    n_labels : int
        Possible answers, at least 2; before any answer all are equally likely,
        and whoever is wrong says each other answer equally often.

    Returns
    -------
    NDArray[float64], shape (n_labels,)
        Chances, with sum 1. Skills are held within 1e-6 of 0 and 1.

    Raises
    ------
    ValueError
        An answer, a skill or the number of answers is out of range, or no
        skill is known.

    Notes
    -----
    Bayes' rule for independent judges with one accuracy each; O(n · n_labels),
    in logs, since products of many chances vanish.
    Source: Nitzan & Paroush (1982), International Economic Review 23, 289-297.
    """
    given, able = np.asarray(label), np.asarray(skill, dtype=np.float64)
    if n_labels < 2:
        raise ValueError(f"There are at least 2 possible answers; {n_labels} came.")
    if given.ndim != 1 or given.shape != able.shape or not given.size:
        raise ValueError(f"One skill for each answer is wanted: {given.shape} and {able.shape}.")
    if not ((given >= 0) & (given < n_labels) & (given % 1 == 0)).all():
        raise ValueError(f"Answers are whole numbers from 0 to below {n_labels}.")
    known = ~np.isnan(able)
    if not known.any() or not ((able[known] >= 0) & (able[known] <= 1)).all():
        raise ValueError("Skills are shares from 0 to 1, and at least one is known.")
    held = np.clip(np.where(known, able, able[known].mean()), _LEAST, 1 - _LEAST)
    says = given[:, None] == np.arange(n_labels)
    missed = (1 - held) / (n_labels - 1)
    logs = np.log(np.where(says, held[:, None], missed[:, None])).sum(axis=0)
    weights = np.exp(logs - logs.max())
    chances: NDArray[np.float64] = weights / weights.sum()
    return chances
