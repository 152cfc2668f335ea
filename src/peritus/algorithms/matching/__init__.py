"""Match experts to items: the best total or the best minimum, with a bound."""

from .explanation import explain
from .problem import Infeasible
from .program import Undecided
from .solution import Matching, assign

__all__ = ["Infeasible", "Matching", "Undecided", "assign", "explain"]
