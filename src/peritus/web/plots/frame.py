"""The parts of every plot: a canvas, its scales, and the figure around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

WIDE, NARROW = 960, 328  # widths of the two drawings; a page shows the one that fits


@dataclass(frozen=True)
class Plot:
    """A figure: its finding, two drawings, and the numbers as a table."""

    title: str
    note: str
    wide: SafeString
    narrow: SafeString
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Canvas:
    """An SVG under construction; every text is escaped."""

    def __init__(self, width: int, height: int, description: str) -> None:
        self.width, self.height, self.description = width, height, description
        self._parts: list[str] = []

    def line(self, start: tuple[float, float], end: tuple[float, float], kind: str) -> None:
        """Draw a straight line."""
        (x1, y1), (x2, y2) = start, end
        self._parts.append(
            f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'
        )

    def path(
        self, points: Sequence[tuple[float, float]], kind: str, *, closed: bool = False
    ) -> None:
        """Draw a line through points."""
        steps = " L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        self._parts.append(f'<path class="{kind}" d="M{steps}{"Z" if closed else ""}"/>')

    def rect(self, corner: tuple[float, float], size: tuple[float, float], kind: str) -> None:
        """Draw a bar from its upper left corner."""
        (x, y), (w, h) = corner, size
        self._parts.append(
            f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}"/>'
        )

    def dot(self, at: tuple[float, float], kind: str, radius: float = 3.5) -> None:
        """Draw a round mark."""
        self._parts.append(
            f'<circle class="{kind}" cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="{radius}"/>'
        )

    def diamond(self, at: tuple[float, float], kind: str, radius: float = 5) -> None:
        """Draw a mark that is told from a dot without colour."""
        x, y = at
        around = [(x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y)]
        self.path(around, kind, closed=True)

    def text(
        self, at: tuple[float, float], words: str, kind: str = "", *, anchor: str = "start"
    ) -> None:
        """Write words at a point."""
        self._parts.append(
            f'<text class="{kind}" x="{at[0]:.1f}" y="{at[1]:.1f}" text-anchor="{anchor}">'
            f"{escape(words)}</text>"
        )

    def drawn(self) -> SafeString:
        """Return the SVG; its parts were escaped one by one."""
        head = (
            f'<svg viewBox="0 0 {self.width} {self.height}" role="img" '
            f'aria-label="{escape(self.description)}">'
        )
        return mark_safe(f"{head}{''.join(self._parts)}</svg>")  # noqa: S308


@dataclass(frozen=True)
class Scale:
    """A straight scale from values to places on the canvas."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the place of a value."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def round_steps(high: float, wanted: int) -> list[float]:
    """Return about ``wanted`` round values from 0 to just past ``high``."""
    if high <= 0:
        return [0.0, 1.0]
    rough = high / wanted
    power = 10.0 ** len(str(int(rough))) / 10 if rough >= 1 else 10.0 ** -_zeros(rough)
    step = next(power * size for size in (1, 2, 2.5, 5, 10) if power * size >= rough - 1e-12)
    count = 1
    while step * count < high - 1e-12:
        count += 1
    return [step * place for place in range(count + 1)]


def _zeros(rough: float) -> int:
    """Return the decimal place of a share's first digit."""
    place = 1
    while rough * 10**place < 1:
        place += 1
    return place
