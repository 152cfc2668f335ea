"""Alarms about experts: evidence for a person's decision."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from peritus.accounts.models import ClientOwned, User, owned, owned_key
from peritus.bench.models import Expert

ENGAGEMENT = "engagements.Engagement"


class DriftAlarm(ClientOwned):
    """Evidence about an expert's answers, for a person's decision; never a verdict.

    They fell below what they had shown (drift), or are surely below the plan's
    floor on gold: then ``reference`` is the floor, and the "fall" is all that is
    known since the last such alarm was answered.
    """

    class Cause(models.TextChoices):
        DRIFT = "drift", "Fell below what was shown"
        FLOOR = "floor", "Below the plan's floor on gold"

    class Act(models.TextChoices):
        DISMISSED = "dismissed", "Dismissed"
        RETRAIN = "retrain", "Retraining agreed"
        PAUSED = "paused", "Paused"

    engagement = owned_key(ENGAGEMENT, related_name="drift_alarms")
    expert = models.ForeignKey(Expert, models.PROTECT, related_name="+")
    question = models.SlugField()
    cause = models.CharField(max_length=10, choices=Cause, default=Cause.DRIFT)
    reference_right = models.PositiveIntegerField()
    reference_n = models.PositiveIntegerField()
    reference = models.FloatField(help_text="Rate that is still good, 0 to 1.")
    watched = models.PositiveIntegerField(help_text="Known answers watched when it was given.")
    since = models.DateTimeField(help_text="When the fall most likely began.")
    fell_right = models.PositiveIntegerField(help_text="Right ones since then.")
    fell_n = models.PositiveIntegerField(help_text="Known answers since then.")
    upper = models.FloatField(
        null=True, help_text="Upper limit (95 %, one side) of the accuracy on gold; floor only."
    )
    raised_at = models.DateTimeField()
    act = models.CharField(max_length=10, choices=Act, blank=True, default="")
    reason = models.TextField(blank=True, default="")
    acted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    acted_at = models.DateTimeField(null=True)

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(engagement=ENGAGEMENT),
            models.UniqueConstraint(
                fields=["engagement", "expert", "question", "cause"],
                condition=models.Q(act=""),
                name="one_open_alarm_each",
            ),
        ]

    def __str__(self) -> str:
        return f"Alarm about {self.expert} on {self.question}"
