"""How a lot is to be staffed, and what of it nobody could meet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from math import inf
from typing import Any, Final, Literal, get_args

from peritus.bench.pay import CURRENCY

Available = Mapping[str, Sequence[str] | None]
"""By an expert's handle the keys of the items that they are there for; None: every item."""
Pair = tuple[str, str]  # an expert's handle and an item's key
Objective = Literal["total", "max_min"]

MOST_COUNTED: Final = 1_000_000
MOST_WEIGHT: Final = 1_000.0
"""The most right answers that one thing can be worth; beyond, sums lose their small parts."""
LEAST_WORTH, MOST_WORTH = Decimal("0.01"), Decimal(1_000_000)


@dataclass(frozen=True)
class Terms:
    """How a lot is to be staffed.

    ``each`` judgments of an item, None: one of everybody who can; at least
    ``least`` and at most ``most`` items for each expert; ``floor``: the least
    number of right answers to be expected on an item. ``pins`` are pairs that
    must be, ``apart`` pairs that must not. With a ``move_price`` only what waits of a
    published staffing is staffed anew, and a slot leaves whom it is reserved for only
    where that brings more right answers than the price, or where it must. ``done_by``
    gives nobody more than they can do until then by their working hours. Pay counts
    where it is said what a right answer is ``worth`` in a ``currency``; ``familiar`` is
    what it is worth, in right answers, that an item's family is known to its judge, and
    ``similar`` that its words are wholly those of their earlier work and their fields.
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
    worth: Decimal | None = None
    currency: str = ""
    familiar: float = 0.0
    similar: float = 0.0

    @classmethod
    def stored(cls, said: Mapping[str, Any]) -> Terms:
        """Return the terms that a draft was made under."""
        pairs = {name: tuple(map(tuple, said.get(name, ()))) for name in ("pins", "apart")}
        until, worth = said.get("done_by"), said.get("worth")
        read = {"done_by": until and date.fromisoformat(until), "worth": worth and Decimal(worth)}
        return cls(**{**said, **pairs, **read})

    @property
    def weighed(self) -> bool:
        """Say whether more than right answers counts."""
        return (
            self.move_price is not None
            or self.worth is not None
            or self.familiar + self.similar > 0
        )

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
    if any(count and count > MOST_COUNTED for count in (terms.each, terms.most, terms.least)):
        blockers.append(f"Judgments and items are counted to at most {MOST_COUNTED:,}; more came.")
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
    if both := sorted(set(terms.pins) & set(terms.apart)):
        handle, key = both[0]
        blockers.append(f"{handle} is both pinned to {key} and kept off it.")
    if terms.objective not in (known := get_args(Objective)):
        blockers.append(f"The aim is {' or '.join(known)}; {terms.objective[:40]!r} came.")
    return blockers + _weight_blockers(terms)


def _weight_blockers(terms: Terms) -> list[str]:
    """Say why what counts beside right answers cannot be weighed so."""
    blockers = []
    span = f"0 to {MOST_WEIGHT:,.0f} right answers"
    if terms.move_price is not None and not 0 <= terms.move_price <= MOST_WEIGHT:
        blockers.append(f"A move's price is {span}; {terms.move_price:g} came.")
    for name, value in (("A known family", terms.familiar), ("Likeness", terms.similar)):
        if not 0 <= value <= MOST_WEIGHT:
            blockers.append(f"{name} is worth {span}; {value:g} came.")
    if terms.worth is not None and not _is_worth(terms.worth, terms.currency):
        blockers.append(
            f"What a right answer is worth is {LEAST_WORTH} to {MOST_WORTH:,}, in a currency "
            "such as EUR."
        )
    if terms.weighed and (terms.objective, terms.floor) != ("total", None):
        blockers.append(
            "Moves, pay, families and likeness are weighed for the most in all, with no floor."
        )
    return blockers


def _is_worth(worth: Decimal, currency: str) -> bool:
    """Say whether it is an amount; one that is no number cannot be compared."""
    fits = worth.is_finite() and LEAST_WORTH <= worth <= MOST_WORTH
    return fits and CURRENCY.fullmatch(currency) is not None
