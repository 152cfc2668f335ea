"""The quality plan that the pack proposes."""

from peritus.catalogue.packs import PlanSpec

PLAN = PlanSpec(promise=0.05, confidence=0.95, looks=(25, 50, 75, 100))
