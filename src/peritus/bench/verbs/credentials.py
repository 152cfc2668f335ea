"""Claim what can be checked, check it, and take it away."""

from __future__ import annotations

from datetime import date

from peritus.accounts.models import User
from peritus.bench.errors import (
    CredentialNotClaimed,
    CredentialNotRevoked,
    CredentialNotVerified,
)
from peritus.bench.models import Credential
from peritus.bench.queries import credentials_seen_by, experts_seen_by
from peritus.bench.rules import (
    CLAIM,
    VERIFY,
    claim_blockers,
    kind_blockers,
    length_blockers,
    revocation_blockers,
    verification_blockers,
)
from peritus.catalogue.identity import uid_of
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.clock import now
from peritus.journal.personal import personal


@verb
@personal("field", "issuer", "jurisdiction", "number", "title")
def claim_credential(
    expert_id: int,
    *,
    title: str,
    issuer: str,
    issued: date,
    expires: date | None = None,
    jurisdiction: str = "",
    kind: str = Credential.Kind.CERTIFICATE,
    field: str = "",
    level: str = "",
    years: int = 0,
    number: str = "",
    by: User,
    key: str,
) -> Credential:
    """Claim a degree, licence, certificate, language or practice; it counts once it is verified."""
    expert = experts_seen_by(by).select_for_update(of=("self",)).get(pk=expert_id)
    CLAIM.require(by, expert)
    if earlier := earlier_result():
        return earlier
    known = expert.credentials.filter(title=title, issuer=issuer, issued=issued)
    blockers = claim_blockers(title, issuer, issued, expires, now().date())
    blockers += kind_blockers(kind, title, level, years)
    blockers += length_blockers(
        title=title, issuer=issuer, field=field, jurisdiction=jurisdiction, number=number
    )
    if known.exclude(state=Credential.State.REVOKED).exists():
        blockers.append(f"{title} of {issuer}, issued on {issued}, stands on the bench already.")
    if blockers:
        raise CredentialNotClaimed(blockers)
    credential = Credential.objects.create(
        uid=uid_of(expert.uid, "credential", title, issuer, issued, known.count() + 1),
        expert=expert,
        kind=kind,
        title=title,
        field=field,
        level=level,
        years=years,
        issuer=issuer,
        jurisdiction=jurisdiction,
        number=number,
        issued=issued,
        expires=expires,
    )
    record("credential.claimed", about=credential, data={"expert": expert.uid})
    return credential


@verb
def verify_credential(credential_id: int, *, by: User, key: str) -> Credential:
    """Confirm a claimed credential after asking its issuer."""
    credential = credentials_seen_by(by).select_for_update(of=("self",)).get(pk=credential_id)
    VERIFY.require(by, credential.expert)
    if earlier := earlier_result():
        return earlier
    if blockers := verification_blockers(credential, now().date()):
        raise CredentialNotVerified(blockers)
    credential.state = Credential.State.VERIFIED
    credential.verified_by, credential.verified_at = by, now()
    credential.save(update_fields=["state", "verified_by", "verified_at"])
    record("credential.verified", about=credential, data={"expert": credential.expert.uid})
    return credential


@verb
def revoke_credential(credential_id: int, *, reason: str, by: User, key: str) -> Credential:
    """Take a credential away at once; the reason stays with it, for the expert.

    What its expert leases in this moment comes before, or is refused.
    """
    held = credentials_seen_by(by).select_related("expert")
    credential = held.select_for_update(of=("self", "expert"), no_key=True).get(pk=credential_id)
    VERIFY.require(by, credential.expert)
    if earlier := earlier_result():
        return earlier
    if blockers := revocation_blockers(credential, reason):
        raise CredentialNotRevoked(blockers)
    credential.state = Credential.State.REVOKED
    credential.revoked_because, credential.revoked_at = reason, now()
    credential.save(update_fields=["state", "revoked_because", "revoked_at"])
    record("credential.revoked", about=credential, data={"expert": credential.expert.uid})
    return credential
