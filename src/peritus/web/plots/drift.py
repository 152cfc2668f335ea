"""An expert's known answers in groups, between limits that hold exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.safestring import SafeString

from peritus.delivery.figures import percent
from peritus.engagements.models import GuidelineVersion
from peritus.quality.drift import EVERY, GROUP_ANSWERS, LIMITS_SURE, Point, Watch
from peritus.web.plots.frame import NARROW, WIDE, Canvas, Plot, Scale

LEFT, RIGHT, TOP, BOTTOM = 52, 16, 28, 42
SMOOTHING = 0.1  # weight of the newest answer in the moving average
STEPS = (0.0, 0.25, 0.5, 0.75, 1.0)
MOST_LABELS = 8  # group numbers under the axis


@dataclass(frozen=True)
class _Chart:
    """What is drawn: groups, the moving average at the end of each, and changes of the rules."""

    watch: Watch
    points: list[Point]
    average: list[float]
    changes: list[tuple[float, str]]
    title: str


def drift_plot(watch: Watch, versions: Sequence[GuidelineVersion] = ()) -> Plot | None:
    """Return the chart of what became known after the reference, None while nothing did.

    ``versions`` of the guideline are drawn where they came into force.
    """
    points = watch.points()
    if not points:
        return None
    title = _finding(watch, points)
    note = (
        f"Dots: share right in groups of {GROUP_ANSWERS} answers, as they became known; diamonds "
        f"lie below their limit. Band: where a group stays with at least {LIMITS_SURE:.0%} chance "
        f"while nothing changed, the first {watch.reference_n} answers' own error included. Line: "
        f"moving average, {SMOOTHING:.0%} for the newest answer. Dashed: the rate that is still "
        f"good. A false alarm comes once in {EVERY:.0f} answers or more rarely."
    )
    changes = [(_place(points, each.published_at), str(each.number)) for each in versions]
    chart = _Chart(watch, points, _averages(watch), changes, title)
    return Plot(
        title, note, _drawn(chart, WIDE, 300), _drawn(chart, NARROW, 240),
        ("Group", "Until", "Right", "Answers", "Limits"), _rows(points),
    )  # fmt: skip


def _finding(watch: Watch, points: list[Point]) -> str:
    if watch.alarm.at:
        right = sum(each.right for each in watch.fell)
        return f"Fell: {right} of {len(watch.fell)} right since the likeliest change"
    below = sum(each.signals for each in points)
    if below:
        return f"{below} of {len(points)} groups lie below their limit; no alarm"
    return f"No fall shown in {sum(each.n for each in points)} known answers"


def _rows(points: list[Point]) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (
            str(place),
            f"{each.until:%Y-%m-%d}",
            f"{each.right} (below)" if each.signals else str(each.right),
            str(each.n),
            f"{each.lower} to {each.upper}",
        )
        for place, each in enumerate(points, start=1)
    )


def _averages(watch: Watch) -> list[float]:
    """Return the exponentially weighted average of right answers at the end of each group."""
    later = watch.outcomes[watch.reference_n :]
    average, found = watch.reference_right / watch.reference_n, []
    for place, each in enumerate(later, start=1):
        average += SMOOTHING * (each.right - average)
        if place % GROUP_ANSWERS == 0 or place == len(later):
            found.append(average)
    return found


def _place(points: list[Point], at: datetime) -> float:
    """Return where a time lies between the groups: before the first one that ends after it."""
    return sum(each.until <= at for each in points) + 0.5


def _drawn(chart: _Chart, width: int, height: int) -> SafeString:
    canvas = Canvas(width, height, f"{chart.title}. The numbers stand in the table.")
    x = Scale(0.5, len(chart.points) + 0.5, LEFT, width - RIGHT)
    y = Scale(0, 1, height - BOTTOM, TOP)
    for share in STEPS:
        canvas.line((x.start, y(share)), (x.end, y(share)), "grid" if share else "axis")
        canvas.text((x.start - 8, y(share) + 4), percent(share), "quiet", anchor="end")
    canvas.text((4, 12), "share of known answers that were right", "quiet")
    canvas.text((x.end, y.start + 34), "groups, as they became known", "quiet", anchor="end")
    _band(canvas, chart.points, x, y)
    _changes(canvas, chart, x, y)
    good = chart.watch.reference
    canvas.line((x.start, y(good)), (x.end, y(good)), "promise")
    canvas.text((x.start + 8, y(good) + 14), f"still good: {percent(good)}", "strong")
    _dots(canvas, chart, x, y)
    return canvas.drawn()


def _changes(canvas: Canvas, chart: _Chart, x: Scale, y: Scale) -> None:
    """Draw where a guideline version came into force after the reference."""
    for place, number in chart.changes:
        if place > x.low:
            canvas.line((x(place), y.start), (x(place), y.end), "look")
            canvas.text((x(place) - 4, y.start - 6), f"guideline {number}", "quiet", anchor="end")


def _band(canvas: Canvas, points: list[Point], x: Scale, y: Scale) -> None:
    """Draw the limits as steps, each as wide as its group."""
    tops, bottoms = [], []
    for place, each in enumerate(points, start=1):
        left, right = x(place - 0.5), x(place + 0.5)
        tops += [(left, y(each.upper / each.n)), (right, y(each.upper / each.n))]
        bottoms += [(left, y(each.lower / each.n)), (right, y(each.lower / each.n))]
    canvas.path([*tops, *reversed(bottoms)], "area-1", closed=True)


def _dots(canvas: Canvas, chart: _Chart, x: Scale, y: Scale) -> None:
    average = [(x(place), y(share)) for place, share in enumerate(chart.average, start=1)]
    if len(average) > 1:
        canvas.path(average, "line-1")
    every = -(-len(chart.points) // MOST_LABELS)
    for place, each in enumerate(chart.points, start=1):
        at = x(place), y(each.right / each.n)
        if each.signals:
            canvas.diamond(at, "label-2")
            canvas.text((at[0], at[1] - 10), "below limit", "label-2", anchor="middle")
        else:
            canvas.dot(at, "label-1")
        if (place - 1) % every == 0:
            canvas.text((at[0], y.start + 18), str(place), "quiet", anchor="middle")
