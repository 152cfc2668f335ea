"""How far judges agree beyond chance, with missing judgments allowed."""

from .coefficients import fleiss_kappa, gwet_ac1, krippendorff_alpha
from .resampling import Agreement

__all__ = ["Agreement", "fleiss_kappa", "gwet_ac1", "krippendorff_alpha"]
