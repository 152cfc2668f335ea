"""Who may keep the bench, and what a credential or result must be like."""

from __future__ import annotations

from datetime import date, datetime

from django.core.validators import slug_re

from peritus.accounts.models import Membership, Organisation, Role, User
from peritus.accounts.rules import may_set_up
from peritus.bench.models import Credential, Expert

READERS = (Role.MANAGER, Role.QUALITY, Role.FINANCE)


def may_read_bench(user: User) -> bool:
    """Let the provider's managers, quality leads and finance see every expert."""
    return user.is_engine or _plays_at_provider(user, READERS)


def may_register_expert(user: User) -> bool:
    """Let a manager of the provider bring experts to the bench."""
    return may_set_up(user)


def may_claim(user: User, expert: Expert) -> bool:
    """Let experts claim for themselves, and the provider's managers for them."""
    return user.pk == expert.user_id or may_set_up(user)


def may_verify(user: User, expert: Expert) -> bool:
    """Let a manager or quality lead of the provider check, never the expert."""
    return user.pk != expert.user_id and _may_judge_claims(user)


def may_record_result(user: User, expert: Expert) -> bool:
    """Let the engine, a manager or a quality lead record, never the expert."""
    return user.pk != expert.user_id and _may_judge_claims(user)


def _may_judge_claims(user: User) -> bool:
    return may_set_up(user) or _plays_at_provider(user, (Role.QUALITY,))


def _plays_at_provider(user: User, roles: tuple[Role, ...]) -> bool:
    return Membership.objects.filter(
        user=user, role__in=roles, organisation__kind=Organisation.Kind.PROVIDER
    ).exists()


def expert_blockers(handle: str, kind: str, origin: str, licence: str) -> list[str]:
    """Say why nobody can be registered so; a published source names where it is from."""
    blockers = []
    if not slug_re.match(handle):
        blockers.append(f"A handle has letters, digits, - and _ only; {handle!r} came.")
    if kind not in Expert.Kind.values:
        blockers.append(f"An expert is one of {', '.join(Expert.Kind.values)}; {kind!r} came.")
    if kind == Expert.Kind.SOURCE and not (origin and licence):
        blockers.append(
            "A published source needs its origin (package, version, date) and its licence."
        )
    return blockers


def claim_blockers(
    title: str, issuer: str, issued: date, expires: date | None, today: date
) -> list[str]:
    """Say why a credential with these dates and names cannot be claimed today."""
    blockers = []
    if not title.strip() or not issuer.strip():
        blockers.append("A credential needs a title and an issuer who can be asked.")
    if issued > today:
        blockers.append(f"It is issued on {issued}, after today ({today}); claim it then.")
    if expires is not None and expires <= issued:
        blockers.append(f"It would expire on {expires}, not after its issue on {issued}.")
    elif expires is not None and expires < today:
        blockers.append(f"It expired on {expires}; claim the renewed one.")
    return blockers


def verification_blockers(credential: Credential, today: date) -> list[str]:
    """Say why a credential cannot be verified, for the page and the error alike."""
    blockers = []
    if credential.state != Credential.State.CLAIMED:
        blockers.append(f"{credential} is {credential.state}; only a claimed one is verified.")
    if credential.expires is not None and credential.expires < today:
        blockers.append(f"{credential} expired on {credential.expires}; ask for a renewed one.")
    return blockers


def revocation_blockers(credential: Credential, reason: str) -> list[str]:
    """Say why a credential cannot be revoked."""
    blockers = []
    if credential.state == Credential.State.REVOKED:
        blockers.append(f"{credential} is revoked already.")
    if not reason.strip():
        blockers.append("A revocation needs its reason; the expert will read it.")
    return blockers


def result_blockers(right: int, measured: int) -> list[str]:
    """Say why a count of right answers cannot be."""
    if measured < 1:
        return [f"At least one question must have been asked; {measured} came."]
    if not 0 <= right <= measured:
        return [f"Between 0 and {measured} answers can be right; {right} came."]
    return []


def validity_blockers(valid_until: datetime, at: datetime) -> list[str]:
    """Say why a qualification cannot end at that time."""
    if valid_until <= at:
        return [f"It would lapse on {valid_until:%Y-%m-%d %H:%M}, before it is granted."]
    return []
