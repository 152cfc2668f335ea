"""What entitled a lot's judges to judge it, as far as somebody had checked it by then."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import Min

from peritus.bench.models import Credential, Expert, Qualification
from peritus.bench.queries import valid_credentials
from peritus.engagements.models import Lot
from peritus.journal.models import Event
from peritus.quality.annexes.judges import judges_of, shown_name
from peritus.work.models import Judgment

_NUMBER = re.compile(r"[0-9](?:[ ./-]?[0-9]){5,}")
"""What may be the number of a document, or a day, in a title: six digits and more."""


def credentials(lot: Lot, number: int, at: datetime) -> dict[str, object]:
    """Return, by judge, what was verified or passed, and held when they first answered.

    Without what would name a person: no document, no day on which it was issued.
    In an order that no database chooses.
    """
    judges = judges_of(lot)
    first = dict(
        Judgment.objects.filter(item__lot=lot)
        .values_list("expert")
        .annotate(at=Min("submitted_at"))
        .order_by()
    )
    checked = _checks(judges)
    return {
        "at": at,
        "experts": [_expert(lot, each, first.get(each.pk), at, checked) for each in judges],
        "freeze": number,
        "lot": lot.uid,
        "required": lot.engagement.required_qualification,
    }


def _checks(judges: list[Expert]) -> dict[UUID, Event]:
    """Return, by credential, the event that says who checked it and when."""
    held = Credential.objects.filter(expert__in=judges).values("uid")
    events = Event.objects.filter(kind="credential.verified", about_uid__in=held)
    return {each.about_uid: each for each in events.order_by("id")}


def _expert(
    lot: Lot, expert: Expert, first: datetime | None, at: datetime, checked: Mapping[UUID, Event]
) -> dict[str, object]:
    since = first or at
    held = sorted(valid_credentials(expert, since), key=lambda each: (each.title, each.uid))
    passed = Qualification.objects.filter(
        expert=expert, passed=True, granted_at__lte=at, expires_at__gt=since
    )
    return {
        "credentials": [_credential(each, checked.get(each.uid)) for each in held],
        "expert": expert.uid,
        "kind": expert.kind,
        "name": shown_name(lot.engagement, expert),
        "qualifications": [
            _qualification(each) for each in sorted(passed, key=lambda each: (each.name, each.uid))
        ],
        "since": first,
    }


def _credential(each: Credential, check: Event | None) -> dict[str, object]:
    """Return a credential with the account that checked it, as events name accounts."""
    return {
        "checked_at": check.at if check else None,
        "checked_by": check.actor if check else None,
        "issued_in": each.issued.year,
        "issuer": _without_numbers(each.issuer),
        "jurisdiction": _without_numbers(each.jurisdiction),
        "title": _without_numbers(each.title),
        "valid_until": each.expires,
    }


def _without_numbers(text: str) -> str:
    return _NUMBER.sub("…", text)


def _qualification(each: Qualification) -> dict[str, object]:
    return {
        "asked": each.asked,
        "name": each.name,
        "passed_at": each.granted_at,
        "right": each.right,
        "valid_until": each.expires_at,
    }
