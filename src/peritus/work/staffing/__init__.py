"""What a staffing is drafted from, under which terms, and what it says."""

from peritus.work.staffing.candidates import (
    Candidates,
    candidates_for,
    everybody_there,
    unknown_names,
    unpaid_blockers,
)
from peritus.work.staffing.reading import (
    candidates_of,
    explained,
    fairness_prices,
    move_prices,
    publication_blockers,
)
from peritus.work.staffing.terms import Available, Pair, Terms, terms_blockers
from peritus.work.staffing.waiting import Move, moves_of, stranded, waiting_slots, waits_for

__all__ = [
    "Available",
    "Candidates",
    "Move",
    "Pair",
    "Terms",
    "candidates_for",
    "candidates_of",
    "everybody_there",
    "explained",
    "fairness_prices",
    "move_prices",
    "moves_of",
    "publication_blockers",
    "stranded",
    "terms_blockers",
    "unknown_names",
    "unpaid_blockers",
    "waiting_slots",
    "waits_for",
]
