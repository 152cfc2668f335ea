"""Known answers."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from peritus.accounts.models import ClientOwned, owned, owned_key

ENGAGEMENT, ITEM = "engagements.Engagement", "engagements.Item"


class Gold(ClientOwned):
    """A known answer with its proof; shown, and versioned."""

    engagement = owned_key(ENGAGEMENT)
    item = owned_key(ITEM, related_name="gold")
    question = models.SlugField()
    version = models.PositiveSmallIntegerField(default=1)
    answer = models.CharField(max_length=60)
    source = models.TextField()
    direct = models.BooleanField(help_text="Stated by the source, not followed from its paths.")
    weighs = models.BooleanField(default=False, help_text="Counts for anybody's skill.")

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(engagement=ENGAGEMENT, item=ITEM),
            models.UniqueConstraint(fields=["item", "question", "version"], name="gold_version"),
        ]

    def __str__(self) -> str:
        return f"{self.item}: {self.answer}"
