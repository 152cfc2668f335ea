"""Experts and what they have shown."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from peritus.bench.models import Credential, Expert, PayRate, Qualification, Skill
from tests.factories.accounts import number, uid, user


def expert(**changes: Any) -> Expert:
    n = number()
    given = {
        "uid": uid(),
        "handle": f"expert-{n}",
        "name": f"Expert {n}",
        "kind": Expert.Kind.PERSON,
    } | changes
    given["user"] = given.get("user") or user(name=given["name"])
    return Expert.objects.create(**given)


def credential(**changes: Any) -> Credential:
    given = {
        "uid": uid(),
        "title": "Master of Laws",
        "issuer": "University of Example",
        "issued": date(2020, 7, 1),
        "expires": None,
        "state": Credential.State.CLAIMED,
    } | changes
    given["expert"] = given.get("expert") or expert()
    if given["state"] == Credential.State.VERIFIED:
        given.setdefault("verified_at", datetime(2026, 1, 1, tzinfo=UTC))
    return Credential.objects.create(**given)


def qualification(**changes: Any) -> Qualification:
    """Return a passed qualification, valid in the whole of 2026 and 2027."""
    given = {
        "uid": uid(),
        "name": "Onboarding quiz",
        "right": 11,
        "asked": 12,
        "passed": True,
        "granted_at": datetime(2026, 1, 1, tzinfo=UTC),
        "expires_at": datetime(2028, 1, 1, tzinfo=UTC),
    } | changes
    given["expert"] = given.get("expert") or expert()
    return Qualification.objects.create(**given)


def skill(**changes: Any) -> Skill:
    given = {
        "uid": uid(),
        "pack": "kpo_quiz",
        "question": f"question-{number()}",
        "right": 9,
        "measured": 10,
        "measured_at": datetime(2026, 1, 5, tzinfo=UTC),
    } | changes
    given["expert"] = given.get("expert") or expert()
    return Skill.objects.create(**given)


def pay_rate(**changes: Any) -> PayRate:
    """Return a rate for an hour that holds from May 2026 on."""
    given = {
        "uid": uid(),
        "per": PayRate.Per.HOUR,
        "amount": Decimal(70),
        "currency": "EUR",
        "valid_from": date(2026, 5, 1),
        "set_at": datetime(2026, 3, 1, tzinfo=UTC),
    } | changes
    given["expert"] = given.get("expert") or expert()
    given["set_by"] = given.get("set_by") or user()
    return PayRate.objects.create(**given)
