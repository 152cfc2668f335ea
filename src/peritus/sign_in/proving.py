"""Let a person prove who they are, by a code or once more by the password."""

from __future__ import annotations

from uuid import uuid4

from peritus.accounts.models import User
from peritus.journal.acts import in_transaction
from peritus.sign_in.codes import DIGITS, recovery_digest
from peritus.sign_in.errors import CodeRefused, PasswordRefused
from peritus.sign_in.spending import spend_code
from peritus.sign_in.verbs import WRONG_CODE, use_recovery_code


def prove(user: User, text: str) -> None:
    """Take a telephone's code or a recovery code. Raises CodeRefused.

    A recovery code is an act with its event. A telephone's code is none, as no
    sign-in is: only the time step is kept, up to which codes are spent.
    """
    code = "".join(text.split())
    if len(code) == DIGITS and code.isdigit():
        if not in_transaction(lambda: spend_code(user, code)):
            raise CodeRefused([WRONG_CODE])
    else:
        use_recovery_code(user.pk, recovery_digest(text), by=user, key=uuid4().hex)


def require_password(user: User, password: str) -> None:
    """Raise PasswordRefused unless the password is the person's."""
    if not user.check_password(password):
        raise PasswordRefused(["This is not your password."])
