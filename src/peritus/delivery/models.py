"""What was handed over, file by file."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from peritus.accounts.models import ClientOwned, owned, owned_key


class DeliveredFile(ClientOwned):
    """One file written from a freeze, or for the whole engagement."""

    engagement = owned_key("engagements.Engagement", related_name="delivered_files")
    freeze = owned_key("quality.Freeze", null=True, related_name="delivered_files")
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    written_at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(engagement="engagements.Engagement", freeze="quality.Freeze"),
            models.UniqueConstraint(
                fields=["engagement", "freeze", "name"],
                nulls_distinct=False,
                name="one_file_of_a_name",
            ),
        ]

    def __str__(self) -> str:
        return self.name
