"""Legal holds."""

from __future__ import annotations

from typing import Any

from peritus.privacy.models import Hold
from tests.factories import accounts
from tests.factories.accounts import uid
from tests.factories.engagements import START


def hold(**changes: Any) -> Hold:
    """Return a hold on all of an organisation."""
    given = {"uid": uid(), "reason": "A dispute about the March invoice.", "placed_at": START}
    given |= changes
    course, person = given.get("engagement"), given.get("person")
    given["organisation"] = given.get("organisation") or (
        course.organisation
        if course
        else accounts.provider()
        if person
        else accounts.organisation()
    )
    given["placed_by"] = given.get("placed_by") or accounts.member("manager")
    return Hold.objects.create(**given)
