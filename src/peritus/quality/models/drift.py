"""Alarms about experts: evidence for a person's decision."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from peritus.accounts.models import ClientOwned, User, owned, owned_key
from peritus.bench.models import Expert

ENGAGEMENT = "engagements.Engagement"


class DriftAlarm(ClientOwned):
    """A fall of an expert's answers below what they had shown; never a verdict."""

    class Act(models.TextChoices):
        DISMISSED = "dismissed", "Dismissed"
        RETRAIN = "retrain", "Retraining agreed"
        PAUSED = "paused", "Paused"

    engagement = owned_key(ENGAGEMENT, related_name="drift_alarms")
    expert = models.ForeignKey(Expert, models.PROTECT, related_name="+")
    question = models.SlugField()
    reference_right = models.PositiveIntegerField()
    reference_n = models.PositiveIntegerField()
    reference = models.FloatField(help_text="Rate that is still good, 0 to 1.")
    watched = models.PositiveIntegerField(help_text="Known answers watched when it was given.")
    since = models.DateTimeField(help_text="When the fall most likely began.")
    fell_right = models.PositiveIntegerField(help_text="Right ones since then.")
    fell_n = models.PositiveIntegerField(help_text="Known answers since then.")
    raised_at = models.DateTimeField()
    act = models.CharField(max_length=10, choices=Act, blank=True, default="")
    reason = models.TextField(blank=True, default="")
    acted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    acted_at = models.DateTimeField(null=True)

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(engagement=ENGAGEMENT),
            models.UniqueConstraint(
                fields=["engagement", "expert", "question"],
                condition=models.Q(act=""),
                name="one_open_alarm_each",
            ),
        ]

    def __str__(self) -> str:
        return f"Alarm about {self.expert} on {self.question}"
