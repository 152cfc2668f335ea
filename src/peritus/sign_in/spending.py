"""Spend codes: each counts once, however many processes are asked at the same moment."""

from __future__ import annotations

from peritus.accounts.models import User
from peritus.journal.clock import now
from peritus.sign_in.codes import recovery_digest, step_of
from peritus.sign_in.models import RecoveryCode, SecondFactor
from peritus.sign_in.sealing import seal, unsealed


def spend_code(user: User, code: str) -> bool:
    """Spend a telephone's code; say whether it counted. Codes of its step and before are spent.

    Seals the secret anew, so that it comes under the newest key by being used.
    """
    factor = SecondFactor.objects.filter(user=user).first()
    secret = unsealed(factor.sealed) if factor else None
    step = step_of(secret, code, now()) if secret else None
    if factor is None or secret is None or step is None:
        return False
    unspent = SecondFactor.objects.filter(pk=factor.pk, last_step__lt=step)
    return unspent.update(last_step=step, sealed=seal(secret)) == 1


def spend_recovery_code(user: User, digest: str) -> bool:
    """Spend a recovery code by its hash; say whether it counted."""
    unused = RecoveryCode.objects.filter(factor__user=user, digest=digest, used_at=None)
    return unused.update(used_at=now()) == 1


def spend_either(user: User, text: str) -> bool:
    """Spend what somebody typed, from the telephone or from paper."""
    return spend_code(user, text) or spend_recovery_code(user, recovery_digest(text))
