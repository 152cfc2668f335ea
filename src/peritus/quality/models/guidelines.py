"""Proposed changes of a guideline."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from peritus.accounts.models import ClientOwned, owned, owned_key

ENGAGEMENT = "engagements.Engagement"


class GuidelineProposal(ClientOwned):
    """A proposed guideline text, its cause, and which items it touches."""

    engagement = owned_key(ENGAGEMENT, related_name="guideline_proposals")
    replaces = owned_key("engagements.GuidelineVersion")
    title = models.CharField(max_length=200)
    text = models.TextField()
    cause = models.TextField()
    touched_items = models.JSONField(help_text="Uids of the items whose answer may change.")
    touched_judgments = models.PositiveIntegerField()
    what_if = models.TextField(blank=True)
    proposed_at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = owned(
            engagement=ENGAGEMENT, replaces="engagements.GuidelineVersion"
        )

    def __str__(self) -> str:
        return self.title
