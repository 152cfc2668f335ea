"""Match experts to items: the best total or the best minimum, with a bound."""

from .explanation import explain
from .problem import Infeasible
from .program import Undecided
from .pulling import next_item
from .reassignment import Reassigned, move_curve, reassign
from .solution import Matching, assign
from .trading import trade_off

__all__ = [
    "Infeasible",
    "Matching",
    "Reassigned",
    "Undecided",
    "assign",
    "explain",
    "move_curve",
    "next_item",
    "reassign",
    "trade_off",
]
