"""Decisions, freezes, audits, certificates, and what the client accepts."""

from peritus.quality.models.appeals import Appeal
from peritus.quality.models.audits import Audit
from peritus.quality.models.calibration import CalibrationRound, RoundWaiver, Settlement
from peritus.quality.models.census import Census, CensusCheck
from peritus.quality.models.certificates import Acceptance, Certificate, ProfessionalSignature
from peritus.quality.models.decisions import Decision
from peritus.quality.models.drift import DriftAlarm
from peritus.quality.models.freezes import Draw, Freeze, FreezePlan, FrozenDecision, NonceCommitment
from peritus.quality.models.gold import Gold
from peritus.quality.models.guidelines import GuidelineProposal, Suspension
from peritus.quality.models.plan import QualityPlan
from peritus.quality.models.qualifying import AttemptGrant

__all__ = [
    "Acceptance",
    "Appeal",
    "AttemptGrant",
    "Audit",
    "CalibrationRound",
    "Census",
    "CensusCheck",
    "Certificate",
    "Decision",
    "Draw",
    "DriftAlarm",
    "Freeze",
    "FreezePlan",
    "FrozenDecision",
    "Gold",
    "GuidelineProposal",
    "NonceCommitment",
    "ProfessionalSignature",
    "QualityPlan",
    "RoundWaiver",
    "Settlement",
    "Suspension",
]
