"""What a draft of a staffing says: why a pair is, or is not, and what keeps it unpublished."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from peritus.algorithms.matching import Matching, explain, move_curve, trade_off
from peritus.bench.models import Expert
from peritus.engagements.models import Lot
from peritus.journal.clock import now
from peritus.work.conflicts import conflicts_of
from peritus.work.leasing import LASTING, SENTENCES, barred_pairs
from peritus.work.models import Staffing
from peritus.work.queries import production_blockers
from peritus.work.staffing.candidates import Candidates, candidates_for
from peritus.work.staffing.terms import Available, Pair, Terms


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
    return candidates_for(staffing.lot, staffing.available, now(), Terms.stored(staffing.terms))


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
    return explain(_matching(staffing, found), found.worth, row, column,
                   names=found.names, **limits)  # fmt: skip


def _matching(staffing: Staffing, found: Candidates) -> Matching:
    places = sorted(found.row_and_column(pair)[::-1] for pair in map(tuple, staffing.pairs))
    items, experts = np.array(places, dtype=np.int64).reshape(-1, 2).T
    return Matching(
        experts=experts, items=items, total=float(found.worth[experts, items].sum()),
        minimum=np.nan if staffing.minimum is None else staffing.minimum,
        bound=staffing.bound, status="optimal" if staffing.status == "optimal" else "bounded",
    )  # fmt: skip


def fairness_prices(staffing: Staffing, found: Candidates) -> list[tuple[float, float]]:
    """Return what a better weakest item costs: least on each item, and the most in all."""
    terms = Terms.stored(staffing.terms)
    curve = trade_off(
        found.worth, found.demand(terms), found.capacity(terms), names=found.names,
        **found.bounds(terms),
    )  # fmt: skip
    return [(float(floor), float(total)) for floor, total in curve]


def move_prices(lot: Lot, available: Available, at: datetime) -> list[tuple[int, float]]:
    """Return what moves bring: how many of what waits, and the most right with so many."""
    terms = Terms(move_price=0.0)
    found = candidates_for(lot, available, at, terms)
    if found.waiting is None or not found.asked.any():
        return []
    curve = move_curve(
        found.worth, found.demand(terms), found.capacity(terms), names=found.names,
        kept=np.argwhere(found.waiting.kept & found.allowed), **found.bounds(terms),
    )  # fmt: skip
    return [(int(moves), float(total)) for moves, total in curve]
