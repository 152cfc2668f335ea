"""One answer per item from the judgments of several workers."""

from .choice import aggregate
from .consensus import Consensus, majority_vote
from .expectation import dawid_skene
from .expert import ExpertAccuracy, expert_accuracy
from .methods import one_coin
from .stream import Stream
from .voting import weighted_vote

__all__ = [
    "Consensus",
    "ExpertAccuracy",
    "Stream",
    "aggregate",
    "dawid_skene",
    "expert_accuracy",
    "majority_vote",
    "one_coin",
    "weighted_vote",
]
