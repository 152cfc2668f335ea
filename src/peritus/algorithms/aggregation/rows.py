"""Codes in rows that grow, kept in arrays."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from peritus.algorithms._codes import Codes

Number = TypeVar("Number", np.int64, np.float64)


def lengthened(array: NDArray[Number], length: int) -> NDArray[Number]:
    """Return an array of at least that length: itself, or twice as long with zeros behind.

    Doubling makes the cost of growing O(1) for each entry in the mean.
    """
    if length <= len(array):
        return array
    longer = np.zeros((max(length, 2 * len(array)), *array.shape[1:]), dtype=array.dtype)
    longer[: len(array)] = array
    return longer


class Rows:
    """Rows of codes; each has room, and moves to the end with twice the room when it is full.

    The room that rows leave behind is never more than the room that they have.
    """

    def __init__(self, row: Codes, code: Codes, n_rows: int) -> None:
        self._codes = code[np.argsort(row, kind="stable")]
        self._size = np.bincount(row, minlength=n_rows).astype(np.int64)
        self._room = self._size.copy()
        self._start = np.cumsum(self._size) - self._size
        self._end = len(code)

    def __getitem__(self, row: int) -> Codes:
        start = self._start[row]
        return self._codes[start : start + self._size[row]]

    def append(self, row: int, code: int) -> None:
        """Put a code behind the others of its row; rows up to it are made."""
        self._size, self._room, self._start = (
            lengthened(each, row + 1) for each in (self._size, self._room, self._start)
        )
        if self._size[row] == self._room[row]:
            self._move(row)
        self._codes[self._start[row] + self._size[row]] = code
        self._size[row] += 1

    def _move(self, row: int) -> None:
        held, room = self[row], 2 * self._size[row] + 1
        self._codes = lengthened(self._codes, self._end + room)
        self._codes[self._end : self._end + len(held)] = held
        self._start[row], self._room[row] = self._end, room
        self._end += room
