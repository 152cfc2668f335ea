"""What people do about how they sign in: password, second factor, sessions, tokens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from peritus.accounts.models import Organisation, User
from peritus.accounts.rules import SET_UP
from peritus.catalogue.identity import uid_of
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.clock import now
from peritus.sign_in.codes import step_of
from peritus.sign_in.errors import CodeRefused, SecondFactorRefused, TokenRefused
from peritus.sign_in.models import ApiToken, RecoveryCode, SecondFactor, Session
from peritus.sign_in.queries import codes_left
from peritus.sign_in.rules import (
    CHOOSE_PASSWORD,
    RESET_FACTOR,
    REVOKE_TOKEN,
    SECURE,
    because_blockers,
    token_blockers,
)
from peritus.sign_in.sealing import unsealed
from peritus.sign_in.sessions import NO_SESSION
from peritus.sign_in.spending import spend_either, spend_recovery_code

WRONG_CODE = "This code does not count: it is mistyped, used already, or out of its 30 seconds."
IS_OFF = "No second factor is set up."


@verb
def offer_password(user_id: int, *, by: User, key: str) -> User:
    """Put on record that somebody gets a link by which to choose a password."""
    SET_UP.require(by)
    user = User.objects.get(pk=user_id, is_active=True, is_engine=False)
    if earlier := earlier_result():
        return earlier
    record("password.offered", about=user)
    return user


@verb
def choose_password(user_id: int, password_hash: str, *, by: User, key: str) -> User:
    """Let somebody sign in by a password of their own; every session of theirs ends."""
    user = _locked(user_id)
    CHOOSE_PASSWORD.require(by, user)
    if earlier := earlier_result():
        return earlier
    user.password = password_hash
    user.save(update_fields=["password"])
    _end_sessions(user)
    record("password.chosen", about=user)
    return user


def _end_sessions(user: User, *, but: UUID = NO_SESSION) -> None:
    Session.objects.filter(user=user).exclude(uid=but).delete()


@verb
def end_sessions(user_id: int, uids: Sequence[UUID], *, by: User, key: str) -> User:
    """Sign somebody out where they say. Raises DoesNotExist where they are not signed in."""
    user = _locked(user_id)
    SECURE.require(by, user)
    if earlier := earlier_result():
        return earlier
    ended, _ = Session.objects.filter(user=user, uid__in=uids).delete()
    if not ended:
        raise Session.DoesNotExist
    record("sessions.ended", about=user, data={"count": ended})
    return user


@verb
def turn_on_second_factor(
    user_id: int,
    sealed: str,
    code: str,
    digests: Sequence[str],
    *,
    staying: UUID = NO_SESSION,
    by: User,
    key: str,
) -> User:
    """Ask a code of somebody's telephone from now on, beside the password.

    ``sealed`` is the secret, ``code`` what the telephone shows for it, ``digests``
    the hashes of ten recovery codes. Sessions end that began without it, but for the
    one that is ``staying``. Raises SecondFactorRefused, CodeRefused.
    """
    user = _locked(user_id)
    SECURE.require(by, user)
    if earlier := earlier_result():
        return earlier
    if SecondFactor.objects.filter(user=user).exists():
        raise SecondFactorRefused(["A second factor is set up already: turn it off first."])
    secret = unsealed(sealed)
    step = step_of(secret, code, now()) if secret else None
    if step is None:
        raise CodeRefused([WRONG_CODE])
    factor = SecondFactor.objects.create(user=user, sealed=sealed, last_step=step, set_up_at=now())
    _write_codes(factor, digests)
    _end_sessions(user, but=staying)
    record("second_factor.set_up", about=user)
    return user


def _locked(user_id: int) -> User:
    return User.objects.select_for_update(of=("self",)).get(
        pk=user_id, is_active=True, is_engine=False
    )


def _write_codes(factor: SecondFactor, digests: Sequence[str]) -> None:
    RecoveryCode.objects.bulk_create(RecoveryCode(factor=factor, digest=each) for each in digests)


@verb
def use_recovery_code(user_id: int, digest: str, *, by: User, key: str) -> User:
    """Let a recovery code count in place of a telephone's, once. Raises CodeRefused."""
    user = _locked(user_id)
    SECURE.require(by, user)
    if earlier := earlier_result():
        return earlier
    if not spend_recovery_code(user, digest):
        raise CodeRefused([WRONG_CODE])
    record("recovery_code.used", about=user, data={"left": codes_left(user)})
    return user


@verb
def renew_recovery_codes(
    user_id: int, code: str, digests: Sequence[str], *, by: User, key: str
) -> User:
    """Put new recovery codes in place of all old ones, for a code that still counts.

    Raises SecondFactorRefused, CodeRefused.
    """
    user = _locked(user_id)
    SECURE.require(by, user)
    if earlier := earlier_result():
        return earlier
    factor = _proved(user, code)
    factor.recovery_codes.all().delete()
    _write_codes(factor, digests)
    record("recovery_codes.renewed", about=user)
    return user


def _proved(user: User, code: str) -> SecondFactor:
    factor = SecondFactor.objects.filter(user=user).first()
    if factor is None:
        raise SecondFactorRefused([IS_OFF])
    if not spend_either(user, code):
        raise CodeRefused([WRONG_CODE])
    return factor


@verb
def turn_off_second_factor(user_id: int, code: str, *, by: User, key: str) -> User:
    """Let the password alone do again, for a code that still counts.

    Raises SecondFactorRefused, CodeRefused.
    """
    user = _locked(user_id)
    SECURE.require(by, user)
    if earlier := earlier_result():
        return earlier
    _proved(user, code).delete()
    record("second_factor.turned_off", about=user)
    return user


@verb
def reset_second_factor(user_id: int, because: str, *, by: User, key: str) -> User:
    """Take away the second factor of somebody who cannot prove it any more; sign them out.

    Raises SecondFactorRefused without one of the reasons, or where none is set up.
    """
    user = _locked(user_id)
    RESET_FACTOR.require(by, user)
    if earlier := earlier_result():
        return earlier
    found = SecondFactor.objects.filter(user=user)
    blockers = because_blockers(because)
    if not found.exists():
        blockers.append(IS_OFF)
    if blockers:
        raise SecondFactorRefused(blockers)
    found.delete()
    _end_sessions(user)
    record("second_factor.reset", about=user, data={"because": because})
    return user


@verb
def make_token(
    user_id: int,
    digest: str,
    *,
    name: str,
    scopes: Sequence[str],
    days: int,
    organisation_id: int | None = None,
    by: User,
    key: str,
) -> ApiToken:
    """Let a program act as its maker, for so many days and these scopes; ``digest`` is its hash.

    With an organisation it sees nothing of any other. Raises TokenRefused.
    """
    user = _locked(user_id)
    SECURE.require(by, user)
    if earlier := earlier_result():
        return earlier
    bound = Organisation.objects.get(pk=organisation_id) if organisation_id else None
    if blockers := token_blockers(name, scopes, days, is_bound=bound is not None):
        raise TokenRefused(blockers)
    token = ApiToken.objects.create(
        uid=uid_of(user.uid, "token", key), user=user, name=name.strip(), digest=digest,
        scopes=sorted(scopes), organisation=bound, made_at=now(),
        expires_at=now() + timedelta(days=days),
    )  # fmt: skip
    said = {"scopes": token.scopes, "days": days, "organisation": bound.uid if bound else None}
    record("token.made", about=token, data=said)
    return token


@verb
def revoke_token(token_id: int, *, by: User, key: str) -> ApiToken:
    """Let a token count no more; one that was revoked stays so."""
    token = ApiToken.objects.select_for_update(of=("self",)).get(pk=token_id)
    REVOKE_TOKEN.require(by, token.user)
    if earlier := earlier_result():
        return earlier
    if token.revoked_at is None:
        token.revoked_at = now()
        token.save(update_fields=["revoked_at"])
        record("token.revoked", about=token)
    return token
