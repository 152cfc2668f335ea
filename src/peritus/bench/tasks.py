"""What the worker does on the bench when its time has come."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet

from peritus.accounts.queries import engine
from peritus.bench.errors import EndingNotNoted
from peritus.bench.overviews import SOON_DAYS, credentials_ending, qualifications_ending
from peritus.bench.rules import warning_due
from peritus.bench.verbs.endings import note_credential_ending, note_qualification_ending
from peritus.journal.clock import now
from peritus.journal.models import Event

NOTED = ("credential.ending", "qualification.ending")


def note_what_ends() -> int:
    """Note what runs out in 60 days, 14 days and one, each once; return how many were noted.

    However long ago this was done last: of what is due by now only the latest is noted.
    """
    today = now().date()
    until = today + timedelta(SOON_DAYS)
    credentials = credentials_ending().filter(expires__range=(today, until))
    tests = qualifications_ending().filter(expires_at__gt=now(), expires_at__date__lte=until)
    return _note(
        credentials, lambda each: (each.expires - today).days, note_credential_ending
    ) + _note(tests, lambda each: (each.expires_at.date() - today).days, note_qualification_ending)


def _note(
    ending: QuerySet[Any], days_left: Callable[[Any], int], note: Callable[..., object]
) -> int:
    due = [
        (each, warning_due(days_left(each)))
        for each in ending.filter(expert__user__erased_at=None).order_by("pk")
    ]
    uids = [each.uid for each, _ in due]
    events = Event.objects.filter(kind__in=NOTED, about_uid__in=uids)
    noted = {(event.about_uid, event.data["days"]) for event in events}
    left = [(each, days) for each, days in due if days and (each.uid, days) not in noted]
    return sum(_is_noted(each, days, note) for each, days in left)


def _is_noted(each: Any, days: int, note: Callable[..., object]) -> bool:  # noqa: ANN401 - either
    try:
        note(each.pk, days, by=engine(), key=f"ending:{each.uid}:{days}")
    except EndingNotNoted:  # renewed or revoked since it was read
        return False
    return True
