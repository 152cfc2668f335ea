"""Draft who judges what, optimal and explained; then publish it as slots."""

from __future__ import annotations

from collections import Counter

import numpy as np

from peritus.accounts.models import User
from peritus.algorithms.matching import Infeasible, Matching, Undecided, assign
from peritus.bench.models import Expert
from peritus.catalogue.identity import uid_of
from peritus.engagements.models import Lot
from peritus.engagements.queries import lots_seen_by
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.canonical import digest, plain
from peritus.journal.clock import now
from peritus.work.errors import StaffingRefused
from peritus.work.models import Assignment, Slot, Staffing
from peritus.work.queries import staffings_seen_by
from peritus.work.rules import STAFF
from peritus.work.staffing import (
    Available,
    Candidates,
    Move,
    Terms,
    candidates_for,
    moves_of,
    publication_blockers,
    terms_blockers,
    unknown_names,
    unpaid_blockers,
    waiting_slots,
    waits_for,
)
from peritus.work.verbs.slots import SlotWanted, open_slots

MOST_REPAIRS = 8


@verb
def draft_staffing(
    lot_id: int, available: Available, *, terms: Terms | None = None, by: User, key: str
) -> Staffing:
    """Draft the optimal staffing of a lot from who is available for which item.

    ``available`` maps an expert's handle to item keys, or to None for every item.
    Whom something keeps from an item (``leasing.DRAFTED``) is left out, and named.
    Without terms every item is wanted from everybody who can.
    Raises StaffingRefused naming a small set of what blocks, and what would repair it.
    """
    lot = lots_seen_by(by).select_for_update(of=("self",)).get(pk=lot_id)
    STAFF.require(by, lot.engagement)
    if earlier := earlier_result():
        return earlier
    terms, at = terms or Terms(), now()
    again = terms.move_price is not None
    if blockers := terms_blockers(terms):
        raise StaffingRefused(blockers)
    found = candidates_for(lot, available, at, terms)
    if blockers := unknown_names(found, available, terms) + unpaid_blockers(found, terms):
        raise StaffingRefused(blockers)
    matching = _matched(found, terms)
    made = _draft(lot, available, terms, found, matching)
    left_out = found.left_out
    made.left_out = [[*who, n] for who, n in sorted(left_out.items())]
    made.drafted_at = at
    if again:
        made.moves = moves_of(waiting_slots(lot, at), made.pairs)
    made.save(force_insert=True)
    _record_draft(made, left_out)
    return made


def _draft(
    lot: Lot, available: Available, terms: Terms, found: Candidates, matching: Matching
) -> Staffing:
    """Return a draft that is not stored yet; its total are the right answers alone."""
    right = found.chance[matching.experts, matching.items]
    return Staffing(
        uid=uid_of(lot.uid, "staffing", Staffing.objects.filter(lot=lot).count() + 1),
        organisation_id=lot.organisation_id,
        engagement_id=lot.engagement_id,
        lot=lot,
        available={handle: keys and list(keys) for handle, keys in available.items()},
        terms=plain(terms),
        pairs=[
            [found.experts[expert].handle, found.items[item].key]
            for expert, item in zip(matching.experts, matching.items, strict=True)
        ],
        total=float(right.sum()),
        minimum=float(matching.minimum) if found.waiting is None else None,
        bound=float(matching.bound - matching.total + right.sum())
        if terms.objective == "total"
        else float(matching.bound),
        status=matching.status,
        basis=found.basis,
    )


def _record_draft(staffing: Staffing, left_out: Counter[tuple[str, str]]) -> None:
    by_bar: Counter[str] = Counter()
    for (_, bar), n in left_out.items():
        by_bar[bar] += n
    record(
        "staffing.drafted",
        about=staffing,
        engagement=staffing.engagement,
        subject=staffing.lot.uid,
        data={
            "pairs": len(staffing.pairs),
            "digest": digest(staffing.pairs),
            "status": staffing.status,
            "terms": digest(staffing.terms),
            "left_out": dict(by_bar),
            **({} if staffing.moves is None else {"moves": len(staffing.moves)}),
        },
    )


def _matched(found: Candidates, terms: Terms) -> Matching:
    if not found.asked.any():
        what = "Nothing of this lot waits." if found.items else "The lot has no items; import them."
        raise StaffingRefused([what])
    lonely = np.flatnonzero(found.asked & ~found.allowed.any(axis=0))
    if alone := [found.items[item].key for item in lonely]:
        raise StaffingRefused(
            [f"{len(alone)} items have nobody who may judge them: {', '.join(alone[:5])}."]
        )
    try:
        return assign(found.worth, names=found.names, **found.limits(terms))
    except Infeasible as no:
        raise StaffingRefused([*no.blocking, *_repairs(no)]) from no
    except Undecided as no:
        raise StaffingRefused([f"No staffing was found in time: {no}"]) from no


def _repairs(no: Infeasible) -> list[str]:
    """Say what would make a draft possible, with all of it."""
    if not no.repairs:
        return []
    more = len(no.repairs) - MOST_REPAIRS
    rest = [f"And {more} more such changes."] if more > 0 else []
    return [f"It would be possible so: {no.repairs[0]}", *no.repairs[1:MOST_REPAIRS], *rest]


@verb
def publish_staffing(staffing_id: int, *, by: User, key: str) -> Staffing:
    """Turn a draft into slots reserved for the experts that it names.

    Raises StaffingRefused while one of them may have a conflict that nobody looked at,
    or where something has come between them and an item since the draft.
    """
    staffing = staffings_seen_by(by).select_for_update(of=("self",)).get(pk=staffing_id)
    STAFF.require(by, staffing.engagement)
    if earlier := earlier_result():
        return earlier
    if blockers := publication_blockers(staffing):
        raise StaffingRefused(blockers)
    moves: list[Move] | None = staffing.moves
    if moves is None:
        open_slots(staffing.lot_id, _wanted(staffing), by=by, key=key)
    else:
        _move(staffing.lot, moves)
    staffing.published_at = now()
    staffing.save(update_fields=["published_at"])
    record(
        "staffing.published",
        about=staffing,
        engagement=staffing.engagement,
        subject=staffing.lot.uid,
        data={"pairs": len(staffing.pairs)}
        | ({} if staffing.moves is None else {"moved": digest(staffing.moves)}),
    )
    return staffing


def _move(lot: Lot, moves: list[Move]) -> None:
    """Let each slot wait for whom its move names, if it still waits as it did."""
    before = {uid: handle for uid, handle, _ in moves}
    rows = Slot.objects.filter(lot=lot, uid__in=before).order_by("id")
    list(rows.select_for_update(of=("self",)))
    # Read only now: who begins or moves one may have been waited for.
    found = {str(slot.uid): slot for slot in waiting_slots(lot, now()).filter(uid__in=before)}
    same = [uid for uid, slot in found.items() if waits_for(slot) == before[uid]]
    if changed := len(before) - len(same):
        raise StaffingRefused(
            [f"{changed} of these slots were begun or moved since this draft; draft anew."]
        )
    active = Assignment.objects.filter(slot__uid__in=before, state=Assignment.State.ACTIVE)
    active.update(state=Assignment.State.LAPSED)
    experts = {
        each.handle: each for each in Expert.objects.filter(handle__in={h for _, _, h in moves})
    }
    for uid, _, handle in moves:
        found[uid].reserved_for, found[uid].state = experts[handle], Slot.State.OPEN
    Slot.objects.bulk_update(found.values(), ["reserved_for", "state"])


def _wanted(staffing: Staffing) -> list[SlotWanted]:
    experts = dict(Expert.objects.values_list("handle", "pk"))
    items = dict(staffing.lot.items.values_list("key", "pk"))
    numbers: dict[str, int] = {}
    wanted = []
    for handle, key in sorted(staffing.pairs, key=lambda pair: (pair[1], pair[0])):
        numbers[key] = numbers.get(key, 0) + 1
        wanted.append(SlotWanted(items[key], Slot.Purpose.FIRST, numbers[key], experts[handle]))
    return wanted
