"""How a lot is to be staffed, and what of it nobody could meet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import inf
from typing import Any, Literal

Available = Mapping[str, Sequence[str] | None]
"""By an expert's handle the keys of the items that they are there for; None: every item."""
Pair = tuple[str, str]  # an expert's handle and an item's key
Objective = Literal["total", "max_min"]


@dataclass(frozen=True)
class Terms:
    """How a lot is to be staffed.

    ``each`` judgments of an item, None: one of everybody who can; at least
    ``least`` and at most ``most`` items for each expert; ``floor``: the least
    number of right answers to be expected on an item. ``pins`` are pairs that
    must be, ``apart`` pairs that must not. With a ``move_price`` only what waits of a
    published staffing is staffed anew, and a slot leaves whom it is reserved for only
    where that brings more right answers than the price, or where it must. ``done_by``
    gives nobody more than they can do until then by their working hours.
    """

    each: int | None = None
    most: int | None = None
    least: int = 0
    objective: Objective = "total"
    floor: float | None = None
    one_of_a_team: bool = False
    pins: tuple[Pair, ...] = ()
    apart: tuple[Pair, ...] = ()
    move_price: float | None = None
    done_by: date | None = None

    @classmethod
    def stored(cls, said: Mapping[str, Any]) -> Terms:
        """Return the terms that a draft was made under."""
        pairs = {name: tuple(map(tuple, said.get(name, ()))) for name in ("pins", "apart")}
        until = said.get("done_by")
        return cls(**{**said, **pairs, "done_by": until and date.fromisoformat(until)})

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
    if terms.floor is not None and not 0 <= terms.floor < inf:
        blockers.append(f"The least sum of an item is 0 or more; {terms.floor:g} came.")
    if terms.move_price is not None and not 0 <= terms.move_price < inf:
        blockers.append(f"A move's price is 0 right answers or more; {terms.move_price:g} came.")
    if terms.move_price is not None and (terms.objective, terms.floor) != ("total", None):
        blockers.append("What waits is drafted anew for the most right in all, with no floor.")
    if both := sorted(set(terms.pins) & set(terms.apart)):
        handle, key = both[0]
        blockers.append(f"{handle} is both pinned to {key} and kept off it.")
    return blockers
