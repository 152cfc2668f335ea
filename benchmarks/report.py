"""What a benchmark found, kept as JSON and shown as one page."""

from __future__ import annotations

import csv
import json
import os
import platform
from dataclasses import asdict, dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
RESULTS = HERE / "results"
PAGE = HERE.parent / "docs" / "benchmarks.md"


@dataclass(frozen=True)
class Row:
    """One figure beside its anchor, both from the same run."""

    what: str
    anchor: str
    ours: str
    goal: str
    reached: bool


@dataclass(frozen=True)
class Curve:
    """A whole curve behind a headline, one line per point."""

    name: str
    columns: tuple[str, ...]
    points: list[tuple[float | str, ...]]


@dataclass(frozen=True)
class Report:
    """What one benchmark measured."""

    name: str
    title: str
    rows: list[Row]
    notes: str = ""
    curves: list[Curve] = field(default_factory=list)


def keep(report: Report, seconds: float) -> None:
    """Write the results and the curves of one benchmark."""
    RESULTS.mkdir(exist_ok=True)
    kept = asdict(report) | {"seconds": round(seconds, 1), "machine": machine()}
    curves = kept.pop("curves")
    text = json.dumps(kept, indent=1, ensure_ascii=False)
    (RESULTS / f"{report.name}.json").write_text(text + "\n", encoding="utf-8")
    for curve in curves:
        path = RESULTS / f"{report.name}-{curve['name']}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(curve["columns"])
            writer.writerows(curve["points"])


def machine() -> str:
    load = f"load {os.getloadavg()[1]:.0f}"
    return (
        f"{os.cpu_count()} cores ({load}), {platform.machine()}, Python {platform.python_version()}"
    )


def write_page() -> None:
    """Write docs/benchmarks.md from the results that are kept."""
    kept = [json.loads(path.read_text("utf-8")) for path in sorted(RESULTS.glob("*.json"))]
    lines = [OPENING, *(line for one in kept for line in _section(one))]
    PAGE.write_text("\n".join(lines), encoding="utf-8")


OPENING = """\
# Benchmarks

Each section is a command that runs the anchor and ours in one run: `make bench ONLY=name`. Take
times as ratios. This page is written by `make bench`; whole curves lie in `benchmarks/results/`.
"""


def _section(kept: dict) -> list[str]:
    lines = [f"## {kept['title']}", ""]
    lines += [f"`make bench ONLY={kept['name']}`, {kept['seconds']:.0f} s, {kept['machine']}.", ""]
    lines += ["| what | anchor | ours | goal | reached |", "| --- | --- | --- | --- | --- |"]
    for row in kept["rows"]:
        reached = "yes" if row["reached"] else "**no**"
        cells = (row["what"], row["anchor"], row["ours"], row["goal"], reached)
        lines.append("| " + " | ".join(cells) + " |")
    if kept["notes"]:
        lines += ["", kept["notes"]]
    return [*lines, ""]
