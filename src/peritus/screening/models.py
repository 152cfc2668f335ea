"""Screenings: should this process go out?"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from peritus.accounts.models import ClientOwned, User, owned


class Screening(ClientOwned):
    """Six answers about a process, the advice they lead to, and why."""

    class Advice(models.TextChoices):
        KEEP = "keep", "Keep in-house"
        AUTOMATE = "automate", "Automate"
        BPO = "bpo", "Outsource as a business process"
        KPO = "kpo", "Outsource as knowledge work"
        PILOT = "pilot", "Pilot first"

    process = models.CharField(max_length=200)
    answers = models.JSONField()
    advice = models.CharField(max_length=10, choices=Advice)
    reasons = models.JSONField()
    would_flip = models.JSONField(default=list)
    saving = models.FloatField(help_text="EUR a year, simulated mean.")
    saving_low = models.FloatField()
    saving_high = models.FloatField()
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = owned()

    def __str__(self) -> str:
        return f"{self.process}: {self.advice}"
