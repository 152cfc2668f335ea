"""When work is done by people who work so many hours a day, earliest due first."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
ROUNDING = 1e-9


def finish_days(work: ArrayLike, hours: ArrayLike) -> Integers:
    """Return on which day each expert is done with each lot.

    Parameters
    ----------
    work : float (experts, lots)
        Hours of work that wait, lots in the order in which they are done.
    hours : float (experts, days)
        Hours that each expert works on each day.

    Returns
    -------
    int64 (experts, lots)
        Index of the day, -1 where nothing waits, ``days`` where it is not done
        by the last one.

    Raises
    ------
    ValueError
        The shapes do not fit, or a number is negative or not finite.
    """
    todo, given = _checked(work, hours)
    done, there = np.cumsum(todo, axis=1), np.cumsum(given, axis=1)
    days = np.array(
        [np.searchsorted(have, want - ROUNDING) for have, want in zip(there, done, strict=True)]
    ).reshape(todo.shape)
    return np.where(todo > 0, days, -1).astype(np.int64)


def room_left(work: ArrayLike, hours: ArrayLike, due: ArrayLike, lot: int) -> Floats:
    """Return how much of a lot each expert could still take on, or has too much, by its day.

    Parameters
    ----------
    work, hours
        As in `finish_days`.
    due : int (lots,)
        Index of each lot's last day; ``days`` or more where none is agreed.
    lot : int
        Which lot is asked about.

    Returns
    -------
    float64 (experts,)
        Hours; negative where what waits of this lot, or of those done before it, is
        more than the hours until its day. What is spare leaves lots that are done
        later in time too.

    Raises
    ------
    ValueError
        As `finish_days`; or the lot, or a day, is out of range.
    """
    todo, given = _checked(work, hours)
    days = np.asarray(due)
    if days.shape != (todo.shape[1],) or (days < 0).any() or not 0 <= lot < len(days):
        raise ValueError(
            f"due must be {todo.shape[1]} days of 0 or more and lot one of them, "
            f"got {days.shape} and {lot}"
        )
    there = np.column_stack((np.cumsum(given, axis=1), np.full(len(given), np.inf)))
    until = there[:, np.minimum(days, given.shape[1])]
    slack = until - np.cumsum(todo, axis=1)
    spare = np.maximum(slack[:, lot:].min(axis=1), 0.0)
    return np.where(slack[:, lot] < 0, slack[:, lot], spare)


def _checked(work: ArrayLike, hours: ArrayLike) -> tuple[Floats, Floats]:
    todo, given = np.asarray(work, dtype=float), np.asarray(hours, dtype=float)
    if todo.ndim != 2 or given.ndim != 2 or len(todo) != len(given):
        raise ValueError(
            f"work must be experts x lots and hours experts x days, got {todo.shape} and "
            f"{given.shape}"
        )
    for name, array in (("work", todo), ("hours", given)):
        if not (np.isfinite(array) & (array >= 0)).all():
            raise ValueError(f"{name} must be finite and 0 or more")
    return todo, given
