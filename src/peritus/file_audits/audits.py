"""Begin an audit of a file, and read it back: the two runs of the command."""

from __future__ import annotations

import dataclasses
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from peritus.file_audits.documents import certified, pdf, statement
from peritus.file_audits.errors import AuditRefused
from peritus.file_audits.findings import Findings, findings_of
from peritus.file_audits.findings_book import write_findings
from peritus.file_audits.judgments import (
    Judgments,
    ReadingRules,
    judgments_of,
    known_answers,
)
from peritus.file_audits.outcomes import Outcome, gap_of, outcome_of
from peritus.file_audits.planning import plan_for
from peritus.file_audits.record import (
    PLAN,
    AuditRecord,
    Drawing,
    looks_read,
    read_record,
    record_of,
    write_looks,
    write_record,
)
from peritus.file_audits.workbook import read_workbook, write_workbook
from peritus.journal.canonical import canonical, sha256

WORKBOOK, FINDINGS = "audit.xlsx", "findings.xlsx"
CERTIFICATE, REPORT = "certificate", "report"


@dataclass(frozen=True)
class Settings:
    """What is promised, and how the file is to be read."""

    promise: float = 0.05
    confidence: float = 0.95
    at_most: int | None = None
    rules: ReadingRules = field(default_factory=ReadingRules)
    gold: Path | None = None


@dataclass(frozen=True, eq=False)
class Begun:
    """An audit that was drawn, and what the file showed before."""

    judgments: Judgments
    findings: Findings
    record: AuditRecord
    folder: Path


@dataclass(frozen=True)
class ReadBack:
    """An audit that was read: its outcome, the files written, and what was passed over."""

    outcome: Outcome
    record: AuditRecord
    files: tuple[Path, ...]
    gap: str


def places_of(file: Path, output: Path | None, *, given: bool) -> tuple[Path, Path | None]:
    """Return an audit's folder, and the workbook to read if it was begun before.

    ``given`` says that options were given, which an audit that is drawn cannot
    take any more. Raises AuditRefused for these, and for a file that has
    changed since its decisions were frozen.
    """
    beside = output is None and file.suffix.lower() == ".xlsx" and _is_begun(file.parent)
    folder = file.parent if beside else output or file.with_name(f"{file.stem}-audit")
    if not _is_begun(folder):
        return folder, None
    anew = "To begin anew, name another folder (--output)."
    if given:
        raise AuditRefused(f"The audit in {folder} was drawn; its plan cannot change. {anew}")
    if beside or file.name == WORKBOOK:
        return folder, file
    source = read_record(folder).decisions_document["source"]
    if sha256(file.read_bytes()) != source["sha256"]:
        raise AuditRefused(
            f"{file.name} is not the file whose decisions were frozen in {folder}. {anew}"
        )
    return folder, folder / WORKBOOK


def _is_begun(folder: Path) -> bool:
    return (folder / PLAN).exists()


def begin_audit(
    file: Path, folder: Path, settings: Settings, *, nonce: str, nonce_given: bool, at: datetime,
    tell: Callable[[str], None] = lambda _stage: None,
) -> Begun:  # fmt: skip
    """Find what a file shows, freeze its decisions, draw their audit into a new folder.

    The folder comes whole or not at all; ``tell`` hears each stage as it begins.
    Raises FileRefused or AuditRefused.
    """
    if folder.exists() and any(folder.iterdir()):
        raise AuditRefused(
            f"{folder} exists and holds no audit; name another folder with --output."
        )
    tell(f"Reading {file.name}")
    content = file.read_bytes()
    judgments = judgments_of(content, file.name, settings.rules)
    if settings.gold is not None:
        judgments = _with_gold(judgments, settings.gold)
    tell(f"Deciding {len(judgments.items):,} items from {len(judgments.item):,} judgments")
    findings = findings_of(judgments)
    tell("Planning and drawing the audit")
    plan = plan_for(
        len(judgments.items),
        settings.promise,
        confidence=settings.confidence,
        at_most=settings.at_most,
    )
    frozen = _frozen(judgments, findings, {"name": file.name, "sha256": sha256(content)})
    record = record_of(frozen, plan, Drawing(nonce, nonce_given, at))
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as made:
        unfinished = Path(made, folder.name)
        unfinished.mkdir()
        tell("Writing findings and workbook")
        write_record(record, unfinished)
        write_findings(unfinished / FINDINGS, judgments, findings, at=at)
        write_workbook(
            unfinished / WORKBOOK, record, judgments.columns.shown, judgments.shown, file.name
        )
        unfinished.replace(folder)
    return Begun(judgments, findings, record, folder)


def _with_gold(judgments: Judgments, file: Path) -> Judgments:
    """Add known answers of items and labels that the file has."""
    known = known_answers(file.read_bytes(), file.name)
    items = {name: code for code, name in enumerate(judgments.items)}
    labels = {name: code for code, name in enumerate(judgments.labels)}
    if strange := sorted({answer for answer in known.values() if answer not in labels})[:5]:
        raise AuditRefused(
            f"Known answers that no expert ever gave: {strange}; given were {judgments.labels}."
        )
    gold = {items[item]: labels[answer] for item, answer in known.items() if item in items}
    if not gold:
        raise AuditRefused(f"{file.name} names no item of the file; the items' names must agree.")
    return dataclasses.replace(judgments, gold={**judgments.gold, **gold})


def _frozen(judgments: Judgments, findings: Findings, source: dict[str, str]) -> dict[str, object]:
    """Return the document that is frozen: what was decided, from what, and how."""
    decided = zip(judgments.items, findings.consensus.labels, strict=True)
    return {
        "format": "peritus-file-audit-decisions/1",
        "source": source,
        "columns": dataclasses.asdict(judgments.columns),
        "counts": dataclasses.asdict(judgments.counts),
        "experts": len(judgments.experts),
        "known_answers": len(judgments.gold),
        "method": findings.consensus.method,
        "method_words": findings.method_sentence,
        "labels": list(judgments.labels),
        "decisions": sorted([item, judgments.labels[code]] for item, code in decided),
    }


def read_audit(folder: Path, workbook: Path, *, at: datetime) -> ReadBack:
    """Read the filled workbook at the plan's looks, and write what follows.

    The same answers again change no byte: what was stated keeps its time.
    Raises FileRefused or AuditRefused, naming the part that was altered.
    """
    at = at.replace(microsecond=0)  # as it is written and set
    record = read_record(folder)
    filled = read_workbook(workbook.read_bytes())
    outcome = outcome_of(filled, record, looks_read(folder), at=at)
    gap = gap_of(filled, record)
    if not outcome.looks:
        return ReadBack(outcome, record, (), gap)
    write_looks(folder, outcome.looks)
    name = CERTIFICATE if certified(outcome) else REPORT
    stated = _stated_at(folder / f"{name}.json", outcome, record) or at
    command = f"peritus audit {folder.name}/{WORKBOOK}"
    written = {
        folder / f"{name}.pdf": pdf(outcome, record, at=stated, command=command),
        folder / f"{name}.json": canonical(statement(outcome, record, at=stated)),
    }
    for path, content in written.items():
        path.write_bytes(content)
    if certified(outcome):
        for ending in ("pdf", "json"):
            (folder / f"{REPORT}.{ending}").unlink(missing_ok=True)  # of an earlier look
    return ReadBack(outcome, record, tuple(written), gap)


def _stated_at(path: Path, outcome: Outcome, record: AuditRecord) -> datetime | None:
    """Return when the same was stated before; None if something else, or nothing, was."""
    try:
        earlier = path.read_bytes()
        at = datetime.fromisoformat(json.loads(earlier)["stated_at"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return at if canonical(statement(outcome, record, at=at)) == earlier else None
