"""Rounds in which everybody judges the same items, before production opens."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from peritus.accounts.models import ClientOwned, User, owned, owned_key
from peritus.bench.models import Expert

ENGAGEMENT, LOT, ITEM = "engagements.Engagement", "engagements.Lot", "engagements.Item"
GUIDELINE, ROUND = "engagements.GuidelineVersion", "quality.CalibrationRound"


class CalibrationRound(ClientOwned):
    """Items of a lot that all its experts and the client's lead judge; its minutes.

    Its slots are those of purpose calibration whose number is that of the round
    times 100, plus the place of whoever judges. ``minutes`` are written once,
    when the round closes; ``reached`` is null until then.
    """

    class State(models.TextChoices):
        JUDGING = "judging", "Being judged"
        DISCUSSING = "discussing", "Being discussed"
        CLOSED = "closed", "Closed"

    engagement = owned_key(ENGAGEMENT, related_name="calibration_rounds")
    lot = owned_key(LOT, related_name="calibration_rounds")
    guideline_version = owned_key(GUIDELINE)
    number = models.PositiveSmallIntegerField()
    seed = models.CharField(max_length=64, help_text="Hexadecimal; the items follow from it.")
    measure = models.CharField(max_length=10)
    threshold = models.FloatField(help_text="To be reached on every question.")
    lead = models.ForeignKey(Expert, models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.JUDGING)
    opened_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    judged_at = models.DateTimeField(null=True)
    reached = models.BooleanField(null=True)
    minutes = models.JSONField(default=dict)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(engagement=ENGAGEMENT, lot=LOT, guideline_version=GUIDELINE),
            models.UniqueConstraint(fields=["lot", "number"], name="calibration_round_number"),
            models.UniqueConstraint(
                fields=["lot"],
                condition=~models.Q(state="closed"),
                name="one_round_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"Calibration round {self.number} of {self.lot}"


class Settlement(ClientOwned):
    """What the discussion of a disagreement came to, and why."""

    engagement = owned_key(ENGAGEMENT)
    round = owned_key(ROUND, related_name="settlements")
    item = owned_key(ITEM)
    question = models.SlugField()
    answer = models.CharField(max_length=60)
    reason = models.TextField()
    settled_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    settled_at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(engagement=ENGAGEMENT, round=ROUND, item=ITEM),
            models.UniqueConstraint(fields=["round", "item", "question"], name="settled_once"),
        ]

    def __str__(self) -> str:
        return f"{self.item}, {self.question}: {self.answer}"


class RoundWaiver(ClientOwned):
    """Who let a lot's production begin without the agreement that was agreed, and why."""

    engagement = owned_key(ENGAGEMENT)
    lot = models.OneToOneField(LOT, models.PROTECT, db_constraint=False, related_name="+")
    round = owned_key(ROUND, null=True)
    reason = models.TextField()
    waived_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    waived_at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = owned(engagement=ENGAGEMENT, lot=LOT, round=ROUND)

    def __str__(self) -> str:
        return f"Waiver for {self.lot}"
