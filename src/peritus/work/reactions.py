"""What work does when somebody leaves an engagement."""

from __future__ import annotations

from peritus.accounts.queries import engine
from peritus.engagements.models import RosterEntry
from peritus.journal.models import Event
from peritus.journal.pump import subscribe
from peritus.work.verbs import give_back_leases


@subscribe("work.left", to=("roster.left",))
def give_back_what_was_in_hand(event: Event) -> None:
    """Let go of what somebody held who left; they see it no more already."""
    entry = RosterEntry.objects.get(uid=event.about_uid)
    key = f"work.left:{event.pk}"
    give_back_leases(entry.engagement_id, entry.expert_id, by=engine(), key=key)
