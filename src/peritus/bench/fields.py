"""The taxonomy of fields of work: who is in which, and what is wrong with a new part of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from django.db.models import Count, Q, QuerySet

from peritus.bench.models import Expert, Field
from peritus.catalogue.fields import LONGEST_CODE, LONGEST_LABEL, FieldRow

MOST_ROWS: Final = 20_000
MOST_FIELDS: Final = 50  # of one expert
DEEPEST: Final = 12
NEAR: Final = 3


def fields_found(words: str) -> QuerySet[Field]:
    """Return the fields whose code or label has these words, with how many work in each."""
    named = Q(code__icontains=words) | Q(label__icontains=words) if words else Q()
    found = Field.objects.filter(named).select_related("broader")
    people = Count("experts", filter=Q(experts__user__erased_at=None))
    return found.annotate(people=people).order_by("code")


def fields_in_use() -> QuerySet[Field]:
    """Return the fields in which some expert works, by label."""
    named = Expert.fields.through.objects.filter(expert__user__erased_at=None)
    return Field.objects.filter(pk__in=named.values("field_id")).order_by("label", "code")


def within(code: str) -> set[int]:
    """Return the ids of a field and of all that is narrower."""
    found: set[int] = set()
    level = set(Field.objects.filter(code=code).values_list("pk", flat=True))
    while level - found:
        found |= level
        level = set(Field.objects.filter(broader__in=level).values_list("pk", flat=True))
    return found


def codes_named(words: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the codes of fields named by code or label, and what is said of those unknown."""
    codes: dict[str, None] = {}
    faults = []
    for word in dict.fromkeys(each.strip() for each in words if each.strip()):
        found = Field.objects.filter(Q(code=word) | Q(label__iexact=word)).order_by("code")
        exact = [each for each in found if each.code == word] or list(found[: NEAR + 1])
        if len(exact) == 1:
            codes[exact[0].code] = None
        else:
            faults.append(_unknown(word, exact))
    return list(codes), faults


def _unknown(word: str, several: Sequence[Field]) -> str:
    if several:
        codes = ", ".join(each.code for each in several[:NEAR])
        return f"Several fields are called {word[:80]!r}; name one by its code, such as {codes}."
    first = word.split(maxsplit=1)[0]
    near = Field.objects.filter(label__icontains=first).order_by("code")[:NEAR]
    known = ", ".join(f"{each.label} ({each.code})" for each in near)
    return f"{word[:80]!r} is no field that is known." + (f" Near: {known}." if known else "")


def fields_blockers(rows: Sequence[FieldRow], known: Mapping[str, str]) -> list[str]:
    """Say of each row why it cannot be taken; ``known`` are codes with their broader ones."""
    if not 0 < len(rows) <= MOST_ROWS:
        return [
            f"Up to {MOST_ROWS:,} fields are taken at once, and at least one; {len(rows)} came."
        ]
    codes = {row.code for row in rows if row.label} | set(known)
    seen: set[str] = set()
    blockers = []
    for row in rows:
        blockers += [f"Row {row.number}: {fault}" for fault in _faults(row, codes)]
        if row.label and row.code in seen:
            blockers.append(f"Row {row.number}: {row.code[:80]} stands in an earlier row already.")
        seen.add(row.code if row.label else "")
    return blockers or _circles(rows, known)


def _faults(row: FieldRow, codes: set[str]) -> list[str]:
    faults = []
    if not 0 < len(row.code) <= LONGEST_CODE:
        faults.append(f"a code has 1 to {LONGEST_CODE} characters.")
    elif not row.label and row.code not in codes:
        faults.append(f"{row.code} is not known; import what names it first.")
    if len(row.label) > LONGEST_LABEL:
        faults.append(f"a label has at most {LONGEST_LABEL} characters; {len(row.label)} came.")
    if row.broader and row.broader not in codes:
        faults.append(f"the broader field {row.broader[:80]} is not known; import it first.")
    return faults


def _circles(rows: Sequence[FieldRow], known: Mapping[str, str]) -> list[str]:
    above = dict(known) | {row.code: row.broader for row in reversed(rows)}
    blockers = []
    for row in rows:
        code, steps = row.code, 0
        while code and steps <= DEEPEST:
            code, steps = above.get(code, ""), steps + 1
        if code:
            blockers.append(
                f"Row {row.number}: {row.code} is more than {DEEPEST} deep, or below itself."
            )
    return blockers
