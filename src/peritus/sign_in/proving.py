"""Let a person prove who they are, by a code or once more by the password."""

from __future__ import annotations

from uuid import uuid4

from peritus.accounts.models import User
from peritus.journal.acts import in_transaction
from peritus.sign_in.codes import DIGITS, recovery_digest
from peritus.sign_in.errors import CodeRefused, PasswordRefused
from peritus.sign_in.limits import Try, try_code, try_password
from peritus.sign_in.spending import spend_code
from peritus.sign_in.verbs import WRONG_CODE, use_recovery_code


def prove(user: User, text: str, address: str) -> None:
    """Take a telephone's code or a recovery code. Raises TooManyTries, CodeRefused.

    A recovery code is an act with its event. A telephone's code is none, as no
    sign-in is: only the time step is kept, up to which codes are spent.
    """
    tried = count_code(user, text, address)
    code = "".join(text.split())
    if not are_digits(code):
        use_recovery_code(user.pk, recovery_digest(text), by=user, key=uuid4().hex)
    elif not in_transaction(lambda: spend_code(user, code)):
        raise CodeRefused([WRONG_CODE])
    tried.succeeded()


def count_code(user: User, text: str, address: str) -> Try:
    """Count a try of what somebody typed as a code. Raises TooManyTries."""
    return try_code(user, address, digits=are_digits("".join(text.split())))


def are_digits(code: str) -> bool:
    """Say whether this is what a telephone shows."""
    return len(code) == DIGITS and code.isdigit()


def require_password(user: User, password: str, address: str) -> None:
    """Raise PasswordRefused unless the password is the person's; TooManyTries first."""
    tried = try_password(user.email, address)
    if not user.check_password(password):
        raise PasswordRefused(["This is not your password."])
    tried.succeeded()
