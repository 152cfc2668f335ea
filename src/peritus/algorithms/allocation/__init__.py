"""Whom to ask about which item next, and when an item has been asked about enough."""

from .policy import AdaptivePolicy
from .pseudo import PseudoExperts, pseudo_experts
from .replaying import Replay, replay
from .state import Pairs, Purchase, State, Stop

__all__ = [
    "AdaptivePolicy",
    "Pairs",
    "PseudoExperts",
    "Purchase",
    "Replay",
    "State",
    "Stop",
    "pseudo_experts",
    "replay",
]
