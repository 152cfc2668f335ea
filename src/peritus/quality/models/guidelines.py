"""Proposed changes of a guideline, and what their publication suspends."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from peritus.accounts.models import ClientOwned, owned, owned_key

ENGAGEMENT, VERSION = "engagements.Engagement", "engagements.GuidelineVersion"
FREEZE = "quality.Freeze"


class GuidelineProposal(ClientOwned):
    """A proposed guideline text, its cause, and which items it touches."""

    engagement = owned_key(ENGAGEMENT, related_name="guideline_proposals")
    replaces = owned_key(VERSION)
    title = models.CharField(max_length=200)
    text = models.TextField()
    cause = models.TextField()
    touched_items = models.JSONField(help_text="Uids of the items whose answer may change.")
    touched_judgments = models.PositiveIntegerField()
    what_if = models.TextField(blank=True)
    proposed_at = models.DateTimeField()
    published = owned_key(VERSION, null=True)
    published_at = models.DateTimeField(null=True)

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = owned(engagement=ENGAGEMENT, replaces=VERSION, published=VERSION)

    def __str__(self) -> str:
        return self.title


class Suspension(ClientOwned):
    """A freeze whose claim rests, since decisions in it were reopened.

    It rests until the lot's next freeze, and nothing more is certified, accepted
    or delivered from it.
    """

    engagement = owned_key(ENGAGEMENT)
    freeze = owned_key(FREEZE, related_name="suspensions")
    proposal = owned_key("quality.GuidelineProposal", related_name="suspensions")
    decisions = models.PositiveIntegerField(help_text="How many of the freeze were reopened.")
    suspended_at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(engagement=ENGAGEMENT, freeze=FREEZE, proposal="quality.GuidelineProposal"),
            models.UniqueConstraint(fields=["freeze", "proposal"], name="suspended_once_for_each"),
        ]

    def __str__(self) -> str:
        return f"{self.freeze} rests: {self.decisions} decisions were reopened"
