"""The inbox, derived from events."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from peritus.accounts.models import ClientOwned, User, owned, owned_key


class Notice(ClientOwned):
    """One thing that waits for somebody; names the act and one link.

    Without an engagement it is about the provider's own: what runs out on the bench.
    """

    engagement = owned_key("engagements.Engagement", null=True)
    user = models.ForeignKey(User, models.PROTECT, related_name="notices")
    text = models.CharField(max_length=300)
    link = models.CharField(max_length=200)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = owned(engagement="engagements.Engagement")

    def __str__(self) -> str:
        return self.text
