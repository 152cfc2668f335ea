"""The onboarding quiz: knowledge process outsourcing beside BPO."""

from peritus.packs.kpo_quiz.pack import PACK

__all__ = ["PACK"]
