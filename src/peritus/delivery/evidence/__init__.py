"""Gather what an outsider needs to check a freeze without Peritus."""

from peritus.delivery.evidence.members import evidence_files, pack_blockers

__all__ = ["evidence_files", "pack_blockers"]
