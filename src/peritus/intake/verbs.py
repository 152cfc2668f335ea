"""Import items from outside files, in steps that never hold up the workbench."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from peritus.accounts.models import User
from peritus.catalogue.identity import uid_of
from peritus.engagements.models import Engagement, Lot
from peritus.engagements.queries import engagements_seen_by
from peritus.engagements.rules import MANAGE
from peritus.engagements.verbs import add_items
from peritus.intake.errors import FileRefused
from peritus.intake.models import ImportRun
from peritus.intake.queries import target_of
from peritus.intake.reading import read_file
from peritus.intake.rules import Reject, Sorting, file_blockers, sort_rows
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.canonical import digest, sha256
from peritus.journal.clock import now
from peritus.journal.errors import KeyUsedDifferently
from peritus.journal.models import Event

CHUNK_ROWS = 50  # one transaction each, about 50 ms
LONGEST_SHOWN = 1_000  # characters of a refused cell that are kept


@dataclass(frozen=True)
class OutsideFile:
    """Which file is imported, and into which lot ("": its rows say)."""

    name: str
    sha256: str
    lot_code: str


def import_items(
    engagement_id: int,
    content: bytes,
    *,
    file_name: str,
    lot_code: str | None = None,
    by: User,
    key: str,
) -> ImportRun:
    """Add the sound rows of a file as items; keep the others with their reasons.

    Rows go into ``lot_code``, or into the lot that their column ``lot`` names.
    Each chunk is its own act: a repeat after a break goes on where it stopped,
    and a repeat with the same ``key`` after the end returns the first run.
    Raises FileRefused when the file as a whole cannot be read.
    """
    engagement = engagements_seen_by(by).get(pk=engagement_id)
    MANAGE.require(by, engagement)
    name = file_name.replace("\\", "/").rpartition("/")[2][-200:]
    file = OutsideFile(name, sha256(content), lot_code or "")
    if earlier := _earlier_run(engagement, file, by, key):
        return earlier
    sorting, note = _sort_file(engagement, content, file)
    step_key = f"{key}:{digest(file)[:16]}"
    before = _added_before(by, step_key)
    added = _add_chunks(engagement, sorting, by=by, step_key=step_key)
    return record_import(
        engagement_id,
        file,
        accepted=before + added,
        unchanged=sorting.unchanged - before,
        rejects=[_shortened(reject) for reject in sorting.rejects],
        note=note,
        by=by,
        key=key,
    )


@verb
def record_import(
    engagement_id: int,
    file: OutsideFile,
    *,
    accepted: int,
    unchanged: int,
    rejects: Sequence[Reject],
    note: str,
    by: User,
    key: str,
) -> ImportRun:
    """Record what became of a file's rows, once all of its chunks are in."""
    engagement = engagements_seen_by(by).select_for_update(of=("self",)).get(pk=engagement_id)
    MANAGE.require(by, engagement)
    if earlier := earlier_result():
        return earlier
    counts = {"accepted": accepted, "unchanged": unchanged, "rejected": len(rejects)}
    run = ImportRun.objects.create(
        uid=_run_uid(engagement, by, key),
        organisation_id=engagement.organisation_id,
        engagement=engagement,
        file_name=file.name,
        sha256=file.sha256,
        lot_code=file.lot_code,
        note=note,
        rejects=list(rejects),
        imported_at=now(),
        **counts,
    )
    record(
        "items.imported", about=run, engagement=engagement, data={"sha256": file.sha256, **counts}
    )
    return run


def _run_uid(engagement: Engagement, by: User, key: str) -> UUID:
    return uid_of(engagement.uid, "import", by.uid, key)


def _earlier_run(engagement: Engagement, file: OutsideFile, by: User, key: str) -> ImportRun | None:
    run = ImportRun.objects.filter(uid=_run_uid(engagement, by, key)).first()
    if run and OutsideFile(run.file_name, run.sha256, run.lot_code) != file:
        raise KeyUsedDifferently(
            f"Key {key!r} stands for the import of {run.file_name} with other content or "
            "another lot. Use a new key for a new file."
        )
    return run


def _sort_file(engagement: Engagement, content: bytes, file: OutsideFile) -> tuple[Sorting, str]:
    """Return the file's rows sorted, and how the file had to be read."""
    lot = _lot_of(engagement, file.lot_code) if file.lot_code else None
    reading = read_file(content, file.name)
    rows = list(reading.rows)
    if blockers := file_blockers(rows):
        raise FileRefused(blockers)
    return sort_rows(rows, target_of(engagement, lot)), reading.note


def _lot_of(engagement: Engagement, code: str) -> Lot:
    if lot := engagement.lots.filter(code=code).first():
        return lot
    known = ", ".join(engagement.lots.order_by("place").values_list("code", flat=True)[:20])
    raise FileRefused(
        [f"There is no lot {code!r} in {engagement}; lots are: {known or 'none yet'}."]
    )


def _added_before(by: User, step_key: str) -> int:
    """Count the rows that a broken-off import of the same file and key put in."""
    steps = Event.objects.filter(actor=by.uid, verb="add_items", key__startswith=step_key)
    return sum(json.loads(body)["data"]["count"] for body in steps.values_list("body", flat=True))


def _add_chunks(engagement: Engagement, sorting: Sorting, *, by: User, step_key: str) -> int:
    """Add the sound rows by lot; a chunk's key follows from its rows, so repeats agree."""
    lots = {lot.code: lot.pk for lot in engagement.lots.all()}
    added = 0
    for code, rows in sorting.sound.items():
        for start in range(0, len(rows), CHUNK_ROWS):
            chunk = rows[start : start + CHUNK_ROWS]
            add_items(lots[code], chunk, by=by, key=f"{step_key}:{digest([code, chunk])[:16]}")
            added += len(chunk)
    return added


def _shortened(reject: Reject) -> Reject:
    cells = {_storable(name): _storable(cell) for name, cell in reject.values.items()}
    return Reject(reject.number, _storable(reject.reason), cells)


def _storable(text: str) -> str:
    """Return what a database takes: no NUL, no half characters, not too long."""
    whole = text.replace("\x00", "\ufffd").encode(errors="replace").decode()
    return whole if len(whole) <= LONGEST_SHOWN else whole[:LONGEST_SHOWN] + "…"
