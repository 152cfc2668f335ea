"""Check an evidence pack without Peritus' database, and draw its audit again.

Imports the standard library, rfc8785, cryptography, ``peritus.algorithms`` and
the parts of ``peritus.journal`` that need no database only: no settings, no models, no network.
"""

from peritus.delivery.verification.report import Check, VerificationReport
from peritus.delivery.verification.verify import redraw, verify_pack

__all__ = ["Check", "VerificationReport", "redraw", "verify_pack"]
