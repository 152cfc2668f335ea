"""Known answers."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from peritus.accounts.models import ClientOwned, User, owned, owned_key

ENGAGEMENT, ITEM = "engagements.Engagement", "engagements.Item"


class Gold(ClientOwned):
    """A known answer with its proof; a change is a new version, the old one stays."""

    engagement = owned_key(ENGAGEMENT)
    item = owned_key(ITEM, related_name="gold")
    question = models.SlugField()
    version = models.PositiveSmallIntegerField(default=1)
    answer = models.CharField(max_length=60)
    source = models.TextField()
    direct = models.BooleanField(help_text="Stated by the source, not followed from its paths.")
    weighs = models.BooleanField(default=False, help_text="Counts for anybody's skill.")
    because = models.TextField(blank=True, default="", help_text="Why this version was made.")
    set_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField(null=True, help_text="Null: before this was kept.")
    retired_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    retired_at = models.DateTimeField(null=True)
    retired_because = models.TextField(blank=True, default="")

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(engagement=ENGAGEMENT, item=ITEM),
            models.UniqueConstraint(fields=["item", "question", "version"], name="gold_version"),
        ]

    def __str__(self) -> str:
        return f"{self.item}: {self.answer}, version {self.version}"
