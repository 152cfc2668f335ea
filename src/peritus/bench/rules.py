"""Who may keep the bench, and what a credential or result must be like."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.core.validators import slug_re

from peritus.accounts.models import User
from peritus.accounts.rules import (
    ENGINE,
    PROVIDERS_FINANCE,
    PROVIDERS_LEAD,
    PROVIDERS_MANAGER,
    Relation,
    rule,
)
from peritus.bench.models import Credential, Expert
from peritus.catalogue.languages import language_fault
from peritus.catalogue.requirements import LEVELS, MOST_YEARS


def _is_expert(user: User, about: Any) -> bool:  # noqa: ANN401 - an expert, or what is theirs
    expert: Expert = about if isinstance(about, Expert) else about.expert
    return user.pk == expert.user_id


EXPERT = Relation("the expert concerned", _is_expert)

READ_BENCH = rule(
    "read_bench", "See every expert of the bench",
    ENGINE, PROVIDERS_MANAGER, PROVIDERS_LEAD, PROVIDERS_FINANCE,
    refusal="The provider's managers, quality leads and finance see the bench.",
)  # fmt: skip
REGISTER_EXPERT = rule(
    "register_expert", "Bring experts to the bench", ENGINE, PROVIDERS_MANAGER,
    refusal="Only a manager of the provider registers experts.",
)  # fmt: skip
CLAIM = rule(
    "claim", "Claim a credential", EXPERT, ENGINE, PROVIDERS_MANAGER,
    refusal="Experts claim credentials for themselves, or a manager does.",
)  # fmt: skip
VERIFY = rule(
    "verify", "Check and revoke credentials", ENGINE, PROVIDERS_MANAGER, PROVIDERS_LEAD,
    refusal="A manager or quality lead of the provider checks claims, never one's own.",
    never=(EXPERT,),
)  # fmt: skip
RECORD_RESULT = rule(
    "record_result", "Record how an expert did in a test",
    ENGINE, PROVIDERS_MANAGER, PROVIDERS_LEAD,
    refusal="The engine, a manager or a quality lead records results, never one's own.",
    never=(EXPERT,),
)  # fmt: skip
KEEP_SKILLS = rule(
    "keep_skills", "Keep what is measured of experts", ENGINE,
    refusal="The program itself keeps skills, from answers that are known.",
)  # fmt: skip

KEEP_FIELDS = rule(
    "keep_fields", "Keep the taxonomy of fields of work", ENGINE, PROVIDERS_MANAGER,
    refusal="Only a manager of the provider keeps the fields of work.",
)  # fmt: skip
PROFILE = rule(
    "profile", "Say in which fields and when an expert works", EXPERT, ENGINE, PROVIDERS_MANAGER,
    refusal="Experts say for themselves in which fields and when they work, or a manager does.",
)  # fmt: skip
READ_PAY = rule(
    "read_pay", "See what every expert is paid",
    ENGINE, PROVIDERS_MANAGER, PROVIDERS_FINANCE,
    refusal="Managers and finance of the provider see what experts are paid, and each their own.",
)  # fmt: skip
AGREE_PAY = rule(
    "agree_pay", "Agree on what an expert is paid", ENGINE, PROVIDERS_MANAGER,
    refusal="A manager of the provider agrees on pay, never on their own.",
    never=(EXPERT,),
)  # fmt: skip
NOTE_ENDING = rule(
    "note_ending", "Note that a credential or a test runs out soon", ENGINE,
    refusal="The program itself notes what runs out, when its time has come.",
)  # fmt: skip


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


REGION = re.compile("[A-Z]{2,12}")
"""A country, or a wider region by a name that contracts use: DE, EU, EEA, WORLD."""


def model_blockers(kind: str, data_region: str, *, special: bool) -> list[str]:
    """Say why nobody of that kind can be registered with what only models have."""
    if kind != Expert.Kind.MODEL and (data_region or special):
        return ["Only a model sends items to a region, is fitted, or is on trial."]
    return region_blockers(data_region) if data_region else []


def region_blockers(region: str) -> list[str]:
    """Say why this is no region that data may go to."""
    if REGION.fullmatch(region):
        return []
    return [
        f"A region is named by 2 to 12 capital letters, such as DE or EU; {region[:20]!r} came."
    ]


COUNTRY = re.compile("[A-Z]{2}")
LONGEST_TEAM, WEEK_HOURS, MOST_AT_ONCE = 60, 168, 1000
LEAST_HOURS = Decimal("0.01")  # less is kept as none at all
LONGEST_REASON = 300
LONGEST: Final = {
    "title": Credential._meta.get_field("title").max_length or 0,
    "issuer": Credential._meta.get_field("issuer").max_length or 0,
    "field": Credential._meta.get_field("field").max_length or 0,
    "jurisdiction": Credential._meta.get_field("jurisdiction").max_length or 0,
    "number": Credential._meta.get_field("number").max_length or 0,
}


def description_blockers(
    country: str, nationality: str, team: str, weekly_hours: Decimal | None, at_once: int | None
) -> list[str]:
    """Say why an expert cannot be described so."""
    blockers = [
        f"A {name} is two capital letters such as DE, or nothing; {value[:20]!r} came."
        for name, value in (("country", country), ("nationality", nationality))
        if value and not COUNTRY.fullmatch(value)
    ]
    if len(team.strip()) > LONGEST_TEAM:
        blockers.append(f"A team's name has at most {LONGEST_TEAM} characters.")
    if weekly_hours is not None and not (
        weekly_hours.is_finite() and LEAST_HOURS <= weekly_hours <= WEEK_HOURS
    ):
        blockers.append(f"A week has up to {WEEK_HOURS} hours; {weekly_hours} came.")
    if at_once is not None and not 1 <= at_once <= MOST_AT_ONCE:
        blockers.append(f"1 to {MOST_AT_ONCE:,} items can be held at once; {at_once} came.")
    return blockers


def kind_blockers(kind: str, title: str, level: str, years: int) -> list[str]:
    """Say what a credential of its kind lacks: a language its level, practice its years."""
    if kind not in Credential.Kind.values:
        wanted = ", ".join(Credential.Kind.values)
        return [f"A credential is one of {wanted}; {kind[:40]!r} came."]
    if kind == Credential.Kind.LANGUAGE:
        blockers = [fault] if (fault := language_fault(title)) else []
        known = level in LEVELS
        return blockers + ([] if known else [f"Its level is one of {', '.join(LEVELS)}."])
    blockers = ["Only a language has a level."] if level else []
    if kind == Credential.Kind.PRACTICE:
        fits = 1 <= years <= MOST_YEARS
        return blockers + ([] if fits else [f"Practice has 1 to {MOST_YEARS} years; {years} came."])
    return blockers + (["Only practice has years."] if years else [])


def length_blockers(**texts: str) -> list[str]:
    """Say which texts of a credential are longer than is kept of them."""
    return [
        f"Its {name} has at most {LONGEST[name]} characters; {len(text)} came."
        for name, text in texts.items()
        if len(text) > LONGEST[name]
    ]


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
    if len(reason) > LONGEST_REASON:
        blockers.append(f"A reason has at most {LONGEST_REASON} characters; {len(reason)} came.")
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


WARNING_DAYS: Final = (1, 14, 60)
"""How many days before its end something is told of."""


def warning_due(days_left: int) -> int | None:
    """Return which of the warnings is due of what ends in so many days; None: none is."""
    if days_left < 0:
        return None
    return next((days for days in WARNING_DAYS if days_left <= days), None)


def ending_blockers(what: object, days_left: int | None, days: int, *, renewed: bool) -> list[str]:
    """Say why it cannot be noted that something runs out within so many days."""
    if renewed:
        return [f"{what} does not count, or something that lasts longer stands in for it."]
    if days_left is None or warning_due(days_left) != days:
        return [f"{what} ends in {days_left} days; it is not due that it ends within {days}."]
    return []
