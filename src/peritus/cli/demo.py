"""Run the demo in a terminal: a bar for each stage, then what came out."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from peritus.delivery.figures import level_percent, money, percent
from peritus.simulation.practice import open_practice
from peritus.simulation.sample import SampleRun
from peritus.simulation.summary import LotSummary, Summary, summary_of, write_files


class _Bars:
    """Progress bars, one for each stage; a stage may find more to do on its way."""

    def __init__(self, bars: Progress) -> None:
        self.bars = bars
        self.task = bars.add_task("", total=0, visible=False)

    def stage(self, name: str, steps: int) -> None:
        """Begin a stage, or, without a name, add steps to the running one."""
        if name:
            self.task = self.bars.add_task(name, total=steps)
        else:
            total = self.bars.tasks[self.task].total or 0
            self.bars.update(self.task, total=total + steps)

    def step(self) -> None:
        """Count one step."""
        self.bars.advance(self.task)


def run_demo(pack: str, *, with_me: bool) -> None:
    """Run a pack's sample to its end, write its files, print the summary."""
    console, started = Console(), time.monotonic()
    columns = (
        TextColumn("{task.description:38}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console) as bars:
        run = SampleRun(pack, "licences", _Bars(bars))
        engagement = run.run()
        if with_me:
            open_practice(run)
    write_files(engagement)
    print_summary(console, summary_of(engagement, run.sample))
    console.print(f"\nThe engagement took {time.monotonic() - started:.0f} s.", highlight=False)


def print_summary(console: Console, summary: Summary) -> None:
    """Print the sources, the lots, the money, and how to check it all."""
    console.rule(f"[bold]{summary.engagement.title}")
    console.print(_sources(summary))
    console.print(_lots(summary))
    for part in (_rule(summary), _comparison(summary), _money(summary), _next_version(summary)):
        console.print(Padding(part, (0, 0, 1, 0)), highlight=False)
    _bullets(console, "Also true", summary.facts)
    _bullets(console, "Honest words", summary.sample.honesty)
    _how_to_check(console, summary)


def _sources(summary: Summary) -> Table:
    table = Table(title="Sources (published tables, not people)", title_justify="left")
    for heading in ("source", "works as", "package, version, date", "licence of the data"):
        table.add_column(heading, overflow="fold")
    for each in summary.sample.experts:
        table.add_row(each.name, each.work, each.origin, each.licence)
    return table


_COLUMNS = (
    "items", "judgments", "contested", "adjudicated", "open", "audited", "differ", "claimed",
    "promise", "verdict", "next step",
)  # fmt: skip


def _lots(summary: Summary) -> Table:
    """Lots side by side, one row a figure: fits a terminal of 80 columns."""
    table = Table(title="Lots", title_justify="left")
    table.add_column("")
    for each in summary.lots:
        table.add_column(each.lot.title, overflow="fold")
    rows = [_lot_row(each, summary) for each in summary.lots]
    for place, heading in enumerate(_COLUMNS):
        table.add_row(heading, *(row[place] for row in rows))
    return table


def _lot_row(each: LotSummary, summary: Summary) -> tuple[str, ...]:
    counts, standing, plan = each.counts, each.standing, summary.plan
    return (
        str(counts.items),
        str(counts.judgments),
        str(counts.contested),
        str(counts.adjudicated),
        str(counts.open),
        str(standing.audited) if standing else "0",
        f"{standing.differing} of {standing.audited}" if standing else "-",
        each.claim,
        f"at most {percent(plan.promise)}, {level_percent(plan.confidence)} confidence",
        standing.verdict.upper() if standing else "-",
        each.next_step,
    )


def _rule(summary: Summary) -> str:
    plan = summary.plan
    return (
        "Rule that decided: unanimous first judges decide; a disagreement goes to "
        f"{plan.adjudicator.name}; where it gives no answer the items become one inquiry to the "
        f"client and stay open, unbilled. Measure: {plan.measure} ({plan.auditor.name}, blind)."
    )


def _comparison(summary: Summary) -> str:
    lines = ["For comparison only, Dawid-Skene on the first judgments:"]
    lines += [
        f"  {each.lot.title}: same answer on {found.same} of {found.decided} decided items; "
        f"equals {found.follows} on {percent(found.follows_share)} of what it answers; "
        f"Krippendorff's alpha {found.alpha:.2f}."
        for each in summary.lots
        if (found := each.comparison)
    ]
    lines.append("  With two or three judges it follows a single source; so it decides nothing.")
    return "\n".join(lines)


def _money(summary: Summary) -> str:
    saving, cheaper, currency = summary.saving, summary.saving_if_cheaper, summary.invoice.currency
    zero = money(saving.break_even, currency) if saving.break_even is not None else "not defined"
    return (
        f"Invoice {summary.invoice.number} (SPECIMEN, prices ASSUMED): "
        f"{money(summary.charged, currency)} charged - {money(summary.credited, currency)} credit "
        f"= {money(summary.invoice.total, currency)}\n"
        f"Saving beside in-house at {money(saving.unit_cost, currency)} an item (ASSUMED): "
        f"{money(saving.value, currency)}, {level_percent(saving.confidence)} interval "
        f"{money(saving.low, currency)} to {money(saving.high, currency)}; zero at {zero} an item; "
        f"at {money(cheaper.unit_cost, currency)} it would be {money(cheaper.value, currency)}."
    )


def _next_version(summary: Summary) -> str:
    proposal = summary.proposal
    if proposal is None:
        return "No change of the guideline is proposed."
    return (
        f"Proposed guideline: {proposal.title}. It touches {len(proposal.touched_items)} items "
        f"and {proposal.touched_judgments} judgments, "
        f"{money(summary.change_price, summary.invoice.currency)} to judge again.\n"
        f"{proposal.what_if}"
    )


def _bullets(console: Console, heading: str, lines: tuple[str, ...]) -> None:
    console.print(f"[bold]{heading}")
    for line in lines:
        console.print(Padding(f"- {line}", (0, 0, 0, 2)), highlight=False)
    console.print()


def _how_to_check(console: Console, summary: Summary) -> None:
    console.print("[bold]Files, and how to check them without us")
    console.print(f"  {summary.files}", soft_wrap=True, highlight=False)
    program = sys.argv[0] if Path(sys.argv[0]).exists() else "peritus"
    packs = sorted(summary.files.glob("*/*evidence*.zip"))
    checks = [f"  {program} verify {pack}" for pack in packs]
    draws = [f"  {program} verify --draw {pack}" for pack in packs[:1]]
    for line in (*checks, "Redraw an audit sample from its seed:", *draws):
        console.print(line, soft_wrap=True, highlight=False)
