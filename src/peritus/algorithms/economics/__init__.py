"""What work costs here and elsewhere, simulated with its uncertainty.

Figures are floats in EUR for planning and display. Money that was posted is
decimal and lives in the ledger.
"""

from .inputs import Baseline, CostModel, Pilot
from .savings import Estimate, break_even, realised_saving, screening_saving

__all__ = [
    "Baseline",
    "CostModel",
    "Estimate",
    "Pilot",
    "break_even",
    "realised_saving",
    "screening_saving",
]
