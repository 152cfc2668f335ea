"""How far judges agree, and how far beyond chance, with missing judgments allowed."""

from .coefficients import fleiss_kappa, gwet_ac1, krippendorff_alpha
from .pairs import Pairwise, pairwise_agreement
from .resampling import Agreement

__all__ = [
    "Agreement",
    "Pairwise",
    "fleiss_kappa",
    "gwet_ac1",
    "krippendorff_alpha",
    "pairwise_agreement",
]
