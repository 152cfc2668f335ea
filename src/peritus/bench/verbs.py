"""Bring experts to the bench, check what they claim, record what they show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from peritus.accounts.models import User
from peritus.bench.errors import (
    CredentialNotClaimed,
    CredentialNotRevoked,
    CredentialNotVerified,
    ExpertNotDescribed,
    ExpertNotRegistered,
    ResultNotRecorded,
)
from peritus.bench.models import Credential, Expert, Qualification, Skill
from peritus.bench.queries import credentials_seen_by, experts_seen_by
from peritus.bench.rules import (
    CLAIM,
    KEEP_SKILLS,
    RECORD_RESULT,
    REGISTER_EXPERT,
    VERIFY,
    claim_blockers,
    description_blockers,
    expert_blockers,
    kind_blockers,
    result_blockers,
    revocation_blockers,
    validity_blockers,
    verification_blockers,
)
from peritus.catalogue.identity import PERITUS, uid_of
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.canonical import digest
from peritus.journal.clock import now
from peritus.journal.personal import personal


@verb
@personal("name")
def register_expert(
    handle: str,
    *,
    user_id: int,
    name: str,
    kind: str,
    origin: str = "",
    derivation: str = "",
    licence: str = "",
    by: User,
    key: str,
) -> Expert:
    """Bring a person, a model or a published source to the bench.

    ``origin`` says where a source comes from, ``derivation`` who made it of
    what. Raises ExpertNotRegistered, also for a handle or account in use.
    """
    REGISTER_EXPERT.require(by)
    if earlier := earlier_result():
        return earlier
    user = User.objects.select_for_update(of=("self",)).get(pk=user_id)
    blockers = expert_blockers(handle, kind, origin, licence) + _taken(handle, user)
    if blockers:
        raise ExpertNotRegistered(blockers)
    expert = Expert.objects.create(
        uid=uid_of(PERITUS, "expert", handle),
        user=user,
        handle=handle,
        name=name,
        kind=kind,
        origin=origin,
        derivation=derivation,
        licence=licence,
    )
    record("expert.registered", about=expert, data={"kind": kind})
    return expert


def _taken(handle: str, user: User) -> list[str]:
    blockers = []
    if Expert.objects.filter(handle=handle).exists():
        blockers.append(f"An expert {handle!r} is on the bench; choose another handle.")
    if other := Expert.objects.filter(user=user).first():
        blockers.append(f"The account acts as {other.handle!r} already; one account, one expert.")
    return blockers


@verb
@personal("country", "nationality", "team")
def describe_expert(
    expert_id: int,
    *,
    country: str = "",
    nationality: str = "",
    team: str = "",
    weekly_hours: Decimal | None = None,
    at_once: int | None = None,
    by: User,
    key: str,
) -> Expert:
    """Say where an expert works, of which nationality and team, and how much they take on.

    All at once, in the place of what stood; what restricts engagements holds from
    this moment. Raises ExpertNotDescribed.
    """
    expert = experts_seen_by(by).select_for_update(of=("self",)).get(pk=expert_id)
    REGISTER_EXPERT.require(by)
    if earlier := earlier_result():
        return earlier
    if blockers := description_blockers(country, nationality, team, weekly_hours, at_once):
        raise ExpertNotDescribed(blockers)
    expert.country, expert.nationality, expert.team = country, nationality, team.strip()
    expert.weekly_hours, expert.at_once, expert.described_at = weekly_hours, at_once, now()
    expert.save(update_fields=[*DESCRIBED, "described_at"])
    record("expert.described", about=expert)
    return expert


DESCRIBED = ("country", "nationality", "team", "weekly_hours", "at_once")


@verb
@personal("field", "issuer", "jurisdiction", "title")
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
    """Take a credential away at once; the reason stays with it, for the expert."""
    credential = credentials_seen_by(by).select_for_update(of=("self",)).get(pk=credential_id)
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


@verb
def record_qualification(
    expert_id: int,
    *,
    name: str,
    right: int,
    asked: int,
    passed: bool,
    valid_until: datetime,
    by: User,
    key: str,
) -> Qualification:
    """Record how an expert did in a test; a passed one counts until ``valid_until``."""
    expert = experts_seen_by(by).select_for_update(of=("self",)).get(pk=expert_id)
    RECORD_RESULT.require(by, expert)
    if earlier := earlier_result():
        return earlier
    at = now()
    if blockers := result_blockers(right, asked) + validity_blockers(valid_until, at):
        raise ResultNotRecorded(blockers)
    attempt = expert.qualifications.filter(name=name).count() + 1
    qualification = Qualification.objects.create(
        uid=uid_of(expert.uid, "qualification", name, attempt),
        expert=expert,
        name=name,
        right=right,
        asked=asked,
        passed=passed,
        granted_at=at,
        expires_at=valid_until,
    )
    record(
        "qualification.recorded",
        about=qualification,
        data={"expert": expert.uid, "passed": passed, "right": right, "asked": asked},
    )
    return qualification


@dataclass(frozen=True)
class SkillMeasured:
    """What was measured of an expert on a question; shares from 0 to 1."""

    expert_id: int
    question: str
    right: int
    measured: int
    share: float
    low: float
    high: float
    measured_at: datetime


@verb
def record_skills(pack: str, measured: Sequence[SkillMeasured], *, by: User, key: str) -> int:
    """Set what has been measured in a pack so far; return how many skills changed.

    Derived from facts: the rows replace the earlier ones, those not named are
    taken away, and nothing is recorded where nothing changed.
    """
    KEEP_SKILLS.require(by)
    if earlier_result():
        return 0
    if blockers := [each for row in measured for each in result_blockers(row.right, row.measured)]:
        raise ResultNotRecorded(blockers)
    old = {(each.expert_id, each.question): each for each in Skill.objects.filter(pack=pack)}
    named = {(row.expert_id, row.question) for row in measured}
    gone = [skill.pk for place, skill in old.items() if place not in named]
    changed = [row for row in measured if _differs(old.get((row.expert_id, row.question)), row)]
    if not changed and not gone:
        return 0
    Skill.objects.filter(pk__in=gone).delete()
    for row in changed:
        _keep_skill(pack, row)
    rows = [[row.expert_id, row.question, row.right, row.measured] for row in measured]
    record(
        "skills.measured", about=by, data={"pack": pack, "count": len(rows), "digest": digest(rows)}
    )
    return len(changed) + len(gone)


FIELDS = ("right", "measured", "share", "low", "high", "measured_at")


def _differs(skill: Skill | None, row: SkillMeasured) -> bool:
    return skill is None or any(getattr(skill, name) != getattr(row, name) for name in FIELDS)


def _keep_skill(pack: str, row: SkillMeasured) -> None:
    expert = Expert.objects.get(pk=row.expert_id)
    values = {name: getattr(row, name) for name in FIELDS}
    Skill.objects.update_or_create(
        expert=expert,
        pack=pack,
        question=row.question,
        defaults={"uid": uid_of(expert.uid, "skill", pack, row.question), **values},
    )
