"""One answer per item from the judgments of several workers."""

from .choice import aggregate
from .consensus import Consensus, majority_vote
from .difficulty import Difficulty, item_difficulty
from .expectation import dawid_skene
from .expert import ExpertAccuracy, expert_accuracy
from .groups import aggregate_groups
from .known_skill import posterior_under_skill
from .methods import one_coin
from .stream import Stream
from .voting import weighted_vote

__all__ = [
    "Consensus",
    "Difficulty",
    "ExpertAccuracy",
    "Stream",
    "aggregate",
    "aggregate_groups",
    "dawid_skene",
    "expert_accuracy",
    "item_difficulty",
    "majority_vote",
    "one_coin",
    "posterior_under_skill",
    "weighted_vote",
]
