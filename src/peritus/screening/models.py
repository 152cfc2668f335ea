"""Screenings: whether a process should go out."""

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
    answers = models.JSONField(help_text="{question code: step from 0 to 4}")
    advice = models.CharField(max_length=10, choices=Advice)
    because = models.CharField(max_length=500, blank=True, default="")
    reasons = models.JSONField(help_text="[[question code, sentence], …]")
    would_flip = models.JSONField(
        default=list, help_text="[[question code, step, advice it would lead to], …]"
    )
    costs = models.JSONField(default=dict, help_text="The cost model's inputs, EUR and shares.")
    costs_assumed = models.BooleanField(default=True, help_text="Nobody stated the costs.")
    saving = models.FloatField(help_text="EUR a year, simulated mean.")
    saving_low = models.FloatField()
    saving_high = models.FloatField()
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = owned()

    def __str__(self) -> str:
        return f"{self.process}: {self.advice}"
