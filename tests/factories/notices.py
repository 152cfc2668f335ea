"""What waits in inboxes."""

from __future__ import annotations

from typing import Any

from peritus.notices.models import Notice
from tests.factories.accounts import number, uid, user
from tests.factories.engagements import START, engagement


def notice(**changes: Any) -> Notice:
    """Return an unread notice."""
    client = changes.pop("organisation", None)
    parent = changes.pop("engagement", None) or engagement(organisation=client)
    given = {
        "uid": uid(),
        "organisation": parent.organisation,
        "engagement": parent,
        "text": f"Do thing {number()}.",
        "link": "/",
        "at": START,
    } | changes
    given["user"] = given.get("user") or user()
    return Notice.objects.create(**given)
