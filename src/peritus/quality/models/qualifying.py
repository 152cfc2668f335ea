"""What somebody was granted beside what a test allows."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from peritus.accounts.models import ClientOwned, User, owned, owned_key
from peritus.bench.models import Expert

ENGAGEMENT, LOT = "engagements.Engagement", "engagements.Lot"


class AttemptGrant(ClientOwned):
    """Who was let try a test anew after all attempts were used, by whom and why."""

    engagement = owned_key(ENGAGEMENT)
    lot = owned_key(LOT)
    expert = models.ForeignKey(Expert, models.PROTECT, related_name="+")
    because = models.CharField(max_length=300)
    granted_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = owned(engagement=ENGAGEMENT, lot=LOT)

    def __str__(self) -> str:
        return f"{self.expert} may try {self.lot} anew"
