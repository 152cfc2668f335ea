"""Keep the taxonomy of fields of work, and say in which an expert works."""

from __future__ import annotations

from collections.abc import Sequence

from peritus.accounts.models import User
from peritus.bench.errors import FieldsRefused
from peritus.bench.fields import MOST_FIELDS, fields_blockers
from peritus.bench.models import Expert, Field
from peritus.bench.queries import experts_seen_by
from peritus.bench.rules import KEEP_FIELDS, PROFILE
from peritus.catalogue.fields import FieldRow
from peritus.catalogue.identity import PERITUS, uid_of
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.canonical import digest
from peritus.journal.personal import personal

MOST_SAID = 20


@verb
def import_fields(rows: Sequence[FieldRow], *, source: str, by: User, key: str) -> int:
    """Take fields of a taxonomy, all or none; return how many are new or changed.

    A known code gets the label and place that its row says; none is taken away.
    Raises FieldsRefused, which names the rows.
    """
    KEEP_FIELDS.require(by)
    if earlier_result():
        return 0
    known = {each.code: each for each in Field.objects.select_related("broader")}
    places = {code: each.broader.code if each.broader else "" for code, each in known.items()}
    if blockers := fields_blockers(rows, places):
        more = len(blockers) - MOST_SAID
        raise FieldsRefused(blockers[:MOST_SAID] + ([f"{more} rows more."] if more > 0 else []))
    changed = _made(rows, known) + _moved(rows, known)
    if changed:
        said = [[row.code, row.label, row.broader] for row in rows]
        data = {"source": source, "count": len(rows), "digest": digest(said)}
        record("fields.imported", about=by, data=data)
    return changed


def _made(rows: Sequence[FieldRow], known: dict[str, Field]) -> int:
    """Make what is new, the broader before the narrower."""
    waiting = {row.code: row for row in rows if row.label and row.code not in known}
    count = len(waiting)
    while waiting:
        ready = [row for row in waiting.values() if row.broader not in waiting]
        made = Field.objects.bulk_create(
            Field(
                uid=uid_of(PERITUS, "field", row.code),
                code=row.code,
                label=row.label,
                broader=known.get(row.broader),
            )
            for row in ready
        )
        known |= {each.code: each for each in made}
        waiting = {code: row for code, row in waiting.items() if code not in known}
    return count


def _moved(rows: Sequence[FieldRow], known: dict[str, Field]) -> int:
    """Give what was known the label and place that its row says; of several places the first."""
    said = {row.code: row for row in reversed(rows)}
    changed = []
    for code, row in said.items():
        field, broader = known[code], known.get(row.broader)
        label = row.label or field.label
        if (field.label, field.broader_id) != (label, broader.pk if broader else None):
            field.label, field.broader = label, broader
            changed.append(field)
    Field.objects.bulk_update(changed, ["label", "broader"], batch_size=200)
    return len(changed)


@verb
@personal("field_codes")
def name_fields(expert_id: int, field_codes: Sequence[str], *, by: User, key: str) -> Expert:
    """Say in which fields an expert works, in the place of what stood. Raises FieldsRefused."""
    expert = experts_seen_by(by).select_for_update(of=("self",)).get(pk=expert_id)
    PROFILE.require(by, expert)
    if earlier := earlier_result():
        return earlier
    fields = list(Field.objects.filter(code__in=set(field_codes)))
    unknown = sorted(set(field_codes) - {each.code for each in fields})
    blockers = [f"{code[:80]!r} is no field that is known." for code in unknown[:MOST_SAID]]
    if len(fields) > MOST_FIELDS:
        blockers.append(f"Name up to {MOST_FIELDS} fields; {len(fields)} came.")
    if blockers:
        raise FieldsRefused(blockers)
    expert.fields.set(fields)
    record("expert.fields_named", about=expert)
    return expert
