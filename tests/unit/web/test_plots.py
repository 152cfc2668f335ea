"""Plots: the finding in words, the numbers in a table, every text escaped."""

from decimal import Decimal
from types import SimpleNamespace

from hypothesis import given, settings
from hypothesis.strategies import floats, integers

from peritus.algorithms.certification import AuditPlan
from peritus.billing.queries import SavingReport
from peritus.quality.overviews import LotOverview
from peritus.quality.queries import standing_after
from peritus.web.plots import bound_plot, waterfall_plot
from peritus.web.plots.frame import Canvas, round_steps


def overview(outcomes, title="Lot <1>"):
    """Return a frozen lot of 214 with these audit outcomes; nothing is stored."""
    plan = AuditPlan(214, 0.05, looks=(25, 50, 75, 100))
    stored = SimpleNamespace(
        tolerance=0.05,
        confidence=0.95,
        census=0,
        looks=list(plan.looks),
        max_errors=list(plan.max_errors),
    )
    return LotOverview(
        lot=title, items=214, judgments=0, contested=0, adjudicated=0, decided=214, open=0,
        freeze=SimpleNamespace(population=214), plan=stored,
        standing=standing_after(plan, list(outcomes), 214), outcomes=tuple(outcomes),
        certificate=None, acceptance=None, suspension=None, census=None,
    )  # fmt: skip


def report(value="502.50", low="-28.52", high="1029.78"):
    return SavingReport(
        currency="EUR", bought_items=335, fees=Decimal("2177.50"), unit_cost=Decimal("8.00"),
        spread=Decimal("0.80"), in_house=Decimal("2680.00"), value=Decimal(value),
        low=Decimal(low), high=Decimal(high), confidence=0.95, break_even=Decimal("6.50"),
        unit_cost_assumed=True, prices_assumed=True,
    )  # fmt: skip


def test_bound_plot_states_that_a_lot_is_certified():
    plot = bound_plot(overview([False] * 75))

    assert plot.title == "0 of 75 audits differ: the plan certifies Lot <1> below 5.0 %"
    assert [row[1:4] for row in plot.rows] == [
        ("25", "0", "too early"), ("50", "0", "too early"), ("75", "0", "at most 0"),
    ]  # fmt: skip


def test_bound_plot_states_that_a_lot_is_spent():
    plot = bound_plot(overview([True] * 7 + [False] * 18))

    assert plot.title == "7 of 25 audits differ: Lot <1> cannot be certified below 5.0 %"


def test_bound_plot_names_the_next_look_and_marks_a_figure_between_looks():
    plot = bound_plot(overview([False] * 30))

    assert plot.title == "0 of 30 audits differ; the next planned look is at 50"
    assert plot.rows[-1][0] == "now, not a look"


def test_bound_plot_is_none_before_the_first_audit():
    assert bound_plot(overview([])) is None


def test_bound_plot_escapes_what_it_writes():
    plot = bound_plot(overview([False] * 25))

    assert "<1>" not in plot.wide
    assert "Lot &lt;1&gt;" in bound_plot(overview([False] * 75)).wide


def test_waterfall_plot_ends_at_the_saving():
    plot = waterfall_plot(report(), charged=Decimal("2957.50"), credited=Decimal("780.00"))

    assert plot.title == (
        "Saved EUR 502.50 against ASSUMED in-house EUR 8.00 an item: between EUR −28.52 and "
        "EUR 1,029.78 (95 %)"
    )
    assert plot.rows == (
        ("Same items in-house", "EUR 2,680.00"),
        ("Charged", "EUR −2,957.50"),
        ("Credited", "EUR 780.00"),
        ("Saved", "EUR 502.50"),
        ("95 % interval", "EUR −28.52 to EUR 1,029.78"),
    )


def test_waterfall_plot_shows_a_loss_as_plainly():
    lost = report(value="-335.00", low="-866.02", high="192.28")

    plot = waterfall_plot(lost, charged=Decimal("2957.50"), credited=Decimal("780.00"))

    assert plot.title.startswith("Lost EUR 335.00 against")
    assert "bar-loss" in plot.wide
    assert "bar-net" not in plot.wide


@settings(max_examples=60)
@given(high=floats(1e-4, 1e6), wanted=integers(3, 7))
def test_round_steps_start_at_zero_and_just_reach_the_highest(high, wanted):
    steps = round_steps(high, wanted)

    assert steps[0] == 0
    assert steps[-2] < high <= steps[-1] * (1 + 1e-9)
    assert len(steps) <= wanted + 2


def test_canvas_escapes_words_and_description():
    canvas = Canvas(10, 10, 'a "b" <c>')
    canvas.text((0, 0), "<&>")

    svg = canvas.drawn()

    assert 'aria-label="a &quot;b&quot; &lt;c&gt;"' in svg
    assert ">&lt;&amp;&gt;</text>" in svg
