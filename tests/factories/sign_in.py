"""Second factors and tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from peritus.accounts.models import User
from peritus.journal.clock import now
from peritus.sign_in.codes import STEP_SECONDS, code_at, recovery_digest
from peritus.sign_in.models import ApiToken, RecoveryCode, SecondFactor
from peritus.sign_in.sealing import seal
from peritus.sign_in.tokens import token_digest
from tests.factories.accounts import uid, user

SECRET = b"12345678901234567890"  # of RFC 6238
RECOVERY = "abcd-efgh-jkmn-pqrs"


def code(*, steps: int = 0) -> str:
    """Return what a telephone with the factory's secret shows, some steps from now."""
    return code_at(SECRET, int(now().timestamp()) // STEP_SECONDS + steps)


def second_factor(*, recovery: tuple[str, ...] = (RECOVERY,), **changes: Any) -> SecondFactor:
    given = {"sealed": seal(SECRET), "last_step": 0, "set_up_at": now()} | changes
    made = SecondFactor.objects.create(**{"user": given.pop("user", None) or user()} | given)
    for each in recovery:
        RecoveryCode.objects.create(factor=made, digest=recovery_digest(each))
    return made


def protected(person: User) -> User:
    """Give a person a second factor, and return them."""
    second_factor(user=person)
    return person


def api_token(secret: str = "peritus_secret", **changes: Any) -> ApiToken:
    """Return a token that counts for a day, for reading."""
    given = {
        "uid": uid(), "name": "Nightly report", "digest": token_digest(secret),
        "scopes": ["read"], "made_at": now(), "expires_at": now() + timedelta(days=1),
    } | changes  # fmt: skip
    return ApiToken.objects.create(**{"user": given.pop("user", None) or user()} | given)
