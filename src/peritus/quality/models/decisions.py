"""The live answers of items."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from peritus.accounts.models import ClientOwned, owned, owned_key

ENGAGEMENT, LOT, ITEM = "engagements.Engagement", "engagements.Lot", "engagements.Item"


class Decision(ClientOwned):
    """The live answer to a question of an item; derived, can be derived again."""

    class State(models.TextChoices):
        PENDING = "pending", "Waiting for judgments"
        CONTESTED = "contested", "Contested"
        DECIDED = "decided", "Decided"
        OPEN = "open", "Open: asked of the client"

    engagement = owned_key(ENGAGEMENT)
    lot = owned_key(LOT, related_name="decisions")
    item = owned_key(ITEM, related_name="decisions")
    question = models.SlugField()
    state = models.CharField(max_length=10, choices=State)
    answer = models.CharField(max_length=60, blank=True)
    rule = models.CharField(max_length=20, blank=True)
    contested = models.BooleanField(default=False, help_text="First judgments disagree.")
    judgments = models.JSONField(default=list, help_text="Uids of the judgments it came from.")
    method = models.CharField(max_length=30, blank=True, help_text="Aggregation that stands.")
    posterior = models.JSONField(default=dict, help_text="{answer: chance}; empty: not computed.")
    error = models.FloatField(null=True, help_text="Chance that the answer is wrong, as foretold.")

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(engagement=ENGAGEMENT, lot=LOT, item=ITEM),
            models.UniqueConstraint(fields=["item", "question"], name="one_decision_each"),
        ]

    def __str__(self) -> str:
        return f"{self.item}: {self.answer or self.state}"
