"""Import runs, with the rows that were refused and why."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from peritus.accounts.models import ClientOwned, owned, owned_key


class ImportRun(ClientOwned):
    """One file read: rows in = accepted + unchanged + rejected."""

    engagement = owned_key("engagements.Engagement", related_name="import_runs")
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    lot_code = models.SlugField(blank=True, default="", help_text='"": the rows name their lot.')
    note = models.CharField(
        max_length=300, blank=True, default="", help_text="How the file had to be read."
    )
    accepted = models.PositiveIntegerField()
    unchanged = models.PositiveIntegerField()
    rejected = models.PositiveIntegerField()
    rejects = models.JSONField(help_text="[[row number, reason, row], …]")
    imported_at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = owned(engagement="engagements.Engagement")

    def __str__(self) -> str:
        return f"{self.file_name}: {self.accepted} in, {self.rejected} rejected"
