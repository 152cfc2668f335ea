"""Who may judge which item of a lot, and how likely they are right."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from peritus.bench.models import Expert
from peritus.engagements.models import Item, Lot
from peritus.work.chances import chances_right
from peritus.work.costs import costs_of
from peritus.work.leasing import DRAFTED, barred_pairs
from peritus.work.queries import standing_judgments
from peritus.work.shifts import room_for
from peritus.work.staffing.similar import alike
from peritus.work.staffing.terms import Available, Objective, Pair, Terms
from peritus.work.staffing.waiting import Waiting, waiting_of


class Bounds(TypedDict):
    """The constraints of a matching beside demand and capacity."""

    minimum_load: NDArray[np.int64]
    forbidden: NDArray[np.bool_]
    pinned: list[tuple[int, int]]
    groups: NDArray[np.int64] | None
    floor: float | None


class Limits(Bounds):
    """All that ``algorithms.matching.assign`` is asked for beside scores."""

    demand: NDArray[np.int64]
    capacity: NDArray[np.int64]
    objective: Objective


@dataclass(frozen=True, eq=False)
class Candidates:
    """Who is there for a lot's items, what keeps them away, and how likely they are right.

    ``there`` and ``chance`` are arrays (experts, items); ``bars`` names by ids of
    item and expert what keeps one from the other. Where a published staffing is
    drafted anew, ``waiting`` says what of it waits. ``beside`` is what a pair is worth
    beside its chance, in right answers: a move saved, a family known, less its pay;
    ``unpaid`` (experts,) says of whom that pay is not known.
    """

    experts: list[Expert]
    items: list[Item]
    there: NDArray[np.bool_]
    bars: Mapping[tuple[int, int], str]
    chance: NDArray[np.float64]
    waiting: Waiting | None = None
    room: NDArray[np.int64] | None = None
    beside: NDArray[np.float64] | float = 0.0
    unpaid: NDArray[np.bool_] | None = None

    @cached_property
    def places(self) -> tuple[dict[str, int], dict[str, int]]:
        """Return the rows of experts by handle and the columns of items by key."""
        rows = {expert.handle: row for row, expert in enumerate(self.experts)}
        return rows, {item.key: column for column, item in enumerate(self.items)}

    @cached_property
    def allowed(self) -> NDArray[np.bool_]:
        """Return who is there for what and kept from it by nothing, (experts, items)."""
        allowed = self.there.copy()
        rows = {expert.pk: row for row, expert in enumerate(self.experts)}
        columns = {item.pk: column for column, item in enumerate(self.items)}
        for item, expert in self.bars:
            allowed[rows[expert], columns[item]] = False
        return allowed

    @property
    def asked(self) -> NDArray[np.bool_]:
        """Return of which items a judgment is wanted, (items,)."""
        every = np.ones(len(self.items), dtype=bool)
        return every if self.waiting is None else self.waiting.wanted > 0

    @property
    def left_out(self) -> Counter[Pair]:
        """Count by handle and bar the items that somebody is there for but kept from."""
        rows, columns = self.places
        handles, keys = {e.pk: e.handle for e in self.experts}, {i.pk: i.key for i in self.items}
        return Counter(
            (handles[expert], bar)
            for (item, expert), bar in self.bars.items()
            if self.there[rows[handles[expert]], columns[keys[item]]]
        )

    @property
    def names(self) -> tuple[list[str], list[str]]:
        """Return what experts and items are called in sentences."""
        return [expert.name for expert in self.experts], [item.key for item in self.items]

    @cached_property
    def basis(self) -> str:
        """Return the SHA-256 of what is drafted from."""
        known = hashlib.sha256()
        for part in (*self.places, self.allowed.tobytes(), self.worth.tobytes()):
            known.update(part if isinstance(part, bytes) else "\n".join(part).encode())
        if self.room is not None:
            known.update(self.room.tobytes())
        if self.waiting is not None:
            known.update(self.waiting.wanted.tobytes() + self.waiting.kept.tobytes())
        return known.hexdigest()

    def row_and_column(self, pair: Pair) -> tuple[int, int]:
        """Return the place of a pair; raises KeyError where it is none of the lot."""
        rows, columns = self.places
        return rows[pair[0]], columns[pair[1]]

    @property
    def worth(self) -> NDArray[np.float64]:
        """Return what is maximised, (experts, items)."""
        return self.chance + self.beside

    def demand(self, terms: Terms) -> NDArray[np.int64]:
        """Return the judgments wanted of each item, (items,)."""
        if self.waiting is not None:
            return self.waiting.wanted
        wanted = self.allowed.sum(axis=0) if terms.each is None else np.asarray(terms.each)
        return np.broadcast_to(wanted.astype(np.int64), len(self.items))

    def limits(self, terms: Terms) -> Limits:
        """Return what terms ask of a matching."""
        return {
            "demand": self.demand(terms),
            "capacity": self.capacity(terms),
            "objective": terms.objective,
            **self.bounds(terms),
        }

    def capacity(self, terms: Terms) -> NDArray[np.int64]:
        """Return the most judgments of each expert, (experts,)."""
        most = np.full(len(self.experts), len(self.items) if terms.most is None else terms.most)
        return most if self.room is None else np.minimum(most, self.room)

    def bounds(self, terms: Terms) -> Bounds:
        """Return the constraints that terms put on a matching beside how many."""
        forbidden = ~self.allowed
        for pair in terms.apart:
            forbidden[self.row_and_column(pair)] = True
        return {
            "minimum_load": np.where(self.allowed.any(axis=1), terms.least, 0),
            "forbidden": forbidden,
            "pinned": [self.row_and_column(pair) for pair in terms.pins],
            "groups": self._teams() if terms.one_of_a_team else None,
            "floor": terms.floor,
        }

    def _teams(self) -> NDArray[np.int64]:
        """Return a code for each expert's team, −1 for whoever has none."""
        named = sorted({expert.team for expert in self.experts} - {""})
        codes = {team: code for code, team in enumerate(named)}
        return np.array([codes.get(expert.team, -1) for expert in self.experts], dtype=np.int64)


def everybody_there() -> dict[str, None]:
    """Return who could be asked for any item: the people of the bench in use."""
    people = Expert.objects.filter(kind=Expert.Kind.PERSON, user__is_active=True)
    return dict.fromkeys(people.order_by("handle").values_list("handle", flat=True))


def candidates_for(
    lot: Lot, available: Available, at: datetime, terms: Terms | None = None
) -> Candidates:
    """Return who is there for the items of a lot and what is known of them at a time.

    Terms may ask for what waits of a published staffing, of which nobody gets an item
    twice, and for what can be done by a day.

    Handles and keys that are not there are left out; ``unknown_names`` says which.
    """
    experts = list(Expert.objects.filter(handle__in=list(available)).order_by("handle"))
    items = list(lot.items.order_by("key"))
    keys = {item.key: column for column, item in enumerate(items)}
    there = np.zeros((len(experts), len(items)), dtype=bool)
    for row, expert in enumerate(experts):
        asked = available[expert.handle]
        columns = range(len(items)) if asked is None else [keys[k] for k in asked if k in keys]
        there[row, list(columns)] = True
    bars = barred_pairs(lot.engagement, experts, [item.pk for item in items], at, DRAFTED)
    chance = np.repeat(chances_right(lot.engagement, experts)[:, None], len(items), axis=1)
    terms = terms or Terms()
    again, until = terms.move_price is not None, terms.done_by
    waiting = waiting_of(lot, experts, items, at) if again else None
    room = room_for(lot, experts, until, at) if until else None
    if waiting is not None:
        there &= ~waiting.begun
    pay = _pay(lot, experts, terms, at)
    beside = np.zeros(there.shape) - np.nan_to_num(pay)[:, None]
    if waiting is not None and terms.move_price:
        beside += terms.move_price * waiting.kept
    if terms.familiar:
        beside += terms.familiar * _familiar(experts, items)
    if terms.similar:
        beside += terms.similar * alike(lot, experts, items)
    return Candidates(experts, items, there, bars, chance, waiting, room, beside, np.isnan(pay))


def _pay(lot: Lot, experts: Sequence[Expert], terms: Terms, at: datetime) -> NDArray[np.float64]:
    """Return what a judgment of each costs in right answers, (experts,); NaN if not known."""
    if terms.worth is None:
        return np.zeros(len(experts))
    costs = costs_of(lot.engagement, experts, at)
    known = [
        cost.amount / terms.worth if cost and cost.currency == terms.currency else np.nan
        for cost in (costs.get(expert.pk) for expert in experts)
    ]
    return np.array(known, dtype=float)


def _familiar(experts: Sequence[Expert], items: Sequence[Item]) -> NDArray[np.bool_]:
    """Return who has judged another item of an item's family, (experts, items)."""
    families: dict[str, list[int]] = {}
    for column, item in enumerate(items):
        if item.family:
            families.setdefault(item.family, []).append(column)
    row = {expert.pk: place for place, expert in enumerate(experts)}
    found = np.zeros((len(experts), len(items)), dtype=bool)
    given = (
        standing_judgments().filter(
            expert__in=row, item__family__in=families, engagement=items[0].engagement_id
        )
        if items
        else standing_judgments().none()
    )
    for expert, family in given.values_list("expert", "item__family").distinct():
        found[row[expert], families[family]] = True
    return found


def unknown_names(found: Candidates, available: Available, terms: Terms) -> list[str]:
    """Name the experts and items that are asked for, but are not there."""
    rows, columns = found.places
    pairs = (*terms.pins, *terms.apart)
    asked = {key for keys in available.values() for key in keys or ()} | {k for _, k in pairs}
    handles = sorted(({*available} | {handle for handle, _ in pairs}) - set(rows))
    keys = sorted(asked - set(columns))
    blockers = []
    if handles:
        blockers.append(f"Nobody on the bench is called {', '.join(handles[:5])}.")
    if keys:
        blockers.append(f"The lot has no item {', '.join(keys[:5])}.")
    return blockers


def unpaid_blockers(found: Candidates, terms: Terms) -> list[str]:
    """Name those whose pay is to be weighed, but is not known."""
    if found.unpaid is None or not found.unpaid.any():
        return []
    lacking = zip(found.experts, found.unpaid & found.allowed.any(axis=1), strict=True)
    named = [expert.name for expert, missing in lacking if missing]
    if not named:
        return []
    said = ", ".join(named[:5])
    return [f"No pay in {terms.currency} is agreed with {said}: agree it, or leave them out."]
