"""Licence compliance: whether a component may go into a product shipped as binary."""

from peritus.packs.licence_compliance.pack import PACK

__all__ = ["PACK"]
