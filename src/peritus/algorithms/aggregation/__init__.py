"""One answer per item from the judgments of several workers."""

from .choice import aggregate
from .consensus import Consensus, majority_vote
from .expectation import dawid_skene

__all__ = ["Consensus", "aggregate", "dawid_skene", "majority_vote"]
