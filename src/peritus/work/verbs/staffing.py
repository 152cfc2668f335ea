"""Draft who judges what, optimal and explained; then publish it as slots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from peritus.accounts.models import User
from peritus.algorithms.matching import Infeasible, Matching, assign
from peritus.bench.models import Expert, Skill
from peritus.catalogue.identity import uid_of
from peritus.engagements.models import Item, Lot
from peritus.engagements.queries import lots_seen_by
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.canonical import digest
from peritus.journal.clock import now
from peritus.work.conflicts import conflicts_of
from peritus.work.errors import StaffingRefused
from peritus.work.leasing import barred_pairs
from peritus.work.models import Slot, Staffing
from peritus.work.queries import staffings_seen_by
from peritus.work.rules import STAFF
from peritus.work.verbs.slots import SlotWanted, open_slots

ExpertAndBar = tuple[str, str]  # an expert's handle, and the name of what kept them out


@verb
def draft_staffing(
    lot_id: int, available: Mapping[str, Sequence[str]], *, by: User, key: str
) -> Staffing:
    """Draft the optimal staffing of a lot from who is available for which item.

    ``available`` maps an expert's handle to item keys. Every item is wanted
    from everybody who is available and whom nothing keeps from it (``leasing.DRAFTED``).
    Raises StaffingRefused naming what blocks.
    """
    lot = lots_seen_by(by).select_for_update(of=("self",)).get(pk=lot_id)
    STAFF.require(by, lot.engagement)
    if earlier := earlier_result():
        return earlier
    experts = list(Expert.objects.filter(handle__in=list(available)).order_by("handle"))
    items = list(lot.items.order_by("key"))
    if blockers := _unknown(experts, items, available):
        raise StaffingRefused(blockers)
    at = now()
    bars = barred_pairs(lot.engagement, experts, [item.pk for item in items], at)
    left_out = _left_out(experts, items, available, bars)
    matching = _matched(lot, experts, items, available, bars)
    pairs = [
        [experts[expert].handle, items[item].key]
        for expert, item in zip(matching.experts, matching.items, strict=True)
    ]
    number = Staffing.objects.filter(lot=lot).count() + 1
    staffing = Staffing.objects.create(
        uid=uid_of(lot.uid, "staffing", number),
        organisation_id=lot.organisation_id,
        engagement_id=lot.engagement_id,
        lot=lot,
        pairs=pairs,
        total=float(matching.total),
        bound=float(matching.bound),
        status=matching.status,
        left_out=[[*who, n] for who, n in sorted(left_out.items())],
        drafted_at=at,
    )
    record(
        "staffing.drafted",
        about=staffing,
        engagement=lot.engagement,
        subject=lot.uid,
        data={
            "pairs": len(pairs),
            "digest": digest(pairs),
            "status": matching.status,
            "left_out": _by_bar(left_out),
        },
    )
    return staffing


def _left_out(
    experts: list[Expert],
    items: list[Item],
    available: Mapping[str, Sequence[str]],
    bars: Mapping[tuple[int, int], str],
) -> Counter[ExpertAndBar]:
    """Return for each expert and bar how many of the items asked of them it keeps away."""
    keys, handles = {i.pk: i.key for i in items}, {e.pk: e.handle for e in experts}
    able = {handle: set(asked) for handle, asked in available.items()}
    return Counter(
        (handles[expert], bar)
        for (item, expert), bar in bars.items()
        if keys[item] in able[handles[expert]]
    )


def _by_bar(left_out: Counter[ExpertAndBar]) -> dict[str, int]:
    totals: Counter[str] = Counter()
    for (_, bar), n in left_out.items():
        totals[bar] += n
    return dict(totals)


def _unknown(
    experts: list[Expert], items: list[Item], available: Mapping[str, Sequence[str]]
) -> list[str]:
    """Name the experts and items that are not there."""
    handles = sorted(set(available) - {expert.handle for expert in experts})
    keys = sorted({key for able in available.values() for key in able} - {i.key for i in items})
    blockers = []
    if handles:
        blockers.append(f"Nobody on the bench is called {', '.join(handles[:5])}.")
    if keys:
        blockers.append(f"The lot has no item {', '.join(keys[:5])}.")
    return blockers


def _matched(
    lot: Lot,
    experts: list[Expert],
    items: list[Item],
    available: Mapping[str, Sequence[str]],
    bars: Mapping[tuple[int, int], str],
) -> Matching:
    allowed = _allowed(experts, items, available, bars)
    if alone := [item.key for item, able in zip(items, allowed.T, strict=True) if not able.any()]:
        raise StaffingRefused(
            [f"{len(alone)} items have nobody who may judge them: {', '.join(alone[:5])}."]
        )
    score = np.repeat(_skill_estimates(lot, experts)[:, None], len(items), axis=1)
    try:
        return assign(
            score, allowed.sum(axis=0), np.full(len(experts), len(items)), forbidden=~allowed
        )
    except Infeasible as no:
        raise StaffingRefused(list(no.blocking)) from no


def _allowed(
    experts: list[Expert],
    items: list[Item],
    available: Mapping[str, Sequence[str]],
    bars: Mapping[tuple[int, int], str],
) -> NDArray[np.bool_]:
    able = {handle: set(keys) for handle, keys in available.items()}
    return np.array(
        [
            [item.key in able[e.handle] and (item.pk, e.pk) not in bars for item in items]
            for e in experts
        ],
        dtype=bool,
    ).reshape(len(experts), len(items))


def _skill_estimates(lot: Lot, experts: list[Expert]) -> NDArray[np.float64]:
    """Return each expert's share right as measured today; 0.5 where nothing was."""
    measured = {
        skill.expert_id: skill.share
        for skill in Skill.objects.filter(pack=lot.engagement.pack, expert__in=experts)
    }
    return np.array([measured.get(expert.pk, 0.5) for expert in experts])


@verb
def publish_staffing(staffing_id: int, *, by: User, key: str) -> Staffing:
    """Turn a draft into slots reserved for the experts that it names.

    Raises StaffingRefused while one of them may have a conflict that nobody looked at.
    """
    staffing = staffings_seen_by(by).select_for_update(of=("self",)).get(pk=staffing_id)
    STAFF.require(by, staffing.engagement)
    if earlier := earlier_result():
        return earlier
    if staffing.published_at:
        raise StaffingRefused([f"This draft was published at {staffing.published_at:%H:%M} UTC."])
    named = Expert.objects.filter(handle__in={handle for handle, _ in staffing.pairs})
    if conflicts := conflicts_of(staffing.engagement, list(named.order_by("handle"))):
        raise StaffingRefused([str(each) for each in conflicts])
    open_slots(staffing.lot_id, _wanted(staffing), by=by, key=key)
    staffing.published_at = now()
    staffing.save(update_fields=["published_at"])
    record(
        "staffing.published",
        about=staffing,
        engagement=staffing.engagement,
        subject=staffing.lot.uid,
        data={"pairs": len(staffing.pairs)},
    )
    return staffing


def _wanted(staffing: Staffing) -> list[SlotWanted]:
    experts = dict(Expert.objects.values_list("handle", "pk"))
    items = dict(staffing.lot.items.values_list("key", "pk"))
    numbers: dict[str, int] = {}
    wanted = []
    for handle, key in sorted(staffing.pairs, key=lambda pair: (pair[1], pair[0])):
        numbers[key] = numbers.get(key, 0) + 1
        wanted.append(SlotWanted(items[key], Slot.Purpose.FIRST, numbers[key], experts[handle]))
    return wanted
