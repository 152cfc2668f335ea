"""The bound that holds at every look, falling over the audits of a lot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from peritus.delivery.figures import level_percent, percent
from peritus.quality.overviews import LotOverview, bounds_after_each_audit
from peritus.web.plots.frame import NARROW, WIDE, Canvas, Plot, Scale, round_steps

LEFT, RIGHT, TOP, BOTTOM = 52, 16, 28, 42
TOP_SHARE = 0.5  # before some audits nearly everything may differ; the axis ends here


@dataclass(frozen=True)
class _Bound:
    """What is drawn: shares after each audit, the promise, the looks."""

    bounds: Sequence[float]
    differing: Sequence[int]
    promise: float
    looks: Sequence[int]
    limits: Sequence[int]
    title: str

    @property
    def audits(self) -> int:
        return len(self.bounds)


def bound_plot(overview: LotOverview) -> Plot | None:
    """Return the plot of a lot's audits, or None while there are none."""
    bounds, plan = bounds_after_each_audit(overview), overview.plan
    if plan is None or not bounds:
        return None
    differing, count = [], 0
    for outcome in overview.outcomes:
        count += outcome
        differing.append(count)
    drawn = _Bound(
        bounds, differing, plan.tolerance, plan.looks, plan.max_errors, _finding(overview)
    )
    note = (
        "Line: largest share that may differ, true at every look "
        f"({level_percent(plan.confidence)} confidence). Dots: share of audits so far that differ. "
        "Dashed: promised. Diamonds: planned looks."
    )
    return Plot(
        drawn.title, note, _drawn(drawn, WIDE, 320), _drawn(drawn, NARROW, 260),
        ("Look", "Audits", "Differ", "Limit to certify", "Bound at this look"), _rows(drawn),
    )  # fmt: skip


def _finding(overview: LotOverview) -> str:
    standing, plan = overview.standing, overview.plan
    assert plan is not None  # noqa: S101 - the caller looked
    found = f"{standing.differing} of {standing.audited} audits differ"
    if standing.verdict == "certified":
        return f"{found}: the plan certifies {overview.lot} below {percent(plan.tolerance)}"
    if standing.verdict == "spent":
        return f"{found}: {overview.lot} cannot be certified below {percent(plan.tolerance)}"
    return f"{found}; the next planned look is at {standing.next_look}"


def _rows(drawn: _Bound) -> tuple[tuple[str, ...], ...]:
    looks = [look for look in drawn.looks if look <= drawn.audits]
    ends = looks if drawn.audits in looks else [*looks, drawn.audits]
    return tuple(
        (
            f"planned {drawn.looks.index(end) + 1}" if end in drawn.looks else "now, not a look",
            str(end),
            str(drawn.differing[end - 1]),
            _limit(drawn, end),
            percent(drawn.bounds[end - 1]),
        )
        for end in ends
    )


def _limit(drawn: _Bound, end: int) -> str:
    if end not in drawn.looks:
        return "–"
    limit = drawn.limits[drawn.looks.index(end)]
    return f"at most {limit}" if limit >= 0 else "too early"


def _drawn(drawn: _Bound, width: int, height: int) -> SafeString:
    canvas = Canvas(width, height, f"{drawn.title}. The numbers stand in the table.")
    last = max(*drawn.looks, drawn.audits)
    ceiling = min(TOP_SHARE, max(drawn.bounds[min(24, drawn.audits - 1)], 2.2 * drawn.promise))
    steps = round_steps(ceiling, 5)
    x = Scale(0, last, LEFT, width - RIGHT)
    y = Scale(0, steps[-1], height - BOTTOM, TOP)
    _axes(canvas, drawn, x, y, steps)
    _curve(canvas, drawn, x, y)
    return canvas.drawn()


def _axes(canvas: Canvas, drawn: _Bound, x: Scale, y: Scale, steps: Sequence[float]) -> None:
    for share in steps:
        canvas.line((x.start, y(share)), (x.end, y(share)), "grid" if share else "axis")
        canvas.text((x.start - 8, y(share) + 4), f"{100 * share:.3g} %", "quiet", anchor="end")
    for look in drawn.looks:
        canvas.line((x(look), y.start), (x(look), y.start + 5), "axis")
        canvas.text((x(look), y.start + 18), str(look), "quiet", anchor="middle")
    canvas.text((x.end, y.start + 34), "audits, in the order of the draw", "quiet", anchor="end")
    canvas.text((4, 12), "share of the lot that may differ", "quiet")
    canvas.line((x.start, y(drawn.promise)), (x.end, y(drawn.promise)), "promise")
    words = f"promised: at most {100 * drawn.promise:.3g} %"
    canvas.text((x.start + 8, y(drawn.promise) - 6), words, "strong")


def _curve(canvas: Canvas, drawn: _Bound, x: Scale, y: Scale) -> None:
    capped = [min(share, y.high) for share in drawn.bounds]
    first = next((n for n, share in enumerate(drawn.bounds) if share < y.high), drawn.audits - 1)
    points = [(x(n + 1), y(capped[n])) for n in range(max(first - 1, 0), drawn.audits)]
    area = [*points, (points[-1][0], y.start), (points[0][0], y.start)]
    canvas.path(area, "area-1", closed=True)
    canvas.path(points, "line-1")
    for n, count in enumerate(drawn.differing, start=1):
        if n % 5 == 0 or n == drawn.audits:
            canvas.dot((x(n), y(min(count / n, y.high))), "dot-2", 2.5)
    for look in drawn.looks:
        if look <= drawn.audits:
            canvas.diamond((x(look), y(capped[look - 1])), "label-1")
    end, share = x(drawn.audits), capped[-1]
    anchor = "end" if end > x.end - 90 else "start"
    nudge = -8 if anchor == "end" else 10
    canvas.text(
        (end + nudge, y(share) - 10), f"≤ {percent(drawn.bounds[-1])}", "label-1", anchor=anchor
    )
    seen = drawn.differing[-1] / drawn.audits
    below = y(seen) - 8 if y(seen) > y.start - 14 else y(seen) + 16
    canvas.text((end + nudge, below), f"{percent(seen)} of audits", "label-2", anchor=anchor)
