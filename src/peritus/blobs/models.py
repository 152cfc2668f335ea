"""Content by its digest."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Blob(models.Model):
    """Bytes of one client, named by their SHA-256; never changed."""

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "sha256"], name="one_blob_per_digest")
        ]

    def __str__(self) -> str:
        return f"{self.sha256[:12]} ({self.size} bytes)"
