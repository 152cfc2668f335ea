"""Legal holds: what may not be erased, since when and why."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from peritus.accounts.models import ClientOwned, User, owned, owned_key


class Hold(ClientOwned):
    """Nothing of an organisation, of one engagement, or of one person may be erased."""

    engagement = owned_key("engagements.Engagement", null=True)
    person = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=300)
    placed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    placed_at = models.DateTimeField()
    lifted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    lifted_because = models.CharField(max_length=300, blank=True, default="")

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(engagement="engagements.Engagement"),
            models.CheckConstraint(
                condition=models.Q(lifted_at=None, lifted_by=None)
                | models.Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="hold_lifted_whole_or_not",
            ),
            models.CheckConstraint(
                condition=models.Q(engagement=None) | models.Q(person=None),
                name="hold_on_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"Legal hold on {self.person or self.engagement or self.organisation}"
