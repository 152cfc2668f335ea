"""The time of an act: the wall clock, or one that a demo or test sets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]


def wall_clock() -> datetime:
    """Return the present time in UTC."""
    return datetime.now(UTC)


_clock: ContextVar[Clock] = ContextVar("clock", default=wall_clock)


def now() -> datetime:
    """Return the time that the current clock shows; verbs call this, nothing below."""
    return _clock.get()()


@contextmanager
def clock_set_to(clock: Clock) -> Iterator[None]:
    """Let ``clock`` tell the time inside the block."""
    token = _clock.set(clock)
    try:
        yield
    finally:
        _clock.reset(token)


class SteadyClock:
    """A clock that moves by the same step at every look."""

    def __init__(self, start: datetime, step: timedelta = timedelta(seconds=1)) -> None:
        self._time, self._step = start, step

    def __call__(self) -> datetime:
        """Return the time, and move on."""
        self._time += self._step
        return self._time

    def move_to(self, time: datetime) -> None:
        """Jump to ``time``, never back."""
        self._time = max(self._time, time)
