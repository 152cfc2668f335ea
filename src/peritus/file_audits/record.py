"""The frozen decisions, the plan and the draw of an audit, and what became of them.

Three files of canonical JSON: ``decisions.json`` and ``plan.json`` are written
before the first audit and never again; ``looks.json`` holds what each look read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from peritus.algorithms.certification import AuditPlan
from peritus.algorithms.draw import audit_order, audit_seed
from peritus.file_audits.errors import AuditRefused
from peritus.journal.canonical import canonical, digest, sha256

DECISIONS, PLAN, LOOKS = "decisions.json", "plan.json", "looks.json"
Document = Mapping[str, Any]  # whatever a record's JSON holds


@dataclass(frozen=True, eq=False)
class AuditRecord:
    """A drawn audit: its two documents, and what is derived from them.

    ``sample`` is the audit order up to the plan's last look; ``decisions``
    is the frozen answer of each item.
    """

    decisions_document: Document
    plan_document: Document
    plan: AuditPlan
    sample: tuple[str, ...]
    decisions: Mapping[str, str]

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the answers that could be given."""
        return tuple(self.decisions_document["labels"])

    @property
    def digest(self) -> str:
        """Return the digest that the workbook cites: it covers plan, draw and decisions."""
        return digest(self.plan_document)


@dataclass(frozen=True)
class Drawing:
    """Who drew, by which nonce, and when the plan was recorded."""

    nonce: str
    given: bool
    at: datetime


def record_of(decisions_document: Document, plan: AuditPlan, drawing: Drawing) -> AuditRecord:
    """Draw the audit of frozen decisions."""
    decisions = dict(decisions_document["decisions"])
    frozen = digest(decisions_document)
    seed = audit_seed(frozen, drawing.nonce)
    sample = tuple(audit_order(seed, list(decisions))[: plan.looks[-1]])
    plan_document = {
        "format": "peritus-file-audit-plan/1",
        "decisions_sha256": frozen,
        "plan": json.loads(plan.text),
        "plan_sha256": plan.digest,
        "nonce": drawing.nonce,
        "nonce_given": drawing.given,
        "seed": seed.hex(),
        "sample": list(sample),
        "recorded_at": drawing.at.isoformat(timespec="seconds"),
    }
    return AuditRecord(decisions_document, plan_document, plan, sample, decisions)


def write_record(record: AuditRecord, folder: Path) -> None:
    """Write the documents, as the bytes that their digests are of."""
    (folder / DECISIONS).write_bytes(canonical(record.decisions_document))
    (folder / PLAN).write_bytes(canonical(record.plan_document))


def read_record(folder: Path) -> AuditRecord:
    """Read an audit's record, and derive again whatever can be derived.

    Raises AuditRefused with each part that is not as it was written.
    """
    found, decisions_document = _loaded(folder / PLAN), _loaded(folder / DECISIONS)
    decisions_bytes = (folder / DECISIONS).read_bytes()
    try:
        decisions = dict(decisions_document["decisions"])
        stated = found["plan"]
        plan = AuditPlan(
            stated["population"],
            stated["tolerance"],
            confidence=stated["confidence"],
            looks=stated["looks"],
        )
        seed = audit_seed(sha256(decisions_bytes), found["nonce"])
        sample = tuple(audit_order(seed, list(decisions))[: plan.looks[-1]])
        parts = {
            f"{DECISIONS} (its SHA-256)": sha256(decisions_bytes) == found["decisions_sha256"],
            f"{DECISIONS} (its number of decisions)": len(decisions) == plan.population,
            f"{PLAN} (the limits of its plan)": json.loads(plan.text) == stated,
            f"{PLAN} (the digest of its plan)": plan.digest == found["plan_sha256"],
            f"{PLAN} (the seed of its draw)": seed.hex() == found["seed"],
            f"{PLAN} (the order of its draw)": list(sample) == found["sample"],
        }
    except (KeyError, TypeError, ValueError) as error:
        raise AuditRefused(_altered(f"{folder.name} ({error!r})")) from error
    if altered := [_altered(part) for part, whole in parts.items() if not whole]:
        raise AuditRefused(*altered)
    return AuditRecord(decisions_document, found, plan, sample, decisions)


def _altered(part: str) -> str:
    return (
        f"{part} is not as it was recorded. Restore it from a copy, or audit anew into another "
        "folder (--output)."
    )


def _loaded(path: Path) -> Document:
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise AuditRefused(f"{path} is missing. Restore it from a copy.") from None
    except (ValueError, RecursionError) as error:
        raise AuditRefused(_altered(f"{path.name} ({error})")) from error
    if not isinstance(found, dict):
        raise AuditRefused(_altered(path.name))
    return found


# What looks read


@dataclass(frozen=True)
class LookRead:
    """What a look read: the auditor's answers up to it, and when."""

    sampled: int
    answers: tuple[str, ...]
    read_at: datetime


def looks_read(folder: Path) -> list[LookRead]:
    """Return what was read so far, in the order of the looks."""
    if not (folder / LOOKS).exists():
        return []
    try:
        return [
            LookRead(
                each["sampled"], tuple(each["answers"]), datetime.fromisoformat(each["read_at"])
            )
            for each in _loaded(folder / LOOKS)["looks"]
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise AuditRefused(_altered(f"{LOOKS} ({error!r})")) from error


def write_looks(folder: Path, looks: Sequence[LookRead]) -> None:
    """Keep what was read, so that an answer that is changed afterwards shows."""
    rows = [
        {
            "sampled": each.sampled,
            "answers": list(each.answers),
            "read_at": each.read_at.isoformat(timespec="seconds"),
        }
        for each in looks
    ]
    (folder / LOOKS).write_bytes(canonical({"format": "peritus-file-audit-looks/1", "looks": rows}))
