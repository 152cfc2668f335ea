"""From the in-house cost to what was saved, step by step; a loss as plainly."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from django.utils.safestring import SafeString

from peritus.billing.queries import SavingReport
from peritus.delivery.figures import level_percent, money
from peritus.web.plots.frame import NARROW, WIDE, Canvas, Plot, Scale, round_steps

LEFT, RIGHT, TOP, BOTTOM = 8, 16, 12, 30


class Step(NamedTuple):
    """One bar: from where to where, and how it is marked."""

    label: str
    start: Decimal
    end: Decimal
    kind: str


def waterfall_plot(report: SavingReport, *, charged: Decimal, credited: Decimal) -> Plot:
    """Return the way from in-house cost over charges and credits to the saving."""
    steps = _steps(report, charged, credited)
    title, sure = _finding(report), level_percent(report.confidence)
    note = (
        f"{report.bought_items} items bought. Whisker: {sure} interval, given the spread of the "
        "in-house cost. Not counted, since nothing was recorded of them: selecting the provider, "
        "transition, governance, own checks, cost of errors."
    )
    return Plot(
        title, note,
        _drawn(report, steps, WIDE, title), _drawn(report, steps, NARROW, title),
        ("Step", "Amount"), _rows(report, steps),
    )  # fmt: skip


def _steps(report: SavingReport, charged: Decimal, credited: Decimal) -> list[Step]:
    zero, after = Decimal(0), report.in_house - charged
    net = "bar-net" if report.value >= 0 else "bar-loss"
    word = "Saved" if report.value >= 0 else "Lost"
    steps = [
        Step("Same items in-house", zero, report.in_house, "bar-base"),
        Step("Charged", report.in_house, after, "bar-cost"),
    ]
    if credited:
        steps.append(Step("Credited", after, after + credited, "bar-credit"))
    return [*steps, Step(word, zero, report.value, net)]


def _finding(report: SavingReport) -> str:
    word = "Saved" if report.value >= 0 else "Lost"
    given = "ASSUMED" if report.unit_cost_assumed else "stated"
    low, high = money(report.low, report.currency), money(report.high, report.currency)
    return (
        f"{word} {money(abs(report.value), report.currency)} against {given} in-house "
        f"{money(report.unit_cost, report.currency)} an item: between {low} and {high} "
        f"({level_percent(report.confidence)})"
    )


def _rows(report: SavingReport, steps: list[Step]) -> tuple[tuple[str, ...], ...]:
    rows = [(step.label, money(step.end - step.start, report.currency)) for step in steps]
    low, high = money(report.low, report.currency), money(report.high, report.currency)
    return (*rows, (f"{level_percent(report.confidence)} interval", f"{low} to {high}"))


def _drawn(report: SavingReport, steps: list[Step], width: int, title: str) -> SafeString:
    is_wide = width == WIDE
    row, left = (34, 160) if is_wide else (48, LEFT + 18)
    canvas = Canvas(width, TOP + row * len(steps) + BOTTOM, f"{title}. The table has the numbers.")
    ends = [float(value) for step in steps for value in (step.start, step.end)]
    ends += [float(report.low), float(report.high)]
    ticks = _ticks(min(ends), max(ends), 6 if is_wide else 3)
    x = Scale(ticks[0], ticks[-1], left, width - RIGHT - (90 if is_wide else 10))
    bottom = canvas.height - BOTTOM
    for value in ticks:
        canvas.line((x(value), TOP), (x(value), bottom), "grid" if value else "axis")
        canvas.text(
            (x(value), bottom + 18), f"{value:,.0f}".replace("-", "−"), "quiet", anchor="middle"
        )
    for place, step in enumerate(steps):
        _bar(canvas, report, step, x, (TOP + row * place, row))
    return canvas.drawn()


def _ticks(low: float, high: float, wanted: int) -> list[float]:
    up = round_steps(max(high, -low), wanted)
    size = up[1]
    first = 0.0
    while first > low + 1e-9:
        first -= size
    ticks = [first]
    while ticks[-1] < high - 1e-9:
        ticks.append(ticks[-1] + size)
    return ticks


def _bar(
    canvas: Canvas, report: SavingReport, step: Step, x: Scale, at: tuple[float, float]
) -> None:
    top, row = at
    is_wide = canvas.width == WIDE
    bar_top, thick = (top + 6, row - 14.0) if is_wide else (top + 20, row - 28.0)
    start, end = sorted((x(float(step.start)), x(float(step.end))))
    canvas.rect((start, bar_top), (max(end - start, 1.5), thick), step.kind)
    amount = money(step.end - step.start, report.currency)
    middle = bar_top + thick / 2
    if step.kind in {"bar-net", "bar-loss"}:
        low, high = x(float(report.low)), x(float(report.high))
        canvas.line((low, middle), (high, middle), "whisker")
        for edge in (low, high):
            canvas.line((edge, middle - 5), (edge, middle + 5), "whisker")
        end = max(end, high)
    if is_wide:
        canvas.text((LEFT, middle + 4), step.label, "strong")
        canvas.text((end + 8, middle + 4), amount)
    else:
        canvas.text((LEFT, top + 14), f"{step.label}: {amount}", "strong")
