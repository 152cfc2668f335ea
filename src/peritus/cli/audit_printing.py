"""Print what an audit of a file found, and what it came to."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from peritus.algorithms.agreement import Agreement
from peritus.delivery.figures import level_percent, percent
from peritus.file_audits.audits import (
    FINDINGS,
    WORKBOOK,
    Begun,
    ReadBack,
)
from peritus.file_audits.outcomes import claim_sentence, reason_sentence
from peritus.file_audits.planning import half_of
from peritus.file_audits.workbook import listed_looks

SHOWN = 8
LEAST_CHANCE = 1e-4


def _console() -> Console:
    return Console(highlight=False)


# The first run


@contextmanager
def stages() -> Iterator[Callable[[str], None]]:
    """Show on a terminal which stage is at work."""
    with Console(stderr=True).status("Starting") as status:
        yield status.update


def print_begun(begun: Begun) -> None:
    """Print what the file shows, most contested items first, and what to do now."""
    console = _console()
    judgments, findings = begun.judgments, begun.findings
    console.rule(Text(begun.record.decisions_document["source"]["name"], "bold"))
    _lines(console, judgments.columns.sentence, *judgments.notes, _counted(begun))
    console.print(_agreement(begun))
    _lines(console, findings.agreement.reading, _shares(findings.shares))
    console.print(_contested(begun))
    _print_experts(console, begun)
    _print_next(console, begun)


def _counted(begun: Begun) -> str:
    counts = begun.judgments.counts
    left = [
        f"{number:,} {words}"
        for number, words in (
            (counts.rejected, f"rejected (each with its reason in {FINDINGS})"),
            (counts.replaced, "replaced by a later one"),
            (counts.empty, "empty"),
        )
        if number
    ]
    return (
        f"{counts.rows:,} rows: {counts.used:,} judgments of {counts.entries:,} entries used"
        f"{''.join(f', {each}' for each in left)}. {len(begun.judgments.items):,} items, "
        f"{len(begun.judgments.experts):,} experts."
    )


def _agreement(begun: Begun) -> Table:
    found = begun.findings.agreement
    table = _table("Agreement")
    for heading in ("", "value", "95 % interval", "rests on"):
        table.add_column(heading, overflow="fold")
    for name, each in (("Krippendorff's alpha", found.alpha), ("Gwet's AC1", found.ac1)):
        table.add_row(name, *_coefficient(each))
    return table


def _coefficient(found: Agreement | None) -> tuple[str, str, str]:
    if found is None or math.isnan(found.value):
        return "unknown", "-", "-"
    interval = f"{found.low:.3f} to {found.high:.3f}"
    return f"{found.value:.3f}", interval, f"{found.items:,} items, {found.judgments:,} judgments"


def _shares(shares: Sequence[tuple[str, float]]) -> str:
    """Return the classes' shares, which alpha and AC1 are to be read with."""
    largest = sorted(shares, key=lambda each: -each[1])
    more = f" and {len(shares) - SHOWN} more" if len(shares) > SHOWN else ""
    shown = ", ".join(f"{label} {percent(share)}" for label, share in largest[:SHOWN])
    return f"Shares of answers: {shown}{more}."


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD)


def _contested(begun: Begun) -> Table:
    contested = begun.findings.contested
    title = f"Most contested, of {len(contested):,} items on which experts differ"
    table = _table(title)
    for heading in ("item", "votes", "decision"):
        table.add_column(heading, overflow="fold")
    for each in contested[:SHOWN]:
        votes = ", ".join(f"{label}: {count}" for label, count in each.votes)
        table.add_row(Text(each.item), Text(votes), Text(each.decision))
    return table


def _print_experts(console: Console, begun: Begun) -> None:
    """Print who differs more often than chance allows, with n, and that it is no verdict."""
    experts = begun.findings.experts
    risky = [each for each in experts if each.at_risk]
    table = _table(f"Experts at risk, {len(risky):,} of {len(experts):,}")
    for heading in ("expert", "differs", "95 % interval", "chance if as the rest"):
        table.add_column(heading, overflow="fold")
    for each in risky[:SHOWN]:
        table.add_row(
            Text(each.expert),
            f"{each.differing:,} of {each.compared:,}",
            f"{percent(each.low)} to {percent(each.high)}",
            f"{each.chance:.1e}" if each.chance < LEAST_CHANCE else f"{each.chance:.4f}",
        )
    if risky:
        console.print(table)
        reading = (
            "They differ from most of the others (or the known answers) more often than chance "
            "allows; their items may have been harder. Read their answers before you judge them."
        )
    elif any(each.compared for each in experts):
        reading = "No expert differs from the others more often than chance allows."
    else:
        reading = "No expert can be compared: no item has two judgments or a known answer."
    constant = [each for each in experts if each.only]
    named = ", ".join(f"{each.expert} ({each.only})" for each in constant[:SHOWN])
    _lines(console, reading, f"Always one answer: {named}." if constant else "")


def _print_next(console: Console, begun: Begun) -> None:
    plan, record = begun.record.plan, begun.record
    console.print("\n[bold]The audit")
    half = half_of(plan)
    _lines(
        console,
        f"Decided by {begun.findings.method_sentence}; frozen as "
        f"{record.plan_document['decisions_sha256'][:16]}….",
        f"Promise: at most {plan.tolerated:,} of {plan.population:,} decisions differ from the "
        f"auditor's, {level_percent(plan.confidence)} confidence.",
        f"Looks at {listed_looks(plan.looks)} answers. If {half:,} differ, a certificate comes "
        f"with a chance of {percent(plan.certify_probability(half))}, after "
        f"{plan.expected_audits(half):.0f} answers on average.",
        "Drawn by a nonce that was given."
        if record.plan_document["nonce_given"]
        else "Drawn by whoever ran this command: no nonce was given (--nonce).",
    )
    console.print("\n[bold]What to do now")
    _lines(
        console,
        f"Give {begun.folder / WORKBOOK} to the auditor, and nothing else of that folder: it shows "
        "no decision. Filled in, up to a look:",
        f"  peritus audit {begun.folder / WORKBOOK}",
        f"All findings: {begun.folder / FINDINGS}",
    )


# The second


def print_read(read: ReadBack, workbook: Path) -> None:
    """Print the verdict, what follows from it, and the files written."""
    console = _console()
    outcome, record = read.outcome, read.record
    console.rule(Text(record.decisions_document["source"]["name"], "bold"))
    console.print(f"[bold]{str(outcome.verdict).upper()}")
    auditor = outcome.auditor or "not named"
    _lines(
        console, claim_sentence(outcome, record), reason_sentence(outcome, record), read.gap,
        f"Read: {workbook}, {outcome.answered:,} answers, auditor {auditor}.",
        *(f"Written: {path}" for path in read.files),
    )  # fmt: skip


def _lines(console: Console, *lines: str) -> None:
    for line in filter(None, lines):
        if console.is_terminal:
            console.print(Padding(Text(line), (0, 0, 0, 2)))
        else:  # whole, so that what is piped can be searched
            console.print(f"  {line}", markup=False, soft_wrap=True)
