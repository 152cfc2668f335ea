"""What a staffing is drafted from: who may judge which item, and how likely they are right."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Literal, TypedDict

import numpy as np
from numpy.typing import NDArray

from peritus.algorithms.matching import Matching, explain
from peritus.bench.models import Expert
from peritus.engagements.models import Item, Lot
from peritus.journal.clock import now
from peritus.work.chances import chances_right
from peritus.work.conflicts import conflicts_of
from peritus.work.leasing import CREDENTIAL, DRAFTED, SENTENCES, STANDING, barred_pairs
from peritus.work.models import Staffing
from peritus.work.queries import production_blockers

Available = Mapping[str, Sequence[str] | None]
"""By an expert's handle the keys of the items that they are there for; None: every item."""
Pair = tuple[str, str]  # an expert's handle and an item's key
Objective = Literal["total", "max_min"]
LASTING = (*STANDING, CREDENTIAL)
"""What keeps an expert from an item until somebody changes it: a full week ends by itself."""


@dataclass(frozen=True)
class Terms:
    """How a lot is to be staffed.

    ``each`` judgments of an item, None: one of everybody who can; at least
    ``least`` and at most ``most`` items for each expert; ``floor``: the least
    number of right answers to be expected on an item. ``pins`` are pairs that
    must be, ``apart`` pairs that must not.
    """

    each: int | None = None
    most: int | None = None
    least: int = 0
    objective: Objective = "total"
    floor: float | None = None
    one_of_a_team: bool = False
    pins: tuple[Pair, ...] = ()
    apart: tuple[Pair, ...] = ()

    @classmethod
    def stored(cls, said: Mapping[str, Any]) -> Terms:
        """Return the terms that a draft was made under."""
        pairs = {name: tuple(map(tuple, said.get(name, ()))) for name in ("pins", "apart")}
        return cls(**{**said, **pairs})

    def without(self, pair: Pair) -> Terms:
        """Return the same terms, but with nothing said of a pair."""
        return replace(
            self,
            pins=tuple(each for each in self.pins if each != pair),
            apart=tuple(each for each in self.apart if each != pair),
        )

    def with_pair(self, pair: Pair, *, pinned: bool) -> Terms:
        """Return the same terms, but with a pair that must be, or must not be."""
        kept = self.without(pair)
        if pinned:
            return replace(kept, pins=tuple(sorted((*kept.pins, pair))))
        return replace(kept, apart=tuple(sorted((*kept.apart, pair))))


class Limits(TypedDict):
    """The constraints of a matching, as ``algorithms.matching`` takes them."""

    demand: NDArray[np.int64]
    capacity: NDArray[np.int64]
    minimum_load: int
    forbidden: NDArray[np.bool_]
    pinned: list[tuple[int, int]]
    groups: NDArray[np.int64] | None
    floor: float | None
    objective: Objective


@dataclass(frozen=True, eq=False)
class Candidates:
    """Who is there for a lot's items, what keeps them away, and how likely they are right.

    ``there`` and ``chance`` are arrays (experts, items); ``bars`` names by ids of
    item and expert what keeps one from the other.
    """

    experts: list[Expert]
    items: list[Item]
    there: NDArray[np.bool_]
    bars: Mapping[tuple[int, int], str]
    chance: NDArray[np.float64]

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
        for part in (*self.places, self.allowed.tobytes(), self.chance.tobytes()):
            known.update(part if isinstance(part, bytes) else "\n".join(part).encode())
        return known.hexdigest()

    def row_and_column(self, pair: Pair) -> tuple[int, int]:
        """Return the place of a pair; raises KeyError where it is none of the lot."""
        rows, columns = self.places
        return rows[pair[0]], columns[pair[1]]

    def limits(self, terms: Terms) -> Limits:
        """Return the constraints that terms put on a matching."""
        demand = self.allowed.sum(axis=0) if terms.each is None else terms.each
        most = len(self.items) if terms.most is None else terms.most
        forbidden = ~self.allowed
        for pair in terms.apart:
            forbidden[self.row_and_column(pair)] = True
        return {
            "demand": np.broadcast_to(np.asarray(demand, dtype=np.int64), len(self.items)),
            "capacity": np.full(len(self.experts), most),
            "minimum_load": terms.least,
            "forbidden": forbidden,
            "pinned": [self.row_and_column(pair) for pair in terms.pins],
            "groups": self._teams() if terms.one_of_a_team else None,
            "floor": terms.floor,
            "objective": terms.objective,
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


def candidates_for(lot: Lot, available: Available, at: datetime) -> Candidates:
    """Return who is there for the items of a lot and what is known of them at a time.

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
    return Candidates(experts, items, there, bars, chance)


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


def terms_blockers(terms: Terms) -> list[str]:
    """Say why nothing can be drafted under these terms, whoever is there."""
    blockers = []
    if terms.each is not None and terms.each < 1:
        blockers.append(f"At least one judgment of each item is wanted; {terms.each} came.")
    if terms.most is not None and terms.most < max(terms.least, 1):
        blockers.append(
            f"An expert takes at least {max(terms.least, 1)} items; at most {terms.most} came."
        )
    if terms.least < 0:
        blockers.append(f"An expert takes no fewer than 0 items; {terms.least} came.")
    if terms.floor is not None and not 0 <= terms.floor < np.inf:
        blockers.append(f"The least sum of an item is 0 or more; {terms.floor:g} came.")
    if both := sorted(set(terms.pins) & set(terms.apart)):
        handle, key = both[0]
        blockers.append(f"{handle} is both pinned to {key} and kept off it.")
    return blockers


def publication_blockers(staffing: Staffing) -> list[str]:
    """Say why a draft cannot be published now, for the page and the error alike."""
    if staffing.published_at:
        return [f"This draft was published at {staffing.published_at:%H:%M} UTC."]
    engagement, handles = staffing.engagement, {handle for handle, _ in staffing.pairs}
    experts = list(Expert.objects.filter(handle__in=handles).order_by("handle"))
    return [
        *(str(each) for each in conflicts_of(engagement, experts)),
        *_kept_since(staffing, experts),
        *production_blockers(staffing.lot),
    ]


def _kept_since(staffing: Staffing, experts: list[Expert]) -> list[str]:
    """Name what has come between the experts of a draft and their items since it was made."""
    items = dict(staffing.lot.items.values_list("key", "pk"))
    people = {expert.handle: expert.pk for expert in experts}
    names = {expert.pk: expert.name for expert in experts}
    bars = barred_pairs(staffing.engagement, experts, items.values(), now(), LASTING)
    drafted = {(items.get(key), people.get(handle)) for handle, key in staffing.pairs}
    found = {(names[pair[1]], bar) for pair, bar in bars.items() if pair in drafted}
    return [f"{name}: {SENTENCES[bar]} Draft anew." for name, bar in sorted(found)]


def candidates_of(staffing: Staffing) -> Candidates:
    """Return what a draft was made from, as far as it is still so."""
    return candidates_for(staffing.lot, staffing.available, now())


def explained(staffing: Staffing, pair: Pair, found: Candidates) -> str:
    """Say why an expert judges an item in a draft, or does not, and what the other way costs.

    Raises KeyError where there is no such expert or item in the draft.
    """
    row, column = found.row_and_column(pair)
    expert, item = found.experts[row], found.items[column]
    if not found.there[row, column]:
        return f"{expert} was not available for {item.key}."
    if bar := found.bars.get((item.pk, expert.pk)):
        return f"{expert} cannot judge {item.key}: {SENTENCES[bar]}"
    terms = Terms.stored(staffing.terms)
    if pair in terms.apart:
        return f"{expert} was kept off {item.key} by the manager."
    if found.basis != staffing.basis:
        return (
            "What is known of the experts, or what keeps them away, has changed since this draft. "
            "Draft anew to see why."
        )
    limits = found.limits(terms)
    return explain(_matching(staffing, found), found.chance, row, column,
                   names=found.names, **limits)  # fmt: skip


def _matching(staffing: Staffing, found: Candidates) -> Matching:
    places = sorted(found.row_and_column(pair)[::-1] for pair in map(tuple, staffing.pairs))
    items, experts = np.array(places, dtype=np.int64).reshape(-1, 2).T
    return Matching(
        experts=experts, items=items, total=staffing.total,
        minimum=np.nan if staffing.minimum is None else staffing.minimum,
        bound=staffing.bound, status="optimal" if staffing.status == "optimal" else "bounded",
    )  # fmt: skip
